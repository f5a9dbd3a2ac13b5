"""What the leasing paper prints beside what is true."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.lease.economics import LeaseMarket
from apps.lease.paper_claims import (
    PRINCIPAL_BRANCH_LIMIT,
    paper_claims,
    price_as_printed,
    price_trigonometric,
)
from apps.lease.parameters import BandwidthRequired
from apps.lease.service_curve import unlimited_price
from tests.apps.lease.numeric import mining_grid

PAPER = LeaseMarket(0.15, 0.7)


@given(st.floats(0.0, 1.0))
def test_trigonometric_price_with_both_coordinates_equals_the_closed_form(lease_price: float) -> None:
    assert price_trigonometric(lease_price) == pytest.approx(unlimited_price(lease_price), abs=1e-14)


@given(st.floats(1e-6, 1.0))
def test_closed_form_price_is_a_root_of_the_first_order_condition(lease_price: float) -> None:
    p = unlimited_price(lease_price)
    assert 2.0 * p**3 - (2.0 + lease_price) * p * p + lease_price == pytest.approx(0.0, abs=1e-14)
    assert lease_price <= p <= 1.0


@given(st.floats(0.0, 1.0))
def test_principal_arctangent_is_right_up_to_its_limit_and_negative_above(lease_price: float) -> None:
    if lease_price < PRINCIPAL_BRANCH_LIMIT - 1e-12:
        assert price_as_printed(lease_price) == pytest.approx(price_trigonometric(lease_price), abs=1e-14)
    elif lease_price > PRINCIPAL_BRANCH_LIMIT + 1e-12:
        assert price_as_printed(lease_price) <= 1e-15


def test_printed_price_breaks_inside_the_range_of_figure_4() -> None:
    assert pytest.approx(0.196152, abs=5e-7) == PRINCIPAL_BRANCH_LIMIT
    assert price_as_printed(0.2) == pytest.approx(-0.26666666666666666, abs=1e-14)
    assert price_trigonometric(0.2) == pytest.approx(0.37015621187164244, abs=1e-14)


def test_printed_thresholds_of_the_paper_case_match_the_reference() -> None:
    claims = paper_claims(PAPER)
    assert (claims.low, claims.high) == pytest.approx((0.0337381695620931, 5.5446366920113211), abs=1e-12)
    assert claims.high_proved == pytest.approx(0.8214276580757514, abs=1e-12)
    assert claims.high_proved_joint == pytest.approx(0.6245512940792537, abs=1e-12)


@pytest.mark.parametrize(
    ("lease_price", "low"),
    [(0.01, 0.017586339834862998), (0.1, 0.03375), (0.3, 0.026975204353263192), (0.8, 0.0025964823598)],
)
def test_printed_low_threshold_matches_the_reference_table(lease_price: float, low: float) -> None:
    assert paper_claims(LeaseMarket(lease_price, 0.7)).low == pytest.approx(low, abs=1e-9)


def test_paper_case_holds_its_price_at_the_reference_thresholds() -> None:
    limits = PAPER.fixed_price_thresholds(PAPER.optimal_price())
    assert limits.low == pytest.approx(PAPER.thresholds.low, abs=1e-12)
    assert limits.high == pytest.approx(0.4107138290378756, abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(st.floats(0.01, 0.99), st.floats(0.0, 0.95), st.floats(0.0, 0.99))
def test_fixed_price_thresholds_are_where_search_over_the_fraction_changes(
    s: float, g: float, x: float
) -> None:
    market, price = LeaseMarket(s, g), s + (1.0 - s) * x
    limits = market.fixed_price_thresholds(price)
    m = mining_grid(g, 20001)
    theta = np.maximum(1.0, (1.0 - g) / (1.0 - m))
    service = (price - s) * np.where(theta * price < 1.0, (1.0 - theta * price) ** 2, 0.0) / (2.0 * price)
    leaves = min(np.min((service[0] - service[1:]) / (m[1:] - m[0])), service[0] / (1.0 - g))
    assert limits.low == pytest.approx(float(leaves), rel=1e-4, abs=1e-6)
    worth = service / (1.0 - m)
    assert limits.high == pytest.approx(float(np.max(worth)), rel=1e-4, abs=1e-9)
    assert x < 1e-3 or limits.fraction_at_jump == pytest.approx(m[np.argmax(worth)], abs=1e-3)


def test_derivative_bound_is_the_least_reward_with_which_profit_rises_everywhere() -> None:
    price, claims = PAPER.optimal_price(), paper_claims(PAPER)
    grid = [0.7 + 0.3 * i / 20000 for i in range(20001)]

    def falls_somewhere(reward: float) -> bool:
        profits = [PAPER.profit(price, m, reward) for m in grid]
        return any(after < before for before, after in pairwise(profits))

    assert falls_somewhere(claims.high_proved * 0.999)
    assert not falls_somewhere(claims.high_proved * 1.001)


def test_proposition_3_claim_that_profit_falls_for_every_fraction_is_false() -> None:
    step = 1e-6
    slope = (
        PAPER.profit(PAPER.optimal_price(), 0.9 + step, 0.3) - PAPER.profit(PAPER.optimal_price(), 0.9, 0.3)
    ) / step
    assert slope > 0.0
    assert PAPER.thresholds.low > 0.3


def test_proposition_3_fails_for_expensive_spectrum() -> None:
    limits = LeaseMarket(0.3, 0.7).thresholds
    between = 0.5 * (limits.high + limits.marginal)
    assert limits.high < between < limits.marginal
    assert LeaseMarket(0.3, 0.7).optimum(between).mining_fraction == 1.0


def test_claims_need_a_positive_lease_price() -> None:
    with pytest.raises(BandwidthRequired):
        paper_claims(LeaseMarket(0.0, 0.7, 1.0))
    assert math.isfinite(paper_claims(LeaseMarket(0.9, 0.0)).high)
