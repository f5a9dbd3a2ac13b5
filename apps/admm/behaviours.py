"""How a virtual operator comes from what it reads on chain to what it says: honestly, or with one of three faults."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Reading:
    """What an operator reads on chain before it answers a round."""

    acquisition: str
    round: int
    centre_hz: float
    """v = z - u, its share less its scaled dual."""
    penalty_w_per_hz2: float
    """nu."""


Solver = Callable[[Reading], float]
"""The bandwidth, Hz, that is best for an operator where it reads this (the paper's (32))."""


class Behaviour(Protocol):
    """How an operator comes from what it reads to what it says."""

    def answer(self, reading: Reading, best: Solver) -> float | None:
        """Bandwidth it asks for, Hz; None: it does not answer this round."""


@dataclass(frozen=True, slots=True)
class Honest:
    """Says what is best for it."""

    def answer(self, reading: Reading, best: Solver) -> float:
        """The solution of its subproblem."""
        return best(reading)


@dataclass(frozen=True, slots=True)
class Silent:
    """Answers so many rounds of each acquisition, then never again."""

    silent_after: int

    def answer(self, reading: Reading, best: Solver) -> float | None:
        """The solution of its subproblem, or nothing."""
        return best(reading) if reading.round <= self.silent_after else None


@dataclass(slots=True)
class Stale:
    """Answers the open round with what was best for it some rounds before: its head is old."""

    lag_rounds: int
    _read: dict[str, dict[int, Reading]] = field(default_factory=dict)

    def answer(self, reading: Reading, best: Solver) -> float:
        """The solution of an old subproblem; of the first one it read until it is as many rounds behind."""
        seen = self._read.setdefault(reading.acquisition, {})
        seen[reading.round] = reading
        old = max((number for number in seen if number <= reading.round - self.lag_rounds), default=min(seen))
        for number in [number for number in seen if number < old]:
            del seen[number]
        return best(seen[old])


@dataclass(frozen=True, slots=True)
class Lying:
    """Says a multiple of what it wants."""

    factor: float

    def answer(self, reading: Reading, best: Solver) -> float:
        """The multiple, which the operator caps at all there is."""
        return self.factor * best(reading)
