"""What the auction remembers: its records and tables."""

from dataclasses import dataclass

from chain.app import App
from chain.codec import U8, Amount, Height, PublicKey
from chain.table import Table

from auction.actions import LotName

COMMON_BLOCKS = 10
"""Blocks after the first bid in which a common lot takes bids."""
COMMON_EXTENSION = 2
"""A bid on a common lot moves the end to at least so many blocks after it."""
MOST_BLOCKS = 10_000
"""Longest time for which a lot can be offered."""


@dataclass(frozen=True, slots=True)
class Lot:
    """A lot that takes bids."""

    seller: PublicKey | None
    """Who gets the price; None for a common lot."""
    reserve: Amount
    closes_at: Height
    """Last block in which bids are taken."""
    extension: U8
    bidder: PublicKey | None = None
    """Who leads; None before the first bid."""
    bid: Amount = 0
    """The leader's, in escrow."""

    @property
    def least_bid(self) -> int:
        """Smallest amount that is taken now, base units."""
        return max(self.reserve, self.bid + 1)


@dataclass(frozen=True, slots=True)
class Sale:
    """A lot that was sold."""

    seller: PublicKey | None
    buyer: PublicKey
    price: Amount
    closed_at: Height


@dataclass(frozen=True, slots=True)
class OpenLot:
    """A lot that takes bids, with its name."""

    name: LotName
    lot: Lot


@dataclass(frozen=True, slots=True)
class Mark:
    """Nothing: the key says it all."""


class AuctionTables(App):
    """The tables. `due` begins with a height, so that a block touches only what closes in it."""

    name = "auction"
    api = 1
    lots = Table(str, Lot)
    sales = Table(str, Sale)
    due = Table(tuple[int, str], Mark)
    """(height of its last block, lot)."""
