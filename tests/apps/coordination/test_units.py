"""Floats become integers of the chain by a stated rounding, whatever their last digits."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.coordination.commitment import LOWEST_CDBM
from apps.coordination.quantities import BadQuantity
from apps.coordination.units import (
    centimetres,
    from_hundredths,
    margin_hundredths,
    metres,
    nearest_hundredths,
    power_from_hundredths,
    power_hundredths,
)


def test_levels_go_to_the_nearest_hundredth_and_ties_to_the_even_one() -> None:
    assert nearest_hundredths([-80.004, -80.006, 0.125, 0.135, -0.125]) == (-8000, -8001, 12, 14, -12)


@given(st.integers(-29_000, 29_000), st.floats(-1e-9, 1e-9))
def test_last_digits_do_not_move_a_round_number_or_a_tie(hundredths: int, noise: float) -> None:
    assert nearest_hundredths([hundredths / 100 + noise]) == (hundredths,)
    assert power_hundredths(hundredths / 100 + noise) == hundredths
    assert margin_hundredths(hundredths / 100 + noise) == hundredths
    tie = hundredths / 100 + 0.005
    assert nearest_hundredths([tie + noise]) == nearest_hundredths([tie])


@given(st.floats(-290.0, 290.0))
def test_a_power_is_rounded_down(power_dbm: float) -> None:
    rounded = power_hundredths(power_dbm)
    assert rounded / 100 <= power_dbm + 1.01e-6
    assert (rounded + 1) / 100 > power_dbm


@given(st.integers(-30_000, 30_000))
def test_integers_survive_the_way_out_and_back(hundredths: int) -> None:
    assert nearest_hundredths(from_hundredths([hundredths])) == (hundredths,)
    assert power_hundredths(power_from_hundredths(hundredths)) == hundredths
    assert centimetres(metres([[hundredths, -hundredths]])) == ((hundredths, -hundredths),)


def test_no_power_and_powers_out_of_range_have_their_integers() -> None:
    assert power_hundredths(-math.inf) == power_hundredths(-1000.0) == LOWEST_CDBM
    assert power_from_hundredths(LOWEST_CDBM) == -math.inf
    assert power_hundredths(1000.0) == 30_000
    assert margin_hundredths(-math.inf) == -60_000


@pytest.mark.parametrize(
    "call",
    [
        lambda: nearest_hundredths([math.nan]),
        lambda: nearest_hundredths([math.inf]),
        lambda: nearest_hundredths([400.0]),
        lambda: nearest_hundredths([[1.0]]),
        lambda: power_hundredths(math.nan),
        lambda: margin_hundredths(math.nan),
        lambda: centimetres([[1.0, math.nan]]),
        lambda: centimetres([1.0, 2.0]),
        lambda: centimetres([[1e9, 0.0]]),
    ],
)
def test_what_has_no_integer_is_refused(call: object) -> None:
    with pytest.raises(BadQuantity):
        call()  # type: ignore[operator]


def test_metres_are_centimetres_by_pairs() -> None:
    assert centimetres(np.array([[2.5, 7.5], [0.004, 0.006]])) == ((250, 750), (0, 1))
