"""From type hints to a pair of functions: typed value to plain value, and back, both checking everything.

Each function is a closure over the closures of its parts, built once per type; a field costs one call.
"""

from collections.abc import Callable
from dataclasses import Field, fields, is_dataclass
from enum import IntEnum, StrEnum
from operator import attrgetter
from types import NoneType, UnionType
from typing import Annotated, Any, Union, cast, get_args, get_origin, get_type_hints

from chain.codec_leaves import Pair, bounds, integer, leaf, lengths, misplaced
from chain.codec_types import (
    DEFAULT_ITEMS,
    INT_MIN,
    WIRE_INT_MAX,
    CodecError,
    Constraint,
    DecodeError,
    EncodeError,
    Range,
    UnsupportedType,
    describe,
    type_name,
)
from chain.codec_wire import Plain
from chain.errors import ChainError
from chain.fixed import RAW_MAX, RAW_MIN, Fixed

_Classes = tuple[type, ...]
# A record's own checks meet what strangers send: an `assert` or a division by zero there must refuse it.
_REFUSALS = (ChainError, ValueError, TypeError, ArithmeticError, AssertionError, LookupError)


def compile_type(type_: object, where: str, inside: _Classes = ()) -> Pair:
    """Functions of `type_`, which stands at `where` (`Class.field`) inside the records `inside`.

    Raises UnsupportedType, with the field at fault.
    """
    base, constraint = _split(type_, where)
    origin = get_origin(base)
    if base in (int, bool, str, bytes):
        return leaf(cast(type, base), constraint, where)
    if origin is tuple and get_args(base)[1:] == (...,):
        return _sequence(get_args(base)[0], bounds(constraint, DEFAULT_ITEMS, "tuple", where), where, inside)
    if constraint is not None:
        raise misplaced(constraint, type_name(base), where)
    if origin is tuple and get_args(base):
        return _fixed_tuple(get_args(base), where, inside)
    if origin in (Union, UnionType):
        return _optional(base, where, inside)
    if isinstance(base, type):
        if base is Fixed:
            return _fixed_point(where)
        if issubclass(base, IntEnum | StrEnum):
            return _enumeration(base, where)
        if is_dataclass(base):
            return _record(base, where, inside)
    raise UnsupportedType(where, f"{type_name(base)} has no canonical encoding")


def _split(type_: object, where: str) -> tuple[object, Constraint | None]:
    """A type without its `Annotated`, and the constraint found there; others' annotations are left alone."""
    if type_ is None or type_ is NoneType:
        raise UnsupportedType(where, "None has no canonical encoding")
    if get_origin(type_) is not Annotated:
        return type_, None
    base, *marks = get_args(type_)
    constraints = [mark for mark in marks if isinstance(mark, Constraint)]
    if len(constraints) > 1:
        raise UnsupportedType(where, f"one constraint at most, got {constraints}")
    return base, constraints[0] if constraints else None


def _sequence(item: object, limits: tuple[int, int], where: str, inside: _Classes) -> Pair:
    low, high = limits
    encode_item, decode_item = compile_type(item, f"{where}[]", inside)

    def check(value: Any, kind: type[tuple[Any, ...]] | type[list[Any]], refusal: type[CodecError]) -> None:
        if type(value) is not kind:
            raise refusal("wrong-type", where, describe(value), f"{kind.__name__} of items")
        if not low <= len(value) <= high:
            raise refusal("wrong-length", where, describe(value), lengths(low, high, "items"))

    def to_plain(value: Any) -> Plain:
        check(value, tuple, EncodeError)
        return [encode_item(part) for part in value]

    def from_plain(plain: Any) -> tuple[Any, ...]:
        check(plain, list, DecodeError)
        return tuple([decode_item(part) for part in plain])

    return Pair(to_plain, from_plain)


def _fixed_tuple(items: tuple[object, ...], where: str, inside: _Classes) -> Pair:
    pairs = [compile_type(item, f"{where}[{index}]", inside) for index, item in enumerate(items)]
    encoders, decoders = [pair.to_plain for pair in pairs], [pair.from_plain for pair in pairs]
    count = len(items)

    def to_plain(value: Any) -> Plain:
        if type(value) is not tuple or len(value) != count:
            raise EncodeError("wrong-count", where, describe(value), f"tuple of {count} items")
        return [encode(part) for encode, part in zip(encoders, value, strict=True)]

    def from_plain(plain: Any) -> tuple[Any, ...]:
        if type(plain) is not list or len(plain) != count:
            raise DecodeError("wrong-count", where, describe(plain), f"list of {count} items")
        return tuple([decode(part) for decode, part in zip(decoders, plain, strict=True)])

    return Pair(to_plain, from_plain)


def _optional(union: object, where: str, inside: _Classes) -> Pair:
    present = [option for option in get_args(union) if option is not NoneType]
    if len(present) != 1 or len(get_args(union)) != 2:
        raise UnsupportedType(where, f"{type_name(union)} has no canonical encoding, only T | None has")
    encode, decode = compile_type(present[0], where, inside)
    return Pair(
        lambda value: None if value is None else encode(value),
        lambda plain: None if plain is None else decode(plain),
    )


def _fixed_point(where: str) -> Pair:
    raw = integer(RAW_MIN, RAW_MAX, where, DecodeError)

    def to_plain(value: Any) -> Plain:
        if type(value) is not Fixed:
            raise EncodeError("wrong-type", where, describe(value), "Fixed")
        return value.raw

    return Pair(to_plain, lambda plain: Fixed(raw(plain)))


def _enumeration(enum: type[IntEnum] | type[StrEnum], where: str) -> Pair:
    raw = int if issubclass(enum, IntEnum) else str
    members: dict[object, object] = {member.value: member for member in enum}
    plain_check = leaf(raw, Range(INT_MIN, WIRE_INT_MAX) if raw is int else None, where).to_plain
    try:
        plains = {member: plain_check(value) for value, member in members.items()}
    except EncodeError as error:
        raise UnsupportedType(
            where, f"a member of {enum.__name__} has no canonical encoding ({error})"
        ) from None

    def to_plain(value: Any) -> Plain:
        if type(value) is not enum:
            raise EncodeError("wrong-type", where, describe(value), enum.__name__)
        return plains[value]

    def from_plain(plain: Any) -> object:
        if type(plain) is raw and plain in members:
            return members[plain]
        raise DecodeError("unknown-member", where, describe(plain), f"one of {sorted(members, key=str)}")

    return Pair(to_plain, from_plain)


def _record(cls: type, where: str, inside: _Classes) -> Pair:
    if cls in inside:
        raise UnsupportedType(where, f"{cls.__name__} contains itself, depth must be bounded")
    names, pairs = _record_parts(cls, (*inside, cls))
    encoders, decoders = [pair.to_plain for pair in pairs], [pair.from_plain for pair in pairs]
    count, read = len(names), _reader(names)

    def to_plain(record: Any) -> Plain:
        if type(record) is not cls:
            raise EncodeError("wrong-type", where, describe(record), cls.__name__)
        return [encode(part) for encode, part in zip(encoders, read(record), strict=True)]

    def from_plain(plain: Any) -> object:
        if type(plain) is not list or len(plain) != count:
            raise DecodeError(
                "wrong-count", where, describe(plain), f"{cls.__name__} as list of {count} items"
            )
        parts = [decode(part) for decode, part in zip(decoders, plain, strict=True)]
        try:
            return cls(*parts)
        except _REFUSALS as error:
            reason = str(error) or type(error).__name__
            raise DecodeError("refused-by-record", where, reason, f"a valid {cls.__name__}") from None

    return Pair(to_plain, from_plain)


def _reader(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    """All fields of a record as a tuple; `attrgetter` alone gives that from two names on."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda record: tuple([getattr(record, name) for name in names])


def _record_parts(cls: type, inside: _Classes) -> tuple[list[str], list[Pair]]:
    """Names and functions of the encoded fields; one with `init=False` is derived from them and left out."""
    name = cls.__name__
    if "__dataclass_fields__" not in vars(cls):
        raise UnsupportedType(name, f"{name} is no dataclass itself, only its base is")
    if not vars(cls)["__dataclass_params__"].frozen:
        raise UnsupportedType(name, f"{name} is a mutable dataclass, expected frozen=True")
    _refuse_unannotated(cls)
    try:
        hints = get_type_hints(cls, include_extras=True)
    except (NameError, TypeError) as error:
        raise UnsupportedType(name, f"annotations cannot be resolved ({error})") from None
    encoded: list[Field[Any]] = [field for field in fields(cls) if field.init]
    for field in encoded:
        if field.kw_only:
            raise UnsupportedType(f"{name}.{field.name}", "a keyword-only field has no place in the order")
    return [field.name for field in encoded], [
        compile_type(hints[field.name], f"{name}.{field.name}", inside) for field in encoded
    ]


def _refuse_unannotated(cls: type) -> None:
    """A public class attribute that is data but no field was meant as one: it would be left out silently."""
    annotated = {name for base in cls.__mro__ for name in vars(base).get("__annotations__", ())}
    for name, value in vars(cls).items():
        if name.startswith("_") or name in annotated or callable(value) or hasattr(value, "__get__"):
            continue
        raise UnsupportedType(f"{cls.__name__}.{name}", "no annotation; a constant is annotated ClassVar")
