"""Signatures against the published vectors, and the encodings refused before the library is asked."""

import gzip
import hashlib
import json
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.keys import (
    FIELD_PRIME,
    GROUP_ORDER,
    NON_CANONICAL,
    SMALL_ORDER,
    BadSignature,
    MalformedSeed,
    SigningKey,
    is_valid,
    verify,
)
from tests.shared import shared_file

CURVE_D = -121665 * pow(121666, -1, FIELD_PRIME) % FIELD_PRIME
KEY = SigningKey.from_seed(bytes(range(32)))
MESSAGE = b"lease 20 MHz for 12 blocks"
SIGNATURE = KEY.sign(MESSAGE)

Affine = tuple[int, int]


def points_with(y: int) -> list[Affine]:
    """The points of the curve -x^2 + y^2 = 1 + d x^2 y^2 with this y (RFC 8032, 5.1.3)."""
    prime = FIELD_PRIME
    square = (y * y - 1) * pow(CURVE_D * y * y + 1, -1, prime) % prime
    root = pow(square, (prime + 3) // 8, prime)
    if root * root % prime != square:
        root = root * pow(2, (prime - 1) // 4, prime) % prime
    if root * root % prime != square:
        return []
    return sorted({(root, y), (-root % prime, y)})


def added(one: Affine, other: Affine) -> Affine:
    """Sum of two points, by the complete addition law."""
    (x1, y1), (x2, y2) = one, other
    cross = CURVE_D * x1 * x2 * y1 * y2
    x = (x1 * y2 + x2 * y1) * pow(1 + cross, -1, FIELD_PRIME) % FIELD_PRIME
    y = (y1 * y2 + x1 * x2) * pow(1 - cross, -1, FIELD_PRIME) % FIELD_PRIME
    return x, y


def encoded(point: Affine) -> bytes:
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


def times_eight(point: Affine) -> Affine:
    for _ in range(3):
        point = added(point, point)
    return point


def rule_of(public: bytes, message: bytes, signature: bytes) -> str:
    with pytest.raises(BadSignature) as refusal:
        verify(public, message, signature)
    return refusal.value.rule


def test_small_order_list_is_the_whole_torsion_subgroup() -> None:
    listed = [
        point
        for data in SMALL_ORDER
        for point in points_with(int.from_bytes(data, "little") & (2**255 - 1))
        if encoded(point) == data
    ]
    assert len(listed) == len(SMALL_ORDER) == 8
    assert {times_eight(point) for point in listed} == {(0, 1)}
    assert {encoded(added(one, other)) for one in listed for other in listed} == SMALL_ORDER


def test_non_canonical_list_is_every_encoding_that_no_point_encodes_to() -> None:
    prime = FIELD_PRIME
    assert len(NON_CANONICAL) == 2 * 19 + 2
    for data in NON_CANONICAL:
        y = int.from_bytes(data, "little") & (2**255 - 1)
        assert y >= prime or all(encoded(point) != data for point in points_with(y))
    assert not NON_CANONICAL & SMALL_ORDER
    assert all(
        (y | sign).to_bytes(32, "little") in NON_CANONICAL
        for y in range(prime, 2**255)
        for sign in (0, 1 << 255)
    )


def test_rfc_8032_examples_sign_and_verify() -> None:
    cases = json.loads(shared_file("vectors/ed25519/rfc8032_ed25519.json").read_text())
    assert len(cases) == 5
    for case in cases:
        key = SigningKey.from_seed(bytes.fromhex(case["seed"]))
        message, signature = bytes.fromhex(case["message"]), bytes.fromhex(case["signature"])
        assert key.public.hex() == case["public"]
        assert key.sign(message) == signature
        verify(key.public, message, signature)


def test_the_1024_published_signatures_are_reproduced() -> None:
    lines = gzip.decompress(shared_file("vectors/ed25519/sign.input.gz").read_bytes()).split()
    assert len(lines) == 1024
    for line in lines:
        secret, public, message, signed = (bytes.fromhex(part.decode()) for part in line.split(b":")[:4])
        key = SigningKey.from_seed(secret[:32])
        assert (key.public, key.sign(message)) == (public, signed[:64])
        verify(public, message, signed[:64])


def test_wycheproof_verdicts_are_met_exactly() -> None:
    groups = json.loads(shared_file("vectors/ed25519/wycheproof_ed25519_test.json").read_text())["testGroups"]
    verdicts = [
        is_valid(
            bytes.fromhex(group["publicKey"]["pk"]), bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"])
        )
        == (case["result"] == "valid")
        for group in groups
        for case in group["tests"]
    ]
    assert (len(verdicts), all(verdicts)) == (151, True)


def test_the_accept_pattern_on_the_edge_cases_is_frozen() -> None:
    """Which of the 914 vectors of C2SP/CCTV stand is a rule of the chain: a change here is a hard fork."""
    cases = json.loads(shared_file("vectors/ed25519/cctv_ed25519vectors.json").read_text())
    verdicts = [
        is_valid(bytes.fromhex(case["key"]), case["msg"].encode(), bytes.fromhex(case["sig"]))
        for case in cases
    ]
    refused = {"low_order_A", "low_order_R", "non_canonical_A", "non_canonical_R", "low_order_residue"}
    for case, accepted in zip(cases, verdicts, strict=True):
        assert not (accepted and refused & set(case["flags"] or ()))
    assert (len(verdicts), sum(verdicts)) == (914, 43)
    assert (
        hashlib.sha256(bytes(verdicts)).hexdigest()
        == "b17169718feaea53f9257be099afc9cad8a209a9ecae1fe38b8acf889a7621ab"
    )


def test_flipping_any_bit_of_a_signature_breaks_it() -> None:
    verify(KEY.public, MESSAGE, SIGNATURE)
    for bit in range(512):
        flipped = bytearray(SIGNATURE)
        flipped[bit // 8] ^= 1 << bit % 8
        assert not is_valid(KEY.public, MESSAGE, bytes(flipped))


@settings(max_examples=30)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200), st.binary(max_size=200))
def test_a_signature_stands_for_its_message_and_key_only(seed: bytes, message: bytes, other: bytes) -> None:
    key = SigningKey.from_seed(seed)
    signature = key.sign(message)
    verify(key.public, message, signature)
    assert key.sign(message) == signature
    assert is_valid(key.public, other, signature) == (other == message)
    assert is_valid(KEY.public, message, signature) == (KEY.public == key.public)


def test_every_refusal_names_its_rule() -> None:
    scalar = int.from_bytes(SIGNATURE[32:], "little")
    shifted = SIGNATURE[:32] + (scalar + GROUP_ORDER).to_bytes(32, "little")
    assert rule_of(KEY.public, MESSAGE, shifted) == "non-canonical-s"
    assert rule_of(KEY.public[:31], MESSAGE, SIGNATURE) == "malformed-public-key"
    assert rule_of(KEY.public, MESSAGE, SIGNATURE[:63]) == "malformed-signature"
    assert rule_of(KEY.public, MESSAGE + b"!", SIGNATURE) == "wrong-signature"
    for data in SMALL_ORDER:
        assert rule_of(data, MESSAGE, SIGNATURE) == "small-order-public-key"
        assert rule_of(KEY.public, MESSAGE, data + SIGNATURE[32:]) == "small-order-r"
    for data in NON_CANONICAL:
        assert rule_of(data, MESSAGE, SIGNATURE) == "non-canonical-public-key"
        assert rule_of(KEY.public, MESSAGE, data + SIGNATURE[32:]) == "non-canonical-r"


def test_a_public_key_that_is_no_point_is_a_wrong_signature() -> None:
    off_curve = next(y.to_bytes(32, "little") for y in range(2, 50) if not points_with(y))
    assert rule_of(off_curve, MESSAGE, SIGNATURE) == "wrong-signature"


def test_errors_say_what_was_got_and_expected_and_survive_pickling() -> None:
    with pytest.raises(BadSignature) as refusal:
        verify(KEY.public, MESSAGE, b"short")
    assert str(refusal.value) == "malformed-signature: got 5 bytes, expected 64 bytes"
    copy = pickle.loads(pickle.dumps(refusal.value))
    assert (copy.rule, str(copy)) == (refusal.value.rule, str(refusal.value))
    with pytest.raises(MalformedSeed, match="malformed-seed: got 31 bytes, expected 32"):
        SigningKey.from_seed(bytes(31))


def test_a_pickled_key_signs_alike_and_a_shown_key_hides_its_seed() -> None:
    copy = pickle.loads(pickle.dumps(KEY))
    assert (copy.public, copy.sign(MESSAGE)) == (KEY.public, SIGNATURE)
    assert bytes(range(32)).hex() not in repr(KEY)
