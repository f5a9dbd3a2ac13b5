"""What bidders and sellers come to when they play with each other."""

import numpy as np
import pytest
from apps.agent import Agent
from apps.testing import DevChain

from auction import Auction, Bidder, BidTooLow, LotSold, Seller, Sniper
from auction.agents import VALUE, lot_name, lot_number

RICH = 10_000


def bidder(value: int, step: int = 1) -> Bidder:
    """Who knows that every lot is worth `value` to it."""
    return Bidder(value, value, step)


def sniper(value: int, step: int = 1) -> Sniper:
    return Sniper(value, value, step)


def played(agents: dict[str, Agent], lots: int = 1, extension: int = 0) -> list[tuple[str, int]]:
    """(buyer, price) of each lot that was sold."""
    dev = DevChain(Auction(), balances=dict.fromkeys(agents, RICH))
    dev.play({"seller": Seller(lots, 0, 10, extension), **agents}, blocks=200)
    names = {dev.account(name): name for name in agents}
    sold = [happened.event for happened in dev.events if isinstance(happened.event, LotSold)]
    return [(names[event.buyer], event.price) for event in sold]


@pytest.mark.parametrize("step", [1, 7, 10, 25])
@pytest.mark.parametrize("order", [("high", "low"), ("low", "high")])
def test_the_lot_goes_to_who_values_it_most_within_a_step_of_the_second_value(
    step: int, order: tuple[str, str]
) -> None:
    values = {"high": 90, "low": 60}
    ((buyer, price),) = played({name: bidder(values[name], step) for name in order}, extension=2)
    assert buyer == "high"
    assert 60 - step < price <= 60 + step


def test_nobody_pays_more_than_a_lot_is_worth_to_it() -> None:
    ((_, price),) = played({"one": bidder(25, 10), "other": bidder(25, 10)}, extension=2)
    assert price <= 25


def test_with_a_fixed_end_a_sniper_takes_the_lot_from_who_values_it_more() -> None:
    assert played({"high": bidder(90), "sniper": sniper(60)}) == [("sniper", 2)]


def test_an_end_that_moves_leaves_the_sniper_without_the_lot() -> None:
    assert played({"high": bidder(90), "sniper": sniper(60)}, extension=2) == [("high", 61)]


def test_a_sniper_gets_what_it_values_most_also_where_the_end_moves() -> None:
    ((buyer, price),) = played({"low": bidder(60), "sniper": sniper(90)}, extension=2)
    assert buyer == "sniper"
    assert price in (60, 61)


def test_lots_are_offered_one_after_the_other_until_all_are_sold() -> None:
    assert len(played({"alice": bidder(5), "bob": bidder(3)}, lots=3)) == 3


def test_a_seller_offers_a_lot_again_that_nobody_wanted() -> None:
    dev = DevChain(Auction())
    dev.play({"seller": Seller(1, 0, 2, 0)}, 10)
    offers = [happened.height for happened in dev.events if type(happened.event).__name__ == "LotOffered"]
    assert offers == [1, 4, 7, 10]


def test_bidders_do_not_bid_what_they_do_not_have() -> None:
    dev = DevChain(Auction(), balances={"poor": 5, "rich": RICH})
    dev.play({"seller": Seller(1, 0, 10, 2), "poor": bidder(90), "rich": bidder(50)}, 100)
    assert RICH - 6 <= dev.balance("rich") <= RICH - 5
    refusals = [attempt.error for block in dev.state.blocks() for attempt in block.attempts if attempt.error]
    assert all(isinstance(error, BidTooLow) for error in refusals)


def test_values_are_drawn_between_the_bounds_and_reported_once_for_each_lot() -> None:
    dev = DevChain(Auction(), balances={"alice": RICH})
    measures = dev.play({"seller": Seller(5, 0, 3, 0), "alice": Bidder(10, 20, 1)}, 60)
    assert [placed.measure.key for placed in measures] == [1, 2, 3, 4, 5]
    assert all(placed.measure.name == VALUE and 10 <= placed.measure.value <= 20 for placed in measures)
    assert len({placed.measure.value for placed in measures}) > 1


def test_a_reorganisation_does_not_stop_the_bidding() -> None:
    dev = DevChain(Auction(), balances={"high": RICH, "low": RICH})
    agents: dict[str, Agent] = {"seller": Seller(1, 0, 10, 2), "high": bidder(90, 10), "low": bidder(60, 10)}
    dev.play(agents, 4)
    fork = dev.state
    dev.play(agents, 3)
    dev.state = fork
    dev.play(agents, 100)
    assert dev.balance("high") == RICH - 70


@pytest.mark.parametrize("name", ["lot-", "lot-01", "lot-²", "band", "lot-1x", ""])
def test_only_the_names_that_sellers_give_are_numbers_of_lots(name: str) -> None:
    assert lot_number(name) is None


def test_a_lots_number_comes_back_from_its_name() -> None:
    assert [lot_number(lot_name(int(n))) for n in np.arange(20)] == list(range(20))
