"""What the paper's grades reward: strength of signal. Some participants add 10 dB to all that they measured."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from apps.coordination.actions import Grade
from apps.coordination.campus import make_campus
from apps.coordination.grading import grade_by_signal
from apps.coordination.quantities import BoolArray
from apps.coordination.residual_grading import grade_by_residual
from sim.reproduce.claims import Claim, Verdict
from sim.reproduce.coordination_parallel import in_parallel_on_one_thread
from sim.reproduce.coordination_statistics import grouped_share_of, mean_of, percent

SCENARIO = "campus"
PARTICIPANTS, EACH, LIARS = 20, 10, 4
LIE_DB, NOISE_DB = 10.0, 0.5
_GRADING = 11


@dataclass(frozen=True, slots=True)
class Graded:
    """One campaign: whether something is true of each of its liars, or of its honest participants."""

    raised: tuple[bool, ...]
    """Of the liars, by the lie into a better class of signal."""
    good_honest: tuple[bool, ...]
    """Of the honest, in the class good or better, which the paper pays."""
    good_liars: tuple[bool, ...]
    """Of the liars, likewise."""
    caught: tuple[bool, ...]
    """Of the liars, by the leave-one-out residual."""
    false_alarms: tuple[bool, ...]
    """Of the honest, likewise."""


def grade_all(seeds: int, processes: int | None, on_done: Callable[[int, int], None]) -> list[Graded]:
    """One campaign on each of `seeds` campuses."""
    return in_parallel_on_one_thread(graded, list(range(seeds)), processes, on_done)


def graded(seed: int) -> Graded:
    """Measure, lie, grade both ways."""
    campus, rng = make_campus(seed, SCENARIO), np.random.default_rng([_GRADING, seed])
    chosen, who = campus.sample(PARTICIPANTS * EACH, rng), np.repeat(np.arange(PARTICIPANTS), EACH)
    true = campus.values_dbm[chosen] + rng.normal(0.0, NOISE_DB, len(chosen))
    said = true + LIE_DB * (who < LIARS)
    before, after = (np.array(grade_by_signal(values, who).grades) for values in (true, said))
    good = after <= Grade.GOOD
    caught = grade_by_residual(campus.points_m[chosen], said, who).caught
    return Graded(
        raised=_each(after[:LIARS] < before[:LIARS]),
        good_honest=_each(good[LIARS:]),
        good_liars=_each(good[:LIARS]),
        caught=_each(caught[:LIARS]),
        false_alarms=_each(caught[LIARS:]),
    )


def _each(values: BoolArray) -> tuple[bool, ...]:
    return tuple(map(bool, values))


def grading_claim(found: Sequence[Graded]) -> Claim:
    """Whether the grades of the signal condition tell who measured well."""
    raised, honest, liars, caught, alarms = (
        percent(grouped_share_of([getattr(one, name) for one in found]))
        for name in ("raised", "good_honest", "good_liars", "caught", "false_alarms")
    )
    better = mean_of([float(np.mean(one.good_honest) - np.mean(one.good_liars)) for one in found])
    return Claim(
        "Sec. 2, 4.1",
        "participants are graded by the accuracy and precision of their data",
        f"by the LTE signal condition: of those who add {LIE_DB:g} dB {raised} rise by a class; good or better, "
        f"which is "
        f"paid, are {liars} of them and {honest} of the honest; grades by the leave-one-out residual find "
        f"{caught} of "
        f"them and suspect {alarms} of the honest ({len(found)} campuses, {LIARS} of {PARTICIPANTS} lie)",
        Verdict.HOLDS if better.low > 0 else Verdict.FAILS,
    )
