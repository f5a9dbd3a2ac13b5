"""The lease market's formulas against the reference tables, brute force and the model's own definitions."""

import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from apps.lease.economics import LeaseMarket, Regime
from apps.lease.parameters import BandwidthRequired
from tests.apps.lease.numeric import mining_grid, service_profit
from tests.shared import shared_file

PAPER = LeaseMarket(lease_price=0.15, redundant_fraction=0.7, bandwidth=None)

# Independent reference: lease price, exact M_l, exact M_h, reward at which m = g and m = 1 earn the same.
THRESHOLDS = [
    (0.01, 0.19540377594292213, 6.1728395061728385, 1.236023819576416),
    (0.02, 0.2539205706407632, 3.0864197530864192, 1.080748438150432),
    (0.05, 0.33461633245669825, 1.2345679012345676, 0.8104890708268891),
    (0.1, 0.3749999999999999, 0.6172839506172838, 0.5624999999999999),
    (0.15, 0.374868550689924, 0.4115226337448559, 0.4096483671032056),
    (1.0 / 6.0, 0.37037037037037035, 0.37037037037037035, 0.3703703703703704),
    (0.2, 0.35723944352935555, 0.30393255221044335, 0.30393255221044335),
    (0.3, 0.2997244928140354, 0.16933769050221145, 0.16933769050221145),
    (0.5, 0.16828418000919818, 0.047250227317696375, 0.047250227317696375),
    (0.8, 0.02884980433170651, 0.002283640812080219, 0.002283640812080219),
]
# The paper's Fig. 3 (s = 0.15, g = 0.7), recomputed: reward, regime, price, mining fraction, surplus, profit.
FIGURE_3 = [
    (0.05, "redundant", 0.31391680, 0.70000000, 0.1185945052, 0.1578945101),
    (0.1, "redundant", 0.31391680, 0.70000000, 0.1185945052, 0.1928945101),
    (0.2, "redundant", 0.31391680, 0.70000000, 0.1185945052, 0.2628945101),
    (0.3, "redundant", 0.31391680, 0.70000000, 0.1185945052, 0.3328945101),
    (0.37, "redundant", 0.31391680, 0.70000000, 0.1185945052, 0.3818945101),
    (0.375, "interior", 0.31386468, 0.70011525, 0.1185431601, 0.3853945177),
    (0.38, "interior", 0.31189501, 0.70445451, 0.1166021687, 0.3889059779),
    (0.385, "interior", 0.30994979, 0.70870944, 0.1146841084, 0.3924389222),
    (0.39, "interior", 0.30802801, 0.71288338, 0.1127881866, 0.3959929373),
    (0.395, "interior", 0.30612868, 0.71697953, 0.1109136309, 0.3995676264),
    (0.4, "interior", 0.30425083, 0.72100097, 0.1090596868, 0.4031626081),
    (0.405, "interior", 0.30239353, 0.72495067, 0.1072256164, 0.4067775165),
    (0.41, "interior", 0.30055586, 0.72883146, 0.1054106964, 0.4104120000),
    (0.4115, "interior", 0.30000825, 0.72998267, 0.1048698482, 0.4115061113),
    (0.412, "mining-only", None, 1.0, 0.0, 0.412),
    (0.5, "mining-only", None, 1.0, 0.0, 0.5),
]
# Bandwidth, best price at full quality, demand, service profit, marginal threshold, shadow price.
BANDWIDTH = [
    (0.1, 0.641742430504416, 0.1, 0.049174243050441595, 0.16723425041494142, 0.3517027512448244),
    (0.25, 0.5, 0.25, 0.0875, 0.27777777777777773, 0.18333333333333332),
    (0.5, 0.3819660112501051, 0.5, 0.1159830056250526, 0.3519093633336137, 0.061145618000168184),
    (0.7, 0.3252272915132479, 0.7, 0.1226591040592736, 0.37246920723556026, 0.009629660243811483),
    (0.75, 0.3139168048436997, 0.7497371013798484, 0.12289451013096173, 0.37486855068992403, 0.0),
    (1.0, 0.3139168048436997, 0.7497371013798484, 0.12289451013096173, 0.37486855068992403, 0.0),
]

markets = st.builds(
    LeaseMarket,
    st.floats(0.001, 0.99),
    st.floats(0.0, 0.95),
    st.none() | st.floats(0.001, 5.0),
)
rewards = st.floats(0.0, 3.0)


def close(expected: float | tuple[float, ...]) -> object:
    return pytest.approx(expected, rel=1e-10, abs=1e-10)


def test_values_of_the_paper_case_match_the_reference_to_1e_12() -> None:
    best, limits = PAPER.optimum(0.1), PAPER.thresholds
    at_jump = PAPER.optimum(limits.high * (1.0 - 1e-15))
    found = [best.price, best.demand, best.service_profit, best.users_surplus, limits.low, limits.high]
    found += [limits.all_or_nothing, limits.fraction_at_jump, limits.price_at_jump]
    found += [at_jump.users_surplus, at_jump.demand, at_jump.profit]
    assert found == pytest.approx(
        [
            *(0.3139168048436997, 0.7497371013798482, 0.1228945101309617, 0.1185945052064451),
            *(0.3748685506899241, 0.4115226337448559, 0.4096483671032056, 0.73, 0.3),
            *(0.1048616998896104, 0.7407407407407407, 0.4115226337448559),
        ],
        abs=1e-12,
    )


@pytest.mark.parametrize(("lease_price", "marginal", "high", "all_or_nothing"), THRESHOLDS)
def test_thresholds_match_the_reference_table(
    lease_price: float, marginal: float, high: float, all_or_nothing: float
) -> None:
    limits = LeaseMarket(lease_price, 0.7).thresholds
    assert limits.marginal == close(marginal)
    assert limits.high == close(high)
    assert limits.all_or_nothing == close(all_or_nothing)
    assert limits.low == close(min(marginal, high))


@pytest.mark.parametrize(("reward", "regime", "price", "m", "surplus", "profit"), FIGURE_3)
def test_optimum_reproduces_figure_3(
    reward: float, regime: str, price: float | None, m: float, surplus: float, profit: float
) -> None:
    best = PAPER.optimum(reward)
    assert best.regime == regime
    assert best.price == (None if price is None else pytest.approx(price, abs=5.1e-9))
    assert best.mining_fraction == pytest.approx(m, abs=5.1e-9)
    assert best.users_surplus == pytest.approx(surplus, abs=5.1e-11)
    assert best.profit == pytest.approx(profit, abs=5.1e-11)


def test_figures_3_and_4_match_the_full_precision_reference() -> None:
    reference = json.loads(shared_file("reference/market.json").read_text())["partA"]
    names = {"gamma": "redundant", "interior": "interior", "one": "mining-only"}
    for row in reference["fig3"] + reference["branch"]:
        best = PAPER.optimum(row["p_w"])
        assert best.regime == names[row["regime"]]
        assert best.price == (None if row["p"] is None else close(row["p"]))
        assert (best.mining_fraction, best.users_surplus, best.profit) == close(
            (row["m"], row["U"], row["profit"])
        )
    for row in reference["fig4"]:
        market = LeaseMarket(row["p_s"], 0.7)
        without, with_mining = market.optimum(0.0), market.optimum(0.1)
        found = (with_mining.price, without.profit, with_mining.profit, market.thresholds.marginal)
        assert found == close((row["p"], row["without"], row["with_pow"], row["Ml"]))


def test_figure_4_caption_fails_for_almost_free_spectrum() -> None:
    assert LeaseMarket(0.00213, 0.7).thresholds.low > 0.1 > LeaseMarket(0.00212, 0.7).thresholds.low
    best = LeaseMarket(1e-4, 0.7).optimum(0.1)
    assert best.regime is Regime.INTERIOR
    assert (best.mining_fraction, best.profit) == pytest.approx((0.88773, 0.5659882), abs=1e-5)


@pytest.mark.parametrize(("bandwidth", "price", "demand", "service", "marginal", "shadow"), BANDWIDTH)
def test_bandwidth_limit_matches_the_reference(
    bandwidth: float, price: float, demand: float, service: float, marginal: float, shadow: float
) -> None:
    market = LeaseMarket(0.15, 0.7, bandwidth)
    best = market.optimum(0.1)
    assert (market.optimal_price(), best.price, best.demand) == close((price, price, demand))
    assert (best.service_profit, market.thresholds.marginal) == close((service, marginal))
    assert market.shadow_price() == close(shadow)


@pytest.mark.parametrize(
    ("bandwidth", "low", "high", "m", "price"),
    [
        (0.1, 0.163914143501472, 0.163914143501472, 0.7, 0.641742430504416),
        (0.25, 0.2777777777777778, 0.2923305838752, 0.72692, 0.46931),
        (0.5, 0.3519093633336137, 0.3890032844193, 0.73762, 0.354128),
    ],
)
def test_thresholds_under_a_bandwidth_limit_match_the_numeric_reference(
    bandwidth: float, low: float, high: float, m: float, price: float
) -> None:
    limits = LeaseMarket(0.15, 0.7, bandwidth).thresholds
    assert limits.low == close(low)
    assert limits.high == pytest.approx(high, abs=1e-9)
    assert (limits.fraction_at_jump, limits.price_at_jump) == pytest.approx((m, price), abs=2e-5)


@pytest.mark.parametrize(
    "market",
    [
        PAPER,
        LeaseMarket(0.05, 0.2),
        LeaseMarket(0.3, 0.7),
        LeaseMarket(0.15, 0.7, 0.1),
        LeaseMarket(0.15, 0.7, 0.25),
        LeaseMarket(0.15, 0.7, 0.5),
        LeaseMarket(0.02, 0.0, 1.5),
        LeaseMarket(0.0, 0.5, 0.3),
    ],
    ids=repr,
)
def test_thresholds_are_where_global_search_changes_its_choice(market: LeaseMarket) -> None:
    m = mining_grid(market.redundant_fraction, 20001)
    service = service_profit(market.lease_price, market.redundant_fraction, market.bandwidth, m)
    gained, lost = m[1:] - m[0], service[0] - service[1:]
    leaves = float(min(np.min(lost / gained), service[0] / (1.0 - m[0])))
    stops = float(np.max(service / (1.0 - m)))
    assert market.thresholds.low == pytest.approx(leaves, abs=2e-6)
    assert market.thresholds.high == pytest.approx(
        stops, rel=1e-6, abs=2e-4 if market.lease_price == 0.0 else 0
    )


@settings(max_examples=150, deadline=None)
@given(markets, rewards, st.floats(1e-3, 1.0), st.floats(0.0, 1.0))
def test_no_feasible_price_and_fraction_beats_the_optimum(
    market: LeaseMarket, reward: float, price: float, m: float
) -> None:
    assume(market.bandwidth is None or market.aggregate_demand(price, m) <= market.bandwidth)
    assert market.profit(price, m, reward) <= market.optimum(reward).profit + 1e-12


@settings(max_examples=60, deadline=None)
@given(markets, rewards)
def test_optimum_equals_a_global_grid_search(market: LeaseMarket, reward: float) -> None:
    m = mining_grid(market.redundant_fraction)
    service = service_profit(market.lease_price, market.redundant_fraction, market.bandwidth, m)
    searched = max(float(np.max(service + m * reward)), reward)
    assert searched - 1e-11 <= market.optimum(reward).profit <= searched + 1e-5 * max(1.0, reward)


@settings(max_examples=150, deadline=None)
@given(markets, rewards)
def test_optimum_fits_its_own_formulas_and_the_bandwidth(market: LeaseMarket, reward: float) -> None:
    best = market.optimum(reward)
    assert best.profit == close(best.service_profit + best.mining_income)
    assert market.redundant_fraction <= best.mining_fraction <= 1.0
    if best.price is None:
        assert (best.regime, best.mining_fraction) == (Regime.MINING_ONLY, 1.0)
        assert (best.demand, best.service_profit, best.users_surplus) == (0.0, 0.0, 0.0)
        return
    assert market.bandwidth is None or best.demand <= market.bandwidth
    assume(best.mining_fraction < 1.0 - 1e-6)
    near = pytest.approx
    assert market.profit(best.price, best.mining_fraction, reward) == near(best.profit, rel=1e-8, abs=1e-8)
    assert market.aggregate_demand(best.price, best.mining_fraction) == near(best.demand, rel=1e-7, abs=1e-9)
    assert market.users_surplus(best.price, best.mining_fraction) == near(best.users_surplus, abs=1e-8)
    assert market.price_at(best.mining_fraction) == near(best.price, rel=1e-8)
    assert market.service_profit(best.mining_fraction) == near(best.service_profit, rel=1e-8, abs=1e-9)


@settings(max_examples=50, deadline=None)
@given(markets, st.lists(rewards, min_size=2, max_size=8).map(sorted))
def test_more_reward_means_more_mining_and_less_for_users(market: LeaseMarket, levels: list[float]) -> None:
    path = [market.optimum(w) for w in levels]
    for before, after in pairwise(path):
        assert after.mining_fraction >= before.mining_fraction - 1e-12
        assert after.users_surplus <= before.users_surplus + 1e-12
        assert after.profit >= before.profit - 1e-12


@settings(max_examples=100, deadline=None)
@given(markets)
def test_regime_changes_exactly_at_the_thresholds(market: LeaseMarket) -> None:
    limits = market.thresholds
    assume(limits.low > 1e-6)
    direct = limits.low == limits.high
    assert market.optimum(limits.low).regime is Regime.REDUNDANT
    above = market.optimum(
        min(limits.low * (1.0 + 1e-9), limits.high) if not direct else limits.low * (1 + 1e-9)
    )
    assert above.regime is (Regime.MINING_ONLY if direct else Regime.INTERIOR)
    assert market.optimum(limits.high).regime is not Regime.MINING_ONLY
    assert market.optimum(limits.high * (1.0 + 1e-9)).regime is Regime.MINING_ONLY
    assert direct == (limits.marginal > limits.high or limits.marginal == limits.low == limits.high)


@settings(max_examples=60, deadline=None)
@given(st.floats(0.01, 0.99), st.floats(0.0, 0.99))
def test_demand_and_surplus_are_the_integrals_over_users(price: float, m: float) -> None:
    nodes, weights = np.polynomial.legendre.leggauss(60)
    cheapest = min(1.0, PAPER.quality_loss(m) * price)
    width = (1.0 - cheapest) / 2.0
    v = [cheapest + width * (x + 1.0) for x in nodes.tolist()]
    bought = [PAPER.user_demand(x, price, m) for x in v]
    utility = [PAPER.user_utility(x, b, price, m) for x, b in zip(v, bought, strict=True)]
    assert width * float(weights @ np.array(bought)) == pytest.approx(
        PAPER.aggregate_demand(price, m), rel=1e-9
    )
    assert width * float(weights @ np.array(utility)) == pytest.approx(
        PAPER.users_surplus(price, m), rel=1e-6, abs=1e-12
    )


@given(st.floats(0.0, 1.0), st.floats(0.01, 1.0), st.floats(0.0, 1.0), st.floats(0.0, 100.0))
def test_no_amount_serves_a_user_better_than_its_demand(
    v: float, price: float, m: float, other: float
) -> None:
    best = PAPER.user_utility(v, PAPER.user_demand(v, price, m), price, m)
    assert best >= -1e-12
    assert best >= PAPER.user_utility(v, other, price, m) - 1e-12


def test_free_spectrum_needs_a_bandwidth_limit() -> None:
    with pytest.raises(BandwidthRequired, match="expected a bandwidth"):
        LeaseMarket(0.0, 0.7).optimum(0.1)
    best = LeaseMarket(0.0, 0.7, 0.5).optimum(0.1)
    assert (best.demand, best.price) == close((0.5, 0.3819660112501051))
    assert LeaseMarket(0.0, 0.7, 0.5).thresholds.high == close(0.5 / 0.3)
