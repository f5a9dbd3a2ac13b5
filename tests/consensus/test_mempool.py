"""The mempool: what it takes, in which order it gives, what it drops, and how it follows the head."""

import random
from dataclasses import replace

import pytest

from chain.bank import Transfer
from chain.codec import encode
from chain.refusals import FeeNotCovered, TransactionTooLarge, WrongChain, WrongNonce
from chain.registry import MalformedAction, UnknownAction
from chain.transaction import WrongSignature, check_signature, sign
from consensus.mempool import (
    Mempool,
    MempoolFull,
    MempoolPolicy,
    NonceTooFarAhead,
    NotAdmitted,
    ReplacementFeeTooLow,
)
from consensus.selection import SMALLEST_TRANSACTION_BYTES
from tests.chain.sample_app import BALANCE, KEYS, Jam, Put, found, signed, transfer
from tests.consensus.blocks import PARAMS, Quarry

BORN = found(PARAMS)
A, B, C = KEYS[:3]
PLENTY = 10**6


def pool_of(*transactions, **policy) -> Mempool:
    pool = Mempool(BORN.spec, MempoolPolicy(**policy))
    for transaction in transactions:
        pool.add(transaction, BORN.state, check_signature)
    return pool


def tx(key, nonce, fee=1, amount=1):
    return transfer(BORN, key, nonce, KEYS[7], amount, fee)


def test_the_best_fee_goes_first_and_of_equal_fees_the_first_to_arrive():
    wanted = [tx(A, 0, fee=9), tx(B, 0, fee=5), tx(C, 0, fee=5), tx(KEYS[3], 0, fee=1)]
    arrivals = [wanted[3], wanted[1], wanted[2], wanted[0]]
    pool = pool_of(*arrivals)
    assert pool.select(BORN.state, PLENTY) == wanted
    assert list(pool) == wanted


def test_an_account_keeps_its_own_order_whatever_its_fees():
    cheap, dear, other = tx(A, 0, fee=1), tx(A, 1, fee=9), tx(B, 0, fee=5)
    assert pool_of(dear, cheap, other).select(BORN.state, PLENTY) == [other, cheap, dear]


def test_a_transaction_behind_a_gap_waits_for_what_is_missing():
    late = tx(A, 1)
    pool = pool_of(late)
    assert pool.select(BORN.state, PLENTY) == []
    first = tx(A, 0)
    pool.add(first, BORN.state, check_signature)
    assert pool.select(BORN.state, PLENTY) == [first, late]


def test_what_does_not_fit_holds_back_its_account_and_nobody_else():
    size = len(tx(A, 0).encoded)
    pool = pool_of(tx(A, 0, fee=9), tx(A, 1, fee=9), tx(B, 0), tx(C, 0))
    assert pool.select(BORN.state, 2 * size) == [tx(A, 0, fee=9), tx(A, 1, fee=9)]
    assert pool.select(BORN.state, 3 * size - 1) == [tx(A, 0, fee=9), tx(A, 1, fee=9)]
    assert pool.select(BORN.state, size - 1) == []


def test_fees_that_a_balance_does_not_cover_are_left_out():
    """The balance may have shrunk since they were taken."""
    pool = pool_of(tx(A, 0, fee=7), tx(A, 1, fee=3), tx(A, 2, fee=1), tx(B, 0, fee=1))
    poorer = found(PARAMS, allocations={A.public: 10, B.public: BALANCE}).state
    assert pool.select(poorer, PLENTY) == [tx(A, 0, fee=7), tx(A, 1, fee=3), tx(B, 0, fee=1)]


def test_an_account_may_not_promise_more_fees_than_it_holds():
    pool = pool_of(tx(A, 0, fee=BALANCE - 5))
    with pytest.raises(FeeNotCovered):
        pool.add(tx(A, 1, fee=6), BORN.state, check_signature)
    pool.add(tx(A, 1, fee=5), BORN.state, check_signature)
    pool.add(tx(A, 1, fee=5), BORN.state, check_signature)
    with pytest.raises(FeeNotCovered):
        pool.add(tx(A, 2, fee=1), BORN.state, check_signature)
    assert len(pool) == 2


def test_a_replacement_frees_the_fee_it_replaces():
    pool = pool_of(tx(A, 0, fee=BALANCE // 2), tx(A, 1, fee=1))
    better = tx(A, 0, fee=BALANCE - 1)
    pool.add(better, BORN.state, check_signature)
    assert better.id in pool


def test_only_what_is_eligible_is_selected_and_it_holds_back_what_follows():
    pool = pool_of(tx(A, 0, fee=9), tx(A, 1, fee=9), tx(B, 0))
    assert pool.select(BORN.state, PLENTY, lambda each: each != tx(A, 0, fee=9)) == [tx(B, 0)]


def test_no_transaction_is_smaller_than_the_selection_assumes():
    assert (
        len(sign(A, BORN.spec.chain_id, 0, 0, "a", "A", encode(Jam())).encoded) == SMALLEST_TRANSACTION_BYTES
    )


TO_B = encode(Transfer(B.public, 1))
REFUSED = [
    (WrongSignature, replace(tx(A, 0), signature=bytes(64))),
    (WrongChain, sign(A, bytes(32), 0, 1, "bank", "Transfer", TO_B)),
    (FeeNotCovered, tx(A, 0, fee=BALANCE + 1)),
    (UnknownAction, sign(A, BORN.spec.chain_id, 0, 1, "bank", "Mint", TO_B)),
    (MalformedAction, sign(A, BORN.spec.chain_id, 0, 1, "bank", "Transfer", TO_B[:-1])),
    (TransactionTooLarge, sign(A, BORN.spec.chain_id, 0, 1, "bank", "Transfer", bytes(16_300))),
    (NonceTooFarAhead, tx(A, 256)),
]


@pytest.mark.parametrize(("error", "transaction"), REFUSED)
def test_what_cannot_become_valid_is_not_taken(error, transaction):
    pool = pool_of()
    with pytest.raises(error):
        pool.add(transaction, BORN.state, check_signature)
    assert (len(pool), pool.bytes_held) == (0, 0)


def test_a_replayed_nonce_is_not_taken():
    quarry = Quarry(BORN)
    state = quarry.executor.result(quarry.block(BORN.block, [tx(A, 0)]).id).state
    with pytest.raises(WrongNonce, match=r"got 0, expected 1 \(replayed\)"):
        pool_of().add(tx(A, 0), state, check_signature)


def test_one_account_cannot_fill_the_pool():
    pool = pool_of(*[tx(A, nonce) for nonce in range(4)], per_sender=4)
    with pytest.raises(NonceTooFarAhead) as caught:
        pool.add(tx(A, 4), BORN.state, check_signature)
    assert str(caught.value) == "nonce-too-far-ahead: got 4, expected at most 3 before earlier ones confirm"
    pool.add(tx(B, 0), BORN.state, check_signature)


@pytest.mark.parametrize(("fee", "least"), [(0, 1), (1, 2), (9, 10), (10, 11), (11, 13), (100, 110)])
def test_a_transaction_is_replaced_by_one_that_outbids_it_by_a_tenth(fee, least):
    pool = pool_of(tx(A, 0, fee=fee), tx(A, 1))
    with pytest.raises(ReplacementFeeTooLow, match=f"got {least - 1}, expected at least {least}"):
        pool.add(tx(A, 0, fee=least - 1, amount=2), BORN.state, check_signature)
    better = tx(A, 0, fee=least, amount=2)
    pool.add(better, BORN.state, check_signature)
    assert pool.select(BORN.state, PLENTY) == [better, tx(A, 1)]
    assert tx(A, 0, fee=fee).id not in pool


def test_a_replacement_with_a_bad_signature_replaces_nothing():
    pool = pool_of(tx(A, 0))
    with pytest.raises(WrongSignature):
        pool.add(replace(tx(A, 0, fee=9), signature=bytes(64)), BORN.state, check_signature)
    assert list(pool) == [tx(A, 0)]


def test_a_full_pool_drops_the_cheapest_tail_and_leaves_no_gap():
    transactions = [tx(A, 0, fee=1), tx(A, 1, fee=9), tx(B, 0, fee=5), tx(B, 1, fee=4)]
    room = sum(len(each.encoded) for each in transactions)
    pool = pool_of(*transactions, max_bytes=room)
    newcomer = tx(C, 0, fee=6)
    pool.add(newcomer, BORN.state, check_signature)
    assert list(pool) == [tx(A, 1, fee=9), newcomer, tx(B, 0, fee=5), tx(A, 0, fee=1)]
    assert pool.bytes_held <= room


def test_a_full_pool_refuses_what_pays_no_more_than_its_cheapest_tail():
    pool = pool_of(tx(A, 0, fee=5), tx(B, 0, fee=5), max_bytes=2 * len(tx(A, 0).encoded))
    with pytest.raises(MempoolFull, match="mempool-full: fee 5 buys no place"):
        pool.add(tx(C, 0, fee=5), BORN.state, check_signature)
    assert list(pool) == [tx(A, 0, fee=5), tx(B, 0, fee=5)]


def test_a_confirmed_transaction_goes_and_takes_what_it_makes_obsolete():
    quarry = Quarry(BORN)
    block = quarry.block(BORN.block, [tx(A, 0), tx(A, 1)])
    pool = pool_of(tx(A, 0), tx(A, 1, amount=2), tx(A, 2), tx(B, 0))
    pool.follow((), (block,), quarry.executor.result(block.id).state)
    assert list(pool) == [tx(A, 2), tx(B, 0)]


def test_a_disconnected_transaction_comes_back_to_its_old_place():
    quarry = Quarry(BORN)
    block = quarry.block(BORN.block, [tx(A, 0), tx(A, 1)])
    twins = quarry.chain(BORN.block, 2, salt=1)
    pool = pool_of(tx(A, 0), tx(B, 0), tx(A, 1), tx(C, 0))
    order = list(pool)
    pool.follow((), (block,), quarry.executor.result(block.id).state)
    assert list(pool) == [tx(B, 0), tx(C, 0)]
    pool.follow((block,), tuple(twins), quarry.executor.result(twins[-1].id).state)
    assert list(pool) == order


def test_disconnected_transactions_whose_arrival_is_forgotten_come_back_in_the_order_of_the_chain(
    monkeypatch,
):
    monkeypatch.setattr("consensus.mempool.ARRIVALS_KEPT", 0)
    quarry = Quarry(BORN)
    one = quarry.block(BORN.block, [tx(B, 0)])
    two = quarry.block(one, [tx(A, 0)])
    pool = pool_of()
    pool.follow((), (one, two), quarry.executor.result(two.id).state)
    pool.follow((two, one), (), BORN.state)
    assert list(pool) == [tx(B, 0), tx(A, 0)]


@pytest.mark.parametrize(
    ("rival", "back"),
    [(tx(A, 0, amount=2), [tx(A, 1), tx(B, 0)]), (tx(A, 0, fee=BALANCE - 1), [tx(B, 0)])],
    ids=["its nonce is taken", "its fee is not covered"],
)
def test_a_disconnected_transaction_that_the_new_chain_rules_out_stays_away(rival, back):
    quarry = Quarry(BORN)
    block = quarry.block(BORN.block, [tx(A, 0), tx(A, 1), tx(B, 0)])
    other = quarry.block(BORN.block, [rival], salt=1)
    pool = pool_of(tx(A, 0), tx(A, 1), tx(B, 0))
    pool.follow((), (block,), quarry.executor.result(block.id).state)
    pool.follow((block,), (other,), quarry.executor.result(other.id).state)
    assert list(pool) == back


def test_errors_of_policy_are_told_from_errors_of_consensus():
    assert all(
        issubclass(error, NotAdmitted) for error in (MempoolFull, NonceTooFarAhead, ReplacementFeeTooLow)
    )
    assert {error.rule for error in (MempoolFull, NonceTooFarAhead, ReplacementFeeTooLow)} == {
        "mempool-full",
        "nonce-too-far-ahead",
        "replacement-fee-too-low",
    }


def test_a_pool_stays_within_its_limit_and_consistent_under_a_flood():
    draw = random.Random(1)
    pool = Mempool(BORN.spec, MempoolPolicy(max_bytes=20_000))
    for _ in range(3_000):
        transaction = replace(
            tx(A, 0), sender=draw.choice(KEYS).public, nonce=draw.randrange(40), fee=draw.randrange(500)
        )
        try:
            pool.add(transaction, BORN.state, lambda each: None)
        except NotAdmitted:
            continue
        assert pool.bytes_held <= 20_000
    held = list(pool)
    assert pool.bytes_held == sum(len(each.encoded) for each in held)
    assert [each.fee for each in held] == sorted((each.fee for each in held), reverse=True)
    assert len(pool._tails) == len({each.sender for each in held})
    assert len({(each.sender, each.nonce) for each in held}) == len(held) > 50


def test_what_finds_no_place_pushes_nothing_out():
    waiting = [tx(A, 0, fee=100), tx(B, 0, fee=100), tx(C, 0, fee=100), tx(KEYS[3], 0, fee=1)]
    size = sum(len(each.encoded) for each in waiting)
    pool = pool_of(*waiting, max_bytes=size)
    with pytest.raises(MempoolFull):
        pool.add(signed(BORN, KEYS[4], 0, Put("x" * 200, 1), fee=2), BORN.state, check_signature)
    assert list(pool) == waiting
    assert pool.bytes_held == size


def test_a_replacement_that_finds_no_place_leaves_what_it_was_to_replace():
    waiting = [tx(A, 0, fee=100), tx(B, 0, fee=1)]
    pool = pool_of(*waiting, max_bytes=sum(len(each.encoded) for each in waiting))
    with pytest.raises(MempoolFull):
        pool.add(signed(BORN, B, 0, Put("x" * 200, 1), fee=2), BORN.state, check_signature)
    assert list(pool) == waiting
    assert pool.select(BORN.state, PLENTY) == waiting
