"""What the checks of parameters let through, and how what they refuse is shown."""

import pickle
from fractions import Fraction

import numpy as np
import pytest

from apps.admm.parameters import (
    BadParameter,
    require_above,
    require_count,
    require_flag,
    require_numbers,
    require_positive_array,
)


@pytest.mark.parametrize(
    ("got", "shown"),
    [
        (10**400, "an int of 1329 bits"),
        pytest.param(-(10**5000), "an int of 16610 bits", id="huge"),
        (10**30, str(10**30)),
        ("x" * 1000, "'xxxxx"),
        (list(range(1000)), "[0, 1, 2, 3, 4, 5, ...]"),
        (np.arange(900.0).reshape(30, 30), "array([[ 0., 1., 2.,"),
    ],
)
def test_a_long_value_is_shown_cut_and_in_one_line(got: object, shown: str) -> None:
    text = str(BadParameter("radius_m", got, "a finite number above 0"))
    assert text.startswith(f"radius_m: got {shown}")
    assert text.endswith(", expected a finite number above 0")
    assert len(text) < 150
    assert "\n" not in text


def test_a_cut_value_is_whole_in_the_error() -> None:
    error = pickle.loads(pickle.dumps(BadParameter("radius_m", 10**5000, "a finite number above 0")))
    assert error.args == ("radius_m", 10**5000, "a finite number above 0")


@pytest.mark.parametrize("value", [3, np.int64(3), np.uint8(3), np.array(3)])
def test_whole_numbers_of_any_kind_count(value: object) -> None:
    count = require_count("points", value, 3, 3)
    assert (type(count), count) == (int, 3)


@pytest.mark.parametrize(
    "value", [True, np.True_, np.array(True), 3.0, np.float64(3.0), "3", None, [3], np.array([3, 3])]
)
def test_what_is_no_whole_number_does_not_count(value: object) -> None:
    with pytest.raises(BadParameter, match=r"^points: got .*, expected an int from 1 to 5$"):
        require_count("points", value, 1, 5)


@pytest.mark.parametrize(("value", "most"), [(1, 5), (6, 5), (np.int64(-1), None)])
def test_a_count_outside_its_range_is_refused(value: int, most: int | None) -> None:
    expected = "an int of 2 or more" if most is None else "an int from 2 to 5"
    with pytest.raises(BadParameter, match=f", expected {expected}$"):
        require_count("points", value, 2, most)


def test_a_count_without_an_end_has_none() -> None:
    assert require_count("max_rounds", 10**30, 1) == 10**30


@pytest.mark.parametrize("value", [True, False, np.True_, np.False_])
def test_a_flag_is_a_bool(value: object) -> None:
    flag = require_flag("balancing", value)
    assert type(flag) is bool
    assert flag == value


@pytest.mark.parametrize("value", ["no", "", 0, 1, None, [], np.array([True, False])])
def test_what_only_counts_as_true_or_false_is_no_flag(value: object) -> None:
    with pytest.raises(BadParameter, match=r"^balancing: got .*, expected True or False$"):
        require_flag("balancing", value)


@pytest.mark.parametrize("value", [10**400, -(10**400), Fraction(10**400, 3)])
def test_a_number_too_large_for_a_float_is_refused(value: object) -> None:
    with pytest.raises(BadParameter, match=r"^rate_bps: got "):
        require_above("rate_bps", value, 0.0)
    with pytest.raises(BadParameter, match=r"^rate_bps: got \["):
        require_positive_array("rate_bps", [1.0, value])


@pytest.mark.parametrize(
    "values", [[1, 2], (np.float32(1), 2.0), np.array([1, 2], np.uint8), [Fraction(1), 2]]
)
def test_numbers_of_any_kind_become_floats(values: object) -> None:
    numbers = require_numbers("gain", values)
    assert numbers.dtype == np.float64
    assert numbers.tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    "values",
    [None, "1", ["1", "2"], [1.0, None], [1.0, 2j], [True, False], [Fraction(1), True], [[1.0], [1.0, 2.0]]],
)
def test_what_is_no_array_of_numbers_is_refused_as_it_was_given(values: object) -> None:
    with pytest.raises(BadParameter) as caught:
        require_numbers("gain", values, "gains")
    assert caught.value.args == ("gain", values, "gains")
