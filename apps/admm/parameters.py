"""Range checks for the numbers that enter the acquisition problem, and the errors they raise."""

import math
from numbers import Real

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]


class BadParameter(ValueError):
    """A parameter is outside its range; `args` are (parameter, got, expected)."""

    def __init__(self, parameter: str, got: object, expected: str) -> None:
        super().__init__(parameter, got, expected)

    def __str__(self) -> str:
        parameter, got, expected = self.args
        return f"{parameter}: got {got!r}, expected {expected}"


class RateOutOfReach(ArithmeticError):
    """No representable power gives a cell its rate; `args` are (cell, rate_bps, needed_bps_per_hz).

    cell: index or name; rate_bps: the rate asked for; needed_bps_per_hz: the spectral efficiency it takes.
    """

    def __init__(self, cell: int | str, rate_bps: float, needed_bps_per_hz: float) -> None:
        super().__init__(cell, rate_bps, needed_bps_per_hz)

    def __str__(self) -> str:
        cell, rate_bps, needed = self.args
        return (
            f"cell {cell}: got a rate of {rate_bps:g} bit/s, which takes {needed:g} bit/s/Hz; "
            "expected one that a representable power can carry"
        )


def require_above(parameter: str, value: object, bound: float) -> float:
    """`value` as a finite float above `bound`; raises BadParameter for anything else (bool included)."""
    expected = f"a finite number above {bound:g}"
    if isinstance(value, bool) or not isinstance(value, Real):
        raise BadParameter(parameter, value, expected)
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not bound < number < math.inf:
        raise BadParameter(parameter, value, expected)
    return number


def require_positive(parameter: str, value: object) -> float:
    """`value` as a finite float above 0; raises BadParameter otherwise."""
    return require_above(parameter, value, 0.0)


def require_count(parameter: str, value: object, least: int, most: int) -> int:
    """`value` as an int from `least` to `most`; raises BadParameter for anything else (bool included)."""
    if type(value) is not int or not least <= value <= most:
        raise BadParameter(parameter, value, f"an int from {least} to {most}")
    return value


def require_positive_array(parameter: str, values: ArrayLike) -> FloatArray:
    """`values` as a float64 array, not empty, every element finite and above 0; else raises BadParameter.

    The error names the first offending element as `parameter[index]`.
    """
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise BadParameter(parameter, values, "finite numbers above 0") from None
    if array.size == 0:
        raise BadParameter(parameter, values, "at least one number")
    bad = np.flatnonzero(~((array > 0.0) & (array < np.inf)))
    if bad.size:
        index = int(bad[0])
        name = parameter if array.ndim == 0 else f"{parameter}[{index}]"
        raise BadParameter(name, float(array.flat[index]), "a finite number above 0")
    return array
