"""Power over bandwidth: inversion, derivatives, and the ends of the range."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.admm.efficiency import Adaptive, NodeCurve
from apps.admm.parameters import BadParameter, FloatArray, RateOutOfReach
from apps.admm.power_curve import HIGHEST_LOG_SNR, LOWEST_LOG_SNR, PowerCurve
from apps.admm.problem import AcquisitionProblem
from tests.apps.admm.paper_cells import BANDWIDTH_HZ, EXPONENT, NOISE_PSD_W_PER_HZ, PREDICTED_MHZ, cells_at

# The reference, section 2: rate (Mbit/s), mu / sigma^2, and p / sigma^2 (MHz) of the first and last cell.
MARGINALS = [(0.5, 26482862.8906, 128897146, 626846100), (3.0, 242319989320, 3.32877176e11, 1.0681811e12)]

# The reference, section 5: geometric mean of p'' at the optimum (W/Hz^2).
CURVATURES = {1.0: 5.441956971133646e-18, 2.0: 3.023996276594671e-16, 3.0: 9.627009522843054e-15}


def power_curve(rate_mbps: float = 1.0, noise: float = NOISE_PSD_W_PER_HZ) -> PowerCurve:
    return AcquisitionProblem(cells_at(rate_mbps), BANDWIDTH_HZ, noise, EXPONENT).power_curve


def optimum_hz(rate_mbps: float) -> FloatArray:
    return np.array(PREDICTED_MHZ[rate_mbps]) * 1e6


@pytest.mark.parametrize(("rate_mbps", "marginal", "first", "last"), MARGINALS)
def test_power_and_slope_at_the_optimum_are_the_references(
    rate_mbps: float, marginal: float, first: float, last: float
) -> None:
    curve, bandwidth = power_curve(rate_mbps), optimum_hz(rate_mbps)
    power = curve.power_w(bandwidth) / NOISE_PSD_W_PER_HZ / 1e6
    assert power[[0, 5]] == pytest.approx([first, last], rel=2e-6)
    assert curve.slope_w_per_hz(bandwidth) == pytest.approx(-marginal * NOISE_PSD_W_PER_HZ, rel=2e-6)


@pytest.mark.parametrize("rate_mbps", CURVATURES)
def test_curvature_at_the_optimum_is_the_references(rate_mbps: float) -> None:
    curvature = power_curve(rate_mbps).curvature_w_per_hz2(optimum_hz(rate_mbps))
    assert np.exp(np.log(curvature).mean()) == pytest.approx(CURVATURES[rate_mbps], rel=1e-6)


@given(st.lists(st.floats(5.3, 9.0), min_size=6, max_size=6))
@settings(max_examples=40, deadline=None)
def test_the_rate_is_met_at_the_snr_found(exponents: list[float]) -> None:
    curve, bandwidth = power_curve(), 10.0 ** np.array(exponents)
    efficiency = curve.at(curve.log_snr(bandwidth)).efficiency
    assert efficiency * bandwidth == pytest.approx(curve.load_bps, rel=1e-12)


@given(st.floats(6.0, 9.5))
@settings(max_examples=40, deadline=None)
def test_slope_and_curvature_are_the_derivatives_of_power(exponent: float) -> None:
    curve, width = power_curve(), np.full(6, 10.0**exponent)
    step = 1e-4
    low, high = curve.power_w(width * (1 - step)), curve.power_w(width * (1 + step))
    assert (high - low) / (2 * step * width) == pytest.approx(curve.slope_w_per_hz(width), rel=3e-3)
    low, high = curve.slope_w_per_hz(width * (1 - step)), curve.slope_w_per_hz(width * (1 + step))
    assert (high - low) / (2 * step * width) == pytest.approx(curve.curvature_w_per_hz2(width), rel=3e-3)


def test_a_power_beyond_every_number_names_its_cell() -> None:
    problem = AcquisitionProblem(cells_at(1.0), BANDWIDTH_HZ, 1e300, EXPONENT)
    for attempt in (problem.solve, lambda: problem.power_w(problem.uniform_split_hz)):
        with pytest.raises(RateOutOfReach, match=r"cell 0: .* expected one whose power is not too large"):
            attempt()


def test_the_noise_density_does_not_move_a_bit_of_the_snr() -> None:
    bandwidth = optimum_hz(2.0)
    quiet, loud = power_curve(2.0, 3.98e-21), power_curve(2.0, 1e-17)
    assert (quiet.log_snr(bandwidth) == loud.log_snr(bandwidth)).all()
    assert loud.power_w(bandwidth) == pytest.approx(quiet.power_w(bandwidth) * (1e-17 / 3.98e-21), rel=1e-12)


def test_the_marginal_power_keeps_its_digits_where_the_snr_is_small() -> None:
    """h -> gamma^2 E[x^2] / (2 E[x]), far below the gamma it is a difference of."""
    curve = power_curve()
    assert isinstance(curve.curve, NodeCurve)
    gain, weight = curve.curve.gain, curve.curve.weight
    limit = np.log(0.5 * (weight * gain**2).sum(axis=1) / (weight * gain).sum(axis=1))
    for log_snr in (LOWEST_LOG_SNR, -100.0, -25.0):
        found = curve.at(np.full(6, log_snr)).log_marginal
        assert found - 2.0 * log_snr == pytest.approx(limit, abs=1e-9)


def test_both_ways_to_the_marginal_power_agree_where_they_meet() -> None:
    """The integral and the difference, around the SNR at which one takes over."""
    x = np.linspace(-12.0, -2.0, 400)
    cells = AcquisitionProblem([cells_at(1.0)[0]] * 400, BANDWIDTH_HZ, 1.0, EXPONENT)
    point = cells.power_curve.at(x)
    rise = np.diff(point.log_marginal) / np.diff(x)
    middle = 0.5 * (point.marginal_elasticity[1:] + point.marginal_elasticity[:-1])
    assert rise == pytest.approx(middle, rel=1e-5)


def test_far_above_every_gain_the_efficiency_is_a_line_in_the_logarithm() -> None:
    curve = power_curve()
    at = [curve.at(np.full(6, x)) for x in (100.0, 137.9, 138.1, 300.0, HIGHEST_LOG_SNR)]
    for x, point in zip((37.9, 38.1, 200.0, HIGHEST_LOG_SNR - 100.0), at[1:], strict=True):
        assert point.efficiency - at[0].efficiency == pytest.approx(x / math.log(2.0), rel=1e-10)
    top = at[-1]
    expected = HIGHEST_LOG_SNR + np.log(top.efficiency * math.log(2.0) - 1.0)
    assert top.log_marginal == pytest.approx(expected, rel=1e-9)


def test_a_rate_beyond_representable_power_names_the_first_such_cell() -> None:
    curve = power_curve()
    bandwidth = np.array([1e7, 1e7, 1e7, 5e4, 1e7, 1e-300])
    with np.errstate(all="raise"), pytest.raises(RateOutOfReach) as caught:
        curve.power_w(bandwidth)
    assert caught.value.args == (3, 1e6, pytest.approx(1e6 / curve.reciprocal_users[3] / 5e4))


@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan, math.inf])
def test_a_bandwidth_that_is_not_above_zero_is_refused_with_its_place(bad: float) -> None:
    with pytest.raises(BadParameter, match=r"^bandwidth_hz\[2\]: got "):
        power_curve().power_w([1e7, 1e7, bad, 1e7, 1e7, 1e7])


@pytest.mark.parametrize("bad", [["a"] * 6, None, ["1e7"] * 6, [[1.0], [1.0, 2.0]]])
def test_bandwidths_that_are_no_numbers_are_refused(bad: object) -> None:
    curve = power_curve()
    for function in (curve.power_w, curve.log_snr, curve.slope_w_per_hz, curve.curvature_w_per_hz2):
        with pytest.raises(BadParameter) as caught:
            function(bad)  # type: ignore[arg-type]
        assert caught.value.args == ("bandwidth_hz", bad, "finite numbers above 0")


@pytest.mark.parametrize(
    ("rates", "reciprocal_users", "cell"),
    [([1e6, 1e10], 1e-300, 1), ([1e20, 1e10], 1e-300, 0), ([1.5e308, 1.6e308], 0.95, 1)],
)
def test_loads_without_a_finite_sum_are_out_of_reach(
    rates: list[float], reciprocal_users: float, cell: int
) -> None:
    users = np.full(2, reciprocal_users)
    with np.errstate(all="raise"), pytest.raises(RateOutOfReach) as caught:
        PowerCurve(Adaptive().curve(np.full(2, 80.0), EXPONENT), users, np.array(rates), 1.0)
    assert caught.value.args == (cell, rates[cell], math.inf)


def test_one_bandwidth_per_cell_is_asked_for() -> None:
    with pytest.raises(BadParameter, match=r"^bandwidth_hz: got \(2,\), expected the shape \(6,\)"):
        power_curve().power_w([1e7, 1e7])
    with pytest.raises(BadParameter, match=r"^rate_bps: got \(3,\), expected the shape \(2,\)"):
        PowerCurve(Adaptive().curve(np.full(2, 80.0), EXPONENT), np.full(2, 0.1), np.full(3, 1e6), 1.0)
