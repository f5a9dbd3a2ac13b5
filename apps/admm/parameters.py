"""Checks of what enters the acquisition problem, and the errors that the problem raises."""

import math
import operator
import reprlib
from numbers import Real
from typing import SupportsIndex

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_LONGEST_TEXT = 80
_MOST_BITS_SHOWN = 1024


class BadParameter(ValueError):
    """A parameter is outside its range; `args` are (parameter, got, expected). The text shows a long value cut."""

    def __init__(self, parameter: str, got: object, expected: str) -> None:
        super().__init__(parameter, got, expected)

    def __str__(self) -> str:
        parameter, got, expected = self.args
        return f"{parameter}: got {_BRIEF.repr(got)}, expected {expected}"


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
            f"expected one whose power is not too {'small' if needed < 1.0 else 'large'} for a number"
        )


class SolverFailed(ArithmeticError):
    """The convex solver did not reach an optimum; `args` are (solver, status)."""

    def __init__(self, solver: str, status: str) -> None:
        super().__init__(solver, status)

    def __str__(self) -> str:
        solver, status = self.args
        return f"{solver}: got the status {status!r}, expected 'optimal'"


def require_above(parameter: str, value: object, bound: float) -> float:
    """`value` as a finite float above `bound`; raises BadParameter for anything else (bool included)."""
    expected = f"a finite number above {bound:g}"
    number = _as_float(value)
    if number is None or not bound < number < math.inf:
        raise BadParameter(parameter, value, expected)
    return number


def require_positive(parameter: str, value: object) -> float:
    """`value` as a finite float above 0; raises BadParameter otherwise."""
    return require_above(parameter, value, 0.0)


def require_count(parameter: str, value: object, least: int, most: int | None = None) -> int:
    """`value` as an int from `least` to `most` (None: no end), also if it is one of NumPy's.

    Raises BadParameter for anything else (bool included).
    """
    expected = f"an int of {least} or more" if most is None else f"an int from {least} to {most}"
    if isinstance(value, bool) or not isinstance(value, SupportsIndex):
        raise BadParameter(parameter, value, expected)
    try:
        count = operator.index(value)
    except TypeError:
        raise BadParameter(parameter, value, expected) from None
    if count < least or (most is not None and count > most):
        raise BadParameter(parameter, value, expected)
    return count


def require_flag(parameter: str, value: object) -> bool:
    """`value` as a bool; raises BadParameter for what only counts as true or false, such as "no"."""
    if not isinstance(value, bool | np.bool_):
        raise BadParameter(parameter, value, "True or False")
    return bool(value)


def require_numbers(parameter: str, values: object, expected: str = "finite numbers above 0") -> FloatArray:
    """`values` as a float64 array of any shape and size.

    Raises BadParameter, with what was `expected`, for what is no array of real numbers: texts, None, complex
    numbers, bools, ints too large for a float, rows of different lengths.
    """
    try:
        array = np.asarray(values)
    except ValueError:
        raise BadParameter(parameter, values, expected) from None
    if array.dtype.kind == "O":
        array = np.array([_as_float(element) for element in array.flat]).reshape(array.shape)
    if array.dtype.kind not in "iuf":
        raise BadParameter(parameter, values, expected)
    return np.asarray(array, dtype=np.float64)


def require_positive_array(parameter: str, values: object) -> FloatArray:
    """`values` as a float64 array, not empty, every element finite and above 0; else raises BadParameter.

    The error names the first offending element as `parameter[index]`.
    """
    array = require_numbers(parameter, values)
    if array.size == 0:
        raise BadParameter(parameter, values, "at least one number")
    bad = np.flatnonzero(~((array > 0.0) & (array < np.inf)))
    if bad.size:
        index = int(bad[0])
        name = parameter if array.ndim == 0 else f"{parameter}[{index}]"
        raise BadParameter(name, float(array.flat[index]), "a finite number above 0")
    return array


def _as_float(value: object) -> float | None:
    """A real number as a float; None for all else, also for a bool and for what is too large for a float."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return None
    try:
        return float(value)
    except OverflowError:
        return None


class _Brief(reprlib.Repr):
    """One line of the value: long texts, ints and arrays are cut."""

    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxother = _LONGEST_TEXT

    def repr_int(self, x: int, level: int) -> str:
        """The int, or how long it is: Python itself refuses to write down thousands of digits."""
        if x.bit_length() > _MOST_BITS_SHOWN:
            return f"an int of {x.bit_length()} bits"
        return super().repr_int(x, level)

    def repr_instance(self, x: object, level: int) -> str:
        """Any other value, in one line."""
        return " ".join(super().repr_instance(x, level).split())


_BRIEF = _Brief()
