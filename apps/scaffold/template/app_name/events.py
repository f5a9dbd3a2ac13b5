"""What happens in the application: the events in its receipts."""

from dataclasses import dataclass

from chain.codec import U32, Amount, PublicKey
from chain.records import Event


@dataclass(frozen=True, slots=True)
class PotWon(Event):
    """A round has closed and its leader has the pot."""

    winner: PublicKey
    pot: Amount
    stakes: U32
    """How many were put in."""
