"""What enters the mathematics is a finite number of a plausible size, or is refused with its name."""

import math
import pickle

import numpy as np
import pytest

from apps.coordination.quantities import (
    BadQuantity,
    array_in,
    labels,
    levels_dbm,
    levels_or_none_dbm,
    number_in,
    points_m,
    positive,
)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 11.0, -1.0, "3", None, True, [1.0]])
def test_a_number_is_finite_and_in_its_range(value: object) -> None:
    with pytest.raises(BadQuantity, match=r"gain: got .* expected a finite number from 0 to 10"):
        number_in("gain", value, 0.0, 10.0)


def test_both_ends_of_a_range_belong_to_it() -> None:
    assert number_in("gain", 0, 0.0, 10.0) == 0.0
    assert number_in("gain", np.float64(10.0), 0.0, 10.0) == 10.0


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf])
def test_a_positive_number_is_above_zero(value: float) -> None:
    with pytest.raises(BadQuantity, match="above 0"):
        positive("bandwidth_hz", value)


@pytest.mark.parametrize(
    "values", [[-80.0, math.nan], [math.inf], [1000.0], [-1000.0], ["a"], [[1.0], [1.0, 2.0]]]
)
def test_levels_are_plausible_numbers(values: object) -> None:
    with pytest.raises(BadQuantity, match="signal"):
        levels_dbm("signal", values)  # type: ignore[arg-type]


def test_no_power_at_all_is_a_level_only_where_it_is_meant() -> None:
    assert np.isneginf(levels_or_none_dbm("granted", [-math.inf, -90.0])[0])
    with pytest.raises(BadQuantity):
        levels_dbm("signal", [-math.inf])
    with pytest.raises(BadQuantity):
        levels_or_none_dbm("granted", [math.inf])


@pytest.mark.parametrize("values", [[1.0, 2.0], [[1.0, 2.0, 3.0]], [[math.nan, 0.0]], [[1e12, 0.0]]])
def test_points_are_pairs_of_coordinates(values: object) -> None:
    with pytest.raises(BadQuantity):
        points_m("points", values)  # type: ignore[arg-type]


def test_labels_are_integers_one_for_each_measurement() -> None:
    assert labels("vsp", [3, 3, 1], 3).tolist() == [3, 3, 1]
    with pytest.raises(BadQuantity, match="shape"):
        labels("vsp", [1, 2], 3)
    with pytest.raises(BadQuantity, match="integers"):
        labels("vsp", [1.0, 2.0], 2)


def test_checked_values_are_a_copy() -> None:
    values = np.array([1.0, 2.0])
    array_in("x", values, 0.0, 9.0)[0] = 5.0
    assert values[0] == 1.0


def test_an_error_survives_pickling_and_cuts_long_values() -> None:
    error = pickle.loads(pickle.dumps(BadQuantity("points", list(range(10_000)), "two")))
    assert error.args[0] == "points"
    assert len(str(error)) < 100
