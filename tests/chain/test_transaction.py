"""Transactions: what the id and the signature cover, and what bytes are one."""

import pickle
from dataclasses import replace

import pytest

from chain.accounts import Account
from chain.codec import DecodeError, EncodeError
from chain.errors import ChainError
from chain.transaction import Transaction, WrongSignature, check_signature, sign
from chain.transition import check_transaction
from tests.chain.sample_app import KEYS, found, transfer

BORN = found()
SIGNED = transfer(BORN, KEYS[1], 0, amount=5, fee=7)


def check_bytes(data: bytes) -> None:
    changed = Transaction.from_bytes(data)
    check_transaction(BORN.spec, Account(1_000, changed.nonce), changed)
    check_signature(changed)


def test_encoding_and_decoding_are_inverse():
    again = Transaction.from_bytes(SIGNED.encoded)
    assert again == SIGNED
    assert (again.encoded, again.id) == (SIGNED.encoded, SIGNED.id)


def test_what_is_signed_is_everything_but_the_signature():
    assert SIGNED.encoded.endswith(SIGNED.signature)
    assert SIGNED.signing_bytes.endswith(SIGNED.encoded[1:-66])
    check_signature(SIGNED)


def test_the_id_does_not_depend_on_the_signature():
    other = replace(SIGNED, signature=bytes(64))
    assert other.id == SIGNED.id
    with pytest.raises(WrongSignature) as caught:
        check_signature(other)
    assert caught.value.rule == "wrong-signature"


def test_two_transactions_that_differ_in_any_signed_field_have_different_ids():
    changed = [
        replace(SIGNED, chain_id=bytes(32)),
        replace(SIGNED, sender=KEYS[2].public),
        replace(SIGNED, nonce=1),
        replace(SIGNED, fee=8),
        replace(SIGNED, app="locker"),
        replace(SIGNED, action="Put"),
        replace(SIGNED, body=SIGNED.body + b"\x00"),
    ]
    assert len({transaction.id for transaction in [SIGNED, *changed]}) == 8
    for transaction in changed:
        with pytest.raises(WrongSignature):
            check_signature(transaction)


@pytest.mark.parametrize("mask", [1, 0x80])
def test_no_byte_of_a_signed_transaction_can_be_changed(mask):
    for position in range(len(SIGNED.encoded)):
        data = bytearray(SIGNED.encoded)
        data[position] ^= mask
        with pytest.raises(ChainError):
            check_bytes(bytes(data))


def test_every_truncation_and_any_trailing_byte_is_refused():
    for end in range(len(SIGNED.encoded)):
        with pytest.raises(DecodeError):
            Transaction.from_bytes(SIGNED.encoded[:end])
    with pytest.raises(DecodeError):
        Transaction.from_bytes(SIGNED.encoded + b"\x00")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("nonce", -1),
        ("nonce", 2**64),
        ("nonce", True),
        ("fee", -1),
        ("fee", 2**63),
        ("fee", True),
        ("fee", 1.0),
        ("chain_id", bytes(31)),
        ("sender", bytes(33)),
        ("signature", bytes(63)),
        ("app", "a" * 33),
        ("body", bytes(16_385)),
    ],
)
def test_a_field_out_of_its_range_has_no_encoding_and_is_named(field, value):
    with pytest.raises(EncodeError, match=f"Transaction.{field}"):
        _ = replace(SIGNED, **{field: value}).encoded


def test_the_largest_nonce_and_fee_have_an_encoding():
    extreme = sign(KEYS[0], BORN.spec.chain_id, 2**64 - 1, 2**63 - 1, "bank", "Transfer", b"")
    assert Transaction.from_bytes(extreme.encoded) == extreme
    check_signature(extreme)


def test_a_transaction_and_its_error_survive_pickling():
    assert pickle.loads(pickle.dumps(SIGNED)).id == SIGNED.id
    error = pickle.loads(pickle.dumps(WrongSignature(SIGNED.id, "why")))
    assert str(error) == f"wrong-signature: transaction {SIGNED.id.hex()[:16]}: why"
