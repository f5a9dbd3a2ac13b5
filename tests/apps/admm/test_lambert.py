"""y = 1 + W0((t-1)/e) against 60-digit arithmetic, and what a library's W0 loses near the branch point."""

from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import lambertw

from apps.admm.lambert import log_marginal, log_shifted_lambert, shifted_lambert

UNIT = float(np.finfo(np.float64).eps)


def exact_root(t: float, near: float) -> Decimal:
    """The root of (y-1) e^y + 1 = t by Newton's method with digits to spare, from `near`."""
    with localcontext() as context:
        context.prec = 60 + 2 * max(0, -int(np.log10(t)))
        y, wanted = Decimal(near), Decimal(t)
        for _ in range(8):
            power = y.exp()
            y -= ((y - 1) * power + 1 - wanted) / (y * power)
        return y


def relative_error(got: float, exact: Decimal) -> float:
    return abs(float((Decimal(float(got)) - exact) / exact))


def test_root_has_full_precision_over_six_hundred_decades() -> None:
    t = np.concatenate(
        [10.0 ** np.linspace(-300.0, 300.0, 81), 10.0 ** np.linspace(-8.0, 8.0, 120), [1.0, 0.5]]
    )
    y = shifted_lambert(t)
    assert max(relative_error(got, exact_root(at, got)) for at, got in zip(t, y, strict=True)) < 2.0 * UNIT


@pytest.mark.parametrize(("t", "lost"), [(1e-12, 1.1e-5), (1e-8, 5.4e-10), (1e-4, 3.2e-13)])
def test_library_function_loses_digits_near_the_branch_point(t: float, lost: float) -> None:
    ours = float(shifted_lambert(np.array([t]))[0])
    exact = exact_root(t, ours)
    assert relative_error(1.0 + lambertw((t - 1.0) / np.e).real, exact) == pytest.approx(lost, rel=0.05)
    assert relative_error(ours, exact) < 2.0 * UNIT


@given(st.floats(min_value=0.5, max_value=1e300))
def test_root_is_one_plus_w0_away_from_the_branch_point(t: float) -> None:
    expected = 1.0 + lambertw((t - 1.0) / np.e).real
    assert shifted_lambert(np.array([t]))[0] == pytest.approx(expected, rel=1e-13)


@given(st.floats(min_value=-1e4, max_value=1e5))
def test_logarithmic_form_reaches_where_t_is_not_representable(log_t: float) -> None:
    log_y, _ = log_shifted_lambert(np.array([log_t]))
    assert log_marginal(log_y)[0][0] == pytest.approx(log_t, rel=1e-14, abs=1e-14)


@given(st.floats(min_value=-300.0, max_value=300.0), st.floats(min_value=-3.0, max_value=3.0))
def test_start_does_not_change_the_root(log_t: float, off: float) -> None:
    root, _ = log_shifted_lambert(np.array([log_t]))
    again, _ = log_shifted_lambert(np.array([log_t]), root + off)
    np.testing.assert_allclose(again, root, rtol=0.0, atol=1e-13)


@given(st.floats(min_value=-60.0, max_value=300.0))
def test_phi_is_the_slope_of_ln_y_in_ln_t(log_t: float) -> None:
    (below, here, above), (_, phi, _) = log_shifted_lambert(np.array([log_t - 1e-4, log_t, log_t + 1e-4]))
    assert below < here < above
    assert (above - below) / 2e-4 == pytest.approx(phi, rel=1e-7)
    assert 0.0 < phi <= 0.5


def test_both_forms_agree_where_the_series_ends() -> None:
    at = np.log(np.nextafter([0.5, 0.5], [0.0, 1.0]))
    value, phi = log_marginal(at)
    assert value[0] == pytest.approx(value[1], rel=4.0 * UNIT)
    assert phi[0] == pytest.approx(phi[1], rel=4.0 * UNIT)


def test_no_values_give_no_values() -> None:
    assert shifted_lambert(np.zeros(0)).shape == (0,)
