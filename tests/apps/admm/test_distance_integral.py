"""The reference integration over the distance against quadrature of the gain's density and its own limits."""

import math
import pickle
from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate

from apps.admm.channel import gain_pdf
from apps.admm.distance_integral import IntegralNotReached, efficiency_moments, fading_moments


@pytest.mark.parametrize(("radius_m", "exponent"), [(5.0, 2.05), (80.0, 3.76), (500.0, 4.0)])
@pytest.mark.parametrize("gamma", [1e-2, 1e4, 1e8, 1e15])
def test_the_moments_are_those_of_the_gain_density(radius_m: float, exponent: float, gamma: float) -> None:
    edge = -exponent * math.log(radius_m)

    def integrand(s: float, which: int) -> float:
        y = gamma * math.exp(s)
        factor = (math.log1p(y), y / (1.0 + y), (y / (1.0 + y)) ** 2)[which]
        return factor * math.exp(s) * float(gain_pdf(math.exp(s), radius_m, exponent))

    for which, moment in enumerate(efficiency_moments(gamma, radius_m, exponent, 1e-12)):
        expected, _ = integrate.quad(
            integrand, edge - 40.0, 5.0, (which,), points=[edge, 0.0], epsabs=0.0, epsrel=1e-11, limit=400
        )
        assert float(moment) == pytest.approx(expected, rel=1e-10, abs=0.0)


@pytest.mark.parametrize("z", [1e-12, 0.1, 1.9999999999, 2.0, 3.0, 20.0, 1e6])
def test_fading_moments_are_means_over_the_exponential_fading(z: float) -> None:
    def integrand(s: float, power: int) -> float:
        e = math.exp(s)
        return e * math.exp(-e) * (e**power / (z + e) ** max(power, 1))

    edges = sorted({-50.0, min(math.log(z), 2.0), 0.0, 2.0, 4.2})
    expected = [
        sum(
            integrate.quad(integrand, a, b, (power,), epsabs=0.0, epsrel=1e-12, limit=400)[0]
            for a, b in pairwise(edges)
        )
        for power in (0, 1, 2)
    ]
    np.testing.assert_allclose(fading_moments(np.array([z]))[:, 0], expected, rtol=1e-11)


def test_fading_moments_do_not_jump_where_the_method_changes() -> None:
    below, above = fading_moments(np.array([np.nextafter(2.0, 0.0), 2.0])).T
    np.testing.assert_allclose(below, above, rtol=2e-14)


def test_the_weakest_and_strongest_signal_have_their_limits() -> None:
    with np.errstate(all="raise"):
        weak = efficiency_moments(1e-30, 80.0, 3.76, 1e-12)
        strong = efficiency_moments(1e100, 80.0, 3.76, 1e-12)
    mean_gain = integrate.quad(lambda v: 2.0 * v / (1.0 + (80.0 * v) ** 3.76), 0.0, 1.0, points=[1 / 80.0])[0]
    assert weak[0] == pytest.approx(1e-30 * mean_gain, rel=1e-8, abs=0.0)
    assert weak[1] == pytest.approx(weak[0], rel=1e-12, abs=0.0)
    mean_log_gain = (
        -np.euler_gamma
        - integrate.quad(lambda v: 2.0 * v * math.log1p((80.0 * v) ** 3.76), 0.0, 1.0, points=[1 / 80.0])[0]
    )
    assert strong[0] == pytest.approx(100.0 * math.log(10.0) + mean_log_gain, rel=1e-10, abs=0.0)
    np.testing.assert_allclose(strong[1:], 1.0, rtol=1e-13)


def test_a_tolerance_beyond_double_precision_is_an_error_and_no_endless_loop() -> None:
    with pytest.raises(IntegralNotReached) as caught:
        efficiency_moments(1e8, 80.0, 3.76, -1.0)
    copy = pickle.loads(pickle.dumps(caught.value))
    assert copy.args == (1e8, 80.0, -1.0)
    assert "gamma=1e+08, radius_m=80" in str(copy)


def test_panels_are_doubled_until_the_tolerance_is_met() -> None:
    exact = efficiency_moments(1.0, 5000.0, 30.0, 1e-13)
    rough, fine = (efficiency_moments(1.0, 5000.0, 30.0, tolerance) for tolerance in (1e-3, 1e-9))
    assert np.abs(rough / exact - 1.0).max() > 1e-10
    assert np.abs(fine / exact - 1.0).max() < 1e-12
