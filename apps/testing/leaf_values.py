"""Which values are tried for one field of an action, by its type alone."""

from apps.testing.keys import account_of
from apps.testing.seen import once
from apps.testing.shapes import Choice, Data, Decimal, Leaf, Text, Whole, fits
from chain.codec_types import INT_MAX
from chain.fixed import RAW_MAX, RAW_MIN, SCALE, Fixed

_SMALL = (0, 1, 2, 3, 5, 10)
ROUND_NUMBERS = tuple(n * 10**exponent for exponent in range(19) for n in (1, 2, 5, 7))
"""A few of each order of magnitude."""
_WORDS = ("a", "b", "c")
_STRANGERS = (account_of("stranger"), bytes(32))
_LONGEST = 64
"""Bytes of the longest text or byte string that is tried, so that a failure can still be read."""


def simple(leaf: Leaf, accounts: tuple[bytes, ...]) -> list[object]:
    """Small values, the simplest first."""
    match leaf:
        case Whole(low, high):
            return [n for n in _SMALL if low <= n <= high] or [low]
        case Text(low, high):
            words = [word * max(low, 1) for word in _WORDS]
            return [word for word in words if len(word) <= high] or [""]
        case Data(low, high):
            people: list[object] = [key for key in accounts if low <= len(key) <= high]
            return people or [bytes([n]) * max(low, min(high, 1)) for n in range(3)]
        case Decimal():
            return [Fixed(raw) for raw in (0, SCALE, 2 * SCALE, 10 * SCALE, SCALE // 2, SCALE // 10)]
        case Choice(members):
            return list(members)


def edges(leaf: Leaf) -> list[object]:
    """Values where a careless application goes wrong."""
    match leaf:
        case Whole(low, high):
            return once([n for n in (low, high, high - 1, -1, INT_MAX) if low <= n <= high])
        case Text(low, high):
            texts = ("", "\x00", "/", "é", "a" * min(high, _LONGEST))
            return [text for text in texts if fits(leaf, text)]
        case Data(low, high):
            strings = (b"", *_STRANGERS, b"\xff" * max(low, min(high, _LONGEST)))
            return [data for data in strings if fits(leaf, data)]
        case Decimal():
            return [Fixed(raw) for raw in (1, -1, -SCALE, RAW_MAX, RAW_MIN)]
        case Choice():
            return []


def near(leaf: Leaf, value: object) -> list[object]:
    """The neighbours of a number."""
    if type(value) is int:
        return [n for n in (value + 1, value - 1) if fits(leaf, n)]
    if type(value) is Fixed:
        return [Fixed(raw) for raw in (value.raw + 1, value.raw - 1) if RAW_MIN <= raw <= RAW_MAX]
    return []
