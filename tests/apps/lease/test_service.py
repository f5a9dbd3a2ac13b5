"""Retail service on chain: offers, orders, how they are served and how they end."""

from dataclasses import replace

import pytest

from apps.lease.actions import (
    PostOffer,
    ServeOrders,
    WithdrawOffer,
)
from apps.lease.app import ORDER_LIFETIME_BLOCKS
from apps.lease.events import (
    OfferPosted,
    OfferWithdrawn,
    OrderExpired,
    ServiceEnded,
    ServiceOrdered,
    ServiceStarted,
)
from apps.lease.rent import MHZ
from apps.lease.state import Offer, Order
from chain.records import Action
from tests.apps.lease.scene import (
    FUNDS,
    LEASE,
    OFFER,
    OPERATOR,
    ORDER,
    USER,
    happened,
    market,
    refuse,
    served_market,
)


class TestService:
    def test_an_offer_stands_until_it_is_changed_or_withdrawn(self) -> None:
        chain = market()
        assert chain.query("lease", "offer", "plan") is None
        chain.execute("operator", OFFER)
        chain.execute("operator", PostOffer("plan", 8, 1_000_000))
        assert chain.query("lease", "offer", "plan") == Offer(OPERATOR, 8, 1_000_000)
        chain.execute("operator", WithdrawOffer("plan"))
        assert chain.query("lease", "offer", "plan") is None
        assert refuse(chain, "operator", WithdrawOffer("plan")) == "no-offer"
        assert happened(chain, OfferPosted)[1] == (3, OfferPosted("plan", OPERATOR, 8, 1_000_000))
        assert happened(chain, OfferWithdrawn) == [(4, OfferWithdrawn("plan", OPERATOR))]

    @pytest.mark.parametrize("action", [PostOffer("plan", 1, 0), WithdrawOffer("plan")])
    def test_an_offer_is_its_operators(self, action: Action) -> None:
        chain = market()
        chain.execute("operator", OFFER)
        assert refuse(chain, "other", action) == "not-offerer"

    def test_service_is_not_free(self) -> None:
        assert refuse(market(), "operator", PostOffer("plan", 0, 0)) == "not-positive"

    def test_an_order_waits_with_its_money_in_escrow(self) -> None:
        chain = market()
        chain.execute("operator", OFFER)
        chain.execute("user", ORDER)
        assert chain.balance("user") == FUNDS - 56
        assert chain.balance("operator") == FUNDS
        assert chain.query("lease", "pending_orders", OPERATOR) == (Order(USER, 1, 2 * MHZ, 4, 700_000, 56),)
        assert chain.query("lease", "next_order", USER) == 2
        ordered = ServiceOrdered("plan", OPERATOR, USER, 1, 2 * MHZ, 4, 7, 700_000, 56)
        assert happened(chain, ServiceOrdered) == [(3, ordered)]

    @pytest.mark.parametrize("seen", [(6, 700_000), (8, 700_000), (7, 699_999)])
    def test_a_user_gets_the_offer_it_saw_or_nothing(self, seen: tuple[int, int]) -> None:
        chain = market()
        chain.execute("operator", OFFER)
        order = replace(ORDER, unit_price=seen[0], mining_fraction_ppm=seen[1])
        assert refuse(chain, "user", order) == "offer-moved"

    def test_an_order_needs_an_offer(self) -> None:
        assert refuse(market(), "user", ORDER) == "no-offer"

    @pytest.mark.parametrize("action", [replace(ORDER, bandwidth=0), replace(ORDER, blocks=0)])
    def test_an_order_is_of_something(self, action: Action) -> None:
        assert refuse(market(), "user", action) == "not-positive"

    def test_an_order_number_is_used_once(self) -> None:
        chain = market()
        chain.execute("operator", OFFER)
        chain.execute("user", replace(ORDER, order=5))
        assert refuse(chain, "user", replace(ORDER, order=5)) == "number-used"
        assert refuse(chain, "user", replace(ORDER, order=4)) == "number-used"
        chain.execute("other", replace(ORDER, order=5))

    def test_a_user_pays_out_of_its_own_balance(self) -> None:
        chain = market()
        chain.execute("operator", PostOffer("plan", FUNDS, 0))
        assert refuse(chain, "user", replace(ORDER, unit_price=FUNDS, mining_fraction_ppm=0)) == (
            "insufficient-balance"
        )

    def test_an_order_nobody_serves_is_refunded_in_full(self) -> None:
        chain = market()
        chain.execute("operator", OFFER)
        chain.execute("user", ORDER)
        chain.mine(ORDER_LIFETIME_BLOCKS - 1)
        assert happened(chain, OrderExpired) == []
        chain.mine()
        assert happened(chain, OrderExpired) == [(23, OrderExpired(OPERATOR, USER, 1, 56))]
        assert chain.balance("user") == FUNDS
        assert chain.query("lease", "pending_orders", OPERATOR) == ()

    def test_a_served_order_runs_and_then_pays_the_operator(self) -> None:
        chain = served_market()
        started = ServiceStarted(OPERATOR, USER, 1, 1, 2 * MHZ, 4, 56, 700_000)
        assert happened(chain, ServiceStarted) == [(5, started)]
        assert chain.query("lease", "pending_orders", OPERATOR) == ()
        chain.mine(3)
        assert chain.balance("operator") == FUNDS - 90
        chain.mine()
        assert chain.balance("operator") == FUNDS - 90 + 56
        assert happened(chain, ServiceEnded) == [(9, ServiceEnded(OPERATOR, USER, 1, 1, 56, 0))]
        chain.mine(ORDER_LIFETIME_BLOCKS)
        assert happened(chain, OrderExpired) == []

    def test_an_offer_withdrawn_after_the_order_can_still_be_served(self) -> None:
        chain = market()
        chain.execute("operator", OFFER)
        chain.execute("user", ORDER)
        chain.execute("operator", WithdrawOffer("plan"))
        chain.execute("operator", LEASE)
        assert refuse(chain, "operator", ServeOrders(1)) == "nothing-to-serve"
        chain.execute("operator", replace(LEASE, lease=2, blocks=5))
        chain.execute("operator", ServeOrders(2))

    def test_lease_and_service_can_begin_in_one_block(self) -> None:
        chain = market()
        chain.execute("operator", OFFER)
        chain.execute("user", ORDER)
        receipts = chain.block(
            [("operator", replace(LEASE, bandwidth=2 * MHZ)), ("operator", ServeOrders(1))]
        )
        assert all(receipt.succeeded for receipt in receipts)
        chain.mine(4)
        assert chain.balance("operator") == FUNDS + 56 - 40

    def test_orders_are_served_oldest_first_as_far_as_they_fit(self) -> None:
        chain = market()
        chain.execute("operator", OFFER)
        for number, bandwidth in enumerate((2 * MHZ, 2 * MHZ, MHZ), start=1):
            chain.execute("user", replace(ORDER, order=number, bandwidth=bandwidth))
        chain.execute("operator", replace(LEASE, blocks=5))
        chain.execute("operator", ServeOrders(1))
        assert [
            event.order for _, event in happened(chain, ServiceStarted) if isinstance(event, ServiceStarted)
        ] == [
            1,
            3,
        ]
        assert refuse(chain, "operator", ServeOrders(1)) == "nothing-to-serve"

    def test_spectrum_is_sold_again_when_a_service_ends_before_the_lease(self) -> None:
        chain = market()
        chain.execute("operator", OFFER)
        chain.execute("user", replace(ORDER, blocks=1))
        chain.execute("user", replace(ORDER, order=2, blocks=1))
        chain.execute("operator", replace(LEASE, blocks=10))
        chain.execute("operator", ServeOrders(1))
        chain.mine()
        chain.execute("operator", ServeOrders(1))
        assert len(happened(chain, ServiceStarted)) == 2

    def test_only_the_lessee_serves_on_a_lease(self) -> None:
        chain = market()
        chain.execute("operator", OFFER)
        chain.execute("user", ORDER)
        chain.execute("other", LEASE)
        assert refuse(chain, "operator", ServeOrders(1)) == "no-such-lease"
        assert refuse(chain, "other", ServeOrders(1)) == "nothing-to-serve"
