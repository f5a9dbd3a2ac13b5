"""The auction on chain: who leads, who is paid back, when a lot closes and where the money goes."""

import pytest
from apps.testing import DevChain, stateful
from chain.accounts import InsufficientBalance

from auction import (
    COMMON_BLOCKS,
    COMMON_EXTENSION,
    Auction,
    Bid,
    BidPlaced,
    BidTooLow,
    DurationOutOfRange,
    Lot,
    LotClosed,
    LotExists,
    LotOffered,
    LotSold,
    LotUnsold,
    OfferLot,
    Sale,
)

BALANCES = {"alice": 100, "bob": 100}


def found() -> DevChain:
    return DevChain(Auction(), balances=BALANCES)


def offered(reserve: int = 0, blocks: int = 5, extension: int = 0) -> DevChain:
    """A chain at height 1, where carol has offered the lot `band`."""
    dev = found()
    dev.execute("carol", OfferLot("band", reserve, blocks, extension))
    return dev


def test_a_bid_leads_and_lower_ones_are_refused() -> None:
    dev = DevChain(Auction(), balances={"alice": 100, "bob": 100})
    receipt = dev.execute("alice", Bid(lot="x", amount=10))
    assert receipt.succeeded
    with dev.refuses(BidTooLow) as refused:
        dev.execute("bob", Bid(lot="x", amount=5))
    assert str(refused.error) == "bid-too-low: got 5, expected at least 11"
    dev.mine(3)
    assert dev.query(Auction.standing_bid, "x") == 10


def test_the_standing_bid_is_held_and_given_back_when_somebody_bids_more() -> None:
    dev = offered()
    dev.execute("alice", Bid("band", 10))
    assert (dev.balance("alice"), dev.escrow("band")) == (90, 10)
    dev.execute("bob", Bid("band", 11))
    assert (dev.balance("alice"), dev.balance("bob"), dev.escrow("band")) == (100, 89, 11)


def test_who_raises_the_own_bid_needs_the_difference_only() -> None:
    dev = offered()
    dev.execute("alice", Bid("band", 60))
    dev.execute("alice", Bid("band", 100))
    assert (dev.balance("alice"), dev.escrow("band")) == (0, 100)


def test_who_cannot_pay_does_not_lead() -> None:
    dev = offered()
    dev.execute("alice", Bid("band", 60))
    with dev.refuses(InsufficientBalance):
        dev.execute("bob", Bid("band", 101))
    assert (dev.query(Auction.standing_bid, "band"), dev.balance("alice")) == (60, 40)


def test_a_lot_closes_after_its_last_block_and_its_seller_is_paid() -> None:
    dev = offered(blocks=3)
    dev.execute("alice", Bid("band", 10))
    dev.mine()
    assert dev.query(Auction.sale, "band") is None
    dev.execute("bob", Bid("band", 20))
    assert dev.height == 4
    assert dev.query(Auction.sale, "band") == Sale(dev.account("carol"), dev.account("bob"), 20, 4)
    assert (dev.balance("alice"), dev.balance("bob"), dev.balance("carol")) == (100, 80, 20)
    assert dev.query(Auction.open_lots) == ()
    assert dev.query(Auction.standing_bid, "band") == 0


def test_what_happens_is_said_in_events() -> None:
    dev = offered(blocks=1)
    dev.execute("alice", Bid("band", 10))
    carol, alice = dev.account("carol"), dev.account("alice")
    assert [happened.event for happened in dev.events] == [
        LotOffered("band", carol, 0, 2, 0),
        BidPlaced("band", alice, 10, 2),
        LotSold("band", carol, alice, 10),
    ]


def test_a_sold_lot_takes_no_bids_and_is_not_offered_again() -> None:
    dev = offered(blocks=1)
    dev.execute("alice", Bid("band", 10))
    for action in (Bid("band", 20), OfferLot("band", 0, 5)):
        with dev.refuses(LotClosed):
            dev.execute("bob", action)


def test_a_lot_without_bids_is_free_to_be_offered_again() -> None:
    dev = offered(blocks=2)
    dev.mine(2)
    assert dev.events[-1] == (3, "auction", LotUnsold("band", dev.account("carol")))
    dev.execute("bob", OfferLot("band", 0, 5))


def test_a_lot_on_offer_is_not_offered_by_another() -> None:
    dev = offered()
    with dev.refuses(LotExists):
        dev.execute("bob", OfferLot("band", 0, 5))


@pytest.mark.parametrize("blocks", [0, 10_001])
def test_an_auction_takes_bids_and_ends(blocks: int) -> None:
    dev = found()
    with dev.refuses(DurationOutOfRange):
        dev.execute("alice", OfferLot("band", 0, blocks))


def test_bids_below_the_reserve_are_refused() -> None:
    dev = offered(reserve=50)
    with dev.refuses(BidTooLow):
        dev.execute("alice", Bid("band", 49))
    dev.execute("alice", Bid("band", 50))


def test_a_bid_of_nothing_is_no_bid() -> None:
    dev = offered()
    with dev.refuses(BidTooLow):
        dev.execute("alice", Bid("band", 0))


def test_a_late_bid_moves_the_end_and_an_early_one_does_not() -> None:
    dev = offered(blocks=5, extension=2)
    dev.execute("alice", Bid("band", 1))
    assert dev.query(Auction.open_lots)[0].lot.closes_at == 6
    dev.mine(3)
    dev.execute("bob", Bid("band", 2))
    dev.execute("alice", Bid("band", 3))
    dev.mine()
    assert dev.query(Auction.open_lots)[0].lot.closes_at == 9
    dev.mine()
    assert dev.query(Auction.sale, "band") == Sale(dev.account("carol"), dev.account("alice"), 3, 9)


def test_a_bid_opens_a_lot_that_nobody_offered_and_its_price_is_burnt() -> None:
    dev = found()
    dev.execute("alice", Bid("x", 10))
    lot = Lot(None, 0, 1 + COMMON_BLOCKS, COMMON_EXTENSION, dev.account("alice"), 10)
    assert [open_lot.lot for open_lot in dev.query(Auction.open_lots)] == [lot]
    dev.mine(COMMON_BLOCKS)
    assert dev.query(Auction.sale, "x") == Sale(None, dev.account("alice"), 10, 1 + COMMON_BLOCKS)
    dev.mine(5)
    assert (dev.balance("alice"), dev.escrow("x")) == (90, 10)


def test_a_refused_first_bid_opens_nothing() -> None:
    dev = found()
    with dev.refuses(InsufficientBalance):
        dev.execute("alice", Bid("x", 101))
    assert dev.query(Auction.open_lots) == ()
    assert dev.events == []


def test_several_lots_close_in_one_block() -> None:
    dev = found()
    dev.block([("carol", OfferLot(lot, 0, 2)) for lot in ("a", "b")])
    dev.block([("alice", Bid("a", 1)), ("bob", Bid("b", 2))])
    dev.mine()
    assert [happened.event for happened in dev.events[-2:]] == [
        LotSold("a", dev.account("carol"), dev.account("alice"), 1),
        LotSold("b", dev.account("carol"), dev.account("bob"), 2),
    ]
    assert dev.balance("carol") == 3


TestAnySequence = stateful(Auction, max_examples=10)
