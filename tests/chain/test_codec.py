"""The codec's typed half: what can be a record, what its fields accept, and that it comes back unchanged."""

import pickle
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated

import numpy as np
import pytest
from hypothesis import given

from chain.codec import (
    U8,
    U16,
    U64,
    Amount,
    DecodeError,
    EncodeError,
    Hash,
    Length,
    MaxLen,
    Range,
    codec_for,
    decode,
    decode_as,
    encode,
    encode_as,
)
from chain.fixed import RAW_MAX, RAW_MIN, Fixed
from tests.chain.codec_records import Band, Everything, Inner, Phase, Point, everything


@given(everything())
def test_decode_returns_what_was_encoded(record: Everything) -> None:
    codec = codec_for(Everything)
    assert codec.decode(codec.encode(record)) == record
    assert decode(Everything, encode(record)) == record
    assert codec.from_plain(codec.to_plain(record)) == record


@given(everything(), everything())
def test_two_records_share_an_encoding_only_if_they_are_equal(one: Everything, other: Everything) -> None:
    assert (encode(one) == encode(other)) == (one == other)


@pytest.mark.parametrize(
    ("type_", "values"),
    [
        (int, [-(2**63), 2**63 - 1, 0, -1]),
        (U64, [0, 2**64 - 1]),
        (bool, [True, False]),
        (str, ["", "a" * 256, "ä" * 128, "\N{SATELLITE ANTENNA}" * 64, "\0"]),
        (bytes, [b"", b"x" * 65_536]),
        (tuple[U8, ...], [(), (0, 255), (7,) * 65_536]),
        (tuple[str, U8], [("a", 1)]),
        (Phase, list(Phase)),
        (Band, list(Band)),
        (Fixed, [Fixed(RAW_MIN), Fixed(RAW_MAX)]),
    ],
)
def test_every_type_reaches_its_bounds(type_: type[object], values: list[object]) -> None:
    for value in values:
        restored = decode_as(type_, encode_as(type_, value))
        assert restored == value
        assert type(restored) is type(value)


def test_a_record_is_the_array_of_its_fields() -> None:
    assert encode(Point(1, -2)) == b"\x92\x01\xfe"
    assert encode(Inner(Point(0, 5), None)) == b"\x92\x92\x00\x05\xc0"
    assert encode_as(Fixed, Fixed(7)) == b"\x07"
    assert encode_as(Band, Band.LOW) == b"\xa3low"


def test_a_field_that_is_not_an_argument_is_derived_and_not_encoded() -> None:
    @dataclass(frozen=True, slots=True)
    class Derived:
        value: int
        doubled: int = field(init=False)

        def __post_init__(self) -> None:
            object.__setattr__(self, "doubled", 2 * self.value)

    assert encode(Derived(4)) == b"\x91\x04"
    assert decode(Derived, b"\x91\x04").doubled == 8


def test_a_record_without_fields_is_the_empty_array() -> None:
    @dataclass(frozen=True, slots=True)
    class Nothing:
        pass

    assert encode(Nothing()) == b"\x90"
    assert decode(Nothing, b"\x90") == Nothing()


class SubInt(int):
    pass


class SubStr(str):
    __slots__ = ()


@pytest.mark.parametrize(
    ("type_", "value", "rule"),
    [
        (int, True, "wrong-type"),
        (int, SubInt(1), "wrong-type"),
        (int, Phase.ON, "wrong-type"),
        (int, np.int64(1), "wrong-type"),
        (int, 1.0, "wrong-type"),
        (int, None, "wrong-type"),
        (int, 2**63, "out-of-range"),
        pytest.param(int, 10**6000, "out-of-range", id="enormous"),
        (Amount, -1, "out-of-range"),
        (Amount, 2**63, "out-of-range"),
        (Annotated[int, Range(-3, 3)], 4, "out-of-range"),
        (bool, 1, "wrong-type"),
        (bool, np.True_, "wrong-type"),
        (str, b"a", "wrong-type"),
        (str, SubStr("a"), "wrong-type"),
        (str, "a" * 257, "wrong-length"),
        (str, "ä" * 129, "wrong-length"),
        (str, "\ud800", "not-unicode"),
        (bytes, "a", "wrong-type"),
        (bytes, bytearray(b"a"), "wrong-type"),
        (bytes, bytes(65_537), "wrong-length"),
        (Hash, bytes(31), "wrong-length"),
        (Hash, bytes(33), "wrong-length"),
        (Annotated[tuple[U8, ...], MaxLen(2)], (1, 2, 3), "wrong-length"),
        (Annotated[tuple[U8, ...], Length(2)], (1,), "wrong-length"),
        (tuple[U8, ...], [1], "wrong-type"),
        (tuple[U8, ...], (256,), "out-of-range"),
        (tuple[U8, U8], (1,), "wrong-count"),
        (Phase, 1, "wrong-type"),
        (Band, "low", "wrong-type"),
        (Fixed, 1, "wrong-type"),
        (Fixed, float("nan"), "wrong-type"),
        (Point, (1, 2), "wrong-type"),
        (Inner, Inner(None, None), "wrong-type"),  # type: ignore[arg-type]
    ],
)
def test_a_value_outside_its_type_is_not_encoded(type_: type[object], value: object, rule: str) -> None:
    with pytest.raises(EncodeError) as refusal:
        encode_as(type_, value)
    assert refusal.value.rule == rule
    assert len(str(refusal.value)) < 300


@pytest.mark.parametrize(
    ("type_", "data", "rule"),
    [
        (int, b"\xc3", "wrong-type"),
        (int, b"\xcb" + bytes(8), "wrong-type"),
        (int, b"\xcf" + b"\xff" * 8, "out-of-range"),
        (int, b"\xc0", "wrong-type"),
        (Amount, b"\xff", "out-of-range"),
        (bool, b"\x01", "wrong-type"),
        (str, b"\xc4\x01a", "wrong-type"),
        (bytes, b"\xa1a", "wrong-type"),
        (str, b"\xda\x01\x01" + b"a" * 257, "wrong-length"),
        (Hash, b"\xc4\x01a", "wrong-length"),
        (Phase, b"\x09", "unknown-member"),
        (Phase, b"\xc3", "unknown-member"),
        (Band, b"\xa1x", "unknown-member"),
        (Band, b"\x90", "unknown-member"),
        (Fixed, b"\xcf" + b"\xff" * 8, "out-of-range"),
        (tuple[U8, ...], b"\x80", "wrong-type"),
        (tuple[U8, U8], b"\x93\x01\x02\x03", "wrong-count"),
        (Point, b"\x91\x01", "wrong-count"),
        (Point, b"\x93\x01\x02\x03", "wrong-count"),
        (Point, b"\x80", "wrong-count"),
        (Point, b"\xc0", "wrong-count"),
    ],
)
def test_canonical_bytes_of_another_type_are_not_decoded(type_: type[object], data: bytes, rule: str) -> None:
    with pytest.raises(DecodeError) as refusal:
        decode_as(type_, data)
    assert refusal.value.rule == rule


def test_a_record_that_refuses_its_fields_is_a_decode_error() -> None:
    @dataclass(frozen=True, slots=True)
    class Ordered:
        low: int
        high: int

        def __post_init__(self) -> None:
            if self.low > self.high:
                raise ValueError("low above high")

    assert decode(Ordered, b"\x92\x01\x02") == Ordered(1, 2)
    with pytest.raises(DecodeError, match="Ordered: refused-by-record: got low above high"):
        decode(Ordered, b"\x92\x02\x01")


@pytest.mark.parametrize(
    ("refused", "text"),
    [
        (
            lambda: encode(Point(True, 0)),
            "Point.x: wrong-type: got True, expected an integer in -9223372036854775808..9223372036854775807",
        ),
        (
            lambda: encode_as(tuple[U16, ...], (70_000,)),
            "tuple[int, ...][]: out-of-range: got 70000, expected an integer in 0..65535",
        ),
        (
            lambda: decode(Point, b"\x91\x01"),
            "Point: wrong-count: got list of 1 items, expected Point as list of 2 items",
        ),
        (
            lambda: decode(Point, b"\x92\x01\xcc\x02"),
            "Point: non-canonical: got 4 bytes, expected the shortest encoding",
        ),
        (
            lambda: codec_for(Point).decode(bytes(9), max_bytes=8),
            "Point: too-large: got 9 bytes, expected at most 8 bytes",
        ),
        (
            lambda: decode_as(Phase, b"\x09"),
            "Phase: unknown-member: got 9, expected one of [0, 1]",
        ),
    ],
)
def test_messages_name_field_rule_got_and_expected(refused: Callable[[], object], text: str) -> None:
    with pytest.raises((EncodeError, DecodeError)) as refusal:
        refused()
    assert str(refusal.value) == text


def test_errors_survive_pickling() -> None:
    error = DecodeError("wrong-type", "Point.x", "True", "an integer")
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), copy.args, copy.rule, str(copy)) == (DecodeError, error.args, error.rule, str(error))


def test_a_codec_is_built_once_per_type() -> None:
    assert codec_for(Everything) is codec_for(Everything)
    assert codec_for(tuple[Hash, ...]) is codec_for(tuple[Hash, ...])
