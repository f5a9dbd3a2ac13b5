"""The codec against hostile bytes: one encoding per value, no other exception, bounded memory and time."""

import json
import time
import tracemalloc
from typing import Annotated

import msgpack
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chain.codec import (
    MAX_INPUT_BYTES,
    DecodeError,
    MaxLen,
    codec_for,
    decode,
    decode_as,
    encode,
    is_canonical,
)
from chain.codec_wire import claims_are_backed
from chain.fixed import Fixed
from tests.chain.codec_records import Band, Everything, Inner, Phase, Point, everything
from tests.shared import shared_file

Large = Annotated[bytes, MaxLen(5_000_000)]

SAMPLE = Everything(
    number=-5,
    counter=2**40,
    amount=300,
    flag=True,
    text="spéctrum",
    blob=bytes(range(256)),
    digest=bytes(32),
    items=(Inner(Point(1, -1), "a"), Inner(Point(70_000, 0), None)),
    pair=(255, "x"),
    missing=None,
    phase=Phase.ON,
    band=Band.HIGH,
    price=Fixed(150_000_000),
)


def assert_accepted_only_if_canonical(data: bytes) -> bool:
    """Whether the data was accepted. Fails on any error but DecodeError, and unless it re-encodes to itself."""
    try:
        record = decode(Everything, data)
    except DecodeError:
        return False
    assert encode(record) == data
    return True


def published_encodings() -> list[bytes]:
    suite = json.loads(shared_file("vectors/msgpack/msgpack-test-suite.json").read_text())
    texts = [text for group in suite.values() for case in group for text in case["msgpack"]]
    return [bytes.fromhex(text.replace("-", "")) for text in texts]


def test_exactly_137_of_the_233_published_encodings_are_not_canonical() -> None:
    verdicts = [is_canonical(data) for data in published_encodings()]
    assert (len(verdicts), verdicts.count(False)) == (233, 137)


def test_typed_decoding_refuses_all_non_canonical_published_encodings() -> None:
    wide = (int, bool, str, bytes, tuple[int, ...], tuple[str, ...], Point, Phase, Band, Fixed)
    for data in published_encodings():
        for type_ in wide:
            codec = codec_for(type_)
            try:
                value = codec.decode(data)
            except DecodeError:
                continue
            assert is_canonical(data)
            assert codec.encode(value) == data


def test_every_changed_byte_is_refused_or_is_another_record() -> None:
    data = encode(SAMPLE)
    assert assert_accepted_only_if_canonical(data)
    accepted = 0
    for position in range(len(data)):
        for byte in range(256):
            if byte != data[position]:
                accepted += assert_accepted_only_if_canonical(
                    data[:position] + bytes((byte,)) + data[position + 1 :]
                )
    assert accepted > 256 * 200  # the blob and the digest hold any byte


def test_every_truncation_and_extension_is_refused() -> None:
    data = encode(SAMPLE)
    assert not any(assert_accepted_only_if_canonical(data[:size]) for size in range(len(data)))
    assert not any(assert_accepted_only_if_canonical(data + bytes((byte,))) for byte in range(256))


@given(everything(), st.data())
def test_an_inserted_or_removed_slice_never_gives_a_second_encoding(
    record: Everything, data: st.DataObject
) -> None:
    encoded = encode(record)
    start = data.draw(st.integers(0, len(encoded)))
    end = data.draw(st.integers(start, min(start + 6, len(encoded))))
    assert_accepted_only_if_canonical(encoded[:start] + data.draw(st.binary(max_size=6)) + encoded[end:])


@given(st.binary(max_size=600))
@example(b"")
@example(b"\xc1")
def test_any_bytes_give_a_decode_error_or_their_own_record(data: bytes) -> None:
    assert_accepted_only_if_canonical(data)
    assert_accepted_only_if_canonical(b"\x9d" + data)


WIDE = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(max_size=40)
    | st.binary(max_size=40)
)  # fmt: skip


@given(
    st.recursive(
        WIDE,
        lambda inner: st.lists(inner, max_size=20) | st.dictionaries(st.text(max_size=3), inner, max_size=20),
        max_leaves=60,
    )
)
def test_claims_of_well_formed_data_are_backed(value: object) -> None:
    data: bytes = msgpack.packb(value)
    assert claims_are_backed(data)
    assert is_canonical(data)


def test_claims_of_every_published_encoding_are_backed() -> None:
    assert all(claims_are_backed(data) for data in published_encodings())


HOSTILE = {
    "array of 2^32 - 1 items": b"\xdd\xff\xff\xff\xff",
    "array of 2^16 - 1 items": b"\xdc\xff\xff" + b"\x00" * 100,
    "map of 2^32 - 1 items": b"\xdf\xff\xff\xff\xff",
    "bytes of 2^32 - 1": b"\xc6\xff\xff\xff\xff" + b"x" * 1000,
    "text of 2^32 - 1": b"\xdb\xff\xff\xff\xff" + b"x" * 1000,
    "extension of 2^32 - 1": b"\xc9\xff\xff\xff\xff\x01" + b"x" * 1000,
    "nesting of 10,000": b"\x91" * 10_000 + b"\x01",
    "nesting of 700": b"\x91" * 700 + b"\x01",
    "nesting of 400": b"\x91" * 400 + b"\x01",
    "nested maps": b"\x81\xa0" * 5_000 + b"\x01",
    "nested claims, long": b"\xdd\x00\x3d\x09\x00" * 500 + bytes(4_100_000),
    "nested claims, short": b"\xdc\x01\xf0" * 170,
    "nested claims, 16 bit": b"\xdc\xff\xff" * 1_000 + bytes(100_000),
    "extension": b"\xd4\x05\x00",
    "empty extension": b"\xc7\x00\x05",
    "timestamp": b"\xd6\xff\x00\x00\x00\x01",
    "impossible timestamp": b"\xc7\x0c\xff" + b"\xff" * 12,
    "float": b"\xcb\x3f\xf0" + bytes(6),
    "nan": b"\xcb\x7f\xf8" + bytes(6),
    "infinity": b"\xcb\x7f\xf0" + bytes(6),
    "map": b"\x81\xa1a\x01",
    "empty map": b"\x80",
    "unhashable key": b"\x81\x90\x01",
    "bad text": b"\xa1\xff",
    "surrogate": b"\xa3\xed\xa0\x80",
    "never used byte": b"\xc1",
    "half a million small integers": b"\xdd\x00\x07\xa1\x20" + bytes(500_000),
    "too large": bytes(MAX_INPUT_BYTES + 1),
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_hostile_bytes_are_refused_in_bounded_memory_and_time(data: bytes) -> None:
    codecs = [codec_for(type_) for type_ in (Everything, int, str, tuple[int, ...])]
    for codec in codecs:
        began = time.process_time()
        with pytest.raises(DecodeError) as refusal:
            codec.decode(data)
        assert time.process_time() - began < 0.1 + len(data) / 1000 * 1e-3
        assert len(str(refusal.value)) < 300
    tracemalloc.start()
    try:
        with pytest.raises(DecodeError):
            codecs[-1].decode(data)
        assert tracemalloc.get_traced_memory()[1] < 2**20 + 20 * len(data)
    finally:
        tracemalloc.stop()


def test_the_size_cap_is_checked_before_anything_else() -> None:
    codec = codec_for(Large)
    data = codec.encode(bytes(MAX_INPUT_BYTES))
    with pytest.raises(DecodeError) as refusal:
        codec.decode(data)
    assert refusal.value.rule == "too-large"
    assert codec.decode(data, max_bytes=len(data)) == bytes(MAX_INPUT_BYTES)


@pytest.mark.parametrize("nested", [b"\xdc\x00\x01\x07", b"\xdd\x00\x00\x00\x01\x07", b"\x91\xcc\x07"])
def test_longer_headers_of_the_same_value_are_refused(nested: bytes) -> None:
    assert decode_as(tuple[int, ...], b"\x91\x07") == (7,)
    with pytest.raises(DecodeError) as refusal:
        decode_as(tuple[int, ...], nested)
    assert refusal.value.rule == "non-canonical"
