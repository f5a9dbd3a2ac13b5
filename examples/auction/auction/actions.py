"""What can be asked of the auction."""

from dataclasses import dataclass
from typing import Annotated

from chain.codec import U8, U16, Amount, MaxLen
from chain.records import Action

LotName = Annotated[str, MaxLen(32)]


@dataclass(frozen=True, slots=True)
class OfferLot(Action):
    """Put a lot up for auction; its price will be the sender's."""

    lot: LotName
    """A name that was never sold and is not on offer."""
    reserve: Amount
    """Bids below it are refused."""
    blocks: U16
    """After this one, in which bids are taken."""
    extension: U8 = 0
    """A bid moves the end to at least so many blocks after it; 0 keeps the end where it is."""


@dataclass(frozen=True, slots=True)
class Bid(Action):
    """Offer an amount for a lot; it is held until somebody bids more, or paid when the lot closes."""

    lot: LotName
    """Where nobody offered it, this bid opens it as a common lot."""
    amount: Amount
