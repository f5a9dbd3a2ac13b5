"""The projection onto {z >= 0, sum z <= total}."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.admm.capped_simplex import project
from apps.admm.parameters import BadParameter

wishes = st.lists(st.floats(-300.0, 300.0), min_size=1, max_size=12)
totals = st.floats(1e-3, 500.0)


def exact_projection(values: Sequence[float], total: float) -> list[float]:
    """By bisection on the threshold in exact fractions, without sorting."""
    exact, cap = [Fraction(v) for v in values], Fraction(total)
    low, high = Fraction(0), max([Fraction(0), *exact])
    if sum(max(v, Fraction(0)) for v in exact) <= cap:
        high = Fraction(0)
    for _ in range(90):
        middle = (low + high) / 2
        if sum(max(v - middle, Fraction(0)) for v in exact) > cap:
            low = middle
        else:
            high = middle
    return [float(max(v - high, Fraction(0))) for v in exact]


@given(wishes, totals)
@settings(max_examples=80, deadline=None)
def test_it_is_what_exact_bisection_finds(values: list[float], total: float) -> None:
    assert np.allclose(project(values, total), exact_projection(values, total), rtol=1e-12, atol=1e-12)


@given(wishes, totals)
def test_it_fits_and_a_point_that_fits_stays(values: list[float], total: float) -> None:
    split = project(values, total)
    assert (split >= 0.0).all()
    assert split.sum() <= total * (1.0 + 1e-14)
    assert np.allclose(project(split, total), split, rtol=0.0, atol=1e-14 * total)


@given(wishes, totals, st.lists(st.floats(0.0, 1.0), min_size=13, max_size=13))
def test_no_other_point_that_fits_is_nearer(values: list[float], total: float, weights: list[float]) -> None:
    """The variational inequality of a projection onto a convex set, (y - z).(x - z) <= 0."""
    y, z = np.array(values), project(values, total)
    other = total * np.array(weights[: len(y)]) / max(1.0, sum(weights[: len(y)]))
    assert (y - z) @ (other - z) <= 1e-9 * (1.0 + np.abs(y).max()) * total


@pytest.mark.parametrize(
    ("values", "squared_distance"),
    [((120.0, -40.0, -30.0, 10.0, -5.0, 0.0), 50.2494), ((50.0, -20.0, 30.0, 5.0, -10.0, 0.0), 22.3607)],
)
def test_negative_wishes_do_not_count_as_demand(values: tuple[float, ...], squared_distance: float) -> None:
    """The reference's counterexamples to the paper's test on the sum of |values|, which shifts both."""
    split = project(values, 150.0)
    assert split.tolist() == [max(v, 0.0) for v in values]
    assert np.linalg.norm(split - np.array(values)) == pytest.approx(squared_distance, abs=1e-4)


def test_values_far_above_the_total_are_told_apart() -> None:
    assert project([1e20, 1.0, -1e308], 2.0).tolist() == [2.0, 0.0, 0.0]
    assert project([1e9 + 0.5, 1e9, 1e9 - 5.0], 1.0).tolist() == [0.75, 0.25, 0.0]
    assert project([1e308, 1e308], 1.0).tolist() == [0.5, 0.5]


@pytest.mark.parametrize("values", [[1.0, float("nan")], [float("inf")], [[1.0, 2.0]], 3.0])
def test_what_is_not_a_row_of_finite_numbers_is_refused(values: list[float]) -> None:
    with pytest.raises(BadParameter, match=r"^values: got .*, expected a row of finite numbers"):
        project(values, 1.0)


@pytest.mark.parametrize("total", [0.0, -1.0, float("nan"), float("inf"), True])
def test_a_total_that_is_not_above_zero_is_refused(total: float) -> None:
    with pytest.raises(BadParameter, match=r"^total: got "):
        project([1.0], total)
