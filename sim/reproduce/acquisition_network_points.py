"""The points of the network experiment: what is varied around the paper's six cells, and by which settings."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from apps.admm.settings import PAPER_CELLS, AdmmSettings

INTERVAL_S = 15.0
"""Block interval where it is not what is varied."""
DEADLINE = AdmmSettings().round_blocks
"""Blocks after which a round closes without who is silent, where that is not what is varied."""
MEASURED, SLOW, SLOW_ONE = "measured latencies", "delay = interval", "delay = interval, one miner"
ONE_DELAY = "one delay"
HONEST, HONEST_FAST, ONE_SILENT = "all answer", "all answer, 1 s blocks", "one silent"
FAST_INTERVAL_S = 1.0
FAULTS: Mapping[str, Mapping[str, object]] = {
    "silent from the start": {"behaviour": "silent", "silent_after": 0},
    "silent after 3 rounds": {"behaviour": "silent", "silent_after": 3},
    "stale by 3 rounds": {"behaviour": "stale", "lag_rounds": 3},
    "says 0.8 times": {"behaviour": "lying", "factor": 0.8},
    "says 1.2 times": {"behaviour": "lying", "factor": 1.2},
    "says 1.5 times": {"behaviour": "lying", "factor": 1.5},
}
"""Kind of fault -> its settings."""
SILENT_LATE = "silent after 3 rounds"
FAULTY = (2, 0, 4)
"""Cells of the operators that fail, in the order in which they do: one of each radius."""
_SETUP_BLOCKS = 20
"""Enough to open an acquisition and to start its rounds, with some to spare at the end."""
_MOST_BLOCKS_A_ROUND = 3
"""Of all answering, whatever the delay and the interval here."""


_Overrides = tuple[tuple[str, object], ...]


class Factor(StrEnum):
    """What is varied, one at a time."""

    INTERVAL = "block interval"
    DELAY = "propagation delay"
    SHARE = "operators' hash share"
    FAULTS = "faulty operators"
    DEADLINE = "deadline"


UNITS = {
    Factor.INTERVAL: "s",
    Factor.DELAY: "s",
    Factor.SHARE: "of all hashes",
    Factor.FAULTS: "of six",
    Factor.DEADLINE: "blocks",
}


@dataclass(frozen=True, slots=True)
class Extent:
    """How much of the experiment is made. Each factor has its values, in ascending order."""

    intervals_s: tuple[float, ...] = (1.0, 2.0, 5.0, 15.0, 60.0, 600.0)
    delays_s: tuple[float, ...] = (0.05, 0.5, 2.0, 5.0, 15.0, 30.0, 60.0)
    shares: tuple[float, ...] = (0.0, 0.2, 0.4, 0.6, 0.8)
    faulty: tuple[int, ...] = (1, 2, 3)
    deadlines: tuple[int, ...] = (1, 2, 3, 6, 12)
    max_rounds: int = 60
    """Rounds after which an acquisition settles, converged or not; all answering takes about half of them."""


@dataclass(frozen=True, slots=True)
class Place:
    """One point: what is varied, and the settings that make it."""

    factor: Factor
    series: str
    """Which curve of its factor it belongs to."""
    value: float
    """In UNITS[factor]."""
    overrides: _Overrides

    @property
    def name(self) -> str:
        """In words."""
        return f"{self.factor} {self.value:g} {UNITS[self.factor]} ({self.series})"


def places(extent: Extent) -> tuple[Place, ...]:
    """Every point, factor by factor."""
    return (
        *_intervals(extent),
        *_delays(extent),
        *_shares(extent),
        *_faults(extent),
        *_deadlines(extent),
    )


def _intervals(extent: Extent) -> Iterator[Place]:
    for interval_s in extent.intervals_s:
        common = _common(extent, interval_s)
        yield Place(Factor.INTERVAL, MEASURED, interval_s, common)


def _delays(extent: Extent) -> Iterator[Place]:
    for delay_s in extent.delays_s:
        yield Place(Factor.DELAY, ONE_DELAY, delay_s, (*_common(extent), *_one_delay(delay_s)))


def _shares(extent: Extent) -> Iterator[Place]:
    common, slow = _common(extent), _one_delay(INTERVAL_S)
    for share in extent.shares:
        six, one = _hashing(share, len(PAPER_CELLS)), _hashing(share, 1)
        yield Place(Factor.SHARE, MEASURED, share, (*common, *six))
        yield Place(Factor.SHARE, SLOW, share, (*common, *slow, *six))
        yield Place(Factor.SHARE, SLOW_ONE, share, (*common, *slow, *one))


def _faults(extent: Extent) -> Iterator[Place]:
    yield Place(Factor.FAULTS, HONEST, 0, _common(extent))
    for kind in FAULTS:
        for count in extent.faulty:
            yield Place(Factor.FAULTS, kind, count, _failing(extent, kind, count))


def _deadlines(extent: Extent) -> Iterator[Place]:
    for deadline in extent.deadlines:
        rule = ("admm.round_blocks", deadline)
        fast = _common(extent, FAST_INTERVAL_S)
        yield Place(Factor.DEADLINE, HONEST, deadline, (*_common(extent), rule))
        yield Place(Factor.DEADLINE, HONEST_FAST, deadline, (*fast, rule))
        silent = _failing(extent, SILENT_LATE, 1, deadline)
        yield Place(Factor.DEADLINE, ONE_SILENT, deadline, (*silent, rule))


def _common(
    extent: Extent, interval_s: float = INTERVAL_S, blocks_a_round: int = _MOST_BLOCKS_A_ROUND
) -> _Overrides:
    """Difficulty is fixed: it is right from the first block on, and stale blocks slow the chain as theory says."""
    return (
        ("chain.difficulty", "fixed"),
        ("chain.interval", _duration(interval_s)),
        ("admm.max_rounds", extent.max_rounds),
        ("run.blocks", extent.max_rounds * blocks_a_round + _SETUP_BLOCKS),
        ("checks.invariants_every", 50),
    )


def _one_delay(delay_s: float) -> _Overrides:
    """Every block and every transaction is everywhere after the same time."""
    return (
        ("network.relay", "broadcast"),
        ("network.latency", "constant"),
        ("network.constant_latency", _duration(delay_s)),
    )


def _hashing(share: float, operators: int) -> _Overrides:
    """The last operators mine, alike, with a share of all hashes."""
    each = share / (1.0 - share) / operators
    last = len(PAPER_CELLS)
    return _operators({index: {"hash_rate": each} for index in range(last - operators, last)})


def _failing(extent: Extent, kind: str, count: int, deadline: int = DEADLINE) -> _Overrides:
    """So many operators fail; who is silent makes every round last until its deadline."""
    silent = FAULTS[kind]["behaviour"] == "silent"
    blocks_a_round = max(deadline, _MOST_BLOCKS_A_ROUND) if silent else _MOST_BLOCKS_A_ROUND
    who = dict.fromkeys(FAULTY[:count], FAULTS[kind])
    return (*_common(extent, blocks_a_round=blocks_a_round), *_operators(who))


def _operators(changed: Mapping[int, Mapping[str, object]]) -> _Overrides:
    cells = [cell.model_dump(exclude_defaults=True) for cell in PAPER_CELLS]
    return (("admm.operators", [{**cell, **changed.get(index, {})} for index, cell in enumerate(cells)]),)


def _duration(seconds: float) -> str:
    return f"{round(seconds * 1_000)}ms"
