"""Numbers of any size on chain: a decimal significand and a decimal exponent, rounded in one known way.

The penalty of the iteration and the price of bandwidth differ by many orders of magnitude between two
acquisitions, so neither whole units nor fixed point hold them. Here a value is `significand * 10**exponent`.
A product is computed exactly, then rounded half to even to 18 significant digits; trailing zeros go into the
exponent, and zero is 0 * 10**0, so a result has one form.
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from chain.codec import U64, Range
from chain.errors import AppError
from chain.fixed import Rounding, divide

SIGNIFICANT_DIGITS = 18
MIN_EXPONENT, MAX_EXPONENT = -128, 127


class NumberOutOfRange(AppError):
    """A result below zero, or too large or small for its exponent. Args: significand, exponent."""

    rule: ClassVar[str] = "number-out-of-range"

    def __str__(self) -> str:
        significand, exponent = self.args
        return (
            f"{self.rule}: got {significand} * 10**{exponent}, expected 0 or more "
            f"with an exponent from {MIN_EXPONENT} to {MAX_EXPONENT}"
        )


@dataclass(frozen=True, slots=True)
class Scientific:
    """The number `significand * 10**exponent`, zero or more."""

    significand: U64
    exponent: Annotated[int, Range(MIN_EXPONENT, MAX_EXPONENT)]

    def times(self, factor: int, shift: int = 0) -> "Scientific":
        """The product with `factor * 10**shift`, rounded half to even to 18 digits. Raises NumberOutOfRange."""
        return _rounded(self.significand * factor, self.exponent + shift)

    def doubled(self, times: int) -> "Scientific":
        """The product with `2**times`, which may be negative. Raises NumberOutOfRange."""
        return self.times(2**times) if times >= 0 else self.times(5**-times, times)


def _rounded(significand: int, exponent: int) -> Scientific:
    if significand == 0:
        return Scientific(0, 0)
    surplus = max(len(str(significand)) - SIGNIFICANT_DIGITS, 0)
    digits, power = divide(significand, 10**surplus, Rounding.HALF_EVEN), exponent + surplus
    while digits % 10 == 0:
        digits, power = digits // 10, power + 1
    if digits < 0 or not MIN_EXPONENT <= power <= MAX_EXPONENT:
        raise NumberOutOfRange(digits, power)
    return Scientific(digits, power)
