"""Does the granted power keep the incumbent's places? The rule the paper implies, and the chance-constrained one.

The map is made from 200 pixels; the receivers are pixels that were not measured. A sharer at a random place asks for
more power than any rule permits, so that it gets what the rule permits. Then the true levels say which receivers
miss their SINR. The sharer's path loss is known exactly, so that only the map's error counts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from apps.coordination.campus import FREQUENCY_MHZ, SIDE_M, Campus, make_campus
from apps.coordination.chance import ChanceRule
from apps.coordination.decision import LimitRule, MeanRule, Outcome, PowerRequest, assess, sinr_db
from apps.coordination.fit import fit_variogram
from apps.coordination.kriging import Kriging
from apps.coordination.link_budget import noise_dbm
from apps.coordination.places import ProtectedPlaces, protect
from apps.coordination.propagation import propagation_named
from sim.reproduce.coordination_parallel import in_parallel_on_one_thread
from sim.reproduce.coordination_trials import COUNT, measured_pixels, samples_of

SCENARIO = "campus"
OUTAGE = 0.05
THRESHOLD_DB, RESOURCE_ELEMENT_HZ, NOISE_FIGURE_DB = 6.0, 15e3, 9.0
"""Levels are RSRP, of one resource element, and so is the noise."""
RECEIVERS, REQUESTS = 20, 10
"""Protected receivers of each request, requests on each campus."""
APART_M, RISE_M = 20.0, 8.5
"""Receivers are at least that far from the sharer, whose antenna is that much higher."""

_REQUESTING = 7
_ASKED_DBM = 60.0
_SAME_LEVEL_DB = 1e-9


class Rule(StrEnum):
    """How the largest power follows from the map."""

    MEAN = "predicted level as if it were true"
    EACH = f"outage of each place <= {OUTAGE:.0%}"
    ALL = f"outage of all places together <= {OUTAGE:.0%}"


RULES: dict[Rule, LimitRule] = {
    Rule.MEAN: MeanRule(),
    Rule.EACH: ChanceRule(OUTAGE),
    Rule.ALL: ChanceRule(OUTAGE, bonferroni=True),
}


@dataclass(frozen=True, slots=True)
class Granted:
    """What a rule granted on one campus, over its requests."""

    rule: Rule
    powers_dbm: tuple[float, ...]
    """Granted power of each request that got one, dBm."""
    missed: tuple[bool, ...]
    """For each of these, whether the receiver that set the limit misses its SINR because of the sharer."""
    any_missed: tuple[bool, ...]
    """Whether any protected receiver does."""


def grant_all(
    seeds: int, processes: int | None, on_done: Callable[[int, int], None]
) -> dict[Rule, list[Granted]]:
    """Every rule on `seeds` campuses."""
    found = in_parallel_on_one_thread(granted_on, list(range(seeds)), processes, on_done)
    return {rule: [by_rule[number] for by_rule in found] for number, rule in enumerate(RULES)}


def granted_on(seed: int) -> list[Granted]:
    """What each rule grants on one campus, to the same requests."""
    campus = make_campus(seed, SCENARIO)
    cases = _requests(campus)
    return [_granted(rule, cases) for rule in RULES]


def _requests(campus: Campus) -> list[tuple[ProtectedPlaces, ProtectedPlaces]]:
    """Receivers as the map has them and as they are, for each request."""
    chosen = measured_pixels(campus, COUNT)
    rest = np.setdiff1d(np.arange(campus.values_dbm.size), chosen)
    samples = samples_of(campus, chosen)
    model = fit_variogram(samples.points_m, samples.values_dbm)
    kriging = Kriging(samples.points_m, samples.values_dbm, model)
    propagation = propagation_named("umi-nlos", FREQUENCY_MHZ)
    rng = np.random.default_rng([_REQUESTING, campus.seed])
    cases = []
    for _ in range(REQUESTS):
        sharer = rng.uniform(0.0, SIDE_M, 2)
        apart = np.hypot(*(campus.points_m[rest] - sharer).T) >= APART_M
        receivers = rng.choice(rest[apart], RECEIVERS, replace=False)
        places = campus.points_m[receivers]
        predicted = kriging.predict(places)
        known, true = (
            protect(
                level,
                places,
                sharer,
                propagation,
                threshold_db=THRESHOLD_DB,
                noise_dbm=noise_dbm(RESOURCE_ELEMENT_HZ, NOISE_FIGURE_DB),
                variance_db2=variance,
                height_difference_m=RISE_M,
            )
            for level, variance in (
                (predicted.mean, predicted.variance),
                (campus.values_dbm[receivers], None),
            )
        )
        cases.append((known, true))
    return cases


def _granted(rule: Rule, cases: Sequence[tuple[ProtectedPlaces, ProtectedPlaces]]) -> Granted:
    powers, missed, any_missed = [], [], []
    for known, true in cases:
        answer = assess(PowerRequest(_ASKED_DBM), known, RULES[rule], unreachable="drop")
        if answer.outcome is Outcome.DENY:
            continue
        least = THRESHOLD_DB - _SAME_LEVEL_DB
        short = (sinr_db(true, answer.granted_dbm) < least) & (sinr_db(true, -np.inf) >= least)
        # A place dropped from the mask misses its SINR, as far as the map can tell, whatever the sharer does.
        short[list(answer.dropped)] = False
        powers.append(answer.granted_dbm)
        missed.append(bool(short[answer.limiting_place]))
        any_missed.append(bool(short.any()))
    return Granted(rule, tuple(powers), tuple(missed), tuple(any_missed))
