"""What the formulas say an operator of a scenario should come to."""

from collections.abc import Mapping
from dataclasses import dataclass

from apps.lease.best_response import best_response
from apps.lease.economics import LeaseMarket, Regime
from apps.lease.policies import Plan, first_plan, fixed_plan
from apps.lease.settings import LeaseSettings, OperatorSettings


@dataclass(frozen=True, slots=True)
class Expected:
    """An operator's figures per user and period by the formulas."""

    basis: str
    """What was put into them."""
    plan: Plan
    demand: float
    service_profit: float
    mining_income: float
    users_surplus: float
    regime: Regime

    @property
    def profit(self) -> float:
        """Service profit and mining income."""
        return self.service_profit + self.mining_income


def expected_of(
    settings: LeaseSettings, name: str, operator: OperatorSettings, fractions: Mapping[str, float]
) -> Expected:
    """The formulas' figures of one operator; `fractions` are all operators' mean mining fractions in the run.

    The policies fixed and optimal are set beside what they plan, best-response beside the best response
    to what the others did on average. Mining income is the share of the rewards that the mean hash rates
    give.
    """
    market = settings.market
    others = 1.0 + sum(
        other.hash_rate * fractions[rival] for rival, other in settings.named_operators if rival != name
    )
    if operator.policy == "best-response":
        basis = "best response to the others' mean hash rate"
        reward = settings.scale.reward(settings.block_reward or 0.0)
        plan = fixed_plan(market, best_response(market, operator.hash_rate, 0.0, others, reward))
    else:
        basis = "optimum" if operator.policy == "optimal" else "as given"
        plan = first_plan(settings, operator)
    return _figures(basis, plan, market, _mining_income(settings, operator, plan, others))


def _mining_income(settings: LeaseSettings, operator: OperatorSettings, plan: Plan, others: float) -> float:
    if settings.mining_reward is not None:
        return plan.mining_fraction * settings.mining_reward
    own = operator.hash_rate * plan.mining_fraction
    return settings.scale.reward(settings.block_reward or 0.0) * own / (others + own)


def _figures(basis: str, plan: Plan, market: LeaseMarket, income: float) -> Expected:
    if plan.price is None:
        return Expected(basis, plan, 0.0, 0.0, income, 0.0, Regime.MINING_ONLY)
    m, price = plan.mining_fraction, plan.price
    demand = market.aggregate_demand(price, m)
    surplus = market.users_surplus(price, m)
    regime = Regime.REDUNDANT if m <= market.redundant_fraction else Regime.INTERIOR
    return Expected(basis, plan, demand, (price - market.lease_price) * demand, income, surplus, regime)
