"""Agents of the lease market, one decision at a time."""

from dataclasses import replace

import numpy as np
import pytest

from apps.agent import Fate, Measure, SeenBlock, Status, Update
from apps.lease import LeaseMarket
from apps.lease.actions import ListSpectrum, OpenLease, OrderService, PostOffer, ServeOrders, WithdrawOffer
from apps.lease.agents import PATIENCE_BLOCKS, MicroOperator, NetworkOperator, User
from apps.lease.best_response import best_response
from apps.lease.errors import OfferMoved
from apps.lease.events import ServiceStarted
from apps.lease.policies import BestResponse, Constant, Plan, observed_hash_rate, optimal_plan
from apps.lease.scale import Scale
from apps.testing import DevChain, account_of
from chain.records import Action
from tests.apps.lease.scene import FUNDS, LEASE, OFFER, ORDER, found, happened, market

RNG = np.random.default_rng(1)
PAPER = LeaseMarket(0.15, 0.7)
SCALE = Scale(users=50, period_blocks=4)


def update(chain: DevChain, who: str, *fates: Fate, connected: tuple[SeenBlock, ...] = ()) -> Update:
    return Update(0, account_of(who), 1.0, chain.view, connected, (), fates)


def operator(plan: Plan) -> MicroOperator:
    return MicroOperator("plan", "band", Constant(plan), SCALE)


def user() -> User:
    return User("plan", PAPER, SCALE, phase=1, first_period=2)


class TestNetworkOperator:
    def test_it_lists_where_the_chain_has_no_such_lot(self) -> None:
        chain, agent = found(), NetworkOperator("band", 10, 5)
        listing = ListSpectrum("band", 10, 5)
        assert agent.decide(update(chain, "owner"), RNG).actions == (listing,)
        chain.execute("owner", listing)
        decision = agent.decide(update(chain, "owner"), RNG)
        assert decision.actions == ()
        assert decision.next_height == 1 + PATIENCE_BLOCKS


class TestMicroOperator:
    def test_it_posts_its_plan_and_mines_by_it(self) -> None:
        decision = operator(Plan(0.7, 0.3139168)).decide(update(market(), "operator"), RNG)
        assert decision.actions == (PostOffer("plan", 7_847_920, 700_000),)
        assert decision.mining_fraction == 0.7

    def test_it_says_only_once_how_much_it_mines(self) -> None:
        chain, agent = market(), operator(Plan(0.7, 0.3))
        first = agent.decide(update(chain, "operator"), RNG)
        assert first.measures == (Measure("mining_fraction", 0.7, chain.height),)
        again = agent.decide(update(chain, "operator"), RNG)
        assert (again.mining_fraction, again.measures) == (None, ())

    def test_one_who_only_mines_has_no_offer_and_takes_down_an_old_one(self) -> None:
        chain = market()
        assert operator(Plan(1.0, None)).decide(update(chain, "operator"), RNG).actions == ()
        chain.execute("operator", OFFER)
        chain.execute("user", ORDER)
        decision = operator(Plan(1.0, None)).decide(update(chain, "operator"), RNG)
        assert decision.actions == (WithdrawOffer("plan"),)

    def test_it_leases_exactly_what_is_ordered_and_serves_it(self) -> None:
        chain = market()
        chain.execute("operator", OFFER)
        chain.execute("user", ORDER)
        chain.execute("other", replace(ORDER, bandwidth=1_234_567))
        agent = operator(Plan(0.7, 7 * 4 / 10**8))
        actions = agent.decide(update(chain, "operator"), RNG).actions
        assert actions == (OpenLease("band", 0, 3_234_567, 4, 5), ServeOrders(0))
        receipts = chain.block([("operator", action) for action in actions])
        assert all(receipt.succeeded for receipt in receipts)
        assert len(happened(chain, ServiceStarted)) == 2

    def test_it_does_not_ask_twice_while_the_answer_is_open(self) -> None:
        chain = market()
        chain.execute("operator", OFFER)
        chain.execute("user", ORDER)
        agent = operator(Plan(0.7, 7 * 4 / 10**8))
        assert len(agent.decide(update(chain, "operator"), RNG).actions) == 2
        for _ in range(PATIENCE_BLOCKS - 1):
            chain.mine()
            assert agent.decide(update(chain, "operator"), RNG).actions == ()
        chain.mine()
        assert len(agent.decide(update(chain, "operator"), RNG).actions) == 2

    def test_after_a_refusal_it_looks_at_the_chain_again(self) -> None:
        chain = market()
        chain.execute("operator", OFFER)
        chain.execute("user", ORDER)
        agent = operator(Plan(0.7, 7 * 4 / 10**8))
        actions = agent.decide(update(chain, "operator"), RNG).actions
        chain.execute("other", replace(LEASE, bandwidth=9_000_000))
        receipts = chain.block([("operator", action) for action in actions])
        assert [receipt.failure.rule for receipt in receipts if receipt.failure] == [
            "not-enough-spectrum",
            "no-such-lease",
        ]
        fates = [Fate(a, Status.REFUSED, r) for a, r in zip(actions, receipts, strict=True)]
        assert agent.decide(update(chain, "operator", *fates), RNG).actions == ()
        chain.mine(3)
        assert agent.decide(update(chain, "operator"), RNG).actions == actions

    def test_after_a_reorganisation_it_waits_for_what_it_sent(self) -> None:
        chain = market()
        chain.execute("operator", OFFER)
        chain.execute("user", ORDER)
        agent = operator(Plan(0.7, 7 * 4 / 10**8))
        actions = agent.decide(update(chain, "operator"), RNG).actions
        confirmed = [Fate(action, Status.CONFIRMED, None) for action in actions]
        unconfirmed = [Fate(action, Status.UNCONFIRMED, None) for action in actions]
        assert agent.decide(update(chain, "operator", *confirmed, *unconfirmed), RNG).actions == ()

    def test_one_answer_does_not_stand_for_another(self) -> None:
        chain = market()
        chain.execute("operator", OFFER)
        chain.execute("user", ORDER)
        agent = operator(Plan(0.7, 7 * 4 / 10**8))
        agent.decide(update(chain, "operator"), RNG)
        earlier = [Fate(ServeOrders(7), status, None) for status in (Status.UNCONFIRMED, Status.CONFIRMED)]
        assert agent.decide(update(chain, "operator", *earlier), RNG).actions == ()

    def test_it_serves_as_far_as_spectrum_and_money_reach(self) -> None:
        chain = market(unit_price=FUNDS // 12)
        chain.execute("operator", OFFER)
        for number, bandwidth in enumerate((2_000_000, 2_000_000, 1_000_000), start=1):
            chain.execute("user", replace(ORDER, order=number, bandwidth=bandwidth))
        actions = operator(Plan(0.7, 7 * 4 / 10**8)).decide(update(chain, "operator"), RNG).actions
        assert [action.bandwidth for action in actions if isinstance(action, OpenLease)] == [3_000_000]


class TestUser:
    def test_it_sleeps_until_its_block_of_its_first_period(self) -> None:
        decision = user().decide(update(market(), "user"), RNG)
        assert (decision.actions, decision.measures, decision.next_height) == ((), (), 9)

    def test_it_orders_what_maximises_its_utility(self) -> None:
        chain, agent = market(), user()
        chain.execute("operator", PostOffer("plan", 2_500_000, 850_000))
        chain.mine(7)
        decision = agent.decide(update(chain, "user"), np.random.default_rng(5))
        (measure,) = decision.measures
        wanted = round(1e6 * max(0.0, measure.value / 0.1 - 2.0))
        assert (measure.name, measure.key, decision.next_height) == ("willingness_to_pay", 2, 13)
        assert decision.actions == (OrderService("plan", 2, wanted, 4, 2_500_000, 850_000),)

    @pytest.mark.parametrize("price", [25_000_000, None])
    def test_too_dear_or_no_offer_means_no_order_but_a_draw(self, price: int | None) -> None:
        chain, agent = market(), user()
        if price is not None:
            chain.execute("operator", PostOffer("plan", price, 700_000))
        chain.mine(9)
        decision = agent.decide(update(chain, "user"), RNG)
        assert decision.actions == ()
        assert len(decision.measures) == 1

    def test_it_makes_up_for_periods_it_slept_through(self) -> None:
        chain, agent = market(), user()
        chain.execute("operator", PostOffer("plan", 2_500_000, 0))
        chain.mine(19)
        decision = agent.decide(update(chain, "user"), np.random.default_rng(3))
        assert [measure.key for measure in decision.measures] == [2, 3, 4, 5]
        assert decision.next_height == 25

    def test_it_orders_nothing_it_cannot_pay(self) -> None:
        chain = market()
        chain.execute("operator", PostOffer("plan", 2_500_000, 0))
        chain.mine(9)
        poor = replace(update(chain, "user"), account=account_of("nobody"))
        decision = user().decide(poor, np.random.default_rng(5))
        assert decision.actions == ()
        assert len(decision.measures) == 1

    def test_where_the_offer_moved_it_asks_again_with_the_same_willingness(self) -> None:
        chain, agent = market(), user()
        chain.execute("operator", PostOffer("plan", 2_500_000, 0))
        chain.mine(7)
        first = agent.decide(update(chain, "user"), np.random.default_rng(5))
        chain.execute("operator", PostOffer("plan", 1_250_000, 0))
        with chain.refuses(OfferMoved) as refused:
            chain.execute("user", first.actions[0])
        fate = Fate(first.actions[0], Status.REFUSED, refused.receipt)
        again = agent.decide(update(chain, "user", fate), RNG)
        willingness = first.measures[0].value
        assert again.measures == ()
        assert again.actions == (
            OrderService("plan", 2, round(1e6 * (willingness / 0.05 - 1)), 4, 1_250_000, 0),
        )
        chain.execute("user", again.actions[0])
        late = agent.decide(update(chain, "user", fate), RNG)
        assert not any(isinstance(a, OrderService) and a.order == 2 for a in late.actions)


def seen(height: int, time_ms: int, difficulty: float = 1e6) -> SeenBlock:
    return SeenBlock(bytes([height % 256]) * 32, height, time_ms, b"", 0, difficulty, ())


class TestBestResponse:
    def test_the_observed_hash_rate_is_unbiased(self) -> None:
        rng = np.random.default_rng(7)
        estimates = []
        for _ in range(2000):
            times = np.concatenate([[0], np.cumsum(rng.exponential(10_000, size=10))])
            rate = observed_hash_rate([seen(i, int(t)) for i, t in enumerate(times)])
            assert rate is not None
            estimates.append(rate)
        error = np.std(estimates) / np.sqrt(len(estimates))
        assert abs(np.mean(estimates) - 1e5) < 3 * error
        assert error < 0.01 * 1e5

    def test_too_little_is_no_observation(self) -> None:
        assert observed_hash_rate([]) is None
        assert observed_hash_rate([seen(1, 0), seen(2, 10)]) is None
        assert observed_hash_rate([seen(1, 5), seen(2, 5), seen(3, 5)]) is None

    def test_it_answers_what_the_others_mine(self) -> None:
        policy = BestResponse(PAPER, 4.5, Plan(0.7, 0.3139), revision_blocks=4000)
        # All together 10.7 hashes a second, of which 0.7 are its own: the reference's contest with H0 = 10 and c = 1.
        blocks = tuple(seen(i, i * 100_000, 10.7 * 100 * 4000 / 3999) for i in range(4001))
        plan = policy.plan(update(found(), "operator", connected=blocks))
        assert plan.mining_fraction == pytest.approx(0.714517, abs=1e-6)
        assert plan.price == PAPER.price_at(plan.mining_fraction)

    def test_it_waits_for_enough_blocks_and_forgets_those_that_left(self) -> None:
        chain = found()
        policy = BestResponse(PAPER, 1e6, Plan(0.7, 0.3), revision_blocks=4, delay_blocks=2)
        blocks = [seen(i, i * 1000, 1000.0) for i in range(8)]
        policy.plan(update(chain, "operator", connected=tuple(blocks[:6])))
        gone = replace(update(chain, "operator"), disconnected=(blocks[5],))
        assert policy.plan(gone) == Plan(0.7, 0.3)
        assert policy.plan(update(chain, "operator", connected=(blocks[5],))) == Plan(0.7, 0.3)
        assert policy.plan(update(chain, "operator", connected=(blocks[6],))) == Plan(1.0, None)

    def test_a_change_that_does_not_matter_moves_nothing(self) -> None:
        others = 10.0
        best = best_response(PAPER, 1.0, 0.0, others, 4.5)
        start = Plan(best + 0.004, 0.3)
        policy = BestResponse(PAPER, 4.5, start, revision_blocks=4000)
        total = others + start.mining_fraction
        blocks = tuple(seen(i, i * 100_000, total * 100 * 4000 / 3999) for i in range(4001))
        assert policy.plan(update(found(), "operator", connected=blocks)) == start


def test_an_optimal_plan_is_the_papers_optimum() -> None:
    best = PAPER.optimum(0.4)
    assert optimal_plan(PAPER, 0.4) == Plan(best.mining_fraction, best.price)
    assert optimal_plan(PAPER, 0.5) == Plan(1.0, None)


def test_every_action_has_an_answer_in_the_registry() -> None:
    kinds: list[type[Action]] = [ListSpectrum, PostOffer, WithdrawOffer, OpenLease, ServeOrders, OrderService]
    assert set(kinds) <= set(found().registry.actions)
