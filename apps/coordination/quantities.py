"""Checks of what enters propagation, decision and grading: finite numbers, of a size that radio can have."""

import math
import reprlib

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

LOWEST_DBM, HIGHEST_DBM = -250.0, 100.0
"""Levels and powers outside are not radio: -250 dBm is far below the noise of 1 Hz, 100 dBm is 10 MW."""
LOWEST_DB, HIGHEST_DB = -300.0, 300.0
"""Gains and thresholds outside are taken for mistakes."""
HIGHEST_LOSS_DB = 1000.0
"""Path losses above are taken for mistakes."""


class BadQuantity(ValueError):
    """A value cannot be used; `args` are (quantity, got, expected). The text shows a long value cut."""

    def __init__(self, quantity: str, got: object, expected: str) -> None:
        super().__init__(quantity, got, expected)

    def __str__(self) -> str:
        quantity, got, expected = self.args
        return f"{quantity}: got {reprlib.repr(got)}, expected {expected}"


def number_in(quantity: str, value: object, low: float, high: float) -> float:
    """`value` as a float from `low` to `high`, bounds included and finite; raises BadQuantity otherwise."""
    if isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool):
        number = float(value)
        if math.isfinite(number) and low <= number <= high:
            return number
    raise BadQuantity(quantity, value, f"a finite number from {low:g} to {high:g}")


def positive(quantity: str, value: object) -> float:
    """`value` as a finite float above 0; raises BadQuantity otherwise."""
    try:
        return number_in(quantity, value, math.ulp(0.0), math.inf)
    except BadQuantity as problem:
        raise BadQuantity(quantity, value, "a finite number above 0") from problem


def array_in(quantity: str, values: ArrayLike, low: float, high: float) -> FloatArray:
    """`values` as finite floats from `low` to `high`, any shape; BadQuantity names the first that is not."""
    array = _as_floats(quantity, values)
    wrong = ~(np.isfinite(array) & (array >= low) & (array <= high))
    if wrong.any():
        raise BadQuantity(quantity, float(array[wrong].flat[0]), f"finite numbers from {low:g} to {high:g}")
    return array


def levels_dbm(quantity: str, values: ArrayLike) -> FloatArray:
    """`values` as plausible levels in dBm, any shape; raises BadQuantity otherwise."""
    return array_in(quantity, values, LOWEST_DBM, HIGHEST_DBM)


def levels_or_none_dbm(quantity: str, values: ArrayLike) -> FloatArray:
    """`values` as levels in dBm where -inf means no power at all, any shape; raises BadQuantity otherwise."""
    array = _as_floats(quantity, values)
    levels_dbm(quantity, array[~np.isneginf(array)])
    return array


def for_each(quantity: str, values: FloatArray, count: int) -> FloatArray:
    """`values` as (count,), one number standing for the same everywhere; raises BadQuantity for other shapes."""
    if values.shape not in ((), (count,)):
        raise BadQuantity(quantity, values.shape, f"one number or the shape ({count},)")
    return np.ascontiguousarray(np.broadcast_to(values, (count,)))


def points_m(quantity: str, values: ArrayLike) -> FloatArray:
    """`values` as finite coordinates (n, 2) in metres; raises BadQuantity otherwise."""
    array = array_in(quantity, values, -1e9, 1e9)
    if array.ndim != 2 or array.shape[1] != 2:
        raise BadQuantity(quantity, array.shape, "an array of the shape (n, 2)")
    return array


def labels(quantity: str, values: ArrayLike, count: int) -> IntArray:
    """`values` as `count` integers, (count,); raises BadQuantity otherwise."""
    array = np.asarray(values)
    if array.shape != (count,):
        raise BadQuantity(quantity, array.shape, f"the shape ({count},)")
    if not np.issubdtype(array.dtype, np.integer):
        raise BadQuantity(quantity, str(array.dtype), "integers")
    return array.astype(np.int64)


def _as_floats(quantity: str, values: ArrayLike) -> FloatArray:
    try:
        return np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as problem:
        raise BadQuantity(quantity, values, "numbers") from problem
