"""Trials on synthetic campuses: measure some pixels, fill in the others by every method, compare with the truth."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from apps.coordination.campus import SCENARIOS, Campus, make_campus
from apps.coordination.empirical_variogram import empirical_variogram
from apps.coordination.quantities import IntArray
from sim.reproduce.coordination_methods import ALL, SWEPT, Method, Samples, Score, scores
from sim.reproduce.coordination_parallel import in_parallel_on_one_thread

COUNT = 200
"""Measurements of the paper's Table 2 and Fig. 13."""
COUNTS = tuple(range(100, 900, 100))
"""Measurements of Fig. 14."""
SWEPT_SCENARIOS = ("paper320", "campus")
"""The paper's own recipe, and the same campus before it was measured at 320 pixels and extended."""
BIN_M, LONGEST_LAG_M = 5.0, 140.0
"""Bins of the empirical semivariogram: a pixel each, up to half the diagonal."""

_SAMPLING = 3


@dataclass(frozen=True, slots=True)
class Trial:
    """One campus, measured at random pixels."""

    scenario: str
    seed: int
    count: int
    """How many pixels are measured."""
    methods: tuple[Method, ...] = ALL


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a trial."""

    trial: Trial
    scores: tuple[Score, ...]
    """One for each method of the trial, on the pixels that were not measured."""

    def of(self, method: Method) -> Score:
        """The score of a method of the trial."""
        return next(score for score in self.scores if score.method is method)


def trials(seeds: int) -> list[Trial]:
    """Table 2's with `seeds` campuses of every scenario, and Fig. 14's with fewer; the longest first."""
    table = [Trial(scenario, seed, COUNT) for scenario in SCENARIOS for seed in range(seeds)]
    sweep = [
        Trial(scenario, seed, count, SWEPT)
        for scenario in SWEPT_SCENARIOS
        for seed in range(swept_seeds(seeds))
        for count in COUNTS
        if count != COUNT
    ]
    return sorted((*table, *sweep), key=lambda trial: -trial.count)


def swept_seeds(seeds: int) -> int:
    """Campuses for each number of measurements of Fig. 14 when Table 2 has `seeds`: three tenths, but two at least."""
    return max(2, 3 * seeds // 10)


def try_all(
    chosen: Iterable[Trial], processes: int | None, on_done: Callable[[int, int], None]
) -> list[Tried]:
    """The trials, many at a time, in the order given."""
    return in_parallel_on_one_thread(tried, list(chosen), processes, on_done)


def tried(trial: Trial) -> Tried:
    """Measure, fill in, compare."""
    campus = make_campus(trial.seed, trial.scenario)
    chosen = measured_pixels(campus, trial.count)
    rest = np.setdiff1d(np.arange(campus.values_dbm.size), chosen)
    found = scores(samples_of(campus, chosen), campus.points_m[rest], campus.values_dbm[rest], trial.methods)
    return Tried(trial, tuple(found))


def measured_pixels(campus: Campus, count: int) -> IntArray:
    """Pixels that are measured, the same whenever campus and count are."""
    rng = np.random.default_rng([_SAMPLING, SCENARIOS.index(campus.scenario), campus.seed, count])
    return campus.sample(count, rng)


def samples_of(campus: Campus, chosen: IntArray) -> Samples:
    """Levels and semivariogram of the chosen pixels (n,)."""
    points, values = campus.points_m[chosen], campus.values_dbm[chosen]
    bins = empirical_variogram(points, values, lag_m=BIN_M, max_lag_m=LONGEST_LAG_M)
    return Samples(points, values, bins, campus.transmitter_m)
