"""What serving users earns at each quality when the price is the best one: all optima lie on this curve.

Letters: s lease price, g redundant fraction, W bandwidth, m mining fraction, p price, t = 1/theta the
quality, that is (1-m)/(1-g) but at most 1, a = theta p the *effective price* users see. Demand is
(1-a)^2/(2at) and service profit S = (a - s/t)(1-a)^2/(2a). Maximising S over a with demand <= W ties t to a:

    t(a) = max( s(1+a)/(2a^2), (1-a)^2/(2aW) ),    Q(a) = min( a(1-a)^2/(s(1+a)), W ),

Q(a) being the demand there. t falls with a, so one number a in [a0, 1] stands for the pair (p, m), and
-dS/dm = 2a^2 Q(a)/((1+a)(1-g)) throughout. The first piece is Proposition 1 of the leasing paper (J. Kim et
al.): a = (sigma + sqrt(sigma^2 + 8 sigma))/4 with sigma = s/t; on the second all bandwidth is sold.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass


def last_true(holds: Callable[[float], bool], low: float, high: float) -> float:
    """The last float in [low, high) at which `holds`, true at `low` and changing at most once (bisection)."""
    while low < (middle := 0.5 * (low + high)) < high:
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


def unlimited_price(lease_price: float) -> float:
    """Best effective price without a limit: the root below 1 of 2p^3-(2+s)p^2+s = (p-1)(2p^2-sp-s).

    Source: Proposition 1 of the leasing paper in closed form; `lease_price` is s, or sigma = theta s at lower
    quality.
    """
    return 0.25 * (lease_price + math.sqrt(lease_price * (lease_price + 8.0)))


@dataclass(frozen=True, slots=True)
class ServiceCurve:
    """The curve of best prices; `bandwidth` is math.inf when unlimited, and then `lease_price` is above 0."""

    lease_price: float
    redundant_fraction: float
    bandwidth: float

    def effective_price(self, quality: float) -> float:
        """Best a at quality t in (0, 1]; 1 (nobody buys) where spectrum costs more than it is worth."""
        k = self.bandwidth * quality
        clearing = 1.0 / (1.0 + k + math.sqrt(k) * math.sqrt(k + 2.0))
        return min(1.0, max(unlimited_price(self.lease_price / quality), clearing))

    def quality(self, effective_price: float) -> float:
        """Quality t(a), the inverse of `effective_price` for a >= effective_price(1)."""
        a = effective_price
        return max(self.lease_price * (1.0 + a) / (2.0 * a) / a, (1.0 - a) ** 2 / (2.0 * a * self.bandwidth))

    def mining_fraction(self, effective_price: float) -> float:
        """m = 1 - (1-g) t(a)."""
        return max(
            self.redundant_fraction, 1.0 - (1.0 - self.redundant_fraction) * self.quality(effective_price)
        )

    def demand(self, effective_price: float) -> float:
        """Bandwidth Q(a) the users buy."""
        a = effective_price
        if self.lease_price == 0.0:
            return self.bandwidth
        return min(self.bandwidth, a * (1.0 - a) ** 2 / (self.lease_price * (1.0 + a)))

    def profit(self, effective_price: float, quality: float) -> float:
        """Service profit S at (a, t)."""
        a = effective_price
        return (a - self.lease_price / quality) * (1.0 - a) ** 2 / (2.0 * a)

    def marginal_loss(self, effective_price: float) -> float:
        """-dS/dm, service profit lost per unit of mining fraction; rises to a = 0.535 or more, then falls."""
        a = effective_price
        return 2.0 * a * a * self.demand(a) / ((1.0 + a) * (1.0 - self.redundant_fraction))

    def worth_ratio(self, effective_price: float) -> float:
        """S / ((1-m)(-dS/dm)), falling in a: all that service earns over giving it up at the marginal loss.

        Without a bandwidth limit it is (1-a)/(2a), which is 1 at a = 1/3.
        """
        a = effective_price
        cost_share = self.lease_price / (a * self.quality(a)) if self.lease_price > 0.0 else 0.0
        return (1.0 + a) * (1.0 - cost_share) / (2.0 * a)

    def last_served_price(self, lowest: float) -> float:
        """Effective price at which a constant reward makes stopping as good as serving, at least `lowest`.

        There S = (1-m)(-dS/dm): a = 1/3, or with a binding limit the root of 2Ws(1+a) = (1-a)^3.
        """
        if 9.0 * self.bandwidth * self.lease_price >= 1.0:
            return max(lowest, 1.0 / 3.0)
        if self.worth_ratio(lowest) <= 1.0:
            return lowest
        return last_true(lambda a: self.worth_ratio(a) > 1.0, lowest, 1.0)
