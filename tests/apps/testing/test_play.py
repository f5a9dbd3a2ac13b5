"""Agents on a DevChain: they see what an agent of a network sees, and what they decide stands in the next block."""

from collections.abc import Callable

import numpy as np
import pytest

from apps.agent import Decision, Fate, Measure, Status, Update
from apps.kit import PlacedMeasure
from apps.testing import ActionRefused, DevChain, account_of
from chain.refusals import FeeNotCovered
from tests.apps.testing.lottery import Bought, Buy, Lottery

Choice = Callable[[Update, np.random.Generator], Decision]


class Scripted:
    """Decides by a function, and keeps what it was told."""

    def __init__(self, choice: Choice = lambda update, rng: Decision()) -> None:
        self.choice = choice
        self.updates: list[Update] = []

    def decide(self, update: Update, rng: np.random.Generator) -> Decision:
        self.updates.append(update)
        return self.choice(update, rng)

    @property
    def fates(self) -> list[Fate]:
        return [fate for update in self.updates for fate in update.fates]


def lottery(fee: int = 0) -> DevChain:
    return DevChain(Lottery(), balances={"alice": 100, "bob": 50}, fee=fee)


def buyer(number: int, amount: int = 10, fee: int | None = None) -> Scripted:
    """Buys one number when it wakes for the first time."""

    def once(update: Update, rng: np.random.Generator) -> Decision:
        return Decision((Buy(number, amount),), fee) if update.view.height == 0 else Decision()

    return Scripted(once)


def test_what_an_agent_decides_stands_in_the_next_block() -> None:
    dev, alice = lottery(), buyer(7)
    dev.play({"alice": alice}, blocks=3)
    assert dev.height == 3
    assert dev.query(Lottery.holder, 7) == account_of("alice")
    assert [update.view.height for update in alice.updates] == [0, 1, 2]
    assert {update.account for update in alice.updates} == {account_of("alice")}
    assert [update.time_ms for update in alice.updates] == [0, 60_000, 120_000]


def test_the_first_update_has_no_history_and_the_next_the_blocks_since() -> None:
    dev = lottery()
    dev.execute("bob", Buy(1, 10))
    watcher = Scripted(lambda update, rng: Decision(next_height=4))
    dev.play({"alice": buyer(7), "watcher": watcher}, blocks=3)
    dev.play({"watcher": watcher}, blocks=1)
    first, second = watcher.updates[:2]
    assert (first.connected, first.view.height) == ((), 1)
    assert [block.height for block in second.connected] == [2, 3, 4]
    assert second.view.height == 4


def test_a_seen_block_has_its_events_miner_and_reward() -> None:
    dev, watcher = lottery(fee=2), Scripted()
    dev.play({"alice": buyer(7), "watcher": watcher}, blocks=2)
    (block,) = watcher.updates[1].connected
    assert block.events == (("lottery", Bought(7, account_of("alice"))),)
    assert (block.miner, block.reward, block.time_ms) == (account_of("miner"), 10**8 + 2, 60_000)
    assert block.id == dev.state.blocks()[1].id


def test_agents_act_in_the_order_given_and_a_refusal_is_a_fate() -> None:
    dev, alice, bob = lottery(), buyer(7), buyer(7)
    dev.play({"bob": bob, "alice": alice}, blocks=2)
    assert dev.query(Lottery.holder, 7) == account_of("bob")
    assert [(fate.status, fate.action) for fate in bob.fates] == [(Status.CONFIRMED, Buy(7, 10))]
    (fate,) = alice.fates
    assert (fate.status, fate.action) == (Status.REFUSED, Buy(7, 10))
    assert fate.receipt is not None
    assert fate.receipt.failure is not None
    assert fate.receipt.failure.rule == "number-taken"


def test_an_agent_names_its_fee_or_pays_the_chain_s() -> None:
    dev = lottery(fee=1)
    dev.play({"alice": buyer(7), "bob": buyer(8, fee=5)}, blocks=1)
    assert (dev.balance("alice"), dev.balance("bob")) == (89, 35)


def test_an_agent_that_cannot_pay_its_fee_is_an_error_of_the_test() -> None:
    dev = lottery()
    with pytest.raises(ActionRefused) as caught:
        dev.play({"bob": buyer(7, fee=51)}, blocks=1)
    assert isinstance(caught.value.attempt.error, FeeNotCovered)


def test_an_agent_sleeps_until_the_height_it_names() -> None:
    sleeper = Scripted(lambda update, rng: Decision(next_height=update.view.height + 2))
    lottery().play({"alice": sleeper}, blocks=5)
    assert [update.view.height for update in sleeper.updates] == [0, 2, 4]


def test_an_agent_wakes_at_the_time_it_names_between_blocks_too() -> None:
    def at(update: Update, rng: np.random.Generator) -> Decision:
        return Decision((Buy(update.time_ms, 10),), next_height=99, next_time_ms=update.time_ms + 25_000)

    clocked, dev = Scripted(at), lottery()
    other = Scripted(lambda update, rng: Decision(next_height=99, next_time_ms=update.time_ms + 30_000))
    dev.play({"alice": clocked, "bob": other}, blocks=2)
    assert [update.time_ms for update in clocked.updates] == [0, 25_000, 50_000, 75_000, 100_000]
    assert [update.view.height for update in clocked.updates] == [0, 0, 0, 1, 1]
    assert [update.time_ms for update in other.updates] == [0, 30_000, 60_000, 90_000]
    assert [(height, event.number) for height, _, event in dev.events if isinstance(event, Bought)] == [
        (1, 0),
        (1, 25_000),
        (1, 50_000),
        (2, 75_000),
        (2, 100_000),
    ]


def test_a_time_in_the_past_is_the_next_moment_and_never_an_endless_one() -> None:
    impatient = Scripted(lambda update, rng: Decision(next_time_ms=0))
    DevChain(Lottery(), interval_ms=4).play({"alice": impatient}, blocks=1)
    assert [update.time_ms for update in impatient.updates] == [0, 0, 1, 2, 3]


def test_a_return_to_an_earlier_state_is_a_reorganisation() -> None:
    dev, alice = lottery(), Scripted()
    alice.choice = lambda update, rng: (
        Decision((Buy(update.view.height, 10),)) if len(alice.updates) < 3 else Decision()
    )
    agents = {"alice": alice}
    dev.play(agents, blocks=1)
    saved = dev.state
    dev.play(agents, blocks=2)
    lost = dev.state.blocks(after=1)
    dev.state = saved
    dev.mine()
    dev.play(agents, blocks=2)
    update = alice.updates[3]
    assert [block.id for block in update.disconnected] == [lost[0].id]
    assert [block.height for block in update.connected] == [2]
    assert [(fate.status, fate.action) for fate in update.fates] == [(Status.UNCONFIRMED, Buy(1, 10))]
    # The transaction waits for another block, as it would in a mempool.
    assert dev.query(Lottery.holder, 1) == account_of("alice")
    assert alice.updates[4].fates[0].status is Status.CONFIRMED


def test_randomness_follows_from_the_seed_and_the_name_alone() -> None:
    def drawn(names: list[str], seed: int) -> dict[str, list[float]]:
        draws: dict[str, list[float]] = {name: [] for name in names}

        def agent(name: str) -> Scripted:
            def draw(update: Update, rng: np.random.Generator) -> Decision:
                draws[name].append(rng.random())
                return Decision()

            return Scripted(draw)

        lottery().play({name: agent(name) for name in names}, blocks=3, seed=seed)
        return draws

    both = drawn(["alice", "bob"], 1)
    assert drawn(["bob"], 1)["bob"] == both["bob"] != both["alice"]
    assert len(set(both["bob"])) == 3
    assert drawn(["bob"], 2) != drawn(["bob"], 1)


def test_what_agents_measure_comes_back() -> None:
    measuring = Scripted(
        lambda update, rng: Decision(
            measures=(Measure("balance", float(update.view.balance(update.account))),)
        )
    )
    told = lottery().play({"alice": measuring}, blocks=2)
    assert told == [
        PlacedMeasure(0, "alice", Measure("balance", 100.0)),
        PlacedMeasure(60_000, "alice", Measure("balance", 100.0)),
    ]
