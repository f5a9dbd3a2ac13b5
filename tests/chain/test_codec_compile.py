"""Types without a canonical encoding are refused when the codec is built, with the field at fault."""

import pickle
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import Annotated, Any, ClassVar

import pytest

from chain.codec import MaxLen, Range, UnsupportedType, codec_for
from chain.fixed import Fixed
from tests.chain.codec_records import Point


def _record(name: str, **annotations: object) -> type[Any]:
    return dataclass(frozen=True, slots=True)(type(name, (), {"__annotations__": annotations}))


class Loose(IntFlag):
    A = 1


class Huge(IntEnum):
    A = 2**64


@pytest.mark.parametrize(
    ("annotation", "text"),
    [
        (float, "Bid.value: float has no canonical encoding"),
        (complex, "Bid.value: complex has no canonical encoding"),
        (set[int], "Bid.value: set[int] has no canonical encoding"),
        (frozenset, "Bid.value: frozenset has no canonical encoding"),
        (dict[str, int], "Bid.value: dict[str, int] has no canonical encoding"),
        (list[int], "Bid.value: list[int] has no canonical encoding"),
        (list, "Bid.value: list has no canonical encoding"),
        (tuple, "Bid.value: tuple has no canonical encoding"),
        (Any, "Bid.value: Any has no canonical encoding"),
        (object, "Bid.value: object has no canonical encoding"),
        (None, "Bid.value: None has no canonical encoding"),
        (Loose, "Bid.value: Loose has no canonical encoding"),
        (bytearray, "Bid.value: bytearray has no canonical encoding"),
        (tuple[int, float], "Bid.value[1]: float has no canonical encoding"),
        (tuple[float, ...], "Bid.value[]: float has no canonical encoding"),
        (float | None, "Bid.value: float has no canonical encoding"),
        (int | str, "Bid.value: int | str has no canonical encoding, only T | None has"),
        (Annotated[int, MaxLen(3)], "Bid.value: MaxLen(size=3) does not constrain int"),
        (Annotated[bytes, Range(0, 3)], "Bid.value: Range(low=0, high=3) does not constrain bytes"),
        (Annotated[bool, Range(0, 1)], "Bid.value: Range(low=0, high=1) does not constrain bool"),
        (Annotated[Fixed, Range(0, 1)], "Bid.value: Range(low=0, high=1) does not constrain Fixed"),
        (Annotated[int, Range(3, 0)], "Bid.value: Range(low=3, high=0) does not constrain int"),
        (Annotated[int, Range(0, 2**64)], f"Bid.value: Range(low=0, high={2**64}) does not constrain int"),
    ],
)
def test_a_type_without_canonical_encoding_is_refused_with_its_field(annotation: object, text: str) -> None:
    with pytest.raises(UnsupportedType) as refusal:
        codec_for(_record("Bid", value=annotation))
    assert str(refusal.value) == text


def test_the_field_at_fault_is_named_inside_nested_records() -> None:
    inner = _record("Price", value=float)
    with pytest.raises(UnsupportedType, match=r"^Price\.value: float has no canonical encoding$"):
        codec_for(_record("Offer", price=tuple[inner, ...]))  # type: ignore[valid-type]


def test_a_record_must_be_frozen_annotated_positional_and_finite() -> None:
    @dataclass
    class Mutable:
        value: int

    @dataclass(frozen=True)
    class Bare:
        value: int
        forgotten = 3
        kept: ClassVar[int] = 4

    @dataclass(frozen=True, kw_only=True)
    class Keyword:
        value: int

    class Undecorated(Point):
        extra: int

    looped = _record("Looped", value=int)
    looped.__annotations__["value"] = looped | None
    unresolved = _record("Unresolved", value="NoSuchName")
    reasons: list[tuple[type[Any], str]] = [
        (Mutable, "Mutable: Mutable is a mutable dataclass, expected frozen=True"),
        (Bare, "Bare.forgotten: no annotation; a constant is annotated ClassVar"),
        (Keyword, "Keyword.value: a keyword-only field has no place in the order"),
        (Undecorated, "Undecorated: Undecorated is no dataclass itself, only its base is"),
        (looped, "Looped.value: Looped contains itself, depth must be bounded"),
        (unresolved, "Unresolved: annotations cannot be resolved (name 'NoSuchName' is not defined)"),
        (_record("Big", value=Huge), "Big.value: a member of Huge has no canonical encoding"),
    ]
    for cls, text in reasons:
        with pytest.raises(UnsupportedType) as refusal:
            codec_for(cls)
        assert str(refusal.value).startswith(text)


def test_an_unsupported_type_survives_pickling() -> None:
    refused = UnsupportedType("Point.x", "float has no canonical encoding")
    assert str(pickle.loads(pickle.dumps(refused))) == str(refused)
