"""The operators' answers: stationary, the same alone and together, and safe at the ends."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from apps.admm.parameters import BadParameter, FloatArray
from apps.admm.power_curve import PowerCurve
from apps.admm.problem import AcquisitionProblem
from apps.admm.subproblem import answer
from tests.apps.admm.paper_cells import BANDWIDTH_HZ, EXPONENT, NOISE_PSD_W_PER_HZ, cells_at

PROBLEM = AcquisitionProblem(cells_at(1.0), BANDWIDTH_HZ, NOISE_PSD_W_PER_HZ, EXPONENT)
CURVE = PROBLEM.power_curve
NATURAL = PROBLEM.natural_penalty_w_per_hz2

centres = st.lists(st.just(0.0) | st.floats(-3e8, 3e8), min_size=6, max_size=6).map(np.array)
penalties = st.floats(-6.0, 12.0).map(lambda e: NATURAL * 10.0**e)

# First round of the reference's trace at 1 Mbit/s, nu = nu0, centre zero: bandwidths in MHz.
FIRST_ROUND_MHZ = (8.057466174, 5.677746136, 9.565548932, 11.559427790, 17.641123880, 20.559674776)
NU0 = 5.441956971133646e-18


@given(centres, penalties)
@settings(max_examples=80, deadline=None)
def test_the_marginal_power_balances_the_pull_of_the_penalty(centre: FloatArray, penalty: float) -> None:
    reply = answer(CURVE, centre, penalty)
    pull = penalty * (reply.bandwidth_hz - centre)
    size = penalty * (reply.bandwidth_hz + np.abs(centre))
    assert (np.abs(CURVE.slope_w_per_hz(reply.bandwidth_hz) + pull) <= 1e-12 * size).all()
    assert reply.power_w == pytest.approx(CURVE.power_w(reply.bandwidth_hz), rel=1e-9)


@pytest.mark.parametrize("centre_hz", [-5e7, 0.0, 1e6, 2.5e7])
def test_no_other_bandwidth_costs_less(centre_hz: float) -> None:
    """Against a general minimiser of the cost itself, which knows no derivative."""
    third: PowerCurve = CURVE.take(slice(2, 3))

    def cost(log_bandwidth: float) -> float:
        bandwidth = math.exp(log_bandwidth)
        return float(third.power_w([bandwidth])[0]) / NATURAL + 0.5 * (bandwidth - centre_hz) ** 2

    found = minimize_scalar(
        cost, bounds=(math.log(1e6), math.log(1e9)), method="bounded", options={"xatol": 1e-9}
    )
    assert answer(third, [centre_hz], NATURAL).bandwidth_hz[0] == pytest.approx(math.exp(found.x), rel=1e-6)


def test_the_first_round_is_the_references() -> None:
    reply = answer(CURVE, np.zeros(6), NU0)
    assert reply.bandwidth_hz / 1e6 == pytest.approx(FIRST_ROUND_MHZ, rel=1e-9)


@given(centres, penalties)
@settings(max_examples=30, deadline=None)
def test_an_operator_alone_answers_as_among_others(centre: FloatArray, penalty: float) -> None:
    together = answer(CURVE, centre, penalty).bandwidth_hz
    for m in range(6):
        alone = answer(CURVE.take(slice(m, m + 1)), centre[m : m + 1], penalty).bandwidth_hz[0]
        assert alone == pytest.approx(together[m], rel=1e-13)


@given(centres, penalties, st.floats(-300.0, 600.0))
@settings(max_examples=40, deadline=None)
def test_where_the_search_starts_does_not_matter(centre: FloatArray, penalty: float, start: float) -> None:
    cold, warm = answer(CURVE, centre, penalty), answer(CURVE, centre, penalty, np.full(6, start))
    assert warm.bandwidth_hz == pytest.approx(cold.bandwidth_hz, rel=1e-12)


def test_the_noise_density_scales_power_and_penalty_and_nothing_else() -> None:
    loud = AcquisitionProblem(cells_at(1.0), BANDWIDTH_HZ, 1e-15, EXPONENT)
    centre, factor = np.array([1e7, 0.0, -1e7, 3e7, 1e3, -1e3]), 1e-15 / NOISE_PSD_W_PER_HZ
    quiet_reply, reply = answer(CURVE, centre, NATURAL), answer(loud.power_curve, centre, NATURAL * factor)
    assert reply.bandwidth_hz == pytest.approx(quiet_reply.bandwidth_hz, rel=1e-13)
    assert reply.power_w == pytest.approx(quiet_reply.power_w * factor, rel=1e-12)


def test_extreme_penalties_neither_overflow_nor_divide_by_zero() -> None:
    centre = np.array([1e7, 0.0, -1e7, 1e-300, -1e-300, 1e30])
    with np.errstate(all="raise"):
        for penalty in (1e-200, 1e-40, 1.0, 1e100):
            reply = answer(CURVE, centre, penalty)
            assert (reply.bandwidth_hz > 0.0).all()
            assert np.isfinite(reply.power_w).all()


def test_a_penalty_with_answers_beyond_representable_power_is_refused() -> None:
    with pytest.raises(BadParameter, match=r"^penalty_w_per_hz2: got 1e\+300, expected one at which"):
        answer(CURVE, np.zeros(6), 1e300)


@pytest.mark.parametrize("penalty", [0.0, -1.0, math.nan, math.inf, True])
def test_a_penalty_that_is_not_above_zero_is_refused(penalty: float) -> None:
    """At the paper's nu = 0 there is no minimiser: power falls with bandwidth for ever."""
    with pytest.raises(BadParameter, match=r"^penalty_w_per_hz2: got "):
        answer(CURVE, np.zeros(6), penalty)


@pytest.mark.parametrize("centre", [[1.0] * 5, [0.0] * 5 + [math.nan], [0.0] * 5 + [math.inf]])
def test_one_finite_centre_per_cell_is_asked_for(centre: list[float]) -> None:
    with pytest.raises(BadParameter, match=r"^centre_hz: got .*, expected 6 finite numbers, one per cell"):
        answer(CURVE, centre, NATURAL)
