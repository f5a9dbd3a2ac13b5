"""What the network tells Python, and what can be asked of it."""

from dataclasses import dataclass
from enum import IntEnum


class Watch(IntEnum):
    """What the network reports about a peer."""

    NOTHING = 0
    HEAD = 1
    RECEIVED = 2


class OccurrenceKind(IntEnum):
    """Why `Network.advance` returned."""

    FOUND = 0
    HEAD = 1
    RECEIVED = 2
    UNTIL = 3


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Something that needs Python.

    Attributes:
        kind: FOUND: `peer` found a block on `block`, its head. HEAD: the watched `peer` moved from `previous`
            to `block`; another HEAD of the same peer may follow at the same time, when orphans connect after
            their parent. RECEIVED: the watched `peer` got the whole `block`, valid or not, its parent known or
            not. UNTIL: the time given to `advance` has come.
        time_us: when, microseconds from the start.
        peer: the peer, -1 for UNTIL.
        block: the block, -1 for UNTIL.
        previous: the head before, for HEAD, else -1.
    """

    kind: OccurrenceKind
    time_us: int
    peer: int = -1
    block: int = -1
    previous: int = -1


class ParentNotHeldError(ValueError):
    """A miner extends a block that it has not connected. Arguments: miner, parent."""

    def __str__(self) -> str:
        miner, parent = self.args
        return f"peer {miner} must hold the parent of its block, got block {parent} that it has not connected"
