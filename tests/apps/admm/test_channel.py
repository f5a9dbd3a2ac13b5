"""The channel gain's distribution against simulation, its own definition and its limits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, special

from apps.admm.channel import gain_cdf, gain_pdf, kappa

SAMPLES = 200_000
CELLS = [(5.0, 2.05), (80.0, 3.76), (120.0, 3.76), (1000.0, 5.0)]

radii = st.floats(0.5, 5000.0)
exponents = st.floats(2.05, 6.0)


def mean_over_area(radius_m: float, exponent: float, gain: float) -> float:
    """E[(1 + L^alpha) exp(-x L^alpha)] by Gauss-Legendre panels in ln(r / L)."""
    nodes, weights = np.polynomial.legendre.leggauss(20)
    depth = (np.arange(60)[:, None] + 0.5 * (1.0 + nodes)).ravel() * 0.5
    area = np.tile(0.25 * weights, 60) * 2.0 * np.exp(-2.0 * depth)
    loss = (radius_m * np.exp(-depth)) ** exponent
    return float(((1.0 + loss) * np.exp(-gain * loss)) @ area)


@pytest.mark.parametrize(("radius_m", "exponent"), CELLS)
def test_the_cdf_is_that_of_a_uniform_point_in_the_disc_with_rayleigh_fading(
    radius_m: float, exponent: float
) -> None:
    rng = np.random.default_rng([3, int(radius_m)])
    distance = radius_m * np.sqrt(rng.random(SAMPLES))
    gain = rng.exponential(1.0, SAMPLES) / (1.0 + distance**exponent)
    for x in np.quantile(gain, [0.001, 0.05, 0.3, 0.5, 0.9, 0.99, 0.999]):
        expected = float(gain_cdf(x, radius_m, exponent))
        standard_error = np.sqrt(expected * (1.0 - expected) / SAMPLES)
        assert abs(np.mean(gain <= x) - expected) < 4.0 * standard_error


@settings(max_examples=60, deadline=None)
@given(radii, exponents, st.floats(-12.0, 12.0))
def test_the_pdf_is_the_derivative_of_the_cdf(radius_m: float, exponent: float, position: float) -> None:
    x = min(np.exp(position) / radius_m**exponent, 5.0)
    step = 1e-3 * x
    samples = gain_cdf(x + step * np.array([-2.0, -1.0, 1.0, 2.0]), radius_m, exponent)
    slope = float(samples @ np.array([1.0, -8.0, 8.0, -1.0])) / (12.0 * step)
    rounding = 1e-15 * float(samples[-1]) / step
    assert float(gain_pdf(x, radius_m, exponent)) == pytest.approx(slope, rel=1e-8, abs=10.0 * rounding)


@pytest.mark.parametrize(("radius_m", "exponent"), CELLS)
def test_the_pdf_integrates_to_one(radius_m: float, exponent: float) -> None:
    edge = -exponent * np.log(radius_m)
    total, _ = integrate.quad(
        lambda s: float(np.exp(s) * gain_pdf(np.exp(s), radius_m, exponent)),
        edge - 40.0,
        5.0,
        points=[edge, 0.0],
        epsabs=0.0,
        epsrel=1e-12,
        limit=400,
    )
    assert total == pytest.approx(1.0, abs=1e-11)


@settings(max_examples=80, deadline=None)
@given(st.floats(0.5, 200.0), st.floats(2.05, 5.0), st.floats(-15.0, 8.0))
def test_kappa_is_the_mean_over_the_area_it_stands_for(
    radius_m: float, exponent: float, position: float
) -> None:
    gain = float(np.exp(position) / radius_m**exponent)
    expected = mean_over_area(radius_m, exponent, gain)
    assert float(kappa(gain, radius_m, exponent)) == pytest.approx(expected, rel=1e-11, abs=0.0)


@settings(max_examples=40, deadline=None)
@given(radii, exponents)
def test_kappa_has_its_limits_at_both_ends(radius_m: float, exponent: float) -> None:
    a, scale = 2.0 / exponent, radius_m**exponent
    near_zero = 1.0 + scale * a / (a + 1.0)
    with np.errstate(all="raise"):
        np.testing.assert_allclose(kappa([0.0, 1e-300 / scale], radius_m, exponent), near_zero, rtol=1e-14)
        y = 1e12
        x = y / scale
        power_law = special.gamma(a + 1.0) * y**-a * (1.0 + a / x)
        assert float(kappa(x, radius_m, exponent)) == pytest.approx(float(power_law), rel=1e-13, abs=0.0)


@pytest.mark.parametrize("y", [1.0, 60.0])
@pytest.mark.parametrize("exponent", [2.05, 3.76, 6.0])
def test_kappa_and_cdf_are_continuous_where_the_method_changes(y: float, exponent: float) -> None:
    gain = y / 80.0**exponent * np.array([1.0 - 4e-16, 1.0 + 4e-16])
    for function in (kappa, gain_cdf):
        below, above = function(gain, 80.0, exponent)
        assert float(below) == pytest.approx(float(above), rel=1e-14, abs=0.0)


def test_the_cdf_keeps_its_precision_for_tiny_gains() -> None:
    slope = 1.0 + 2.0 * 80.0**3.76 / 5.76
    assert float(gain_cdf(1e-200, 80.0, 3.76)) == pytest.approx(1e-200 * slope, rel=1e-14, abs=0.0)
    assert float(gain_cdf(0.0, 80.0, 3.76)) == 0.0
    assert float(gain_cdf(800.0, 80.0, 3.76)) == 1.0
