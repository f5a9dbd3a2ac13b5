"""Refusals in a test: an unexpected one fails it, an expected one must come, and must be the right one."""

import pickle
from dataclasses import dataclass

import pytest

from apps.testing import ActionRefused, DevChain, account_of
from apps.testing.refusal import NotRefused
from chain.accounts import InsufficientBalance
from chain.app import App, execute
from chain.codec import EncodeError
from chain.context import Context
from chain.errors import AppError, ChainError
from chain.records import Action, Failure
from chain.refusals import FeeNotCovered, TransactionTooLarge
from chain.registry import UnknownAction
from tests.apps.testing.lottery import Buy, Give, Lottery, NumberTaken, TooCheap
from tests.chain.sample_app import Put


def lottery() -> DevChain:
    return DevChain(Lottery(), balances={"alice": 100, "bob": 50})


def test_a_refusal_that_nobody_expected_fails_the_test_with_its_cause() -> None:
    dev = lottery()
    with pytest.raises(ActionRefused) as caught:
        dev.execute("bob", Buy(7, 5))
    assert isinstance(caught.value.__cause__, TooCheap)
    assert caught.value.attempt.sender == "bob"
    assert caught.value.attempt.receipt is not None
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_an_expected_refusal_tells_the_error_with_its_values() -> None:
    dev = lottery()
    with dev.refuses(TooCheap) as refused:
        dev.execute("bob", Buy(7, 5))
    assert refused.error.args == (5, 10)
    assert refused.error_rule == "too-cheap"
    assert refused.failure == Failure("too-cheap", "too-cheap: got 5, expected at least 10")
    assert refused.receipt == dev.state.head.receipts[0]


def test_a_refused_action_costs_its_fee_and_nonce_and_changes_nothing_else() -> None:
    dev = lottery()
    with dev.refuses(TooCheap):
        dev.execute("bob", Buy(7, 5), fee=3)
    assert (dev.height, dev.balance("bob"), dev.view.nonce(account_of("bob"))) == (1, 47, 1)
    assert dev.query(Lottery.holder, 7) is None


def test_a_whole_family_of_errors_can_be_expected() -> None:
    dev = lottery()
    with dev.refuses(AppError) as refused:
        dev.execute("bob", Buy(7, 51))
    assert type(refused.error) is InsufficientBalance


def test_errors_are_told_apart_by_type_even_if_they_share_a_rule() -> None:
    class Cheaper(TooCheap): ...

    dev = lottery()
    with pytest.raises(NotRefused), dev.refuses(Cheaper):
        dev.execute("bob", Buy(7, 5))


def test_what_comes_before_the_refusal_in_the_block_is_carried_out() -> None:
    dev = lottery()
    with dev.refuses(NumberTaken):
        dev.execute("alice", Buy(7, 10))
        dev.execute("bob", Buy(7, 10))
    assert dev.query(Lottery.holder, 7) == account_of("alice")


def test_a_refusal_in_a_block_of_several_counts() -> None:
    dev = lottery()
    with dev.refuses(NumberTaken) as refused:
        dev.block([("alice", Buy(7, 10)), ("bob", Buy(7, 10)), ("bob", Buy(8, 5))])
    assert (refused.attempt.sender, refused.error.args) == ("bob", (7,))


@pytest.mark.parametrize("height", [0, 2])
def test_a_refusal_before_the_with_block_does_not_count(height: int) -> None:
    dev = lottery()
    dev.mine(height)
    dev.block([("bob", Buy(7, 5))])
    with pytest.raises(NotRefused), dev.refuses(TooCheap):
        dev.execute("bob", Buy(7, 10))


def test_the_refusal_of_another_chain_does_not_count() -> None:
    dev, other = lottery(), lottery()
    with pytest.raises(ActionRefused), dev.refuses(TooCheap):
        other.execute("bob", Buy(7, 5))


def test_a_failing_assertion_inside_the_with_block_passes_through() -> None:
    with pytest.raises(AssertionError, match=r"^mine$"), lottery().refuses(TooCheap):
        raise AssertionError("mine")


def test_the_refusal_is_known_only_afterwards() -> None:
    with pytest.raises(AssertionError, match="once the `with` block"), lottery().refuses(TooCheap) as refused:
        assert refused.error


@pytest.mark.parametrize(
    ("error", "action", "fee"),
    [
        (FeeNotCovered, Buy(7, 10), 51),
        (EncodeError, Buy(-1, 10), 0),
        (EncodeError, Buy(7, 2**63), 0),
        (EncodeError, Give(7, b"short"), 0),
        (UnknownAction, Put("a", 1), 0),
    ],
)
def test_what_may_stand_in_no_block_is_refused_without_one(
    error: type[ChainError], action: Buy, fee: int
) -> None:
    dev = lottery()
    with dev.refuses(error) as refused:
        dev.execute("bob", action, fee=fee)
    assert dev.height == 0
    assert refused.receipt is None
    assert refused.failure.message == str(refused.error)
    with pytest.raises(ActionRefused) as caught:
        dev.block([("alice", Buy(1, 10)), ("bob", action)], fee=fee)
    assert isinstance(caught.value.__cause__, error)
    assert dev.height == 0


@dataclass(frozen=True, slots=True)
class Write(Action):
    text: bytes


class Wall(App):
    name = "wall"

    @execute
    def write(self, ctx: Context, action: Write) -> None:
        """Anything goes."""


@pytest.mark.parametrize(("size", "error"), [(16_300, TransactionTooLarge), (16_400, EncodeError)])
def test_what_is_too_large_stands_in_no_block(size: int, error: type[ChainError]) -> None:
    dev = DevChain(Wall())
    dev.execute("bob", Write(bytes(16_000)))
    with dev.refuses(error):
        dev.execute("bob", Write(bytes(size)))
    assert dev.height == 1
