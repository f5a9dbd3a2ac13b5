"""What happened in the auction."""

from dataclasses import dataclass

from chain.codec import U8, Amount, Height, PublicKey
from chain.records import Event

from auction.actions import LotName


@dataclass(frozen=True, slots=True)
class LotOffered(Event):
    """Bids are taken for a lot."""

    lot: LotName
    seller: PublicKey | None
    """None for a common lot."""
    reserve: Amount
    closes_at: Height
    """Last block in which bids are taken."""
    extension: U8


@dataclass(frozen=True, slots=True)
class BidPlaced(Event):
    """Somebody leads."""

    lot: LotName
    bidder: PublicKey
    amount: Amount
    closes_at: Height
    """Last block in which bids are taken now."""


@dataclass(frozen=True, slots=True)
class LotSold(Event):
    """A lot has a buyer, and its seller the money."""

    lot: LotName
    seller: PublicKey | None
    buyer: PublicKey
    price: Amount


@dataclass(frozen=True, slots=True)
class LotUnsold(Event):
    """A lot closed without a bid; its name is free again."""

    lot: LotName
    seller: PublicKey | None
