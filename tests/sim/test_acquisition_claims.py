"""Each verdict follows the data: the same claim on other data comes out otherwise."""

from dataclasses import replace

import numpy as np
import pytest

from apps.admm.capped_simplex import project
from apps.admm.draws import draw_users
from apps.admm.schemes import DSA, NON_CAUSAL, PROPORTIONAL
from sim.reproduce import acquisition_claims as predicted_claims
from sim.reproduce import acquisition_claims_measured as measured_claims
from sim.reproduce.acquisition_claims import printed_projection
from sim.reproduce.acquisition_data import (
    PATHLOSS_EXPONENT,
    RATES_BPS,
    Measured,
    Place,
    Sample,
    measured,
    predicted,
)
from sim.reproduce.acquisition_rounds import Iterations, iterate
from sim.reproduce.acquisition_rules import RuleError
from sim.reproduce.acquisition_users import CellCheck, check_cell
from sim.reproduce.claims import Verdict

SEED = 7


@pytest.fixture(scope="module")
def sample() -> Measured:
    return measured(Sample(Place(2e6), 200, SEED))


@pytest.fixture(scope="module")
def check() -> CellCheck:
    return check_cell(np.array([1e-7, 3e-8, 2e-9, 4e-6]), 2e6, 5e6)


def with_power(sample: Measured, scheme: str, power_w: np.ndarray) -> Measured:
    found = replace(sample.found, power_w={**sample.found.power_w, scheme: power_w})
    return replace(sample, found=found)


def times_non_causal(sample: Measured, factor: float) -> Measured:
    return with_power(sample, DSA, factor * sample.found.power_w[NON_CAUSAL])


@pytest.mark.parametrize(
    ("poisson", "fixed", "verdict"),
    [
        (1.01, 1.01, Verdict.HOLDS),
        (1.6, 1.01, Verdict.PARTLY),
        (1.2, 1.2, Verdict.PARTLY),
        (1.6, 1.6, Verdict.FAILS),
    ],
)
def test_almost_the_same_power_means_within_5_percent_or_partly_1_decibel(sample, poisson, fixed, verdict):
    groups = [times_non_causal(sample, poisson)], [times_non_causal(sample, fixed)]
    claim = measured_claims.almost_non_causal("Fig. 2", "everywhere", *groups)
    assert claim.verdict is verdict
    assert f"{100 * (poisson - 1):.2f} ± 0.00 %" in claim.found


@pytest.mark.parametrize(
    ("shift", "scatter", "verdict"),
    [(1.0, 0.01, Verdict.HOLDS), (1.0, 0.2, Verdict.PARTLY), (1.1, 0.01, Verdict.FAILS)],
)
def test_the_same_bandwidth_means_in_the_mean_and_in_each_draw(sample, shift, scatter, verdict):
    split = predicted(sample.sample.place).best.bandwidth_hz
    noise = np.random.default_rng(SEED).choice([-scatter, scatter], (200, 6))
    known = shift * split * (1 + noise - noise.mean(axis=0))
    found = replace(sample.found, non_causal_bandwidth_hz=known)
    assert measured_claims.same_bandwidth(replace(sample, found=found)).verdict is verdict


def test_a_scheme_is_better_where_the_whole_interval_says_so(sample):
    proportional = sample.found.power_w[PROPORTIONAL]
    better, worse = (with_power(sample, DSA, factor * proportional) for factor in (0.9, 1.1))
    noise = np.random.default_rng(SEED).normal(0, 1, 200)
    noisy = with_power(sample, DSA, 0.99 * proportional * np.exp(noise - noise.mean()))
    for group, verdict in (
        ([better], Verdict.HOLDS),
        ([better, replace(worse, sample=Sample(Place(3e6), 200, SEED))], Verdict.PARTLY),
        ([worse], Verdict.FAILS),
        ([noisy], Verdict.FAILS),
    ):
        assert measured_claims.better_than(PROPORTIONAL, group).verdict is verdict


def test_without_a_heavy_tail_the_mean_would_be_finite():
    sample = measured(Sample(Place(RATES_BPS[0]), 1000, SEED))
    assert measured_claims.finite_mean("Fig. 2", [sample]).verdict is Verdict.FAILS
    power = sample.found.power_w[DSA]
    truncated = with_power(sample, DSA, np.minimum(power, 3 * np.median(power)))
    assert measured_claims.finite_mean("Fig. 2", [truncated]).verdict is Verdict.PARTLY


@pytest.mark.parametrize(
    ("name", "change", "verdict"),
    [
        ("rates_met", {}, Verdict.HOLDS),
        ("rates_met", {"rate_error": 1e-3}, Verdict.FAILS),
        ("rates_met", {"multiplier": -1.0}, Verdict.FAILS),
        ("closed_form", {}, Verdict.HOLDS),
        ("closed_form", {"stationarity": 1e-3}, Verdict.FAILS),
        ("closed_form", {"band_error": 1e-3}, Verdict.FAILS),
        ("bracket", {}, Verdict.HOLDS),
        ("bracket", {"in_bracket": False}, Verdict.PARTLY),
        ("argument_of_w", {}, Verdict.PARTLY),
        ("argument_of_w", {"argument": -0.5}, Verdict.FAILS),
        ("printed_bounds", {}, Verdict.FAILS),
        ("printed_bounds", {"within_printed": True}, Verdict.PARTLY),
    ],
)
def test_propositions_are_judged_by_every_cell(check, name, change, verdict):
    assert getattr(measured_claims, name)([check, replace(check, **change)]).verdict is verdict


def test_a_cell_with_known_users_tells_the_right_bounds_from_the_printed_ones(check):
    assert check.in_bracket
    assert not check.in_swapped
    assert check.within_corrected
    assert not check.within_printed
    assert -1 / np.e < check.argument < -0.3


def test_equal_gains_leave_nothing_between_the_bounds():
    equal = check_cell(np.full(3, 1e-7), 2e6, 5e6)
    assert equal.in_bracket
    assert equal.in_swapped
    assert equal.within_printed


@pytest.mark.parametrize("error", [1e-4, 5e-3, 0.2])
def test_high_accuracy_is_a_thousandth(error):
    errors = [
        RuleError("half-range-hermite", 500, 1e6, 80.0, error, 1.0),
        RuleError("log-trapezoid", 96, 1e6, 80.0, 1e-12, 1.0),
    ]
    expected = {1e-4: Verdict.HOLDS, 5e-3: Verdict.PARTLY, 0.2: Verdict.FAILS}[error]
    assert predicted_claims.quadrature(errors, [predicted(Place(1e6))]).verdict is expected


def test_gains_of_other_cells_do_not_have_the_distribution():
    gain = np.concatenate(
        [draw_users(Place(1e6).cells, PATHLOSS_EXPONENT, SEED, number).of_cell(0) for number in range(40)]
    )
    assert predicted_claims.distribution({80.0: gain}).verdict is Verdict.HOLDS
    assert predicted_claims.distribution({100.0: gain}).verdict is Verdict.FAILS


def test_ten_iterations_are_judged_by_the_penalty_used():
    right, slow = iterate(1e6), iterate(1e6, 0.1)
    assert predicted_claims.ten_iterations(Iterations(right, (), ())).verdict is Verdict.PARTLY
    assert predicted_claims.ten_iterations(Iterations(slow, (), ())).verdict is Verdict.FAILS
    cut = replace(right.trace, primal_residual=np.where(np.arange(right.trace.rounds) < 9, 1.0, 1e-7))
    assert (
        predicted_claims.ten_iterations(Iterations(replace(right, trace=cut), (), ())).verdict
        is Verdict.HOLDS
    )


def test_the_optimum_is_reached_only_by_a_run_that_ends_there():
    run = iterate(1e6)
    assert predicted_claims.global_optimum([run]).verdict is Verdict.HOLDS
    early = replace(run.trace, bandwidth_hz=run.trace.bandwidth_hz[:5], objective_w=run.trace.objective_w[:5])
    assert predicted_claims.global_optimum([run, replace(run, trace=early)]).verdict is Verdict.FAILS


def test_more_users_is_judged_by_every_pair_of_cells():
    right = predicted(Place(1e6))
    best = replace(right.best, bandwidth_hz=right.best.bandwidth_hz[::-1])
    assert predicted_claims.more_users([right, right]).verdict is Verdict.HOLDS
    assert predicted_claims.more_users([right, replace(right, best=best)]).verdict is Verdict.FAILS


@pytest.mark.parametrize(
    "vector", [(120.0, -40.0, -30.0, 10.0, -5.0, 0.0), (50.0, -20.0, 30.0, 5.0, -10.0, 0.0)]
)
def test_the_printed_projection_errs_for_negative_entries(vector):
    wishes = np.array(vector)
    printed, right = printed_projection(wishes, 150.0), project(wishes, 150.0)
    assert np.all(right >= 0)
    assert np.any(printed < 0) or np.linalg.norm(printed - wishes) > np.linalg.norm(right - wishes) + 1


def test_the_printed_projection_is_right_without_negative_entries():
    for wishes in np.random.default_rng(SEED).exponential(40.0, (50, 6)):
        assert printed_projection(wishes, 150.0) == pytest.approx(project(wishes, 150.0), abs=1e-9)
