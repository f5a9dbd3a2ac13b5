"""The strict canonical codec: a record is a MessagePack array of its fields, a value has one encoding.

Records are frozen dataclasses of `int` (signed 64 bit, or `Annotated[int, Range(low, high)]`), `bool`,
`str`, `bytes`, `tuple[T, ...]` (each of bounded length, `Length` and `MaxLen` change the bound), `tuple[A,
B]`, `T | None`, `IntEnum` and `StrEnum` by value, `Fixed` by its raw integer, and records. Floats, sets and
maps have no canonical encoding and are refused when the codec is built. `decode` accepts exactly the bytes
that `encode` emits.
"""

from collections.abc import Callable, Hashable
from dataclasses import Field, dataclass
from functools import cache
from typing import Any, ClassVar, Generic, Protocol, TypeVar, cast

from chain.codec_compile import compile_type
from chain.codec_types import (
    U8,
    U16,
    U32,
    U64,
    Amount,
    CodecError,
    DecodeError,
    EncodeError,
    Hash,
    Height,
    Hz,
    Length,
    MaxLen,
    Millis,
    PublicKey,
    Range,
    Signature,
    UnsupportedType,
    type_name,
)
from chain.codec_wire import MAX_INPUT_BYTES, Plain, is_canonical, pack, unpack

__all__ = [
    "MAX_INPUT_BYTES",
    "U8",
    "U16",
    "U32",
    "U64",
    "Amount",
    "Codec",
    "CodecError",
    "DecodeError",
    "EncodeError",
    "Hash",
    "Height",
    "Hz",
    "Length",
    "MaxLen",
    "Millis",
    "Plain",
    "PublicKey",
    "Range",
    "Record",
    "Signature",
    "UnsupportedType",
    "codec_for",
    "decode",
    "decode_as",
    "encode",
    "encode_as",
    "is_canonical",
]

T = TypeVar("T")


class Record(Protocol):
    """Any instance of a dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Field[object]]]


@dataclass(frozen=True, slots=True)
class Codec(Generic[T]):
    """The compiled form of one type; hold on to it where speed matters."""

    name: str
    """The type's name, as it stands in messages."""
    to_plain: Callable[[T], Plain]
    """Typed value to lists, integers, texts and bytes. Raises EncodeError."""
    from_plain: Callable[[Plain], T]
    """Inverse of `to_plain`. Raises DecodeError."""

    def encode(self, value: T) -> bytes:
        """The one encoding of `value`. Raises EncodeError."""
        return pack(self.to_plain(value))

    def decode(self, data: bytes, max_bytes: int = MAX_INPUT_BYTES) -> T:
        """The value that `encode` turns into exactly `data`. Raises DecodeError, for any other input."""
        return self.from_plain(unpack(data, self.name, max_bytes))


def codec_for(type_: type[T]) -> Codec[T]:
    """The codec of a record or of any other supported type, built once. Raises UnsupportedType."""
    return _compiled(cast(Hashable, type_))


def encode(value: Record) -> bytes:
    """The one encoding of a record. Raises EncodeError, UnsupportedType."""
    return _compiled(type(value)).encode(value)


def decode(cls: type[T], data: bytes, max_bytes: int = MAX_INPUT_BYTES) -> T:
    """The record of class `cls` that encodes to `data`. Raises DecodeError, UnsupportedType."""
    return codec_for(cls).decode(data, max_bytes)


def encode_as(type_: type[T], value: T) -> bytes:
    """The one encoding of `value` as a `type_`, record or not. Raises EncodeError, UnsupportedType."""
    return codec_for(type_).encode(value)


def decode_as(type_: type[T], data: bytes, max_bytes: int = MAX_INPUT_BYTES) -> T:
    """The value of type `type_` that encodes to `data`. Raises DecodeError, UnsupportedType."""
    return codec_for(type_).decode(data, max_bytes)


@cache
def _compiled(type_: Hashable) -> Codec[Any]:
    name = type_name(type_)
    return Codec(name, *compile_type(type_, name))
