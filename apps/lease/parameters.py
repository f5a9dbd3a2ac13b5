"""Range checks for the numbers that enter the lease market's formulas, and the errors they raise."""

import math
from collections.abc import Callable
from numbers import Real


class ParameterError(ValueError):
    """A model parameter is outside its range; `args` are (parameter, got, allowed)."""

    def __init__(self, parameter: str, got: object, allowed: str) -> None:
        super().__init__(parameter, got, allowed)

    def __str__(self) -> str:
        parameter, got, allowed = self.args
        return f"{parameter}: got {got!r}, expected {allowed}"


class BandwidthRequired(ValueError):
    """Free spectrum without a limit has no optimal price; `args` are (lease_price,)."""

    def __init__(self, lease_price: float) -> None:
        super().__init__(lease_price)

    def __str__(self) -> str:
        return (
            f"lease_price: got {self.args[0]!r} with bandwidth=None, where demand grows without bound as the "
            "price falls to zero and no price is optimal; expected a bandwidth > 0 or a lease_price > 0"
        )


def _checked(parameter: str, value: object, allowed: str, holds: Callable[[float], bool]) -> float:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise ParameterError(parameter, value, allowed)
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not holds(number):
        raise ParameterError(parameter, value, allowed)
    return number


def positive(parameter: str, value: object) -> float:
    """`value` as a positive finite float; raises ParameterError otherwise."""
    return _checked(parameter, value, "a finite number > 0", lambda x: 0.0 < x < math.inf)


def non_negative(parameter: str, value: object) -> float:
    """`value` as a finite float >= 0; raises ParameterError otherwise."""
    return _checked(parameter, value, "a finite number >= 0", lambda x: 0.0 <= x < math.inf)


def fraction(parameter: str, value: object) -> float:
    """`value` as a float in [0, 1]; raises ParameterError otherwise."""
    return _checked(parameter, value, "a number in [0, 1]", lambda x: 0.0 <= x <= 1.0)


def proper_fraction(parameter: str, value: object) -> float:
    """`value` as a float in [0, 1); raises ParameterError otherwise."""
    return _checked(parameter, value, "a number in [0, 1)", lambda x: 0.0 <= x < 1.0)
