"""The scalar types of the codec: integers, booleans, texts, byte strings; checked alike both ways."""

from collections.abc import Callable
from typing import Any, NamedTuple

from chain.codec_types import (
    DEFAULT_BYTES,
    DEFAULT_STR_BYTES,
    INT_MAX,
    INT_MIN,
    WIRE_INT_MAX,
    CodecError,
    Constraint,
    DecodeError,
    EncodeError,
    Length,
    MaxLen,
    Range,
    UnsupportedType,
    describe,
)
from chain.codec_wire import Plain

Check = Callable[[Any], Any]
"""A function that returns its argument or refuses it."""


class Pair(NamedTuple):
    """The two directions of one type."""

    to_plain: Callable[[Any], Plain]
    from_plain: Callable[[Any], Any]


def bounds(constraint: Constraint | None, default: int, name: str, where: str) -> tuple[int, int]:
    """Least and greatest length."""
    match constraint:
        case None:
            return 0, default
        case MaxLen(size) if size >= 0:
            return 0, size
        case Length(size) if size >= 0:
            return size, size
    raise misplaced(constraint, name, where)


def leaf(kind: type, constraint: Constraint | None, where: str) -> Pair:
    """Checks of `int`, `bool`, `str` or `bytes`. Raises UnsupportedType for a constraint of another type."""
    if kind is bool:
        if constraint is not None:
            raise misplaced(constraint, "bool", where)
        return Pair(_bool(where, EncodeError), _bool(where, DecodeError))
    if kind is int:
        low, high = _int_range(constraint, where)
        return Pair(integer(low, high, where, EncodeError), integer(low, high, where, DecodeError))
    default, check = (DEFAULT_STR_BYTES, _str) if kind is str else (DEFAULT_BYTES, _bytes)
    low, high = bounds(constraint, default, kind.__name__, where)
    return Pair(check(low, high, where, EncodeError), check(low, high, where, DecodeError))


def _int_range(constraint: Constraint | None, where: str) -> tuple[int, int]:
    match constraint:
        case None:
            return INT_MIN, INT_MAX
        case Range(low, high) if INT_MIN <= low <= high <= WIRE_INT_MAX:
            return low, high
    raise misplaced(constraint, "int", where)


def _bool(where: str, refusal: type[CodecError]) -> Check:
    def check(value: object) -> object:
        if value is True or value is False:
            return value
        raise refusal("wrong-type", where, describe(value), "True or False")

    return check


def integer(low: int, high: int, where: str, refusal: type[CodecError]) -> Check:
    """Check of an integer: `True` and numpy integers are none."""

    def check(value: object) -> object:
        if type(value) is int and low <= value <= high:
            return value
        rule = "out-of-range" if type(value) is int else "wrong-type"
        raise refusal(rule, where, describe(value), f"an integer in {low}..{high}")

    return check


def _bytes(low: int, high: int, where: str, refusal: type[CodecError]) -> Check:
    def check(value: object) -> object:
        if type(value) is bytes and low <= len(value) <= high:
            return value
        rule = "wrong-length" if type(value) is bytes else "wrong-type"
        raise refusal(rule, where, describe(value), lengths(low, high, "bytes"))

    return check


def _str(low: int, high: int, where: str, refusal: type[CodecError]) -> Check:
    expected = "a text of " + lengths(low, high, "bytes of UTF-8")

    def check(value: object) -> object:
        if type(value) is not str:
            raise refusal("wrong-type", where, describe(value), expected)
        if value.isascii():
            size = len(value)
        else:
            try:
                size = len(value.encode())
            except UnicodeEncodeError:
                raise refusal("not-unicode", where, describe(value), expected) from None
        if low <= size <= high:
            return value
        raise refusal("wrong-length", where, describe(value), expected)

    return check


def lengths(low: int, high: int, unit: str) -> str:
    """Words for the lengths allowed."""
    return f"exactly {high} {unit}" if low == high else f"at most {high} {unit}"


def misplaced(constraint: Constraint | None, name: str, where: str) -> UnsupportedType:
    """The refusal of a constraint on a type that it says nothing about."""
    return UnsupportedType(where, f"{constraint} does not constrain {name}")
