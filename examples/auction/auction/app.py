"""The auction on chain: open bids, each held until somebody bids more; the lot closes in a block hook.

A lot takes bids until the end of block `closes_at`. The escrow of a lot is labelled with its name and holds
exactly the standing bid.
"""

from collections.abc import Iterator
from dataclasses import replace

from chain.app import execute, query
from chain.context import Context, View

from auction.actions import Bid, OfferLot
from auction.audit import broken_rules
from auction.errors import BidTooLow, DurationOutOfRange, LotClosed, LotExists
from auction.events import BidPlaced, LotOffered, LotSold, LotUnsold
from auction.state import (
    COMMON_BLOCKS,
    COMMON_EXTENSION,
    MOST_BLOCKS,
    AuctionTables,
    Lot,
    Mark,
    OpenLot,
    Sale,
)


class Auction(AuctionTables):
    """Sells lots to whoever bids most."""

    emits = (LotOffered, BidPlaced, LotSold, LotUnsold)

    @execute
    def offer(self, ctx: Context, action: OfferLot) -> None:
        """Put up a lot. Raises LotClosed, LotExists, DurationOutOfRange."""
        name = action.lot
        self._require_unsold(ctx, name)
        ctx.require(self.lots.get(ctx, name) is None, LotExists(name))
        ctx.require(1 <= action.blocks <= MOST_BLOCKS, DurationOutOfRange(action.blocks, MOST_BLOCKS))
        self._open(ctx, name, Lot(ctx.sender, action.reserve, ctx.height + action.blocks, action.extension))

    @execute
    def bid(self, ctx: Context, action: Bid) -> None:
        """Lead for a lot, and open it where nobody offered it.

        Raises LotClosed, BidTooLow, InsufficientBalance.
        """
        name = action.lot
        self._require_unsold(ctx, name)
        lot = self.lots.get(ctx, name) or self._open(
            ctx, name, Lot(None, 0, ctx.height + COMMON_BLOCKS, COMMON_EXTENSION)
        )
        ctx.require(action.amount >= lot.least_bid, BidTooLow(action.amount, lot.least_bid))
        if lot.bidder is not None:
            # First: whoever raises the own bid needs only the difference.
            ctx.release(lot.bid, name, lot.bidder)
        ctx.hold(action.amount, name)
        closes_at = max(lot.closes_at, ctx.height + lot.extension)
        self.lots.set(ctx, name, replace(lot, closes_at=closes_at, bidder=ctx.sender, bid=action.amount))
        self.due.delete(ctx, (lot.closes_at, name))
        self.due.set(ctx, (closes_at, name), Mark())
        ctx.emit(BidPlaced(name, ctx.sender, action.amount, closes_at))

    @query
    def standing_bid(self, view: View, lot: str) -> int:
        """The highest bid for a lot that takes bids, base units; 0 where there is none."""
        found = self.lots.get(view, lot)
        return 0 if found is None else found.bid

    @query
    def open_lots(self, view: View) -> tuple[OpenLot, ...]:
        """All lots that take bids in the next block, by name."""
        return tuple(OpenLot(name, lot) for name, lot in self.lots.scan(view))

    @query
    def sale(self, view: View, lot: str) -> Sale | None:
        """Who bought a lot, and for what; None where it was not sold."""
        return self.sales.get(view, lot)

    def end_block(self, ctx: Context) -> None:
        """Close the lots whose last block this is."""
        for (height, name), _ in self.due.scan(ctx):
            if height > ctx.height:
                return
            self._close(ctx, height, name)

    def invariants(self, view: View) -> Iterator[str]:
        """The escrow of each lot holds its standing bid, and every lot is due once."""
        return broken_rules(self, view)

    def _require_unsold(self, ctx: Context, name: str) -> None:
        sale = self.sales.get(ctx, name)
        if sale is not None:
            raise LotClosed(name, sale.closed_at)

    def _open(self, ctx: Context, name: str, lot: Lot) -> Lot:
        self.lots.set(ctx, name, lot)
        self.due.set(ctx, (lot.closes_at, name), Mark())
        ctx.emit(LotOffered(name, lot.seller, lot.reserve, lot.closes_at, lot.extension))
        return lot

    def _close(self, ctx: Context, height: int, name: str) -> None:
        lot = self.lots.get(ctx, name)
        assert lot is not None, "what is due is on offer"
        self.lots.delete(ctx, name)
        self.due.delete(ctx, (height, name))
        if lot.bidder is None:
            ctx.emit(LotUnsold(name, lot.seller))
            return
        if lot.seller is not None:
            ctx.release(lot.bid, name, lot.seller)
        self.sales.set(ctx, name, Sale(lot.seller, lot.bidder, lot.bid, ctx.height))
        ctx.emit(LotSold(name, lot.seller, lot.bidder, lot.bid))
