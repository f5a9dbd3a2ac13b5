"""The messages that teach: rule, where, what was got, what was expected, what to do. Word for word."""

import pickle
from collections.abc import Callable

import pytest

from apps.testing import ActionRefused, AppCrash, DevChain, InvariantBroken, account_of
from apps.testing.refusal import NotRefused
from chain.errors import RegistrationError
from chain.refusals import AppCrashed
from tests.apps.testing.lottery import (
    Buy,
    Give,
    Lottery,
    NumberTaken,
    Steal,
    Tamper,
    TooCheap,
    Trick,
)
from tests.chain.sample_app import Put

HERE = "tests.apps.testing.lottery:Lottery"


def lottery() -> DevChain:
    return DevChain(Lottery(), balances={"alice": 100, "bob": 50})


def said(error: type[BaseException], act: Callable[[], object]) -> str:
    with pytest.raises(error) as caught:
        act()
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
    return str(caught.value)


def test_of_a_refused_action() -> None:
    assert said(ActionRefused, lambda: lottery().execute("bob", Buy(7, 5))) == (
        f"too-cheap: {HERE}.buy refused Buy(number=7, amount=5) of bob\n"
        "  got:      too-cheap: got 5, expected at least 10\n"
        "  expected: that the action is carried out\n"
        "  to do:    expect it with `with dev.refuses(TooCheap): ...`, or change the action or what comes before it"
    )


def test_of_an_action_whose_field_cannot_hold_its_value() -> None:
    assert said(ActionRefused, lambda: lottery().execute("bob", Buy(7, -5))) == (
        "out-of-range: tests.apps.testing.lottery:Buy refused Buy(number=7, amount=-5) of bob\n"
        "  got:      Buy.amount: out-of-range: got -5, expected an integer in 0..9223372036854775807\n"
        "  expected: that the action is carried out\n"
        "  to do:    give the field a value that its type allows, or change its type"
    )


def test_of_a_fee_that_nobody_can_pay() -> None:
    assert said(ActionRefused, lambda: lottery().execute("bob", Buy(7, 10), fee=51)) == (
        "fee-not-covered: chain.transition:check_transaction refused Buy(number=7, amount=10) of bob\n"
        "  got:      fee-not-covered: balance 50, fee 51\n"
        "  expected: that the action is carried out\n"
        "  to do:    give bob the balance: DevChain(..., balances={'bob': ...}); or ask for a smaller fee"
    )


def test_of_an_action_of_no_hosted_application() -> None:
    assert said(ActionRefused, lambda: lottery().execute("bob", Put("a", 1))) == (
        "unknown-action: tests.chain.sample_app:Put refused Put(label='a', amount=1) of bob\n"
        "  got:      unknown-action: got ?.Put, expected one of bank.Transfer, lottery.Buy, lottery.Give,"
        " lottery.Steal, lottery.Tamper\n"
        "  expected: that the action is carried out\n"
        "  to do:    give DevChain the application with an @execute method for Put"
    )


def expect(error: type[NumberTaken] | type[TooCheap], *actions: Buy) -> None:
    dev = lottery()
    with dev.refuses(error):
        for action in actions:
            dev.execute("bob", action)


def test_of_another_refusal_than_the_expected() -> None:
    assert said(NotRefused, lambda: expect(NumberTaken, Buy(7, 5))) == (
        f"refused-otherwise: {HERE}.buy refused Buy(number=7, amount=5) of bob\n"
        "  got:      TooCheap (too-cheap: got 5, expected at least 10)\n"
        "  expected: NumberTaken (number-taken)\n"
        "  to do:    write `with dev.refuses(TooCheap): ...`, or change what makes this rule refuse first"
    )


def test_of_an_expected_refusal_that_did_not_come() -> None:
    assert said(NotRefused, lambda: expect(NumberTaken, Buy(6, 10), Buy(7, 10))) == (
        f"not-refused: {HERE}.buy carried out Buy(number=7, amount=10) of bob\n"
        "  got:      no refusal\n"
        "  expected: NumberTaken (number-taken)\n"
        "  to do:    raise NumberTaken in Lottery.buy, or change the action or what comes before it"
    )


def test_of_an_expected_refusal_of_nothing() -> None:
    assert said(NotRefused, lambda: expect(NumberTaken)) == (
        "not-refused: no action was sent to this chain inside `with dev.refuses(...)`\n"
        "  got:      no action\n"
        "  expected: NumberTaken (number-taken)\n"
        "  to do:    put the `dev.execute(...)` that is to be refused into the `with` block"
    )


def test_of_a_crashing_action() -> None:
    assert said(AppCrash, lambda: lottery().execute("bob", Give(13, account_of("alice")))) == (
        f"app-crashed: {HERE}.give crashed on Give(number=13, to=dev.account('alice')) of bob\n"
        "  got:      KeyError: 13\n"
        "  expected: no exception but an AppError, which refuses\n"
        "  to do:    correct it, or refuse with an AppError of your own what may not be asked for"
    )


def test_of_a_crashing_hook() -> None:
    assert said(AppCrash, lambda: lottery().execute("bob", Tamper(Trick.CRASH))) == (
        f"app-crashed: {HERE}.end_block crashed in block 1\n"
        "  got:      KeyError: 'winner'\n"
        "  expected: no exception but an AppError, which refuses\n"
        "  to do:    correct it, or refuse with an AppError of your own what may not be asked for"
    )


def test_a_crash_is_the_ledger_s_and_shows_where_it_came_from() -> None:
    dev = lottery()
    with pytest.raises(AppCrashed) as caught:
        dev.block([("alice", Buy(7, 10)), ("bob", Give(13, account_of("alice")))])
    assert isinstance(caught.value.__cause__, KeyError)
    assert caught.value.args[0] == "lottery"
    assert dev.height == 0


def test_of_a_broken_invariant() -> None:
    dev = lottery()
    dev.execute("alice", Buy(7, 10))
    both = [("bob", Steal(8)), ("alice", Buy(9, 20))]
    assert said(InvariantBroken, lambda: dev.block(both)) == (
        f"invariant-broken: {HERE}.invariants after block 2"
        " (Steal(number=8) of bob; Buy(number=9, amount=20) of alice)\n"
        "  got:      tickets are worth 40, the pot holds 30\n"
        "  expected: that every invariant holds after every block\n"
        "  to do:    correct the action or hook that broke it, or the invariant if it demands too much"
    )


def test_of_money_from_nowhere() -> None:
    class Mint(Lottery):
        def end_block(self, ctx):  # type: ignore[no-untyped-def]
            ctx.state.set(b"bank/escrow/lottery/pot", b"\x05")

    assert said(InvariantBroken, lambda: DevChain(Mint(), balances={"alice": 7}, subsidy=1).mine()) == (
        "invariant-broken: chain.accounts:broken_invariants after block 1 (no actions)\n"
        "  got:      bank: balances 8 + escrows 5 differ from the supply 8\n"
        "  expected: that every invariant holds after every block\n"
        "  to do:    correct the action or hook that broke it, or the invariant if it demands too much\n"
        f"invariant-broken: {HERE}.invariants after block 1 (no actions)\n"
        "  got:      tickets are worth 0, the pot holds 5\n"
        "  expected: that every invariant holds after every block\n"
        "  to do:    correct the action or hook that broke it, or the invariant if it demands too much"
    )


def test_of_a_malformed_application() -> None:
    class Future(Lottery):
        api = 2

    assert said(RegistrationError, lambda: DevChain(Future())) == (
        "malformed-app: Future.api: got 2, expected 1: written for another version of the application interface\n"
        "  where:    tests.apps.testing.test_messages:Future.api\n"
        "  expected: 1, the interface of this Hertzchain\n"
        "  to do:    install a Hertzchain whose interface is 2, or port it and write `api = 1`"
    )


def test_an_invariant_that_never_held_is_found_before_the_first_block() -> None:
    class Strict(Lottery):
        def invariants(self, view):  # type: ignore[no-untyped-def]
            yield "there is no draw"

    assert "Strict.invariants after block 0 (no actions)" in said(InvariantBroken, lambda: DevChain(Strict()))
    assert DevChain(Strict(), check_every_block=False).height == 0
