"""Headers and blocks: the 88 bytes, the commitment, and bodies that do not belong to their header."""

import pickle
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.block import (
    HEADER_BYTES,
    Block,
    Coinbase,
    ForeignBody,
    Header,
    HeaderOutOfRange,
    MalformedHeader,
    Roots,
    transactions_root,
)
from chain.codec import DecodeError
from chain.hashing import sha256, sha256d
from tests.chain.sample_app import KEYS, MINER, found, transfer

BORN = found()
HASHES = st.binary(min_size=32, max_size=32)
HEADERS = st.builds(
    Header,
    previous=HASHES,
    commitment=HASHES,
    time_ms=st.integers(0, 2**64 - 1),
    bits=st.integers(0, 2**32 - 1),
    height=st.integers(0, 2**32 - 1),
    nonce=st.integers(0, 2**64 - 1),
)


def a_block() -> Block:
    transactions = tuple(transfer(BORN, key, 0) for key in KEYS[:3])
    coinbase = Coinbase(MINER, 100)
    roots = Roots(transactions_root(coinbase, transactions), bytes(32), sha256(b"state"))
    return Block(
        Header(BORN.block.id, roots.commitment(), 1, 0x207FFFFF, 1, 9), roots, coinbase, transactions
    )


@given(HEADERS)
def test_a_header_is_88_big_endian_bytes_with_the_nonce_last(header):
    data = header.to_bytes()
    assert data == (
        header.previous
        + header.commitment
        + header.time_ms.to_bytes(8, "big")
        + header.bits.to_bytes(4, "big")
        + header.height.to_bytes(4, "big")
        + header.nonce.to_bytes(8, "big")
    )
    assert len(data) == HEADER_BYTES == 88
    assert header.id == sha256d(data)
    assert Header.from_bytes(data) == header


@pytest.mark.parametrize("size", [0, 87, 89])
def test_header_bytes_of_another_length_are_refused(size):
    with pytest.raises(MalformedHeader, match=f"malformed-header: got {size} bytes, expected 88"):
        Header.from_bytes(bytes(size))


@pytest.mark.parametrize(
    "values",
    [
        {"time_ms": -1},
        {"time_ms": 2**64},
        {"bits": 2**32},
        {"height": -1},
        {"nonce": 2**64},
        {"previous": b""},
    ],
)
def test_a_header_field_that_does_not_fit_is_refused(values):
    with pytest.raises(HeaderOutOfRange):
        replace(BORN.block.header, **values)


def test_block_encoding_and_decoding_are_inverse_and_agree_on_the_size():
    block = a_block()
    data = block.to_bytes()
    again = Block.from_bytes(data)
    assert again == block
    assert again.id == block.id
    assert again.size == block.size == len(data)
    again.check_whole()


def test_every_truncation_of_a_block_is_refused():
    data = a_block().to_bytes()
    for end in range(len(data)):
        with pytest.raises(DecodeError):
            Block.from_bytes(data[:end])


def test_bytes_past_the_limit_are_not_looked_at():
    data = a_block().to_bytes()
    with pytest.raises(DecodeError, match="too-large"):
        Block.from_bytes(data, max_bytes=len(data) - 1)


def test_the_roots_are_committed_in_their_order():
    one, two, three = (sha256(bytes([n])) for n in range(3))
    commitments = {
        Roots(*order).commitment() for order in ((one, two, three), (two, one, three), (one, three, two))
    }
    assert len(commitments) == 3


def test_a_body_other_than_the_one_committed_to_is_foreign():
    block = a_block()
    first, second, third = block.transactions
    for mutated in (
        replace(block, roots=replace(block.roots, state=bytes(32))),
        replace(block, roots=replace(block.roots, receipts=sha256(b""))),
        replace(block, coinbase=Coinbase(MINER, 101)),
        replace(block, coinbase=Coinbase(KEYS[0].public, 100)),
        replace(block, transactions=(second, first, third)),
        replace(block, transactions=(first, second)),
        replace(block, transactions=(first, second, replace(third, signature=bytes(64)))),
    ):
        assert mutated.id == block.id
        with pytest.raises(ForeignBody) as caught:
            mutated.check_whole()
        assert caught.value.rule == "foreign-body"


def test_repeating_the_last_transaction_changes_the_root():
    """The flaw of Bitcoin's trees (CVE-2012-2459) that RFC 6962 trees do not have."""
    block = a_block()
    doubled = replace(block, transactions=(*block.transactions, block.transactions[-1]))
    with pytest.raises(ForeignBody, match="transactions"):
        doubled.check_whole()


def test_a_block_survives_pickling_after_its_checks():
    block = a_block()
    block.check_whole()
    assert pickle.loads(pickle.dumps(block)) == block
