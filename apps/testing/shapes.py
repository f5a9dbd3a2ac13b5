"""What values a field of an action may have: the codec's types as a tree, and the values of a record as a list."""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, NamedTuple, Union, cast, get_args, get_origin, get_type_hints

from chain.codec_types import (
    DEFAULT_BYTES,
    DEFAULT_ITEMS,
    DEFAULT_STR_BYTES,
    INT_MAX,
    INT_MIN,
    Length,
    MaxLen,
    Range,
)
from chain.fixed import Fixed


@dataclass(frozen=True, slots=True)
class Whole:
    """An `int` in `low..high`."""

    low: int = INT_MIN
    high: int = INT_MAX


@dataclass(frozen=True, slots=True)
class Text:
    """A `str` of `low..high` bytes of UTF-8."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Data:
    """A `bytes` of `low..high` bytes."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Decimal:
    """A `Fixed`."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few: a `bool`, an enumeration."""

    members: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Maybe:
    """`T | None`."""

    inner: "Shape"


@dataclass(frozen=True, slots=True)
class Row:
    """`tuple[T, ...]` of `low..high` items."""

    item: "Shape"
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Parts:
    """`tuple[A, B]`."""

    items: "tuple[Shape, ...]"


@dataclass(frozen=True, slots=True)
class Form:
    """A record and its encoded fields, by name."""

    kind: type
    fields: "tuple[tuple[str, Shape], ...]"


Leaf = Whole | Text | Data | Decimal | Choice
Shape = Leaf | Maybe | Row | Parts | Form


class Named(NamedTuple):
    """A value that was met, and the name of the field it stood in."""

    name: str
    value: object


def form_of(kind: type) -> Form:
    """The shape of a record that the codec accepts."""
    return _form_of(cast(Hashable, kind))


def shape_of(type_: object) -> Shape:
    """The shape of a type that the codec accepts."""
    base, constraint = type_, None
    if get_origin(type_) is Annotated:
        base, *marks = get_args(type_)
        constraint = next((mark for mark in marks if isinstance(mark, Range | Length | MaxLen)), None)
    if base is int:
        return Whole(constraint.low, constraint.high) if isinstance(constraint, Range) else Whole()
    if base is str:
        return Text(*_lengths(constraint, DEFAULT_STR_BYTES))
    if base is bytes:
        return Data(*_lengths(constraint, DEFAULT_BYTES))
    if get_origin(base) is tuple and get_args(base)[1:] == (...,):
        return Row(shape_of(get_args(base)[0]), *_lengths(constraint, DEFAULT_ITEMS))
    if get_origin(base) is tuple:
        return Parts(tuple(map(shape_of, get_args(base))))
    if get_origin(base) in (Union, UnionType):
        return Maybe(shape_of(next(option for option in get_args(base) if option is not NoneType)))
    if base is Fixed:
        return Decimal()
    if base is bool:
        return Choice((False, True))
    assert isinstance(base, type)
    return Choice(tuple(base)) if issubclass(base, Enum) else form_of(base)


def fits(shape: Leaf, value: object) -> bool:
    """Whether a field of this shape may hold `value`."""
    match shape:
        case Whole(low, high):
            return type(value) is int and low <= value <= high
        case Text(low, high):
            return type(value) is str and low <= len(value.encode()) <= high
        case Data(low, high):
            return type(value) is bytes and low <= len(value) <= high
        case Decimal():
            return type(value) is Fixed
        case Choice(members):
            return any(type(value) is type(member) and value == member for member in members)


def field_names(kind: type) -> list[str]:
    """The fields of a record that the codec encodes, in order."""
    return [field.name for field in fields(kind) if field.init]


def fields_of(shape: Shape, name: str = "") -> Iterator[tuple[str, Leaf]]:
    """Every single field inside a record, and its name."""
    match shape:
        case Form(_, fields):
            for part, inner in fields:
                yield from fields_of(inner, part)
        case Maybe(inner) | Row(inner):
            yield from fields_of(inner, name)
        case Parts(items):
            for item in items:
                yield from fields_of(item, name)
        case _:
            yield name, shape


def leaves_of(value: object, name: str = "") -> Iterator[Named]:
    """Every single value inside a record or tuple, by the name of its field."""
    if is_dataclass(value) and not isinstance(value, Fixed | type):
        for part in field_names(type(value)):
            yield from leaves_of(getattr(value, part), part)
    elif isinstance(value, tuple):
        for item in value:
            yield from leaves_of(item, name)
    elif value is not None:
        yield Named(name, value)


@cache
def _form_of(kind: type) -> Form:
    hints = get_type_hints(kind, include_extras=True)
    return Form(kind, tuple((name, shape_of(hints[name])) for name in field_names(kind)))


def _lengths(constraint: object, default: int) -> tuple[int, int]:
    match constraint:
        case Length(size):
            return size, size
        case MaxLen(size):
            return 0, size
    return 0, default
