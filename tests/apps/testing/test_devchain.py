"""DevChain: the production transition in memory, one block after the other, with names instead of keys."""

from copy import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.testing import DevChain, Happened, HookFailure, account_of, key_of
from chain.accounts import supply_of
from chain.app import App, query
from chain.bank import Bank, Transfer, Transferred
from chain.block import Block, Coinbase, Header, transactions_root
from chain.context import View
from chain.genesis import found_chain
from chain.params import SHARECOIN
from chain.records import Failure
from chain.registry import Registry, UnknownQuery
from chain.transition import Executed, apply_block, roots_of
from tests.apps.testing.lottery import Bought, Buy, Lottery, Tamper, Trick

FUNDS = {"alice": 100, "bob": 50}


def lottery(fee: int = 0) -> DevChain:
    return DevChain(Lottery(), balances=FUNDS, fee=fee)


def test_an_action_is_one_block_and_its_receipt_comes_back() -> None:
    dev = lottery()
    receipt = dev.execute("alice", Buy(7, 10))
    assert receipt.succeeded
    assert receipt == dev.state.head.receipts[0]
    assert dev.height == 1
    assert dev.balance("alice") == 90
    assert dev.events == [Happened(1, "lottery", Bought(7, account_of("alice")))]


def test_the_blocks_are_those_of_the_production_transition() -> None:
    dev = lottery(fee=1)
    dev.execute("alice", Buy(7, 10))
    moments = [dev.state]
    dev.advance(2.5)
    dev.block(
        [("bob", Buy(7, 20)), ("bob", Buy(8, 20)), ("alice", Transfer(account_of("bob"), 3))], miner="bob"
    )
    moments.append(dev.state)
    born = found_chain(dev.genesis, Registry([Lottery()]))
    state, previous = born.state, born.block.id
    for moment in moments:
        made = moment.head
        coinbase = Coinbase(made.miner, made.reward)
        executed = Executed(moment.trie, made.receipts, made.reward)
        roots = roots_of(transactions_root(coinbase, made.transactions), executed)
        header = Header(previous, roots.commitment(), made.time_ms, 0, made.height, 0)
        block = Block(header, roots, coinbase, made.transactions)
        state, previous = apply_block(born.spec, state, block).state, block.id
    assert state == dev.state.trie


def test_blocks_are_an_interval_apart_and_later_after_an_advance() -> None:
    dev = DevChain(Lottery(), interval_ms=15_000)
    dev.mine()
    dev.advance(1.5)
    dev.advance(2)
    assert dev.next_time_ms == 33_500
    dev.mine(2)
    assert [block.time_ms for block in dev.state.blocks()] == [0, 15_000, 33_500, 48_500]
    assert (dev.height, dev.time_ms, dev.view.time_ms, dev.view.height) == (3, 48_500, 48_500, 3)


def test_time_never_moves_backward() -> None:
    with pytest.raises(ValueError, match=r"advance: got -1 s, expected 0 or more"):
        lottery().advance(-1)


def test_the_miner_has_subsidy_and_fees_whatever_becomes_of_the_action() -> None:
    dev = DevChain(Lottery(), balances=FUNDS, subsidy=1000, fee=2)
    dev.execute("alice", Buy(7, 10))
    dev.execute("alice", Buy(8, 10), fee=5)
    dev.block([("bob", Buy(7, 20)), ("alice", Buy(9, 10))], miner="carol", fee=1)
    assert (dev.balance("miner"), dev.balance("carol")) == (2007, 1002)
    assert (dev.balance("alice"), dev.balance("bob")) == (100 - 30 - 8, 49)
    assert dev.escrow("pot") == 30
    assert supply_of(dev.view.state) == 150 + 3000
    assert lottery().fee == 0
    assert DevChain(subsidy=0).state.trie == DevChain().state.trie


def test_a_block_without_a_word_pays_the_miner_a_sharecoin() -> None:
    dev = lottery()
    dev.mine(2)
    assert dev.balance("miner") == 2 * SHARECOIN


def test_one_sender_may_act_several_times_in_a_block() -> None:
    dev = lottery()
    first, second = dev.block([("alice", Buy(1, 10)), ("alice", Buy(1, 10))])
    assert first.succeeded
    assert second.failure == Failure("number-taken", "number-taken: 1")
    assert dev.view.nonce(dev.account("alice")) == 2


def test_a_name_always_has_the_same_key() -> None:
    dev = lottery()
    assert dev.account("alice") == account_of("alice") == dev.key("alice").public == key_of("alice").public
    assert account_of("alice") != account_of("bob")
    assert dev.balance("nobody yet") == 0


class TestQuery:
    def test_it_is_asked_by_its_method_or_by_two_names(self) -> None:
        dev = lottery()
        dev.execute("alice", Buy(7, 10))
        assert dev.query(Lottery.holder, 7) == dev.account("alice")
        assert dev.query(Lottery.holder, number=7) == dev.account("alice")
        assert dev.query("lottery", "holder", 7) == dev.account("alice")
        assert dev.query(Lottery.holder, 8) is None
        assert dev.query(Bank.balance, dev.account("bob")) == 50

    def test_an_inherited_or_overridden_query_is_the_hosted_application_s(self) -> None:
        class Heir(Lottery): ...

        class Secret(Lottery):
            @query
            def holder(self, view: View, number: int) -> bytes | None:
                return b"hidden"

        assert DevChain(Heir()).query(Lottery.holder, 7) is None
        assert DevChain(Secret()).query(Lottery.holder, 7) == b"hidden"

    def test_a_query_of_another_application_with_that_name_does_not_answer(self) -> None:
        class Attic(App):
            name = "attic"

            @query
            def holder(self, view: View, number: int) -> bytes | None:
                return b"the attic's"

        assert DevChain(Attic(), Lottery()).query(Lottery.holder, 7) is None

    @pytest.mark.parametrize("name", ["nobody", "sold"])
    def test_what_no_application_answers_is_named_with_what_exists(self, name: str) -> None:
        with pytest.raises(
            UnknownQuery, match=rf"^no query lottery\.{name}, expected one of bank\.balance, lott"
        ):
            lottery().query("lottery", name)

    def test_a_method_that_is_no_query_is_not_answered(self) -> None:
        with pytest.raises(
            UnknownQuery, match=r"^no query lottery\.sold, expected one of bank\.balance, lott"
        ):
            lottery().query(Lottery.sold)
        with pytest.raises(UnknownQuery, match=r"^no query Lottery\.holder, expected one of bank\.balance$"):
            DevChain().query(Lottery.holder, 7)


class TestEscrow:
    def test_the_only_application_need_not_be_named(self) -> None:
        dev = lottery()
        dev.execute("alice", Buy(7, 10))
        assert dev.escrow("pot") == dev.escrow("lottery", "pot") == 10
        assert dev.escrow("empty") == 0

    def test_of_two_one_must_be_named(self) -> None:
        class Other(App):
            name = "other"

        dev = DevChain(Lottery(), Other())
        assert dev.escrow("lottery", "pot") == 0
        with pytest.raises(ValueError, match=r"expected an application \(lottery, other\) and a label"):
            dev.escrow("pot")


class TestState:
    def test_an_assignment_returns_to_an_earlier_moment(self) -> None:
        dev = lottery()
        dev.execute("alice", Buy(7, 10))
        dev.advance(5)
        saved, root = dev.state, dev.state.root
        dev.execute("bob", Buy(8, 10))
        dev.execute("bob", Tamper(Trick.REFUSE))
        assert dev.state != saved
        dev.state = saved
        assert (dev.height, dev.state.root, dev.balance("bob"), dev.next_time_ms) == (1, root, 50, 125_000)
        assert dev.events == [Happened(1, "lottery", Bought(7, account_of("alice")))]
        assert dev.hook_failures == []
        dev.execute("bob", Buy(8, 10))
        assert dev.query(Lottery.holder, 8) == dev.account("bob")

    def test_two_branches_have_different_blocks_and_the_same_history_the_same(self) -> None:
        dev = lottery()
        start = dev.state
        dev.execute("alice", Buy(7, 10))
        one, dev.state = dev.state, start
        dev.execute("bob", Buy(7, 10))
        other, dev.state = dev.state, start
        dev.execute("alice", Buy(7, 10))
        assert dev.state == one != other
        assert len({block.id for state in (one, other) for block in state.blocks()}) == 3

    def test_blocks_differ_with_what_was_asked_even_where_the_state_does_not(self) -> None:
        ends = []
        for number in (1, 2):
            dev = lottery()
            dev.block([("alice", Buy(number, 9))])
            dev.mine()
            ends.append(dev.state)
        assert ends[0].root == ends[1].root
        assert len({block.id for state in ends for block in state.blocks(after=0)}) == 4

    def test_a_copy_goes_its_own_way(self) -> None:
        dev = lottery()
        fork = copy(dev)
        fork.execute("alice", Buy(7, 10))
        assert (dev.height, fork.height) == (0, 1)
        assert (dev.events, len(fork.events)) == ([], 1)

    def test_a_moment_of_another_chain_is_refused(self) -> None:
        dev = DevChain(Lottery(), balances={"alice": 1})
        with pytest.raises(ValueError, match="state: got a snapshot of chain"):
            dev.state = lottery().state
        dev.state = DevChain(Lottery(), balances={"alice": 1}).state

    @given(
        st.lists(
            st.tuples(st.sampled_from(["alice", "bob"]), st.integers(0, 3), st.integers(8, 30)), max_size=8
        )
    )
    def test_what_is_done_after_a_return_is_done_as_if_nothing_had_been(
        self, asked: list[tuple[str, int, int]]
    ) -> None:
        actions = [(who, Buy(number, amount)) for who, number, amount in asked]
        straight, winding = lottery(), lottery()
        for pair in actions:
            straight.block([pair])
            before = winding.state
            winding.block([("bob", Buy(9, 10)), pair])
            winding.state = before
            winding.block([pair])
        assert winding.state == straight.state
        assert winding.events == straight.events


class TestHooks:
    def test_one_that_refuses_is_rolled_back_alone_and_the_chain_goes_on(self) -> None:
        dev = lottery()
        dev.execute("alice", Tamper(Trick.REFUSE))
        dev.execute("alice", Buy(7, 10))
        failure = Failure("out-of-order", "out-of-order: 2")
        assert dev.hook_failures[1:] == [HookFailure(2, "lottery", "end_block", failure)]
        assert dev.query(Lottery.holder, 99) is None
        assert dev.query(Lottery.holder, 7) == dev.account("alice")
        dev.execute("alice", Tamper(Trick.NOTHING))
        dev.mine()
        assert [failed.height for failed in dev.hook_failures] == [1, 2]


def test_a_chain_without_applications_has_the_bank() -> None:
    dev = DevChain(balances=FUNDS)
    dev.execute("alice", Transfer(account_of("bob"), 30))
    assert (dev.balance("alice"), dev.balance("bob")) == (70, 80)
    moved = Transferred(account_of("alice"), account_of("bob"), 30)
    assert dev.events == [Happened(1, "bank", moved)]
