"""What the formulas say an operator of a scenario should come to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from apps.lease.contest import Equilibrium, MiningContest
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


def expectations(settings: LeaseSettings, mined: Mapping[str, float]) -> dict[str, Expected]:
    """The formulas' figures of every operator by name; `mined` are the mean mining fractions of the run.

    The policies fixed and optimal are set beside what they plan. Operators of policy best-response are set beside an
    equilibrium of their contest, found by best responses from the redundant fraction; where alike operators end up
    with different fractions in it, those that mined more in the run are set beside the larger ones.
    """
    operators = dict(settings.named_operators)
    plans = {name: first_plan(settings, operator) for name, operator in operators.items()}
    bases = {
        name: "optimum" if operator.policy == "optimal" else "as given"
        for name, operator in operators.items()
    }
    contest = contest_of(settings)
    if contest is not None:
        answering = _answering(settings)
        equilibrium = contest.play()
        fractions = _matched(answering, equilibrium.fractions, operators, mined)
        plans |= {name: fixed_plan(settings.market, fraction) for name, fraction in fractions.items()}
        bases |= dict.fromkeys(answering, f"contest of best responses: {equilibrium.kind}")
    mining = {name: operators[name].hash_rate * plan.mining_fraction for name, plan in plans.items()}
    total = 1.0 + sum(mining.values())
    return {
        name: _figures(
            bases[name], plan, settings.market, _mining_income(settings, plan, mining[name] / total)
        )
        for name, plan in plans.items()
    }


def contest_of(settings: LeaseSettings) -> MiningContest | None:
    """The contest of the operators of policy best-response; the others' mining is part of its background."""
    answering = _answering(settings)
    if not answering or settings.block_reward is None:
        return None
    operators = dict(settings.named_operators)
    others = [operator for name, operator in operators.items() if name not in answering]
    rest = sum(other.hash_rate * first_plan(settings, other).mining_fraction for other in others)
    capacities = tuple(operators[name].hash_rate for name in answering)
    return MiningContest(
        settings.market, capacities, 1.0 + rest, settings.scale.reward(settings.block_reward)
    )


def equilibria_of(contest: MiningContest) -> tuple[Equilibrium, ...]:
    """All pure equilibria of a contest of equal operators; of others the one that best responses lead to."""
    return contest.equilibria() if len(set(contest.capacities)) == 1 else (contest.play(),)


def _answering(settings: LeaseSettings) -> list[str]:
    return [name for name, operator in settings.named_operators if operator.policy == "best-response"]


def _matched(
    names: Sequence[str],
    fractions: Sequence[float],
    operators: Mapping[str, OperatorSettings],
    mined: Mapping[str, float],
) -> dict[str, float]:
    """The fractions, handed out among operators of one hash rate in the order in which they mined."""
    matched: dict[str, float] = {}
    for hash_rate in {operators[name].hash_rate for name in names}:
        alike = [i for i, name in enumerate(names) if operators[name].hash_rate == hash_rate]
        by_mined = sorted((names[i] for i in alike), key=lambda name: mined[name])
        matched |= zip(by_mined, sorted(fractions[i] for i in alike), strict=True)
    return matched


def _mining_income(settings: LeaseSettings, plan: Plan, hash_share: float) -> float:
    if settings.mining_reward is not None:
        return plan.mining_fraction * settings.mining_reward
    return settings.scale.reward(settings.block_reward or 0.0) * hash_share


def _figures(basis: str, plan: Plan, market: LeaseMarket, income: float) -> Expected:
    if plan.price is None:
        return Expected(basis, plan, 0.0, 0.0, income, 0.0, Regime.MINING_ONLY)
    m, price = plan.mining_fraction, plan.price
    demand = market.aggregate_demand(price, m)
    surplus = market.users_surplus(price, m)
    regime = Regime.REDUNDANT if m <= market.redundant_fraction else Regime.INTERIOR
    return Expected(basis, plan, demand, (price - market.lease_price) * demand, income, surplus, regime)
