"""What the application remembers: its records, and where they stand."""

from dataclasses import dataclass
from typing import Final

from chain.codec import U32, Amount, PublicKey

ROUND_BLOCKS = 10
"""Blocks of a round."""
POT = "pot"
"""Label of the escrow that holds the stakes."""


@dataclass(frozen=True, slots=True)
class Round:
    """A round under way."""

    leader: PublicKey
    stake: Amount
    """The leader's highest."""
    pot: Amount
    """All stakes together."""
    stakes: U32
    """How many were put in."""


NO_STAKES: Final = Round(leader=bytes(32), stake=0, pot=0, stakes=0)
"""A round in which nobody has staked yet."""


def closing_height(height: int) -> int:
    """Height at whose end the round closes that runs in the block at `height`."""
    return -(-height // ROUND_BLOCKS) * ROUND_BLOCKS
