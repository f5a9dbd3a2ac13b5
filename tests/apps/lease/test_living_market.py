"""A whole lease market living on a chain: what it comes to beside the formulas."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from apps.lease import LeaseMarket
from apps.lease.agents import WILLINGNESS
from apps.lease.events import LeaseOpened, OfferPosted, ServiceStarted
from apps.lease.settings import LeaseSettings
from apps.testing import account_of
from tests.apps.lease.scene import happened
from tests.apps.lease.village import Village

PAPER = LeaseMarket(0.15, 0.7)


def only(summary: Mapping[str, Any]) -> Mapping[str, Any]:
    (found_operator,) = summary["operators"]
    assert isinstance(found_operator, dict)
    return found_operator


@pytest.mark.parametrize(("reward", "regime"), [(0.1, "redundant"), (0.4, "interior")])
def test_a_living_market_earns_what_the_formulas_say(reward: float, regime: str) -> None:
    village = Village(LeaseSettings(mining_reward=reward), seed=1, check=reward == 0.1)
    village.live(430)
    summary = village.summary()
    operator, best = only(summary), PAPER.optimum(reward)
    assert operator["periods"] == 97
    assert operator["analytic"]["regime"] == regime == best.regime
    assert operator["price"] == pytest.approx(best.price, abs=1e-7)
    assert operator["mining_fraction"] == pytest.approx(best.mining_fraction, abs=1e-9)
    for figure in ("demand", "service_profit", "mining_income", "profit", "users_surplus"):
        exact = getattr(best, figure)
        assert abs(operator[figure] - exact) < 3 * operator[f"{figure}_se"], figure
        assert (
            operator[f"{figure}_se"]
            < (0.03 if "mining" not in figure and figure != "profit" else 0.2) * exact
        )
        assert operator["analytic"][figure] == pytest.approx(exact, abs=1e-12)


@pytest.mark.slow
def test_standard_errors_are_the_spread_of_independent_runs() -> None:
    scores: dict[str, list[float]] = {"demand": [], "service_profit": [], "profit": [], "users_surplus": []}
    for seed in range(40):
        village = Village(LeaseSettings(users=20), seed=seed, check=False)
        village.live(150)
        operator = only(village.summary())
        for figure, found in scores.items():
            found.append((operator[figure] - operator["analytic"][figure]) / operator[f"{figure}_se"])
    for figure, found in scores.items():
        # 99.9 % limits for 40 standard normal scores: the mean within 0.52, the deviation within 0.66 and 1.40.
        assert abs(np.mean(found)) < 0.52, figure
        assert 0.66 < np.std(found, ddof=1) < 1.40, figure


def test_everything_leased_is_sold_and_everyone_is_served() -> None:
    village = Village(LeaseSettings(users=10), seed=2)
    village.live(120)
    sold: dict[int, int] = {}
    for _, service in happened(village.chain, ServiceStarted):
        sold[service.lease] = sold.get(service.lease, 0) + service.bandwidth
    leased = {lease.lease: lease.bandwidth for _, lease in happened(village.chain, LeaseOpened)}
    assert sold == leased
    orders = {(service.user, service.order) for _, service in happened(village.chain, ServiceStarted)}
    measured = [m for m in village.measures if m.measure.name == WILLINGNESS]
    willing = [m for m in measured if m.measure.value > 0.32 and m.measure.key < 25]
    assert {(account_of(m.participant), m.measure.key) for m in willing} <= orders


def test_an_operator_that_only_mines_serves_nobody() -> None:
    village = Village(LeaseSettings(mining_reward=0.5), seed=1)
    village.live(100)
    operator = only(village.summary())
    assert happened(village.chain, OfferPosted) == []
    assert happened(village.chain, LeaseOpened) == []
    assert (operator["price"], operator["demand"], operator["users_surplus"]) == (None, 0.0, 0.0)
    assert operator["mining_fraction"] == operator["last_mining_fraction"] == 1.0
    assert abs(operator["mining_income"] - 0.5) < 3 * operator["mining_income_se"]


def test_scarce_spectrum_is_never_leased_twice() -> None:
    village = Village(LeaseSettings(users=10, bandwidth=0.25), seed=3)
    village.live(150)
    summary = village.summary()
    assert summary["listed_hz"] == 2_500_000
    leased = summary["leased_hz_mean"]
    assert isinstance(leased, float)
    # A lot is leased again a block after it fell free at the earliest: 4 blocks of 5 at best.
    assert 0.6 * 2_500_000 < leased <= 0.8 * 2_500_000
    operator = only(summary)
    orders = operator["orders"]
    assert orders["expired"] > 0
    assert orders["placed"] == orders["served"] + orders["expired"] + orders["pending"]
    assert operator["demand"] < operator["analytic"]["demand"] == pytest.approx(0.25)


@pytest.mark.parametrize(("reward", "fraction"), [(5.0, 0.7), (7.0, 1.0)])
def test_best_responses_settle_where_the_contest_has_its_equilibrium(reward: float, fraction: float) -> None:
    alike = {"count": 5, "hash_rate": 0.1, "policy": "best-response"}
    settings = LeaseSettings.model_validate(
        {"users": 4, "block_reward": reward * 4 / 4, "operators": [alike]}
    )
    village = Village(settings, seed=1, check=False)
    village.live(300)
    operators: Any = village.summary()["operators"]
    assert [operator["last_mining_fraction"] for operator in operators] == [fraction] * 5
    assert [operator["gain"] for operator in operators] == pytest.approx([0.0] * 5, abs=1e-9)
    assert [operator["analytic"]["mining_fraction"] for operator in operators] == [fraction] * 5


def test_the_same_seed_gives_the_same_chain() -> None:
    roots = set()
    for _ in range(2):
        village = Village(LeaseSettings(users=5), seed=4)
        village.live(40)
        roots.add(village.chain.state.root)
    assert len(roots) == 1
