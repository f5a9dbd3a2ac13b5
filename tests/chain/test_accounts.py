"""Money: what moves, what is refused, and that nothing but minting makes coins."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain import accounts
from chain.accounts import (
    MAX_SUPPLY,
    Account,
    InsufficientBalance,
    NegativeAmount,
    SupplyOverflow,
    account_of,
    change_escrow,
    credit,
    debit,
    escrow_of,
    mint,
    put_account,
    supply_of,
)
from chain.state import Overlay
from chain.trie import Trie

ALICE, BOB = b"A" * 32, b"B" * 32


def draft() -> Overlay:
    return Overlay(Trie())


@given(st.integers(0, MAX_SUPPLY), st.integers(0, 2**64 - 1))
def test_an_account_is_read_as_it_was_written(balance, nonce):
    state = draft()
    put_account(state, ALICE, Account(balance, nonce))
    assert account_of(state, ALICE) == Account(balance, nonce)
    assert list(accounts.accounts(state)) == [(ALICE, Account(balance, nonce))]


def test_an_unused_account_is_empty():
    assert account_of(draft(), ALICE) == Account(0, 0)


def test_more_than_the_balance_cannot_be_taken():
    state = draft()
    credit(state, ALICE, 5)
    before = dict(state.writes)
    with pytest.raises(InsufficientBalance, match="holds 5, asked for 6"):
        debit(state, ALICE, 6)
    assert state.writes == before
    debit(state, ALICE, 5)
    assert account_of(state, ALICE).balance == 0


@pytest.mark.parametrize("move", [credit, debit])
def test_money_does_not_move_backwards(move):
    with pytest.raises(NegativeAmount, match="negative-amount: got -1, expected 0 or more"):
        move(draft(), ALICE, -1)


def test_an_empty_escrow_leaves_the_state():
    state = draft()
    change_escrow(state, "app", "label", 3)
    assert escrow_of(state, "app", "label") == 3
    change_escrow(state, "app", "label", -3)
    assert state.get(accounts.escrow_key("app", "label")) is None
    with pytest.raises(InsufficientBalance, match="escrow app/label holds 0, asked for 1"):
        change_escrow(state, "app", "label", -1)


def test_escrows_of_one_application_are_listed_apart_from_those_of_another():
    state = draft()
    change_escrow(state, "app", "b", 2)
    change_escrow(state, "app", "a", 1)
    change_escrow(state, "app2", "a", 4)
    assert list(accounts.escrows(state, "app")) == [("app/a", 1), ("app/b", 2)]
    assert sum(amount for _, amount in accounts.escrows(state)) == 7


def test_the_supply_never_exceeds_what_a_balance_can_hold():
    state = draft()
    mint(state, MAX_SUPPLY)
    with pytest.raises(SupplyOverflow):
        mint(state, 1)
    assert supply_of(state) == MAX_SUPPLY


def test_a_supply_that_differs_from_what_is_held_is_reported():
    state = draft()
    mint(state, 10)
    credit(state, ALICE, 6)
    assert list(accounts.broken_invariants(state)) == [
        "bank: balances 6 + escrows 0 differ from the supply 10"
    ]
    change_escrow(state, "app", "label", 4)
    assert list(accounts.broken_invariants(state)) == []


MOVES = st.lists(
    st.tuples(st.sampled_from(["pay", "hold", "release"]), st.sampled_from([ALICE, BOB]), st.integers(0, 60)),
    max_size=30,
)


@given(MOVES)
def test_moves_conserve_the_supply_and_leave_nothing_negative(moves):
    state = draft()
    mint(state, 100)
    credit(state, ALICE, 100)
    for kind, who, amount in moves:
        layer = Overlay(state)
        try:
            if kind == "pay":
                debit(layer, who, amount)
                credit(layer, ALICE if who == BOB else BOB, amount)
            elif kind == "hold":
                debit(layer, who, amount)
                change_escrow(layer, "app", "x", amount)
            else:
                change_escrow(layer, "app", "x", -amount)
                credit(layer, who, amount)
        except InsufficientBalance:
            continue
        layer.merge_down()
        assert list(accounts.broken_invariants(state)) == []
        assert all(account.balance >= 0 for _, account in accounts.accounts(state))


@pytest.mark.parametrize("error", [InsufficientBalance("x", 1, 2), NegativeAmount(-1), SupplyOverflow(2**63)])
def test_errors_of_the_money_survive_pickling(error):
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), again.args, str(again)) == (type(error), error.args, str(error))
