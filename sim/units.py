"""Quantities with units: `"10s"`, `"20Mbps"`, `"100MHz"` to whole numbers of a base unit and back, exactly.

A quantity is a text of a decimal number and a unit. A plain number is refused, because `10` may mean seconds
to its author and milliseconds to its reader; so is a value finer than the base unit, which would be rounded.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, PlainSerializer

_SHAPE = re.compile(r"([0-9][0-9_]*(?:\.[0-9]+)?)\s*([A-Za-z][A-Za-z/]*)", re.ASCII)
_SIGN = re.compile(r"[+-]")
_EXPONENT = re.compile(r"[0-9.][eE][+-]?[0-9]", re.ASCII)
_NUMBER = re.compile(r"[+-]?[0-9][0-9_]*(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?", re.ASCII)
_MAX_CHARACTERS = 40


class UnitError(ValueError):
    """A text that is no quantity of the wanted kind. Args: got, allowed, nearest valid text or ""."""

    def __init__(self, got: object, allowed: str, nearest: str = "") -> None:
        super().__init__(got, allowed, nearest)

    def __str__(self) -> str:
        got, allowed, nearest = self.args
        return f"got {got!r}, expected {allowed}" + (f"; did you mean {nearest!r}?" if nearest else "")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A kind of quantity: how it is read and written."""

    name: str
    """With its article, for messages: `a duration`."""
    units: Mapping[str, int]
    """Spelling -> base units in one, smallest first; the first one is the base unit."""
    example: str
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Other spelling -> one of `units`. Read, never written."""
    most: int = 2**63 - 1
    """Largest value, in base units."""

    @property
    def allowed(self) -> str:
        """What may be written, in words."""
        return (
            f"{self.name} as a text with its unit, such as {self.example!r} (units: {', '.join(self.units)})"
        )

    def parse(self, text: object) -> int:
        """The value in base units. Raises UnitError."""
        match = (
            _SHAPE.fullmatch(text.strip()) if isinstance(text, str) and len(text) <= _MAX_CHARACTERS else None
        )
        if match is None:
            raise UnitError(text, f"{_fault(text)}{self.allowed}")
        number, unit = match.groups()
        unit = self.aliases.get(unit, unit)
        if unit not in self.units:
            raise UnitError(text, self.allowed, self._nearest(number, unit))
        value = Fraction(number.replace("_", "")) * self.units[unit]
        if value.denominator != 1:
            raise UnitError(text, f"{self.name} in whole {self.base}")
        if value > self.most:
            raise UnitError(text, f"{self.name} of at most {self.format(self.most)}")
        return int(value)

    @property
    def base(self) -> str:
        """The base unit."""
        return next(iter(self.units))

    def format(self, value: int) -> str:
        """The shortest text that `parse` reads as exactly `value` base units."""
        fitting = [(value // size, unit) for unit, size in self.units.items() if value % size == 0]
        number, unit = min(reversed(fitting), key=lambda pair: len(str(pair[0]))) if value else (0, self.base)
        return f"{number}{unit}"

    def _nearest(self, number: str, unit: str) -> str:
        spelled = {name.lower(): name for name in (*self.aliases, *self.units)}
        known = spelled.get(unit.lower())
        return f"{number}{known}" if known else ""


def _fault(got: object) -> str:
    """What keeps the text or number from being a quantity, with a colon; "" where nothing simple does."""
    plain = isinstance(got, int | float) and not isinstance(got, bool)
    if not plain and not isinstance(got, str):
        return ""
    text = str(got).strip()
    if len(text) > _MAX_CHARACTERS:
        return f"at most {_MAX_CHARACTERS} characters: "
    faults = ["no sign"] if _SIGN.match(text) else []
    if not plain and _EXPONENT.search(text):
        faults.append("no exponent")
    if plain or _NUMBER.fullmatch(text):
        faults.append("a unit after the number")
    return f"{' and '.join(faults)}: " if faults else ""


def within(quantity: Quantity, low: str, high: str) -> AfterValidator:
    """Bounds, both allowed, for an annotated quantity type."""
    least, most = quantity.parse(low), quantity.parse(high)

    def check(value: int) -> int:
        if not least <= value <= most:
            raise UnitError(quantity.format(value), f"{quantity.name} from {low} to {high}")
        return value

    return AfterValidator(check)


_RATE_ALIASES = {"bps": "bit/s", "kbps": "kbit/s", "Mbps": "Mbit/s", "Gbps": "Gbit/s"}

DURATION = Quantity(
    "a duration", {"ms": 1, "s": 1_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}, "10s"
)
BANDWIDTH = Quantity(
    "a data rate", {"bit/s": 1, "kbit/s": 10**3, "Mbit/s": 10**6, "Gbit/s": 10**9}, "20Mbit/s", _RATE_ALIASES
)
FREQUENCY = Quantity("a frequency", {"Hz": 1, "kHz": 10**3, "MHz": 10**6, "GHz": 10**9}, "100MHz")
BYTES = Quantity(
    "a size",
    {"B": 1, "kB": 10**3, "KiB": 2**10, "MB": 10**6, "MiB": 2**20, "GB": 10**9, "GiB": 2**30},
    "535kB",
)
HASH_RATE = Quantity(
    "a hash rate",
    {
        f"{prefix}H/s": 10 ** (3 * power)
        for power, prefix in enumerate(("", "k", "M", "G", "T", "P", "E", "Z"))
    },
    "1MH/s",
    most=10**24,
)


def _serializer(quantity: Quantity) -> PlainSerializer:
    return PlainSerializer(quantity.format, return_type=str)


Duration = Annotated[int, BeforeValidator(DURATION.parse), _serializer(DURATION)]
"""Milliseconds; written as `"250ms"`, `"10min"`, `"14d"`."""
Bandwidth = Annotated[int, BeforeValidator(BANDWIDTH.parse), _serializer(BANDWIDTH)]
"""Bits per second; written as `"20Mbps"`, `"1.5 Gbit/s"`."""
Frequency = Annotated[int, BeforeValidator(FREQUENCY.parse), _serializer(FREQUENCY)]
"""Hertz; written as `"100MHz"`."""
Bytes = Annotated[int, BeforeValidator(BYTES.parse), _serializer(BYTES)]
"""Bytes; written as `"535kB"`, `"18 KiB"`."""
HashRate = Annotated[int, BeforeValidator(HASH_RATE.parse), _serializer(HASH_RATE)]
"""Hashes per second; written as `"400 GH/s"`."""
