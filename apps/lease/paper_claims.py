"""The leasing paper's own formulas, to be set beside the exact ones, and what its arguments really prove.

Source: J. Kim et al., Propositions 1-3 and appendices A-C. All of it ignores the bandwidth limit, as the
paper does.
"""

import math
from dataclasses import dataclass

from apps.lease.economics import LeaseMarket
from apps.lease.service_curve import ServiceCurve

PRINCIPAL_BRANCH_LIMIT = 3.0 * math.sqrt(3.0) - 5.0
"""Lease price (0.196152) above which the printed tan^-1, read as the principal branch, is wrong."""


@dataclass(frozen=True, slots=True)
class PaperClaims:
    """What the paper prints for one market and what its arguments prove.

    price: Proposition 1 with the principal arctangent.
    low: Proposition 3's M_l, (1-g)(p-s)(1-p).
    high: Proposition 2's M_h, (p-s)/(p^2 (1-g)).
    high_proved: least reward with which Proposition 2's argument (profit rises with m everywhere, price held)
        is true: 4(p-s)/(27 p^2 (1-g)) while p <= 2/3.
    high_proved_joint: the same when the price follows m.
    """

    price: float
    low: float
    high: float
    high_proved: float
    high_proved_joint: float


def _phase_coordinates(lease_price: float) -> tuple[float, float]:
    s = lease_price
    return (2.0 + s) ** 3 - 54.0 * s, 6.0 * math.sqrt(3.0) * (1.0 - s) * math.sqrt(s * (s + 8.0))


def _proposition_1(lease_price: float, phi: float) -> float:
    return (1.0 + lease_price / 2.0) / 3.0 * (1.0 + 2.0 * math.cos((phi + 4.0 * math.pi) / 3.0))


def price_trigonometric(lease_price: float) -> float:
    """Proposition 1 with phi in (0, pi) from both coordinates: equals the closed form for all s in [0, 1]."""
    x, y = _phase_coordinates(lease_price)
    return _proposition_1(lease_price, math.atan2(y, x))


def price_as_printed(lease_price: float) -> float:
    """Proposition 1 with the printed tan^-1 as the principal branch: wrong above PRINCIPAL_BRANCH_LIMIT."""
    x, y = _phase_coordinates(lease_price)
    return _proposition_1(lease_price, math.atan(y / x))


def paper_claims(market: LeaseMarket) -> PaperClaims:
    """The printed price and thresholds of a market with lease price > 0 (M_h divides by the price).

    Raises BandwidthRequired when the lease price is 0.
    """
    s, spare = market.lease_price, 1.0 - market.redundant_fraction
    p = LeaseMarket(s, market.redundant_fraction).optimal_price()
    steepest_theta = max(1.0, 2.0 / (3.0 * p))
    steepest_price = max(p, (math.sqrt(13.0) - 2.0) / 3.0)
    return PaperClaims(
        price=price_as_printed(s),
        low=spare * (p - s) * (1.0 - p),
        high=(p - s) / (p * p * spare),
        high_proved=(p - s) * (1.0 - steepest_theta * p) * steepest_theta**2 / spare,
        high_proved_joint=ServiceCurve(s, market.redundant_fraction, math.inf).marginal_loss(steepest_price),
    )
