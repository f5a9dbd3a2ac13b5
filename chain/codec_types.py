"""The vocabulary of the codec: constraints on field types, the ledger's common aliases, the errors."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, get_args, get_origin

from chain.errors import ChainError

INT_MIN, INT_MAX = -(2**63), 2**63 - 1
"""Range of an `int` without constraint."""
WIRE_INT_MAX = 2**64 - 1
"""Largest integer MessagePack carries."""
DEFAULT_STR_BYTES = 256
"""Longest `str` without constraint, in bytes of UTF-8."""
DEFAULT_BYTES = 65_536
"""Longest `bytes` without constraint."""
DEFAULT_ITEMS = 65_536
"""Most items of a `tuple[T, ...]` without constraint."""
_SHOWN_CHARACTERS = 40


@dataclass(frozen=True, slots=True)
class Range:
    """Constraint on an `int`: `low <= value <= high`."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Length:
    """Constraint on `bytes` (bytes), `str` (bytes of UTF-8) or `tuple[T, ...]` (items): exactly `size`."""

    size: int


@dataclass(frozen=True, slots=True)
class MaxLen:
    """Constraint on `bytes` (bytes), `str` (bytes of UTF-8) or `tuple[T, ...]` (items): at most `size`."""

    size: int


Constraint = Range | Length | MaxLen

U8 = Annotated[int, Range(0, 2**8 - 1)]
U16 = Annotated[int, Range(0, 2**16 - 1)]
U32 = Annotated[int, Range(0, 2**32 - 1)]
U64 = Annotated[int, Range(0, 2**64 - 1)]
Amount = Annotated[int, Range(0, INT_MAX)]
"""Money in base units of the native coin."""
Hz = Annotated[int, Range(0, INT_MAX)]
"""Frequency or bandwidth."""
Millis = Annotated[int, Range(0, INT_MAX)]
"""Time in milliseconds since the chain's epoch, or a duration."""
Height = U32
"""Distance of a block from genesis."""
Hash = Annotated[bytes, Length(32)]
"""A SHA-256 digest."""
PublicKey = Annotated[bytes, Length(32)]
"""An Ed25519 public key."""
Signature = Annotated[bytes, Length(64)]
"""An Ed25519 signature."""


class CodecError(ChainError):
    """A value or an encoding that is refused. Args: rule, where (`Class.field`), got, expected.

    One class stands for several rules, so `rule` is set on the instance; the class's own names the family.
    """

    rule: ClassVar[str] = "codec"

    def __init__(self, rule: str, where: str, got: str, expected: str) -> None:
        super().__init__(rule, where, got, expected)
        self.__dict__["rule"] = rule

    def __str__(self) -> str:
        rule, where, got, expected = self.args
        return f"{where}: {rule}: got {got}, expected {expected}"


class EncodeError(CodecError):
    """A value that does not fit its declared type."""

    rule: ClassVar[str] = "unencodable-value"


class DecodeError(CodecError):
    """Bytes that are not the canonical encoding of a value of the type asked for."""

    rule: ClassVar[str] = "malformed-encoding"


class UnsupportedType(ChainError):
    """A type that has no canonical encoding: the author's mistake, found when the codec is built.

    Args: where (`Class.field`, or the type's name), reason.
    """

    rule: ClassVar[str] = "unsupported-type"

    def __str__(self) -> str:
        where, reason = self.args
        return f"{where}: {reason}"


def type_name(type_: object) -> str:
    """Short name of a type for messages, without constraints."""
    if isinstance(type_, type):
        return type_.__name__
    if type_ is Ellipsis:
        return "..."
    if get_origin(type_) is Annotated:
        return type_name(get_args(type_)[0])
    if get_origin(type_) is tuple:
        return f"tuple[{', '.join(map(type_name, get_args(type_)))}]"
    return str(type_).replace("typing.", "")


def describe(value: object) -> str:
    """Short text for a refused value; its length is bounded whatever the value."""
    kind = type(value)
    if value is None or kind is bool or kind is float:
        return repr(value)
    if isinstance(value, int) and kind is int:
        return repr(value) if value.bit_length() <= 128 else f"an integer of {value.bit_length()} bits"
    if isinstance(value, str) and kind is str:
        return ascii(value) if len(value) <= _SHOWN_CHARACTERS else f"a text of {len(value)} characters"
    if isinstance(value, bytes) and kind is bytes:
        return f"{len(value)} bytes"
    if isinstance(value, list | tuple):
        return f"{kind.__name__} of {len(value)} items"
    return kind.__name__
