"""Half-range Gauss-Hermite nodes and weights against published values, exact moments and higher precision."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.admm.half_range import half_range_hermite, recurrence_coefficients
from apps.admm.parameters import BadParameter
from tests.shared import shared_file

# Independent reference (raw moments at 7000 bits): points, first node, first weight, last node.
REFERENCE = [
    (2, 0.300193931060839422, 0.640529179684378601, 1.252421045333717151),
    (15, 0.02168694269885122, 0.05544335429971261, 5.46048877386),
    (100, 0.0013180402073179, 0.003382238648361159, 15.6660039234),
    (500, 0.0001186059488833478, 0.0003043801737476844, 35.994821654),
]


@pytest.mark.parametrize(("points", "first", "weight", "last"), REFERENCE)
def test_nodes_and_weights_are_the_reference_ones(
    points: int, first: float, weight: float, last: float
) -> None:
    nodes, weights = half_range_hermite(points)
    assert nodes[0] == pytest.approx(first, rel=2e-15, abs=0.0)
    assert weights[0] == pytest.approx(weight, rel=2e-15, abs=0.0)
    assert nodes[-1] == pytest.approx(last, rel=1e-11, abs=0.0)


@pytest.mark.parametrize("points", [2, 3, 5, 15, 20, 50, 100, 200, 500])
def test_every_rule_of_the_reference_file_is_met_to_the_last_digits(points: int) -> None:
    reference = json.loads(shared_file("reference/acquisition_admm.json").read_text())["hrghq"][str(points)]
    nodes, weights = half_range_hermite(points)
    listed = len(reference["x"])
    np.testing.assert_allclose(nodes[:listed], [float(x) for x in reference["x"]], rtol=1e-14)
    np.testing.assert_allclose(weights[:listed], [float(w) for w in reference["w"]], rtol=1e-14)
    assert nodes[-1] == pytest.approx(float(reference["x_last"]), rel=1e-14, abs=0.0)
    alpha, beta = recurrence_coefficients(points)
    for ours, theirs in ((alpha, reference["alpha_first"]), (beta, reference["beta_first"])):
        np.testing.assert_allclose(
            [float(v) for v in ours[: len(theirs)]], [float(v) for v in theirs], rtol=1e-15
        )


def test_one_point_sits_at_the_mean() -> None:
    nodes, weights = half_range_hermite(1)
    assert nodes.tolist() == pytest.approx([1.0 / math.sqrt(math.pi)], rel=1e-15, abs=0.0)
    assert weights.tolist() == pytest.approx([math.sqrt(math.pi) / 2.0], rel=1e-15, abs=0.0)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 80), st.data())
def test_polynomials_up_to_degree_2k_minus_1_are_integrated_exactly(points: int, data: st.DataObject) -> None:
    degree = data.draw(st.integers(0, 2 * points - 1))
    nodes, weights = half_range_hermite(points)
    moment = math.lgamma((degree + 1) / 2.0) - math.log(2.0)
    assert float(weights @ np.exp(degree * np.log(nodes) - moment)) == pytest.approx(1.0, abs=3e-13)


@pytest.mark.parametrize("points", [40, 400])
def test_the_guard_digits_pay_for_the_loss_of_the_recursion(points: int) -> None:
    few, many = recurrence_coefficients(points), recurrence_coefficients(2 * points)
    for ours, finer in zip(few, many, strict=True):
        assert abs(ours[-1] / finer[points - 1] - 1) < 1e-38


def test_nodes_ascend_and_far_weights_underflow_to_zero_only() -> None:
    nodes, weights = half_range_hermite(500)
    assert np.all(np.diff(nodes) > 0.0)
    zeros = np.flatnonzero(weights == 0.0)
    assert zeros.tolist() == list(range(447, 500))
    assert np.all(weights[:447] > 0.0)
    assert float(weights.sum()) == pytest.approx(math.sqrt(math.pi) / 2.0, rel=1e-14, abs=0.0)


def test_the_shared_arrays_cannot_be_changed() -> None:
    for array in half_range_hermite(5):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0.0


def test_a_number_of_points_may_be_one_of_numpys() -> None:
    for ours, same in zip(half_range_hermite(5), half_range_hermite(np.int64(5)), strict=True):  # type: ignore[arg-type]
        assert ours is same


@pytest.mark.parametrize("points", [0, -1, 2001, True, 5.0, "5", None, [5]])
def test_a_number_of_points_that_is_no_int_in_range_is_refused(points: object) -> None:
    with pytest.raises(BadParameter) as caught:
        half_range_hermite(points)  # type: ignore[arg-type]
    assert str(caught.value) == f"points: got {points!r}, expected an int from 1 to 2000"
