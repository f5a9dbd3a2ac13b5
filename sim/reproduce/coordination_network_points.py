"""The points of the latency experiment: what is varied, and by which settings."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

INTERVAL_S, FAST_S = 15.0, 2.0
"""Block intervals where they are not what is varied: forks are rare at the first, frequent at the second."""
HEAVY_KB = 100.0
"""Size of the blocks that make them more frequent."""
CALM, FORKED = "15 s blocks, compact", "2 s blocks, 100 kB, full relay"
REAL_SIZE = "1 confirmation, compact"
FULL, COMPACT, WIDE = "full relay", "compact relay", "full relay, 120 peers"
MINERS, PEERS, WIDE_PEERS = 12, 30, 120
_MEASUREMENTS, _VSPS, _PLACES = 9, 3, 5
"""As few as make a map: what the agencies compute takes no simulated time."""
_REFUSED_DBM = 60.0
"""Nobody may transmit with so much: the buyer is denied, and asks again as soon as it believes that."""
DEADLINE_BLOCKS = 40
_MARGIN_BLOCKS = 30

_Overrides = tuple[tuple[str, object], ...]


class Factor(StrEnum):
    """What is varied, one at a time."""

    INTERVAL = "block interval"
    CONFIRMATIONS = "confirmations"
    PROPAGATION = "block size at 2 s blocks"


UNITS = {Factor.INTERVAL: "s", Factor.CONFIRMATIONS: "blocks", Factor.PROPAGATION: "kB"}


@dataclass(frozen=True, slots=True)
class Extent:
    """How much of the experiment is made. Each factor has its values, in ascending order."""

    intervals_s: tuple[float, ...] = (1.0, 2.0, 5.0, 15.0, 30.0, 60.0)
    confirmations: tuple[int, ...] = (1, 2, 3, 4, 5, 6)
    sizes_kb: tuple[float, ...] = (1.0, 50.0, 100.0, 200.0, 300.0)
    """Of the blocks on the wire under full relay."""
    compact_kb: tuple[float, ...] = (1.0, 300.0, 1_000.0)
    """The same under compact relay."""
    wide_kb: tuple[float, ...] = (1.0, 100.0, 300.0)
    """The same under full relay among more peers."""
    requests: int = 16
    """Of each run, one after another; at most 21."""


@dataclass(frozen=True, slots=True)
class Place:
    """One point: what is varied, and the settings that make it."""

    factor: Factor
    series: str
    """Which curve of its factor it belongs to."""
    value: float
    """In UNITS[factor]."""
    interval_s: float
    """Mean time between all blocks found."""
    confirmations: int
    requests: int
    """Of each run."""
    overrides: _Overrides

    @property
    def name(self) -> str:
        """In words."""
        return f"{self.factor}: {self.value:g} {UNITS[self.factor]} ({self.series})"


def places(extent: Extent) -> tuple[Place, ...]:
    """Every point, factor by factor."""
    return (*_intervals(extent), *_confirmations(extent), *_propagation(extent))


def _intervals(extent: Extent) -> Iterator[Place]:
    for interval_s in extent.intervals_s:
        yield _place(extent, Factor.INTERVAL, REAL_SIZE, interval_s, interval_s)


def _confirmations(extent: Extent) -> Iterator[Place]:
    for count in extent.confirmations:
        yield _place(extent, Factor.CONFIRMATIONS, CALM, count, INTERVAL_S, count)
    for count in extent.confirmations:
        yield _place(extent, Factor.CONFIRMATIONS, FORKED, count, FAST_S, count, _blocks("full", HEAVY_KB))


def _propagation(extent: Extent) -> Iterator[Place]:
    peers = (("network.peers", WIDE_PEERS),)
    for series, relay, sizes_kb, more in (
        (FULL, "full", extent.sizes_kb, ()),
        (COMPACT, "compact", extent.compact_kb, ()),
        (WIDE, "full", extent.wide_kb, peers),
    ):
        for size_kb in sizes_kb:
            overrides = (*_blocks(relay, size_kb), *more)
            yield _place(extent, Factor.PROPAGATION, series, size_kb, FAST_S, overrides=overrides)


def _place(
    extent: Extent,
    factor: Factor,
    series: str,
    value: float,
    interval_s: float,
    confirmations: int = 1,
    overrides: _Overrides = (),
) -> Place:
    common = _common(extent.requests, interval_s, confirmations)
    settings = tuple({**dict(common), **dict(overrides)}.items())
    return Place(factor, series, value, interval_s, confirmations, extent.requests, settings)


def _common(requests: int, interval_s: float, confirmations: int) -> _Overrides:
    """Difficulty is fixed: it is right from the first block on, and stale blocks slow the chain as theory says.

    The miners are others than the agency, so no transaction is at its miner at once. Requests come one after another
    and so share no block interval: they are as good as independent.
    """
    deadlines = (
        (f"coordination.deadlines.{step}_blocks", DEADLINE_BLOCKS)
        for step in ("request", "data", "grade", "decision", "vote", "reward", "challenge")
    )
    # What its five steps take, what delays and forks add, and some to spare.
    blocks = requests * (5 * confirmations + 3) + _MARGIN_BLOCKS
    return (
        ("chain.interval", f"{round(interval_s * 1_000)}ms"),
        ("chain.difficulty", "fixed"),
        ("network.peers", PEERS),
        ("network.relay", "compact"),
        ("mining.miners", MINERS),
        ("run.blocks", blocks),
        ("checks.invariants_every", 50),
        ("coordination.confirmations", confirmations),
        *deadlines,
        ("coordination.map.method", "nnls"),
        ("coordination.map.min_points", _MEASUREMENTS),
        ("coordination.decision.places", _PLACES),
        ("coordination.agencies", [{"name": "ca-miner", "hash_rate": 0}]),
        ("coordination.owners", [{"name": "ss-owner", "measurements": _MEASUREMENTS, "vsps": _VSPS}]),
        ("coordination.users", [_buyer(requests)]),
    )


def _buyer(requests: int) -> dict[str, object]:
    powers = {"power_dbm": _REFUSED_DBM, "min_power_dbm": _REFUSED_DBM, "step_down_db": 0}
    return {"name": "fb-user", "balance": 100, "retries": requests - 1, **powers}


def _blocks(relay: str, size_kb: float) -> _Overrides:
    return (("network.relay", relay), ("network.block_size", f"{round(size_kb * 1_000)}B"))
