"""The lease market's summary, from a history small enough to add up by hand."""

import math
from collections.abc import Iterable
from typing import Any

import pytest

from apps.agent import Measure
from apps.kit import MainBlock, Miner, Outcome, PlacedEvent, PlacedMeasure
from apps.lease import LeaseMarket
from apps.lease.app import ORDER_LIFETIME_BLOCKS
from apps.lease.books import settled_window
from apps.lease.events import (
    LeaseOpened,
    LeaseWithdrawn,
    OfferPosted,
    OfferWithdrawn,
    OrderExpired,
    ServiceEnded,
    ServiceOrdered,
    ServiceStarted,
    SpectrumListed,
)
from apps.lease.expected import contest_of
from apps.lease.market import LEASE_KIT
from apps.lease.rent import MHZ
from apps.lease.settings import LeaseSettings
from chain.params import SHARECOIN
from chain.records import Event

COIN = SHARECOIN
OPERATOR, ANN, BOB, OWNER = (bytes([i]) * 32 for i in range(4))
# Periods of 10 blocks, users from period 1 on; two periods count in 70 blocks: heights 11 to 30.
SETTINGS = LeaseSettings.model_validate(
    {"users": 2, "period_blocks": 10, "warmup_periods": 1, "mining_reward": 0.4}
)
HEIGHT = 30 + 20 + ORDER_LIFETIME_BLOCKS
DRAWS = {("ann", 1): 0.9, ("bob", 1): 0.1, ("ann", 2): 0.6, ("bob", 2): 0.8, ("ann", 3): 0.5}


def opened(lease: int, bandwidth: float, payment: float) -> LeaseOpened:
    return LeaseOpened("band", OPERATOR, lease, OWNER, round(bandwidth * MHZ), 1, 10, round(payment * COIN))


def started(
    user: bytes, order: int, lease: int, bandwidth: float, payment: float, ppm: int = 700_000
) -> Event:
    return ServiceStarted(
        OPERATOR, user, order, lease, round(bandwidth * MHZ), 10, round(payment * COIN), ppm
    )


def ordered(user: bytes, order: int) -> Event:
    return ServiceOrdered("operator", OPERATOR, user, order, MHZ, 10, 1, 700_000, 10)


HISTORY: list[tuple[int, Event]] = [
    (1, SpectrumListed("band", OWNER, 50 * MHZ, 1)),
    (2, OfferPosted("operator", OPERATOR, 3_000_000, 700_000)),
    (11, ordered(ANN, 1)),
    (12, opened(1, 2.0, 0.4)),
    (12, started(ANN, 1, 1, 2.0, 0.6)),
    (22, opened(2, 4.0, 0.8)),
    (22, started(ANN, 2, 2, 1.0, 0.3)),
    (22, started(BOB, 2, 2, 2.0, 0.5, 850_000)),
    (35, started(ANN, 3, 3, 1.0, 9.0)),
    (35, opened(3, 1.0, 9.0)),
]


def outcome(
    history: Iterable[tuple[int, Event]] = tuple(HISTORY),
    height: int = HEIGHT,
    splits: Iterable[tuple[int, float]] = ((0, 0.5), (20, 0.7), (35, 0.8)),
) -> Outcome:
    mined = {12, 13, 25, 60}
    return Outcome(
        accounts={"operator": OPERATOR, "operator/ann": ANN, "operator/bob": BOB},
        blocks=[
            MainBlock(h, h * 1000, "operator" if h in mined else "miner", 2 * COIN)
            for h in range(1, height + 1)
        ],
        events=[PlacedEvent(h, "lease", event) for h, event in sorted(history, key=lambda pair: pair[0])],
        measures=[
            PlacedMeasure(0, f"operator/{who}", Measure("willingness_to_pay", v, period))
            for (who, period), v in DRAWS.items()
        ]
        + [PlacedMeasure(0, "operator", Measure("mining_fraction", m, h)) for h, m in splits],
        miners={"operator": Miner(0.72, 0.15, 5)},
    )


def summary(done: Outcome | None = None) -> dict[str, Any]:
    return dict(LEASE_KIT.summarise(SETTINGS, done or outcome()))


def operator(done: Outcome | None = None) -> dict[str, Any]:
    (row,) = summary(done)["operators"]
    return dict(row)


def analytic_of(settings: LeaseSettings) -> dict[str, Any]:
    (row,) = dict[str, Any](LEASE_KIT.summarise(settings, outcome()))["operators"]
    return dict(row["analytic"])


def test_only_periods_whose_orders_are_settled_count() -> None:
    assert settled_window(1, 10, HEIGHT).count == 2
    assert settled_window(1, 10, HEIGHT - 1).count == 1
    assert settled_window(1, 10, 5).count == 0
    assert settled_window(1, 10, HEIGHT).heights == range(11, 31)


def test_demand_counts_every_user_of_every_period() -> None:
    row = operator()
    assert (row["periods"], row["users"]) == (2, 2)
    assert row["demand"] == pytest.approx((2 + 0 + 1 + 2) / 4)


def test_a_standard_error_is_that_of_the_periods_means() -> None:
    row = operator()
    assert row["demand_se"] == pytest.approx((1.5 - 1.0) / 2)
    service = ((0.6 - 0.4) / 2, (0.8 - 0.8) / 2)
    income = (4 / 2, 2 / 2)
    assert row["service_profit_se"] == pytest.approx((service[0] - service[1]) / 2)
    assert row["profit_se"] == pytest.approx((service[0] + income[0] - service[1] - income[1]) / 2)


def test_one_period_has_no_standard_error() -> None:
    row = operator(outcome(height=HEIGHT - 1))
    assert row["periods"] == 1
    assert row["demand"] == pytest.approx(1.0)
    assert (row["demand_se"], row["profit_se"]) == (None, None)


def test_service_profit_is_retail_less_all_rent() -> None:
    assert operator()["service_profit"] == pytest.approx((0.6 + 0.3 + 0.5 - 0.4 - 0.8) / 4)


def test_surplus_is_utility_at_the_promised_quality_less_payment() -> None:
    utilities = 0.9 * math.log(3) + 0.6 * math.log(2) + 0.8 * math.log(1 + 2 * 0.5)
    assert operator()["users_surplus"] == pytest.approx((utilities - 1.4) / 4)


def test_mining_income_is_what_its_main_chain_blocks_paid() -> None:
    row = operator()
    assert row["mining_income"] == pytest.approx(3 * 2 / 2 / 2)
    assert row["mining_income_se"] == pytest.approx(0.5 * math.sqrt(2) / math.sqrt(2) / 1)
    assert row["blocks_won"] == 4
    assert row["profit"] == pytest.approx(row["service_profit"] + row["mining_income"])
    assert row["hash_share"] == 0.15


def test_the_mining_fraction_is_the_mean_over_the_blocks_that_count() -> None:
    row = operator()
    # Blocks 11 to 20 were mined under 0.5 and 21 to 30 under 0.7.
    assert row["mining_fraction"] == pytest.approx(0.6)
    assert row["last_mining_fraction"] == 0.8
    row = operator(outcome([], height=8))
    assert row["mining_fraction"] == 0.72


def test_orders_are_counted_by_what_became_of_them() -> None:
    assert operator()["orders"] == {"placed": 1, "served": 1, "expired": 0, "pending": 0}
    more: list[tuple[int, Event]] = [(12, ordered(BOB, 1)), (22, ordered(ANN, 2)), (22, ordered(BOB, 2))]
    late: list[tuple[int, Event]] = [(34, ordered(ANN, 3)), (5, ordered(ANN, 0))]
    lost: list[tuple[int, Event]] = [(32, OrderExpired(OPERATOR, BOB, 1, 10))]
    unserved = [entry for entry in HISTORY if entry[1] != started(ANN, 2, 2, 1.0, 0.3)]
    told = summary(outcome([*unserved, *more, *late, *lost]))
    (row,) = told["operators"]
    assert row["orders"] == {"placed": 4, "served": 2, "expired": 1, "pending": 1}
    assert "Of 4 orders 2 were served" in LEASE_KIT.tables(told)[0].note


def test_spectrum_is_reported_as_listed_and_leased() -> None:
    told = summary()
    assert told["listed_hz"] == 50 * MHZ
    # Lease 1 runs in blocks 13 to 22, lease 2 in 23 to 30 of the window.
    assert told["leased_hz_mean"] == pytest.approx((2 * 10 + 4 * 8) * MHZ / 20)


def test_the_last_offer_is_the_price() -> None:
    assert operator()["price"] == pytest.approx(0.3)
    assert operator(outcome([*HISTORY, (40, OfferWithdrawn("operator", OPERATOR))]))["price"] is None


def test_what_came_back_after_a_withdrawal_is_not_counted() -> None:
    withdrawn: list[tuple[int, Event]] = [
        (17, ServiceEnded(OPERATOR, ANN, 1, 1, round(0.3 * COIN), round(0.3 * COIN))),
        (17, LeaseWithdrawn("band", OPERATOR, 1, round(0.2 * COIN), round(0.2 * COIN))),
    ]
    told = summary(outcome([*HISTORY, *withdrawn]))
    (row,) = told["operators"]
    assert row["service_profit"] == pytest.approx((0.3 + 0.3 + 0.5 - 0.2 - 0.8) / 4)
    assert row["demand"] == pytest.approx((1 + 0 + 1 + 2) / 4)
    assert told["leased_hz_mean"] == pytest.approx((2 * 5 + 4 * 8) * MHZ / 20)


def test_a_run_too_short_to_tell_says_nothing() -> None:
    row = operator(outcome([], height=8))
    assert row["periods"] == 0
    for figure in ("demand", "service_profit", "mining_income", "profit", "users_surplus"):
        assert row[figure] is None
        assert row[f"{figure}_se"] is None
    rows = LEASE_KIT.tables(summary(outcome([], height=8)))[0].rows
    assert ("", "demand", "-", "", "0.7440") in rows


class TestAnalytic:
    def test_the_optimal_policy_stands_beside_the_optimum(self) -> None:
        analytic, best = operator()["analytic"], LeaseMarket(0.15, 0.7).optimum(0.4)
        assert analytic["basis"] == "optimum"
        for figure in (
            "price",
            "mining_fraction",
            "demand",
            "service_profit",
            "users_surplus",
            "profit",
            "regime",
        ):
            assert analytic[figure] == pytest.approx(getattr(best, figure), abs=1e-12), figure

    @pytest.mark.parametrize(
        ("fraction", "regime"), [(0.6, "redundant"), (0.8, "interior"), (1, "mining-only")]
    )
    def test_a_given_split_stands_beside_its_own_figures(self, fraction: float, regime: str) -> None:
        given = {"policy": "fixed", "mining_fraction": fraction}
        settings = LeaseSettings.model_validate({"users": 2, "operators": [given]})
        analytic = analytic_of(settings)
        market = LeaseMarket(0.15, 0.7)
        assert analytic["regime"] == regime
        assert analytic["mining_income"] == pytest.approx(0.1 * fraction)
        assert analytic["service_profit"] == pytest.approx(market.service_profit(fraction))
        assert analytic["price"] == market.price_at(fraction)

    def test_a_best_response_stands_beside_the_contests_equilibrium(self) -> None:
        # Ten times the reference's contest H0 = 10, c = 1, N = 1, R = 4.5.
        answering = {"policy": "best-response", "hash_rate": 0.1}
        settings = LeaseSettings.model_validate({"users": 4, "block_reward": 4.5, "operators": [answering]})
        analytic = analytic_of(settings)
        assert analytic["mining_fraction"] == pytest.approx(0.714517, abs=1e-6)
        assert analytic["profit"] == pytest.approx(0.417420, abs=1e-6)


def test_scarce_spectrum_is_said_beside_the_formula() -> None:
    settings = SETTINGS.model_copy(update={"bandwidth": 0.5})
    told = dict(LEASE_KIT.summarise(settings, outcome()))
    assert "about 10/11 of it" in analytic_of(settings)["note"]
    assert "about 10/11 of it" in LEASE_KIT.tables(told)[0].note
    assert operator()["analytic"]["note"] is None


def test_an_answering_operators_remaining_gain_is_told() -> None:
    answering = {"policy": "best-response", "hash_rate": 0.1}
    settings = LeaseSettings.model_validate({"users": 4, "block_reward": 4.5, "operators": [answering]})
    told = dict[str, Any](LEASE_KIT.summarise(settings, outcome()))
    (row,) = told["operators"]
    contest = contest_of(settings)
    assert contest is not None
    best = contest.profit((0.7145173,), 0)
    assert row["gain"] == pytest.approx(best - contest.profit((0.8,), 0), abs=1e-9)
    assert row["gain"] > 0
    assert operator()["gain"] is None
    theory = LEASE_KIT.tables(told)[1]
    assert theory.rows[0] == ("at the end of this run", "0.8000", "-", f"{row['gain']:.1e}")
    assert "1 % more profit" in theory.note


def test_the_table_shows_simulation_beside_formula() -> None:
    (table,) = LEASE_KIT.tables(summary())
    assert len(table.rows) == 8
    assert table.rows[0] == ("operator", "regime", "", "", "interior")
    assert table.rows[1] == ("", "mining fraction", "0.6000", "", "0.7210")
    assert table.rows[4] == ("", "service profit", "0.0500", "0.0500", "0.1148")
    assert all(len(row) == len(table.columns) for row in table.rows)
    assert "10 blocks, over 2 periods" in table.note
