"""What sellers and bidders do. A bidder knows what a lot is worth to it, and never bids more than that.

They look at the chain when they wake and act on that. While the fate of a request is open they do not
repeat it.
"""

from collections.abc import Iterator
from typing import cast

import numpy as np
from apps.agent import Decision, Measure, Status, Update
from chain.context import View

from auction.actions import Bid, OfferLot
from auction.state import Lot, OpenLot

VALUE = "value"
"""Measure in which a bidder reports what a lot is worth to it, base units; the key is the lot's number."""
_PREFIX = "lot-"


def lot_name(number: int) -> str:
    """Name of a seller's lot, by its number."""
    return f"{_PREFIX}{number}"


def lot_number(name: str) -> int | None:
    """Number of a lot; None where a seller of this file would not call it so."""
    digits = name.removeprefix(_PREFIX)
    return int(digits) if digits.isdecimal() and lot_name(int(digits)) == name else None


class Seller:
    """Offers its lots one after the other, each until it is sold."""

    def __init__(self, lots: int, reserve: int, blocks: int, extension: int) -> None:
        self.offers = [OfferLot(lot_name(n), reserve, blocks, extension) for n in range(1, lots + 1)]
        self._waiting = False

    def decide(self, update: Update, rng: np.random.Generator) -> Decision:
        """Offer the next lot where none is on offer."""
        for fate in update.fates:
            self._waiting = fate.status is Status.UNCONFIRMED
        if self._waiting or _open_lots(update.view):
            return Decision()
        unsold = [offer for offer in self.offers if update.view.query("auction", "sale", offer.lot) is None]
        self._waiting = bool(unsold)
        return Decision(tuple(unsold[:1]))


class Bidder:
    """Raises the leader by a fixed step as soon as it is outbid, up to what the lot is worth to it."""

    def __init__(self, lowest_value: int, highest_value: int, step: int) -> None:
        self.lowest_value = lowest_value
        """Base units that no lot is worth less than."""
        self.highest_value = highest_value
        """Base units that no lot is worth more than."""
        self.step = step
        """Base units by which it raises."""
        self._values: dict[str, int] = {}
        self._waiting: set[str] = set()

    def decide(self, update: Update, rng: np.random.Generator) -> Decision:
        """Draw what new lots are worth, and bid where somebody else leads for less than that."""
        for fate in update.fates:
            if isinstance(fate.action, Bid) and fate.status is not Status.UNCONFIRMED:
                self._waiting.discard(fate.action.lot)
        lots = _open_lots(update.view)
        measures = tuple(self._new_values(lots, rng))
        bids = tuple(self._bids(lots, update.view, update.account))
        self._waiting |= {bid.lot for bid in bids}
        return Decision(bids, measures=measures)

    def bids_now(self, lot: Lot, next_height: int) -> bool:
        """Whether it bids in the next block, if at all."""
        return True

    def _new_values(self, lots: tuple[OpenLot, ...], rng: np.random.Generator) -> Iterator[Measure]:
        for name in (found.name for found in lots):
            number = lot_number(name)
            if number is not None and name not in self._values:
                self._values[name] = int(rng.integers(self.lowest_value, self.highest_value, endpoint=True))
                yield Measure(VALUE, self._values[name], number)

    def _bids(self, lots: tuple[OpenLot, ...], view: View, account: bytes) -> Iterator[Bid]:
        funds = view.balance(account)
        for name, lot in ((found.name, found.lot) for found in lots if found.name in self._values):
            if lot.bidder == account or name in self._waiting or not self.bids_now(lot, view.height + 1):
                continue
            limit = min(self._values[name], funds)
            amount = min(limit, max(lot.least_bid, lot.bid + self.step))
            if amount >= lot.least_bid:
                funds -= amount
                yield Bid(name, amount)


class Sniper(Bidder):
    """Bids in the last blocks only, when others have little time to answer."""

    def __init__(self, lowest_value: int, highest_value: int, step: int, last_blocks: int = 1) -> None:
        super().__init__(lowest_value, highest_value, step)
        self.last_blocks = last_blocks

    def bids_now(self, lot: Lot, next_height: int) -> bool:
        """Whether the next block is one of the lot's last."""
        return next_height > lot.closes_at - self.last_blocks


def _open_lots(view: View) -> tuple[OpenLot, ...]:
    return cast("tuple[OpenLot, ...]", view.query("auction", "open_lots"))
