"""Decimal fixed-point numbers: exact where arithmetic is exact, explicitly rounded where it is not.

A `Fixed` is a signed 64-bit count of billionths. That splits the 64 bits evenly: up to 9.2 billion units
with nine exact decimals, so a frequency in Hz, a price and a probability all fit the same type. There is no
way in from a float, whose rounding has already happened where nobody saw it; `from_str` takes the decimal
that was meant.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Self

from chain.errors import AppError

SCALE_DIGITS = 9
SCALE = 10**SCALE_DIGITS
"""Raw units in 1."""
RAW_MIN, RAW_MAX = -(2**63), 2**63 - 1
_SHOWN_CHARACTERS = 40
_DECIMAL = re.compile(rf"(-?)([0-9]{{1,19}})(?:\.([0-9]{{1,{SCALE_DIGITS}}}))?", re.ASCII)


class FixedOverflow(AppError):
    """A result outside the 64-bit range. Args: raw value. Uncaught in an application, it is a refusal."""

    rule: ClassVar[str] = "fixed-overflow"

    def __str__(self) -> str:
        return f"{self.rule}: got {_bounded(self.args[0])}, expected {RAW_MIN}..{RAW_MAX} billionths"


class DivisionByZero(AppError):
    """A division by zero. Args: numerator."""

    rule: ClassVar[str] = "division-by-zero"

    def __str__(self) -> str:
        return f"{self.rule}: got {_bounded(self.args[0])} / 0, expected a divisor other than 0"


class MalformedDecimal(AppError):
    """A text that is no decimal number of at most nine decimals. Args: text."""

    rule: ClassVar[str] = "malformed-decimal"

    def __str__(self) -> str:
        got = self.args[0][:_SHOWN_CHARACTERS]
        return f"{self.rule}: got {got!r}, expected digits such as -12.345, at most 9 after the point"


class Rounding(StrEnum):
    """Where a result goes that lies between two representable ones."""

    FLOOR = "floor"
    """Towards minus infinity."""
    CEIL = "ceil"
    """Towards plus infinity."""
    HALF_EVEN = "half-even"
    """To the nearest; from the middle, to the even one."""


def divide(numerator: int, denominator: int, rounding: Rounding) -> int:
    """`numerator / denominator` as an integer. Raises DivisionByZero."""
    if denominator == 0:
        raise DivisionByZero(numerator)
    if rounding is Rounding.FLOOR:
        return numerator // denominator
    if rounding is Rounding.CEIL:
        return -(-numerator // denominator)
    quotient, remainder = divmod(numerator, denominator)
    # The remainder has the sign of the denominator, so their magnitudes may be compared.
    excess = 2 * abs(remainder) - abs(denominator)
    return quotient + (excess > 0 or (excess == 0 and quotient & 1))


def mul_div(a: int, b: int, c: int, rounding: Rounding) -> int:
    """`a * b / c` with one rounding, at the end and without overflow on the way. Raises DivisionByZero."""
    return divide(a * b, c, rounding)


@dataclass(frozen=True, slots=True, order=True)
class Fixed:
    """A number of nine decimals in +-9.2e9. Raises FixedOverflow wherever a result leaves that range."""

    raw: int
    """Billionths."""

    def __post_init__(self) -> None:
        if type(self.raw) is not int:
            raise TypeError(f"Fixed.raw: got {type(self.raw).__name__}, expected int")
        if not RAW_MIN <= self.raw <= RAW_MAX:
            raise FixedOverflow(self.raw)

    @classmethod
    def from_int(cls, value: int) -> Self:
        """The whole number `value`, exactly."""
        return cls(value * SCALE)

    @classmethod
    def from_fraction(cls, numerator: int, denominator: int, rounding: Rounding) -> Self:
        """`numerator / denominator`. Raises DivisionByZero."""
        return cls(divide(numerator * SCALE, denominator, rounding))

    @classmethod
    def from_str(cls, text: str) -> Self:
        """The decimal number `text`, exactly. Raises MalformedDecimal, also for a tenth decimal."""
        match = _DECIMAL.fullmatch(text)
        if match is None:
            raise MalformedDecimal(text)
        sign, whole, decimals = match.groups(default="")
        magnitude = int(whole) * SCALE + int(decimals.ljust(SCALE_DIGITS, "0"))
        return cls(-magnitude if sign else magnitude)

    def __add__(self, other: "Fixed") -> "Fixed":
        return Fixed(self.raw + other.raw)

    def __sub__(self, other: "Fixed") -> "Fixed":
        return Fixed(self.raw - other.raw)

    def __neg__(self) -> "Fixed":
        return Fixed(-self.raw)

    def mul(self, other: "Fixed", rounding: Rounding) -> "Fixed":
        """The product."""
        return Fixed(divide(self.raw * other.raw, SCALE, rounding))

    def div(self, other: "Fixed", rounding: Rounding) -> "Fixed":
        """The quotient. Raises DivisionByZero."""
        return Fixed(divide(self.raw * SCALE, other.raw, rounding))

    def to_int(self, rounding: Rounding) -> int:
        """The whole number next to it."""
        return divide(self.raw, SCALE, rounding)

    def __str__(self) -> str:
        whole, decimals = divmod(abs(self.raw), SCALE)
        text = f"{whole}.{decimals:0{SCALE_DIGITS}}".rstrip("0").rstrip(".")
        return f"-{text}" if self.raw < 0 else text


def _bounded(value: int) -> str:
    """The number, or its size where printing it could cost more than computing it did."""
    return str(value) if value.bit_length() <= 256 else f"an integer of {value.bit_length()} bits"
