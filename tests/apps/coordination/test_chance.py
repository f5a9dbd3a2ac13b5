"""The chance-constrained rule: the reference's figures, its outage by other means, and its order."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, special, stats

from apps.coordination.chance import ChanceRule, noise_free_limits_dbm, outage_probability
from apps.coordination.decision import MeanRule, Outcome, PowerRequest, Reason, assess, sinr_db
from apps.coordination.places import InvalidVariance, ProtectedPlaces
from apps.coordination.quantities import BadQuantity
from tests.apps.coordination.scene import drawn_places, example_1, example_2, places_of

ANCHOR_DB = 1e-4
AS_THE_REFERENCE = ChanceRule(0.01, 6.0, quadrature="gauss-hermite")


def test_example_1_of_the_reference_section_6() -> None:
    places = example_1()
    mean_limit = float(MeanRule().limits_dbm(places)[0])
    assert outage_probability(places, mean_limit) == pytest.approx([0.5], abs=1e-9)
    assert ChanceRule(0.05).limits_dbm(places) == pytest.approx([5.657595240622555], abs=ANCHOR_DB)
    assert outage_probability(places, 5.657595240622555) == pytest.approx([0.05], abs=1e-9)
    assert ChanceRule(0.05, 4.0).limits_dbm(places) == pytest.approx([3.1224770796489025], abs=ANCHOR_DB)


def test_example_2_of_the_reference_section_6_by_its_quadrature() -> None:
    limits = AS_THE_REFERENCE.limits_dbm(example_2())
    assert limits[:2] == pytest.approx([-1.2191573371142426, 1.3536979400648215], abs=ANCHOR_DB)
    assert limits[2] == -math.inf
    silent = outage_probability(example_2(), -math.inf, 6.0)
    assert silent == pytest.approx(
        [7.7935368191928e-45, 0.00033692926567688086, 0.2524925375469229], rel=1e-6
    )
    denied = assess(PowerRequest(23.0), example_2(), AS_THE_REFERENCE)
    assert (denied.outcome, denied.reason, denied.limiting_place) == (Outcome.DENY, Reason.UNREACHABLE, 2)
    dropped = assess(PowerRequest(23.0), example_2(), AS_THE_REFERENCE, unreachable="drop")
    assert dropped.granted_dbm == pytest.approx(-1.2191573371142426, abs=ANCHOR_DB)
    assert dropped.dropped == (2,)


def test_the_reference_s_first_place_of_example_2_misses_its_one_percent_by_its_quadrature() -> None:
    """sigma_k / sigma_I = 1/6: 64 Gauss-Hermite nodes give an outage of 0.01000 where it is 0.01007."""
    first = example_2().only(np.array([True, False, False]))
    assert integrated_outage(first, -1.2191573371142426, 6.0) == pytest.approx(0.0100725, abs=1e-6)
    accurate = float(ChanceRule(0.01, 6.0).limits_dbm(first)[0])
    assert accurate == pytest.approx(-1.2356830, abs=1e-6)
    assert integrated_outage(first, accurate, 6.0) == pytest.approx(0.01, abs=1e-9)


@pytest.mark.parametrize("ratio", [0.01, 0.05, 0.2, 0.34, 0.36, 0.5, 1.0, 3.0, 20.0])
@pytest.mark.parametrize("shadowing_db", [0.5, 4.0, 8.0])
@pytest.mark.parametrize("above_noise_db", [0.5, 4.0, 14.0])
def test_the_outage_is_that_of_adaptive_integration(
    ratio: float, shadowing_db: float, above_noise_db: float
) -> None:
    places = places_of([-89.0 + above_noise_db], [100.0], 6.0, deviation_db=[ratio * shadowing_db])
    for power in (-15.0, 0.0, 8.0):
        outage = float(outage_probability(places, power, shadowing_db)[0])
        assert outage == pytest.approx(integrated_outage(places, power, shadowing_db), abs=2e-6)


def integrated_outage(places: ProtectedPlaces, power_dbm: float, shadowing_db: float) -> float:
    """The outage of a single place by adaptive integration over the level."""
    assert places.variance_db2 is not None
    deviation = math.sqrt(places.variance_db2[0])
    level = power_dbm + places.coupling_db[0]
    noise = 10.0 ** (places.background_dbm[0] / 10.0)
    highest = places.signal_dbm[0] - places.threshold_db[0]
    lost_below = (places.background_dbm[0] - highest) / deviation

    def density(s: float) -> float:
        room = 10.0 ** ((highest + deviation * s) / 10.0) - noise
        tolerable = 10.0 * math.log10(room) if room > 0.0 else -math.inf
        return float(stats.norm.pdf(s) * special.ndtr((level - tolerable) / shadowing_db))

    bends = np.clip((10.0 * math.log10(10.0 ** (level / 10.0) + noise) - highest) / deviation, -12.0, 12.0)
    spread = np.clip(bends + shadowing_db / deviation * np.arange(-8, 9), lost_below, 12.0)
    edges = sorted({float(np.clip(lost_below, -12.0, 12.0)), *spread.tolist(), 12.0})
    parts = [integrate.quad(density, a, b, epsabs=1e-13, limit=200)[0] for a, b in itertools.pairwise(edges)]
    return float(special.ndtr(lost_below)) + sum(parts)


@pytest.mark.parametrize("shadowing_db", [0.0, 2.0, 6.0])
@pytest.mark.parametrize("outage", [0.01, 0.1, 0.5])
def test_a_simulation_finds_the_outage_of_the_rule(outage: float, shadowing_db: float) -> None:
    """400,000 draws; the 99.99 % interval of a binomial share is 3.9 standard errors to each side."""
    places = places_of([-80.0, -82.0], [100.0, 105.0], 6.0, deviation_db=[0.6, 2.0], granted_dbm=-100.0)
    draws = 400_000
    rng = np.random.default_rng([7, round(outage * 100), round(shadowing_db)])
    for place, limit in enumerate(ChanceRule(outage, shadowing_db).limits_dbm(places)):
        level = rng.normal(places.signal_dbm[place], math.sqrt(places.variance_db2[place]), draws)  # type: ignore[index]
        sharer = rng.normal(limit + places.coupling_db[place], shadowing_db, draws)
        disturbance = 10.0 * np.log10(10.0 ** (sharer / 10.0) + 10.0 ** (places.background_dbm[place] / 10.0))
        lost = np.mean(level - disturbance < places.threshold_db[place])
        assert abs(lost - outage) < 3.9 * math.sqrt(outage * (1.0 - outage) / draws)


def test_bonferroni_keeps_all_places_together_in_a_simulation() -> None:
    """Independent places, the case where the bound is closest: 1 - (1 - eps/m)^m, 200,000 draws, 3.9 s.e."""
    count, outage, draws = 10, 0.1, 200_000
    places = places_of(np.full(count, -80.0), np.full(count, 100.0), 6.0, deviation_db=np.full(count, 2.0))
    limit = assess(PowerRequest(50.0), places, ChanceRule(outage, 3.0, bonferroni=True)).granted_dbm
    rng = np.random.default_rng(11)
    level = rng.normal(-80.0, 2.0, (draws, count))
    sharer = rng.normal(limit - 100.0, 3.0, (draws, count))
    lost = np.any(level - 10.0 * np.log10(10.0 ** (sharer / 10.0) + 10.0**-9.5) < 6.0, axis=1).mean()
    joint = 1.0 - (1.0 - outage / count) ** count
    assert lost <= outage
    assert abs(lost - joint) < 3.9 * math.sqrt(joint * (1.0 - joint) / draws)
    each = assess(PowerRequest(50.0), places, ChanceRule(outage, 3.0)).granted_dbm
    assert limit < each


@settings(max_examples=30, deadline=None)
@given(drawn_places(deviations=True), st.floats(0.001, 0.5), st.floats(0.0, 10.0))
def test_at_the_limit_the_outage_is_what_was_asked_for(
    places: ProtectedPlaces, outage: float, shadowing_db: float
) -> None:
    limits = ChanceRule(outage, shadowing_db).limits_dbm(places)
    assert not np.isnan(limits).any()
    assert places.variance_db2 is not None
    for place, limit in enumerate(limits):
        only = places.only(np.arange(places.count) == place)
        if np.isneginf(limit):
            assert outage_probability(only, -math.inf, shadowing_db)[0] >= outage - 1e-6
        elif places.variance_db2[place] + shadowing_db > 1e-3:
            assert outage_probability(only, float(limit), shadowing_db)[0] == pytest.approx(outage, abs=1e-5)


@settings(max_examples=25, deadline=None)
@given(drawn_places(deviations=True), st.floats(0.001, 0.25), st.floats(0.0, 8.0))
def test_the_rule_is_monotone_in_what_it_knows(
    places: ProtectedPlaces, outage: float, shadowing_db: float
) -> None:
    limits = ChanceRule(outage, shadowing_db).limits_dbm(places)
    assert np.all(limits <= ChanceRule(2.0 * outage, shadowing_db).limits_dbm(places) + 1e-6)
    assert np.all(limits <= noise_free_limits_dbm(places, ChanceRule(outage, shadowing_db)) + 1e-6)
    assert np.all(limits <= MeanRule().limits_dbm(places) + 1e-6)
    more = replace(places, granted_dbm=places.granted_dbm + 3.0)
    assert np.all(ChanceRule(outage, shadowing_db).limits_dbm(more) <= limits + 1e-6)
    joint = ChanceRule(outage, shadowing_db, bonferroni=True).limits_dbm(places)
    assert np.all(joint <= limits + 1e-6)


@settings(max_examples=25, deadline=None)
@given(drawn_places(deviations=True), st.floats(-60.0, 60.0), st.floats(0.0, 30.0), st.floats(0.0, 8.0))
def test_more_power_never_lowers_the_outage(
    places: ProtectedPlaces, power: float, more: float, shadowing_db: float
) -> None:
    low = outage_probability(places, power, shadowing_db)
    high = outage_probability(places, power + more, shadowing_db)
    assert np.all((low >= 0.0) & (low <= 1.0 + 1e-9))
    assert np.all(high >= low - 1e-6)


@settings(max_examples=25, deadline=None)
@given(drawn_places(deviations=True), st.floats(0.001, 0.5), st.floats(0.0, 10.0), st.floats(-20.0, 40.0))
def test_with_thresholds_higher_by_the_margin_the_outage_is_what_was_asked_for(
    places: ProtectedPlaces, outage: float, shadowing_db: float, power: float
) -> None:
    margins = ChanceRule(outage, shadowing_db).margins_db(places, power)
    raised = replace(places, threshold_db=places.threshold_db + margins)
    assert places.variance_db2 is not None
    random = places.variance_db2 + shadowing_db > 1e-3
    assert outage_probability(raised, power, shadowing_db)[random] == pytest.approx(outage, abs=1e-5)


@pytest.mark.parametrize("shadowing_db", [0.0, 4.0])
def test_at_the_limit_the_margin_is_zero_and_without_a_sharer_it_is_that_of_the_level(
    shadowing_db: float,
) -> None:
    places = places_of([-80.0, -81.0], [100.0, 100.0], 6.0, deviation_db=[2.0, 0.0])
    rule = ChanceRule(0.05, shadowing_db)
    for place, limit in enumerate(rule.limits_dbm(places)):
        assert rule.margins_db(places, float(limit))[place] == pytest.approx(0.0, abs=1e-8)
    silent = [-80.0 - 1.6448536269514722 * 2.0 + 95.0 - 6.0, -81.0 + 95.0 - 6.0]
    assert rule.margins_db(places, -math.inf) == pytest.approx(silent)


def test_without_any_uncertainty_the_rule_is_the_mean_rule() -> None:
    places = places_of([-80.0, -93.0], [100.0, 100.0], 6.0, deviation_db=[0.0, 0.0])
    assert ChanceRule(0.05).limits_dbm(places) == pytest.approx(MeanRule().limits_dbm(places))
    limit = float(MeanRule().limits_dbm(places)[0])
    assert outage_probability(places, limit).tolist() == [0.0, 1.0]
    assert outage_probability(places, limit + 0.001)[0] == 1.0


def test_at_one_half_and_without_shadowing_the_rule_is_the_mean_rule() -> None:
    assert ChanceRule(0.5).limits_dbm(example_2()) == pytest.approx(MeanRule().limits_dbm(example_2()))


def test_far_above_the_noise_the_closed_form_holds() -> None:
    places = places_of([-40.0], [100.0], 6.0, deviation_db=[3.0])
    rule = ChanceRule(0.05, 4.0)
    closed = -40.0 + 100.0 - 6.0 - 1.6448536269514722 * 5.0
    assert noise_free_limits_dbm(places, rule) == pytest.approx([closed])
    assert rule.limits_dbm(places) == pytest.approx([closed], abs=0.01)


def test_a_certain_level_with_shadowed_interference_has_a_closed_form() -> None:
    places = places_of([-85.0], [100.0], 6.0, deviation_db=[0.0])
    expected = -93.20480830541908 + 100.0 - 1.6448536269514722 * 4.0
    assert ChanceRule(0.05, 4.0).limits_dbm(places) == pytest.approx([expected])
    nearly = places_of([-85.0], [100.0], 6.0, deviation_db=[1e-6])
    assert ChanceRule(0.05, 4.0).limits_dbm(nearly) == pytest.approx([expected], abs=1e-5)


@pytest.mark.parametrize("outage", [0.0, -0.1, 0.51, 1.0, math.nan, math.inf])
def test_an_outage_is_above_zero_and_at_most_one_half(outage: float) -> None:
    with pytest.raises(BadQuantity, match="outage"):
        ChanceRule(outage)


@pytest.mark.parametrize("shadowing_db", [-1.0, math.nan, 100.0])
def test_a_shadowing_is_a_plausible_deviation(shadowing_db: float) -> None:
    with pytest.raises(BadQuantity, match="shadowing_db"):
        ChanceRule(0.05, shadowing_db)
    with pytest.raises(BadQuantity, match="shadowing_db"):
        outage_probability(example_1(), 0.0, shadowing_db)


def test_without_variances_the_rule_refuses() -> None:
    unknown = places_of([-80.0], [100.0], 6.0)
    with pytest.raises(InvalidVariance, match="the rule rests on it"):
        ChanceRule(0.05).limits_dbm(unknown)
    with pytest.raises(InvalidVariance):
        outage_probability(unknown, 0.0)


def test_another_quadrature_and_a_power_that_is_none_are_refused() -> None:
    with pytest.raises(BadQuantity, match="quadrature"):
        ChanceRule(0.05, quadrature="simpson")  # type: ignore[arg-type]
    with pytest.raises(BadQuantity, match="power_dbm"):
        outage_probability(example_1(), math.nan)


def test_the_answer_shows_the_sinr_at_the_predicted_levels() -> None:
    answer = assess(PowerRequest(23.0), example_1(), ChanceRule(0.05))
    assert answer.sinr_db == pytest.approx(sinr_db(example_1(), answer.granted_dbm))
    assert answer.sinr_db[0] > 6.0
