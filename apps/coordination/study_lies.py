"""How many lying participants do the grading and the decision survive? One trial is a pure function of case and seed.

A campaign of participants measures a campus; some of them lie. The measurements are graded by leave-one-out residual,
and three maps are made: of everything that was said, of what the grading keeps, and of the honest only, which nobody
can know. From each map sharers at random places get the power that the rule permits at 20 protected receivers; the
true levels then say whether that was too much.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from apps.coordination.campus import FREQUENCY_MHZ, SCENARIOS, SIDE_M, Campus, make_campus
from apps.coordination.chance import ChanceRule
from apps.coordination.decision import LimitRule, MeanRule, Outcome, PowerRequest, assess
from apps.coordination.fit import fit_variogram
from apps.coordination.kriging import Kriging
from apps.coordination.link_budget import LinkBudget, noise_dbm, wideband_dbm
from apps.coordination.places import protect
from apps.coordination.propagation import UrbanMicro
from apps.coordination.quantities import BadQuantity, BoolArray, FloatArray, IntArray, number_in
from apps.coordination.residual_grading import grade_by_residual

THRESHOLD_DB, RESOURCE_ELEMENT_HZ, NOISE_FIGURE_DB, RESOURCE_BLOCKS = 6.0, 15e3, 9.0, 50
"""Levels are RSRP, of one resource element; the sharer's power is spread over the same 50 resource blocks."""
RECEIVERS, REQUESTS = 20, 10
NEAREST_M, RISE_M = 20.0, 8.5
"""Receivers are at least so far from the sharer, whose antenna is so much higher."""
OUTAGE = 0.05
RULES: dict[str, LimitRule] = {"mean": MeanRule(), "chance": ChanceRule(OUTAGE, bonferroni=True)}
"""The decision rules that are compared; the second keeps all receivers together with 95 %."""

_ASKED_DBM = 60.0
_SAME_DB = 1e-6


class Lie(StrEnum):
    """What a liar reports."""

    CONSTANT = "constant"
    """The truth plus the size."""
    RANDOM = "random"
    """The truth plus normal noise of the size."""
    COLLUDING = "colluding"
    """The truth plus the size, all liars measuring around the first sharer, where no honest one does."""


class MapOf(StrEnum):
    """Whose measurements a map is made of."""

    ALL = "all"
    KEPT = "kept"
    HONEST = "honest"


@dataclass(frozen=True, slots=True)
class LiesCase:
    """What is tried. Raises BadQuantity for values out of range or more measurements than half the pixels."""

    lie: Lie = Lie.CONSTANT
    """How the liars lie."""
    share: float = 0.2
    """Of the participants that lie, 0 to 1; rounded to whole participants."""
    size_db: float = 10.0
    """How much, dB."""
    participants: int = 20
    """How many measure, at least 3."""
    measurements_each: int = 10
    """How many pixels each measures."""
    scenario: str = "campus"
    """One of SCENARIOS."""
    noise_db: float = 0.5
    """Standard deviation of an honest receiver's error, dB."""
    false_alarm: float = 0.01
    """Of the grading, for each honest participant."""

    def __post_init__(self) -> None:
        if self.scenario not in SCENARIOS:
            raise BadQuantity("scenario", self.scenario, f"one of {', '.join(SCENARIOS)}")
        number_in("share", self.share, 0.0, 1.0)
        number_in("size_db", self.size_db, -60.0, 60.0)
        number_in("participants", self.participants, 3, 800)
        number_in("noise_db", self.noise_db, 0.0, 20.0)
        number_in("measurements in all", self.participants * self.measurements_each, 3, 800)

    @property
    def liars(self) -> int:
        """How many of the participants lie; they are the first."""
        return round(self.share * self.participants)


@dataclass(frozen=True, slots=True)
class MapTrial:
    """One map and what was decided by it."""

    rmse_db: float
    """Over the pixels that nobody measured, dB."""
    granted: dict[str, int]
    """By rule, how many of the requests were granted some power."""
    wrong: dict[str, int]
    """By rule, how many of these got more than the true levels permit."""
    excess_db: dict[str, float]
    """By rule, the mean of how much more (0 where not), dB."""


@dataclass(frozen=True, slots=True)
class LiesTrial:
    """One campaign."""

    seed: int
    caught_liars: int
    """Of the case's liars."""
    caught_honest: int
    """Of the others."""
    maps: dict[MapOf, MapTrial]
    """No map of the honest where all lie."""


@dataclass(frozen=True, slots=True)
class LiesSummary:
    """Means over seeds, with the standard errors of the means."""

    case: LiesCase
    seeds: int
    detection: tuple[float, float] | None
    """Share of the liars that were caught; None without liars."""
    false_alarms: tuple[float, float] | None
    """Share of the honest that were caught; None without honest ones."""
    rmse_db: dict[MapOf, tuple[float, float]]
    wrong: dict[tuple[MapOf, str], tuple[float, float]]
    """By map and rule: of the requests granted some power on a campus, the share with too much."""


@dataclass(frozen=True, slots=True, eq=False)
class _Campaign:
    """What was measured and said; pixels and sharers (REQUESTS, 2) are the same for every map."""

    campus: Campus
    pixels: IntArray
    said_dbm: FloatArray
    who: IntArray
    sharers_m: FloatArray


def lies_trial(case: LiesCase, seed: int) -> LiesTrial:
    """Measure, lie, grade, rebuild, decide. Deterministic in (case, seed); about half a second."""
    campaign = _campaign(case, seed)
    points = campaign.campus.points_m[campaign.pixels]
    grades = grade_by_residual(points, campaign.said_dbm, campaign.who, false_alarm=case.false_alarm)
    honest = campaign.who >= case.liars
    masks = {MapOf.ALL: np.ones(len(points), dtype=bool), MapOf.KEPT: grades.kept, MapOf.HONEST: honest}
    return LiesTrial(
        seed=seed,
        caught_liars=int(np.count_nonzero(grades.caught[: case.liars])),
        caught_honest=int(np.count_nonzero(grades.caught[case.liars :])),
        maps={name: _map_trial(campaign, mask, seed) for name, mask in masks.items() if mask.any()},
    )


def summarise(case: LiesCase, trials: Iterable[LiesTrial]) -> LiesSummary:
    """Means and standard errors over trials of one case. Raises BadQuantity for none."""
    found = list(trials)
    if not found:
        raise BadQuantity("trials", 0, "at least one")
    honest = case.participants - case.liars
    maps = [name for name in MapOf if all(name in trial.maps for trial in found)]
    wrong = {
        (name, rule): _mean([_share(trial.maps[name], rule) for trial in found])
        for name in maps
        for rule in RULES
    }
    return LiesSummary(
        case=case,
        seeds=len(found),
        detection=_mean([t.caught_liars / case.liars for t in found]) if case.liars else None,
        false_alarms=_mean([t.caught_honest / honest for t in found]) if honest else None,
        rmse_db={name: _mean([t.maps[name].rmse_db for t in found]) for name in maps},
        wrong=wrong,
    )


def _campaign(case: LiesCase, seed: int) -> _Campaign:
    campus = make_campus(seed, case.scenario)
    rng = np.random.default_rng([seed, 1_000_003])
    sharers = rng.uniform(0.0, SIDE_M, (REQUESTS, 2))
    count, lying = case.participants * case.measurements_each, case.liars * case.measurements_each
    pixels = campus.sample(count, rng)
    if case.lie is Lie.COLLUDING:
        nearest = np.argsort(np.hypot(*(campus.points_m - sharers[0]).T), kind="stable")[:lying]
        pixels = np.concatenate([nearest, pixels[~np.isin(pixels, nearest)]])
        spare = np.setdiff1d(np.arange(campus.values_dbm.size), pixels)
        missing = max(count - len(pixels), 0)
        pixels = np.concatenate([pixels, rng.choice(spare, missing, replace=False)])[:count]
    who = np.repeat(np.arange(case.participants), case.measurements_each)
    said = campus.values_dbm[pixels] + rng.normal(0.0, case.noise_db, count)
    lie = (
        rng.normal(0.0, abs(case.size_db), count) if case.lie is Lie.RANDOM else np.full(count, case.size_db)
    )
    return _Campaign(campus, pixels, said + np.where(who < case.liars, lie, 0.0), who, sharers)


def _map_trial(campaign: _Campaign, mask: BoolArray, seed: int) -> MapTrial:
    campus, pixels = campaign.campus, campaign.pixels[mask]
    points, said = campus.points_m[pixels], campaign.said_dbm[mask]
    kriging = Kriging(points, said, fit_variogram(points, said))
    open_pixels = np.setdiff1d(np.arange(campus.values_dbm.size), campaign.pixels)
    error = (
        kriging.predict(campus.points_m[open_pixels], variance=False).mean - campus.values_dbm[open_pixels]
    )
    excess: dict[str, list[float]] = {rule: [] for rule in RULES}
    rng = np.random.default_rng([seed, 1_000_033])
    for sharer in campaign.sharers_m:
        for rule, over in _excesses(campus, kriging, open_pixels, sharer, rng).items():
            excess[rule].append(over)
    return MapTrial(
        rmse_db=float(np.sqrt(np.mean(error**2))),
        granted={rule: int(np.count_nonzero(np.isfinite(over))) for rule, over in excess.items()},
        wrong={rule: int(np.count_nonzero(np.array(over) > _SAME_DB)) for rule, over in excess.items()},
        excess_db={rule: float(np.mean(np.maximum(over, 0.0))) for rule, over in excess.items()},
    )


def _excesses(
    campus: Campus, kriging: Kriging, open_pixels: IntArray, sharer_m: FloatArray, rng: np.random.Generator
) -> dict[str, float]:
    """By rule, granted power less the power that the true levels permit, dB; -inf where nothing was granted."""
    far = np.hypot(*(campus.points_m[open_pixels] - sharer_m).T) >= NEAREST_M
    chosen = rng.choice(open_pixels[far], RECEIVERS, replace=False)
    predicted = kriging.predict(campus.points_m[chosen])
    spread_db = float(wideband_dbm(0.0, RESOURCE_BLOCKS))

    def limit_dbm(signal: FloatArray, rule: LimitRule) -> tuple[Outcome, float]:
        places = protect(
            signal,
            campus.points_m[chosen],
            sharer_m,
            UrbanMicro(FREQUENCY_MHZ),
            threshold_db=THRESHOLD_DB,
            noise_dbm=noise_dbm(RESOURCE_ELEMENT_HZ, NOISE_FIGURE_DB),
            budget=LinkBudget(transmit_gain_dbi=-spread_db),
            variance_db2=predicted.variance,
            height_difference_m=RISE_M,
        )
        answer = assess(PowerRequest(_ASKED_DBM), places, rule, unreachable="drop")
        return answer.outcome, answer.permissible_dbm

    _, permitted = limit_dbm(campus.values_dbm[chosen], MeanRule())
    result = {}
    for name, rule in RULES.items():
        outcome, power = limit_dbm(predicted.mean, rule)
        granted = -np.inf if outcome is Outcome.DENY else min(power, _ASKED_DBM)
        result[name] = float(granted - permitted) if np.isfinite(granted) else -np.inf
    return result


def _share(trial: MapTrial, rule: str) -> float:
    return trial.wrong[rule] / max(trial.granted[rule], 1)


def _mean(values: list[float]) -> tuple[float, float]:
    """Mean and its standard error; 0 for one value."""
    spread = float(np.std(values, ddof=1)) / np.sqrt(len(values)) if len(values) > 1 else 0.0
    return float(np.mean(values)), float(spread)
