"""What the application carries out and refuses, what its players do, and what follows from any actions."""

from apps.testing import DevChain, stateful

from app_name.actions import Stake
from app_name.agents import Player
from app_name.app import AppName
from app_name.errors import StakeTooLow
from app_name.events import PotWon
from app_name.state import ROUND_BLOCKS

BALANCES = {"alice": 100, "bob": 100}


def test_the_leader_takes_all_stakes_when_the_round_closes() -> None:
    dev = DevChain(AppName(), balances=BALANCES)
    dev.execute("alice", Stake(10))
    dev.execute("bob", Stake(20))
    assert dev.escrow("pot") == 30
    dev.mine(ROUND_BLOCKS - dev.height)
    assert dev.balance("alice") == 90
    assert dev.balance("bob") == 110
    assert [found.event for found in dev.events] == [PotWon(dev.account("bob"), 30, 2)]


def test_a_stake_must_be_higher_than_the_leaders() -> None:
    dev = DevChain(AppName(), balances=BALANCES)
    dev.execute("alice", Stake(10))
    with dev.refuses(StakeTooLow) as refused:
        dev.execute("bob", Stake(10))
    assert str(refused.error) == "stake-too-low: got 10, expected more than 10"
    assert dev.query(AppName.next_round).leader == dev.account("alice")


def test_a_new_round_begins_without_stakes() -> None:
    dev = DevChain(AppName(), balances=BALANCES)
    dev.execute("alice", Stake(50))
    dev.mine(ROUND_BLOCKS)
    dev.execute("bob", Stake(1))
    assert dev.query(AppName.next_round).pot == 1


def test_players_raise_each_other() -> None:
    dev = DevChain(AppName(), balances=BALANCES)
    dev.play({name: Player(step=1, highest_limit=20) for name in BALANCES}, blocks=5 * ROUND_BLOCKS)
    won = [found.event for found in dev.events if isinstance(found.event, PotWon)]
    assert len(won) >= 3
    assert max(event.stakes for event in won) > 1


TestAnySequence = stateful(AppName, balances=BALANCES)
