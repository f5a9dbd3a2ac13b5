"""The mining fraction that earns a micro-operator most against the others' hash rate, exactly and globally.

Beyond the leasing paper, whose reward per unit of mining is a constant. An operator with computing power c
(hash rate) that mines with fraction m against the hash rate H of all others expects, when a block pays R
coins,

    pi = S(m) + R c m / (H + c m),

S being the service profit at the best price. With the effective price a of `service_curve`, a stationary
point has R = -S'(m) (H + c m)^2 / (c H), which rises with a up to one peak and then falls, and it earns what
m = 1 earns where worth_ratio(a) = (H + c m)/(H + c). The left side falls and the right side rises, so that
point is unique, and it lies before the peak: a stationary point below it is the global optimum, above it m =
1 is.
"""

from dataclasses import dataclass

from apps.lease import parameters
from apps.lease.economics import LeaseMarket
from apps.lease.service_curve import ServiceCurve, last_true


@dataclass(frozen=True, slots=True)
class Rivalry:
    """Equal operators that serve: `servers` of them with capacity c each, beside a fixed hash rate.

    With one server the fixed hash rate is all that it competes with; with more they all choose the same m.
    """

    curve: ServiceCurve
    capacity: float
    fixed_hash_rate: float
    servers: int = 1

    def others(self, m: float) -> float:
        """Hash rate H that one server sees when the other servers are at m."""
        return self.fixed_hash_rate + (self.servers - 1) * self.capacity * m

    def stationary_reward(self, a: float) -> float:
        """Block reward R at which the effective price a is stationary."""
        m = self.curve.mining_fraction(a)
        others = self.others(m)
        return self.curve.marginal_loss(a) * (others + self.capacity * m) ** 2 / (self.capacity * others)

    def serves(self, a: float) -> bool:
        """Whether serving at the stationary a earns at least as much as m = 1."""
        m = self.curve.mining_fraction(a)
        others = self.others(m)
        return self.curve.worth_ratio(a) * (others + self.capacity) >= others + self.capacity * m

    def jump_reward(self, first: float) -> float:
        """Block reward R at which m = redundant_fraction earns what m = 1 earns, the others staying."""
        g = self.curve.redundant_fraction
        relative = self.others(g) / self.capacity
        shares_apart = relative * (1.0 - g) / ((relative + 1.0) * (relative + g))
        return self.curve.profit(first, 1.0) / shares_apart

    def common_fraction(self, reward: float) -> float:
        """The m at which every server is at its global best response; 1.0 when serving is not one."""
        first = self.curve.effective_price(1.0)
        if not self.serves(first):
            return self.curve.redundant_fraction if reward <= self.jump_reward(first) else 1.0
        if reward <= self.stationary_reward(first):
            return self.curve.redundant_fraction
        last = last_true(self.serves, first, 1.0)
        if reward > self.stationary_reward(last):
            return 1.0
        return self.curve.mining_fraction(
            last_true(lambda a: self.stationary_reward(a) <= reward, first, last)
        )


def best_response(
    market: LeaseMarket, capacity: float, rivals_hash_rate: float, background_hash_rate: float, reward: float
) -> float:
    """The mining fraction in [redundant_fraction, 1] that earns most per block against all other hash rate.

    capacity: own hash rate at m = 1, > 0; rivals_hash_rate: sum of the other operators' c_j m_j, >= 0;
    background_hash_rate: dedicated miners' H0, >= 0 (the two in the same unit as `capacity`, together > 0);
    reward: coins per block. Exact and global; where serving and m = 1 earn the same it serves. Raises
    ParameterError for values outside these ranges and BandwidthRequired where no price is optimal.
    """
    capacity = parameters.positive("capacity", capacity)
    rivals = parameters.non_negative("rivals_hash_rate", rivals_hash_rate)
    background = parameters.non_negative("background_hash_rate", background_hash_rate)
    others = parameters.positive("rivals_hash_rate + background_hash_rate", rivals + background)
    return Rivalry(market.curve, capacity, others).common_fraction(parameters.non_negative("reward", reward))
