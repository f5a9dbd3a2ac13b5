"""The transition: what transactions, hooks and blocks do to the state, and that money is conserved."""

import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain import accounts
from chain.accounts import MAX_SUPPLY, account_of
from chain.bank import Transfer
from chain.errors import InvalidBlock
from chain.invariants import broken_invariants
from chain.params import RewardParams, subsidy_at
from chain.refusals import (
    AppCrashed,
    WrongNonce,
)
from chain.state import Overlay
from chain.transition import apply_transaction
from tests.chain.rewarded import ALICE, BOB, BORN, PARAMS, SUBSIDY, run
from tests.chain.sample_app import (
    BALANCE,
    KEYS,
    MINER,
    Counted,
    Crash,
    Filled,
    Jam,
    Locker,
    Put,
    Take,
    environment,
    found,
    signed,
    transfer,
)


def test_a_fee_may_take_the_whole_balance():
    executed = run(BORN, [transfer(BORN, ALICE, 0, BOB, 0, fee=BALANCE)])
    assert executed.receipts[0].succeeded
    assert account_of(executed.state, ALICE.public) == accounts.Account(0, 1)


def test_a_replayed_transaction_is_applied_once():
    once = transfer(BORN, ALICE, 0, BOB, 5)
    draft = Overlay(BORN.state)
    apply_transaction(BORN.spec, draft, environment(), once)
    with pytest.raises(WrongNonce, match=r"wrong-nonce: got 0, expected 1 \(replayed\)"):
        apply_transaction(BORN.spec, draft, environment(), once)
    assert account_of(draft, BOB.public).balance == BALANCE + 5


def test_a_transfer_moves_coins_and_pays_the_fee():
    executed = run(BORN, [transfer(BORN, ALICE, 0, BOB, 5, fee=7)])
    assert account_of(executed.state, ALICE.public) == accounts.Account(BALANCE - 12, 1)
    assert account_of(executed.state, BOB.public).balance == BALANCE + 5
    assert account_of(executed.state, MINER).balance == SUBSIDY + 7 == executed.reward


def test_a_transfer_to_oneself_changes_nothing_but_the_fee():
    executed = run(BORN, [transfer(BORN, ALICE, 0, ALICE, BALANCE - 1, fee=1)])
    assert account_of(executed.state, ALICE.public).balance == BALANCE - 1


def test_an_overspend_keeps_the_fee_and_the_nonce_and_moves_nothing():
    executed = run(BORN, [transfer(BORN, ALICE, 0, BOB, BALANCE, fee=1)])
    receipt = executed.receipts[0]
    assert receipt.failure is not None
    assert receipt.failure.rule == "insufficient-balance"
    assert receipt.events == ()
    assert account_of(executed.state, ALICE.public) == accounts.Account(BALANCE - 1, 1)
    assert account_of(executed.state, BOB.public).balance == BALANCE


def test_a_refused_action_leaves_no_write_and_no_event():
    first, second = signed(BORN, ALICE, 0, Put("a", 5)), signed(BORN, BOB, 0, Put("a", 6))
    executed = run(BORN, [first, second])
    assert [receipt.succeeded for receipt in executed.receipts[:2]] == [True, False]
    assert executed.receipts[1].failure.message == "box-taken: a"
    view = BORN.spec.view(executed.state, environment())
    assert view.query("locker", "content", "a") == 5
    assert view.escrow("locker", "a") == 5
    assert list(broken_invariants(BORN.spec.registry, view)) == []


def test_escrow_goes_back_only_to_whom_the_application_says():
    transactions = [
        signed(BORN, ALICE, 0, Put("a", 5)),
        signed(BORN, BOB, 0, Take("a")),
        signed(BORN, ALICE, 1, Take("a")),
    ]
    executed = run(BORN, transactions)
    assert [receipt.succeeded for receipt in executed.receipts[:3]] == [True, False, True]
    assert account_of(executed.state, ALICE.public).balance == BALANCE - 2
    assert list(accounts.escrows(executed.state)) == []


def test_events_stand_in_the_receipts_in_order():
    executed = run(BORN, [signed(BORN, ALICE, 0, Put("a", 5))])
    decode = BORN.spec.registry.decode_event
    events = [decode(emitted) for receipt in executed.receipts for emitted in receipt.events]
    assert events == [Filled("a", 5), Counted(1)]
    assert executed.receipts[-1].origin == b"hook/locker/end_block"


def test_a_hook_that_refuses_is_rolled_back_alone_and_recorded():
    executed = run(BORN, [signed(BORN, ALICE, 0, Put("a", 5)), signed(BORN, BOB, 0, Jam())])
    hook = executed.receipts[-1]
    assert (hook.origin, hook.failure.message, hook.events) == (b"hook/locker/end_block", "jammed: 1", ())
    view = BORN.spec.view(executed.state, environment())
    assert Locker.blocks.get(view, "count") is None
    assert Locker.blocks.get(view, "jammed") == 1
    assert view.query("locker", "content", "a") == 5


def test_any_other_exception_of_an_application_stops_the_run_and_names_the_transaction():
    bug = signed(BORN, ALICE, 0, Crash())
    with pytest.raises(AppCrashed) as caught:
        run(BORN, [bug])
    assert not isinstance(caught.value, InvalidBlock)
    assert str(caught.value) == (
        f"application locker crashed in transaction {bug.id.hex()} (tests.chain.sample_app:Locker.crash): "
        "ZeroDivisionError: a bug"
    )
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_an_undeclared_event_of_a_hook_stops_the_run_and_names_the_hook():
    class Silent(Locker):
        emits = (Filled,)

    born = found(apps=[Silent()])
    with pytest.raises(
        AppCrashed,
        match=r"crashed in hook/locker/end_block \(tests\.chain\.sample_app:Locker\.end_block\): Undecl",
    ):
        run(born, [])


@pytest.mark.parametrize(
    ("height", "interval", "subsidy"),
    [(0, 0, 0), (1, 0, 100), (9, 10, 100), (10, 10, 50), (70, 10, 0), (10_000, 10, 0), (2**32 - 1, 1, 0)],
)
def test_the_subsidy_halves_at_each_interval(height, interval, subsidy):
    assert subsidy_at(RewardParams(100, interval), height) == subsidy


def test_the_subsidy_ends_where_the_supply_would_overflow():
    born = found(PARAMS, allocations={ALICE.public: MAX_SUPPLY - SUBSIDY + 1})
    executed = run(born, [])
    assert executed.reward == SUBSIDY - 1
    assert accounts.supply_of(executed.state) == MAX_SUPPLY


ACTIONS = st.one_of(
    st.builds(Transfer, st.sampled_from([key.public for key in KEYS[:3]]), st.integers(0, BALANCE)),
    st.builds(Put, st.sampled_from("ab"), st.integers(0, BALANCE)),
    st.builds(Take, st.sampled_from("ab")),
)
PROGRAMS = st.lists(st.tuples(st.integers(0, 2), ACTIONS, st.integers(0, BALANCE // 20)), max_size=12)


@settings(max_examples=60, deadline=None)
@given(PROGRAMS)
def test_whatever_happens_the_supply_is_conserved_and_every_invariant_holds(program):
    nonces, transactions = [0, 0, 0], []
    for who, action, fee in program:
        # Fees alone must stay affordable, or the block is invalid: actions may fail, fees may not.
        if fee <= account_of(run(BORN, transactions).state, KEYS[who].public).balance:
            transactions.append(signed(BORN, KEYS[who], nonces[who], action, fee))
            nonces[who] += 1
    executed = run(BORN, transactions)
    view = BORN.spec.view(executed.state, environment())
    assert list(broken_invariants(BORN.spec.registry, view)) == []
    assert accounts.supply_of(executed.state) == BALANCE * len(KEYS) + SUBSIDY
    assert executed.reward == SUBSIDY + sum(transaction.fee for transaction in transactions)
    assert [account_of(executed.state, KEYS[who].public).nonce for who in range(3)] == nonces
