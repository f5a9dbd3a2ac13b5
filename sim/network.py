"""The peer-to-peer network as Python sees it: add blocks, set hash rates, advance to what matters next.

The kernel, and with it Numba, is loaded when the first `Network` is made, not when this module is imported.
"""

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.occurrence import Occurrence, OccurrenceKind, ParentNotHeldError, Watch
from sim.relay import RelayConfig
from sim.streams import Streams
from sim.topology import PeerGraph

if TYPE_CHECKING:
    from sim.kernel.state import BlockSpec

__all__ = [
    "GENESIS",
    "BlockTable",
    "Network",
    "Occurrence",
    "OccurrenceKind",
    "ParentNotHeldError",
    "Watch",
    "equal_hash_rates",
]

GENESIS = 0
_WORK_DIGIT = 62
MAX_WORK = 1 << 100


@dataclass(frozen=True, slots=True, eq=False)
class BlockTable:
    """Every block so far, one row each in the order found; row 0 is genesis. Times in microseconds."""

    parent: NDArray[np.int64]
    miner: NDArray[np.int64]
    height: NDArray[np.int64]
    found_us: NDArray[np.int64]
    size_bytes: NDArray[np.int64]
    difficulty: NDArray[np.float64]
    valid: NDArray[np.bool_]
    holders: NDArray[np.int64]
    coverage_us: NDArray[np.int64]


class Network:
    """Peers that mine and gossip.

    Every peer keeps its own head: most cumulative work, first seen on ties. Orphans connect right after their
    parent, in the order they came, each a step of its own: a HEAD may be followed by another at the same time.
    Only what is watched, found or timed costs Python. The same calls give the same result, compiled or not.

    Args:
        graph: the peers and their links, connected.
        relay: the relay protocol.
        streams: the run's random streams; uses `peer`, `messages` and `mining`.
        genesis_difficulty: expected hashes of a block on genesis.

    Raises:
        ValueError: a graph with unknown regions or in pieces, or a difficulty that is not positive.
    """

    def __init__(
        self, graph: PeerGraph, relay: RelayConfig, streams: Streams, genesis_difficulty: float
    ) -> None:
        from sim.kernel import advance, build, mining, state  # loads Numba, only now

        _check_positive("genesis_difficulty", genesis_difficulty)
        build.check_graph(graph, relay)
        self._codes, self._mining, self._advance = state, mining, advance
        self._fabric = build.build_fabric(graph, relay, streams)
        self._state = build.build_state(graph.peers, streams, genesis_difficulty)
        fan_out = graph.peers if relay.mode == "broadcast" else int(graph.degrees().max())
        self._headroom = fan_out + 4
        self._occurrences: deque[Occurrence] = deque()
        self.peers = graph.peers
        self.quantiles = build.COVERAGE_QUANTILES

    @property
    def now_us(self) -> int:
        """The present simulated time."""
        return int(self._state.scalar[self._codes.NOW])

    @property
    def block_count(self) -> int:
        """Number of blocks, genesis included."""
        return int(self._state.scalar[self._codes.BLOCKS])

    @property
    def spreading(self) -> int:
        """Blocks about which a message is still under way or waiting."""
        return len(self._state.status) - int(self._state.scalar[self._codes.FREE_SLOTS])

    @property
    def events(self) -> int:
        """Events the kernel has carried out: messages that could matter, and internal ones."""
        return int(self._state.scalar[self._codes.EVENTS])

    @property
    def messages(self) -> dict[str, int]:
        """Messages sent so far, by kind."""
        names = ("inv", "getdata", "compact", "block", "getblocktxn", "blocktxn")
        return dict(zip(names, self._state.messages.tolist(), strict=True))

    @property
    def blocks(self) -> BlockTable:
        """A copy of what is known about every block."""
        count, state = self.block_count, self._state
        rows = ("parent", "miner", "height", "found_us", "size_bytes", "holders")
        columns = {name: state.block[getattr(self._codes, name.upper()), :count].copy() for name in rows}
        return BlockTable(
            valid=state.block[self._codes.VALID, :count] == 1,
            difficulty=state.difficulty[:count].copy(),
            coverage_us=state.coverage_us[:count].copy(),
            **columns,
        )

    def head_of(self, peer: int) -> int:
        """The last block of the best chain the peer knows."""
        return int(self._state.peer[self._codes.HEAD, self._checked(peer)])

    def heads(self) -> NDArray[np.int64]:
        """Every peer's head, shape (peers,)."""
        return np.array(self._state.peer[self._codes.HEAD])

    def holds(self, peer: int, block: int) -> bool:
        """Whether the peer has connected the block."""
        slot = int(self._state.block[self._codes.SLOT, self._known(block)])
        if slot < 0:
            return bool(self._state.block[self._codes.VALID, block])
        return bool(self._state.status[slot, self._checked(peer)] == self._codes.HELD)

    def cumulative_work(self, block: int) -> int:
        """Exact sum of the work of the block and all before it, genesis not counted."""
        rows = [self._codes.WORK_HIGH, self._codes.WORK_LOW]
        high, low = map(int, self._state.block[rows, self._known(block)])
        return (high << _WORK_DIGIT) + low

    def hash_rate_of(self, peer: int) -> float:
        """Hashes per second."""
        return float(self._state.mining[self._codes.HASH_RATE, self._checked(peer)])

    def set_hash_rate(self, peer: int, hashes_per_s: float) -> None:
        """Change a peer's hash rate from now on; 0 stops it.

        Raises:
            ValueError: the rate is negative or not finite.
        """
        if not 0 <= hashes_per_s < float("inf"):
            raise ValueError(f"hash rate must be at least 0 and finite, got {hashes_per_s}")
        self._mining.set_hash_rate(self._state, self._checked(peer), float(hashes_per_s))

    def watch(self, peer: int, level: Watch) -> None:
        """Choose what is reported about a peer; RECEIVED includes HEAD."""
        self._state.peer[self._codes.WATCH, self._checked(peer)] = int(Watch(level))

    def add_block(
        self, parent: int, miner: int, work: int, size_bytes: int, next_difficulty: float, valid: bool = True
    ) -> int:
        """Add a block now: its miner has it at once and starts to relay it; returns its index.

        Args:
            parent: index of the parent, held by the miner (or invalid, and then so is the block).
            miner: the peer that made it.
            work: expected hashes it stands for, 0..2^100, exact.
            size_bytes: its size, for uploads.
            next_difficulty: expected hashes of a child.
            valid: an invalid block is received by the miner's neighbours, who neither connect nor relay it.

        Raises:
            ParentNotHeldError: the miner has not connected the parent.
            ValueError: any other argument out of range.
        """
        spec = self._spec(work, size_bytes, next_difficulty, valid)
        if self._state.block[self._codes.VALID, self._known(parent)] and not self.holds(miner, parent):
            raise ParentNotHeldError(miner, parent)
        self._make_room()
        block = self._advance.add_block(self._fabric, self._state, parent, self._checked(miner), spec)
        self._collect()
        return int(block)

    def advance(self, until_us: int) -> Occurrence:
        """Run until something needs Python, at most to `until_us`.

        What happens at `until_us` itself comes before UNTIL; occurrences come in the order they arose.

        Raises:
            ValueError: `until_us` lies in the past or beyond 2^62.
        """
        if not self.now_us <= until_us < self._codes.NEVER:
            raise ValueError(f"until_us must be in {self.now_us}..2^62, got {until_us}")
        if not self._occurrences:
            self._run(until_us, 0, self._spec(0, 0, 1.0, True))
        if self._occurrences:
            return self._occurrences.popleft()
        return Occurrence(OccurrenceKind.UNTIL, self.now_us)

    def run_auto(
        self, blocks: int, size_bytes: int, work: int = 1, next_difficulty: float | None = None
    ) -> None:
        """Let the kernel make `blocks` more blocks by itself, all alike, each on its finder's head.

        Nothing is reported meanwhile. `next_difficulty` is genesis' when left out.

        Raises:
            ValueError: nobody mines, or an argument is out of range.
        """
        if blocks < 1 or not self._state.mining[self._codes.HASH_RATE].any():
            raise ValueError(f"run_auto needs at least one block and one miner, got {blocks} blocks")
        difficulty = float(self._state.difficulty[GENESIS]) if next_difficulty is None else next_difficulty
        automatic = self._spec(work, size_bytes, difficulty, True)
        self._run(self._codes.NEVER, self.block_count + blocks, automatic)

    def settle(self) -> None:
        """Pause mining until no message is under way, then let it go on.

        What is watched meanwhile is reported by `advance` afterwards.
        """
        rates = self._state.mining[self._codes.HASH_RATE].copy()
        for peer in np.flatnonzero(rates).tolist():
            self._mining.set_hash_rate(self._state, peer, 0.0)
        while self._run(self._codes.NEVER, 0, self._spec(0, 0, 1.0, True)) != self._codes.STEP_UNTIL:
            pass
        for peer in np.flatnonzero(rates).tolist():
            self._mining.set_hash_rate(self._state, peer, float(rates[peer]))

    def propagation_quantile_s(self, quantile: float) -> NDArray[np.float64]:
        """Seconds from each block's find until this share of the peers had it, shape (blocks,).

        NaN where they never did. Genesis is row 0 and counts as known from the start.

        Raises:
            ValueError: `quantile` is not a multiple of 0.05 in 0.05..1.
        """
        column = round(quantile * len(self.quantiles)) - 1
        if column < 0 or column >= len(self.quantiles) or abs(self.quantiles[column] - quantile) > 1e-9:
            raise ValueError(f"quantile must be one of 0.05, 0.10, ... 1, got {quantile}")
        coverage_us = self._state.coverage_us[: self.block_count, column]
        return np.where(coverage_us < 0, np.nan, coverage_us / 1e6)

    def _run(self, until_us: int, limit: int, automatic: "BlockSpec") -> int:
        while True:
            step = self._advance.advance(
                self._fabric, self._state, until_us, self._headroom, limit, automatic
            )
            if step != self._codes.STEP_GROW:
                self._collect()
                return int(step)
            self._make_room()

    def _make_room(self) -> None:
        module, scalar = self._codes, self._state.scalar
        if scalar[module.HEAP_SIZE] + self._headroom > len(self._state.heap):
            self._state = module.grow_heap(self._state, self._headroom)
        if scalar[module.BLOCKS] == len(self._state.difficulty):
            self._state = module.grow_blocks(self._state)
        if scalar[module.FREE_SLOTS] == 0:
            self._state = module.grow_slots(self._state)

    def _collect(self) -> None:
        scalar, noted = self._state.scalar, self._codes.OCCURRENCES
        for kind, time_us, peer, block, previous in self._state.occurrences[: scalar[noted]].tolist():
            self._occurrences.append(Occurrence(OccurrenceKind(kind), time_us, peer, block, previous))
        scalar[noted] = 0

    def _spec(self, work: int, size_bytes: int, next_difficulty: float, valid: bool) -> "BlockSpec":
        if not 0 <= work <= MAX_WORK:
            raise ValueError(f"work must be in 0..2^100, got {work}")
        if not 0 <= size_bytes <= 1 << 32:
            raise ValueError(f"size_bytes must be in 0..2^32, got {size_bytes}")
        _check_positive("next_difficulty", next_difficulty)
        high, low = work >> _WORK_DIGIT, work & ((1 << _WORK_DIGIT) - 1)
        return self._codes.BlockSpec(high, low, size_bytes, float(next_difficulty), int(valid))

    def _checked(self, peer: int) -> int:
        if not 0 <= peer < self.peers:
            raise ValueError(f"peer must be in 0..{self.peers - 1}, got {peer}")
        return peer

    def _known(self, block: int) -> int:
        if not 0 <= block < self.block_count:
            raise ValueError(f"block must be in 0..{self.block_count - 1}, got {block}")
        return block


def _check_positive(name: str, value: float) -> None:
    if not 0 < value < float("inf"):
        raise ValueError(f"{name} must be positive and finite, got {value}")


def equal_hash_rates(network: Network, interval_s: float, difficulty: float) -> None:
    """Share out among all peers the hash rate that finds a block every `interval_s` on average."""
    for peer in range(network.peers):
        network.set_hash_rate(peer, difficulty / interval_s / network.peers)
