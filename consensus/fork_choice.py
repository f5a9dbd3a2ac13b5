"""Fork choice: the head is the block with most work behind it, and on a tie the one seen first."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Candidate:
    """What fork choice knows of a block that may become the head."""

    work: int
    """Sum of the work of all blocks from genesis to this one, in hashes."""
    seen: int
    """Order in which this node connected it: unique, growing, private to the node."""


def prefers(current: Candidate, challenger: Candidate) -> bool:
    """Whether the head moves to `challenger`: more work, or as much and seen earlier (Bitcoin's rule)."""
    if challenger.work != current.work:
        return challenger.work > current.work
    return challenger.seen < current.seen
