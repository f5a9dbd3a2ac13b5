"""The lease market of one micro-operator: demand, prices, and computing split between mining and service.

Model of J. Kim et al., "Spectrum Leasing for Micro-operators Using Blockchain Networks", with its errors
corrected. Its letters: s = `lease_price` (p_s), g = `redundant_fraction` (gamma), W = `bandwidth`, w =
`mining_reward` (p_w), m = `mining_fraction`, p = `price` (p_M), v = `willingness_to_pay`. Prices and
bandwidth are in the paper's normalised units, v is uniform on [0, 1] and the users' mass is one.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

from apps.lease import parameters
from apps.lease.parameters import BandwidthRequired, ParameterError
from apps.lease.service_curve import ServiceCurve, last_true


class Regime(StrEnum):
    """What a micro-operator does with its computing power: m = g, g < m < 1 or m = 1."""

    REDUNDANT = "redundant"
    INTERIOR = "interior"
    MINING_ONLY = "mining-only"


@dataclass(frozen=True, slots=True)
class Optimum:
    """The best joint choice of price and mining fraction and what follows from it.

    price: per unit of bandwidth; None when nothing is served.
    mining_fraction: share m of the computing power that mines, in [redundant_fraction, 1].
    demand: bandwidth all users buy together.
    service_profit, mining_income, profit: (p - s)Q, m w and their sum.
    users_surplus: net utility of all users together.
    regime: which of the three cases of the paper's section 4.2 holds.
    """

    price: float | None
    mining_fraction: float
    demand: float
    service_profit: float
    mining_income: float
    profit: float
    users_surplus: float
    regime: Regime


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Mining rewards at which the best mining fraction changes regime.

    low: largest reward at which m = redundant_fraction is optimal ("leave gamma" above it).
    high: largest reward at which serving is optimal ("stop serving" above it). It equals `low` in the *direct
        jump*, where the optimum goes from redundant_fraction straight to 1.
    marginal: reward at which a little more mining than redundant_fraction pays, the paper's M_l corrected. It
        is `low` except in the direct jump, which happens at or below it.
    all_or_nothing: reward at which m = redundant_fraction and m = 1 earn the same; `high` only in the direct
        jump.
    fraction_at_jump, price_at_jump: the choice at `high`, just before service stops.
    """

    low: float
    high: float
    marginal: float
    all_or_nothing: float
    fraction_at_jump: float
    price_at_jump: float


def _surplus(effective_price: float) -> float:
    a = effective_price
    return 0.0 if a >= 1.0 else max(0.0, a * (1.0 - a / 4.0) - math.log(a) / 2.0 - 0.75)


@dataclass(frozen=True, slots=True)
class LeaseMarket:
    """One micro-operator's market.

    lease_price: unit price s of leased spectrum, in [0, 1).
    redundant_fraction: share g of the computing power that service does not need, in [0, 1).
    bandwidth: leased bandwidth W that demand may not exceed, > 0; None means no limit.

    Raises ParameterError (a ValueError) for anything else. With lease_price 0 and no bandwidth limit demand
    and surplus are defined but no price is optimal: what needs one raises BandwidthRequired.
    """

    lease_price: float
    redundant_fraction: float
    bandwidth: float | None = None

    def __post_init__(self) -> None:
        for name in ("lease_price", "redundant_fraction"):
            object.__setattr__(self, name, parameters.proper_fraction(name, getattr(self, name)))
        if self.bandwidth is not None:
            object.__setattr__(self, "bandwidth", parameters.positive("bandwidth", self.bandwidth))

    @property
    def curve(self) -> ServiceCurve:
        """The curve of best prices; raises BandwidthRequired where there is none."""
        if self.lease_price == 0.0 and self.bandwidth is None:
            raise BandwidthRequired(self.lease_price)
        bandwidth = math.inf if self.bandwidth is None else self.bandwidth
        return ServiceCurve(self.lease_price, self.redundant_fraction, bandwidth)

    def quality(self, mining_fraction: float) -> float:
        """1/theta in [0, 1]: 1 up to the redundant fraction, then (1-m)/(1-g)."""
        m = parameters.fraction("mining_fraction", mining_fraction)
        return min(1.0, (1.0 - m) / (1.0 - self.redundant_fraction))

    def quality_loss(self, mining_fraction: float) -> float:
        """theta(m) = max(1, (1-g)/(1-m)) of (2); infinite at m = 1."""
        quality = self.quality(mining_fraction)
        return 1.0 / quality if quality > 0.0 else math.inf

    def user_demand(self, willingness_to_pay: float, price: float, mining_fraction: float) -> float:
        """Bandwidth b* = max(0, v/p - theta) that one user buys, (4)."""
        v = parameters.fraction("willingness_to_pay", willingness_to_pay)
        return max(0.0, v / parameters.positive("price", price) - self.quality_loss(mining_fraction))

    def user_utility(
        self, willingness_to_pay: float, bandwidth: float, price: float, mining_fraction: float
    ) -> float:
        """Net utility v ln(1 + b/theta) - p b of one user who buys `bandwidth` b >= 0, (3)."""
        v = parameters.fraction("willingness_to_pay", willingness_to_pay)
        b = parameters.non_negative("bandwidth", bandwidth)
        p = parameters.positive("price", price)
        return v * math.log1p(b * self.quality(mining_fraction)) - p * b

    def aggregate_demand(self, price: float, mining_fraction: float) -> float:
        """Q = (1 - theta p)^2 / (2p), 0 where theta p >= 1, (9) and (11); what users want, not cut to W."""
        p = parameters.positive("price", price)
        effective_price = p * self.quality_loss(mining_fraction)
        return 0.0 if effective_price >= 1.0 else (1.0 - effective_price) ** 2 / (2.0 * p)

    def users_surplus(self, price: float, mining_fraction: float) -> float:
        """U = A(1 - A/4) - ln(A)/2 - 3/4 with A = theta p, 0 where A >= 1, (6)."""
        return _surplus(parameters.positive("price", price) * self.quality_loss(mining_fraction))

    def profit(self, price: float, mining_fraction: float, mining_reward: float) -> float:
        """(p - s)Q + m w, (1). Q is not cut to W, so a price too low for W may seem to beat the optimum."""
        w = parameters.non_negative("mining_reward", mining_reward)
        demand = self.aggregate_demand(price, mining_fraction)
        return (price - self.lease_price) * demand + mining_fraction * w

    def optimal_price(self) -> float:
        """Best price at full quality: Proposition 1's in closed form, or that of demand W if it is higher."""
        return self.curve.effective_price(1.0)

    def price_at(self, mining_fraction: float) -> float | None:
        """Best price p = a/theta at a given mining fraction; None at 1, where nothing is served."""
        quality = self.quality(mining_fraction)
        return self.curve.effective_price(quality) * quality if quality > 0.0 else None

    def service_profit(self, mining_fraction: float) -> float:
        """(p - s)Q at the best price for a given mining fraction; 0 at 1."""
        quality, curve = self.quality(mining_fraction), self.curve
        return curve.profit(curve.effective_price(quality), quality) if quality > 0.0 else 0.0

    def shadow_price(self, mining_fraction: float = 0.0) -> float:
        """What one more unit of W would earn, (p - s) - p(1-A)/(1+A), A = theta p; 0 if W does not bind."""
        quality, curve = self.quality(mining_fraction), self.curve
        if quality == 0.0:
            return 0.0
        a = curve.effective_price(quality)
        if curve.demand(a) < curve.bandwidth:
            return 0.0
        return max(0.0, 2.0 * a * a * quality / (1.0 + a) - self.lease_price)

    @property
    def thresholds(self) -> Thresholds:
        """Exact rewards at which the joint optimum changes regime; see Thresholds for the direct jump.

        Without a bandwidth limit low = p*(1-p*)^2/((1+p*)(1-g)) and high = 1/(54 s (1-g)) for s <= 1/6, else
        both are (1-s/p*)(1-p*)^2/(2(1-g)), below the marginal one: Proposition 3 fails for s > 1/6.
        """
        curve = self.curve
        first = curve.effective_price(1.0)
        last = curve.last_served_price(first)
        marginal = curve.marginal_loss(first)
        swap = curve.profit(first, 1.0) / (1.0 - self.redundant_fraction)
        if last == first:
            return Thresholds(swap, swap, marginal, swap, self.redundant_fraction, first)
        price = last * curve.quality(last)
        return Thresholds(
            marginal, curve.marginal_loss(last), marginal, swap, curve.mining_fraction(last), price
        )

    def fixed_price_thresholds(self, price: float) -> Thresholds:
        """The thresholds when only m is chosen, as in Propositions 2 and 3; lease_price <= price <= 1.

        With p < 1/3 the jump is at theta = 1/(3p), high = 2(p-s)/(27 p^2 (1-g)); otherwise it is direct.
        Raises ParameterError for a price below the lease price or above 1.
        """
        p, spare = parameters.positive("price", price), 1.0 - self.redundant_fraction
        if not self.lease_price <= p <= 1.0:
            raise ParameterError("price", price, f"a number in [lease_price, 1] = [{self.lease_price!r}, 1]")
        margin = (p - self.lease_price) / spare
        marginal, swap = margin * (1.0 - p), margin * (1.0 - p) ** 2 / (2.0 * p)
        if p >= 1.0 / 3.0:
            return Thresholds(swap, swap, marginal, swap, self.redundant_fraction, p)
        return Thresholds(marginal, 2.0 * margin / (27.0 * p * p), marginal, swap, 1.0 - 3.0 * p * spare, p)

    def optimum(self, mining_reward: float) -> Optimum:
        """Global optimum over price and mining fraction for reward w >= 0 per unit of mining fraction.

        At a threshold itself, where two choices earn the same, the one that serves better is returned. Raises
        ParameterError for a negative or non-finite reward and BandwidthRequired where no price is optimal.
        """
        w = parameters.non_negative("mining_reward", mining_reward)
        limits, curve = self.thresholds, self.curve
        first = curve.effective_price(1.0)
        if w <= limits.low:
            return self._serving(first, self.redundant_fraction, w, Regime.REDUNDANT)
        if w <= limits.high:
            last = curve.last_served_price(first)
            a = last_true(lambda x: curve.marginal_loss(x) <= w, first, last)
            m = curve.mining_fraction(a)
            if m < 1.0:
                return self._serving(a, m, w, Regime.INTERIOR)
        return Optimum(None, 1.0, 0.0, 0.0, w, w, 0.0, Regime.MINING_ONLY)

    def _serving(self, effective_price: float, mining_fraction: float, w: float, regime: Regime) -> Optimum:
        a, m, curve = effective_price, mining_fraction, self.curve
        quality = 1.0 if regime is Regime.REDUNDANT else curve.quality(a)
        service = curve.profit(a, quality)
        return Optimum(a * quality, m, curve.demand(a), service, m * w, service + m * w, _surplus(a), regime)
