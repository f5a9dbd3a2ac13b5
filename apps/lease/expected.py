"""What the formulas say an operator of a scenario should come to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from apps.lease.contest import Equilibrium, EquilibriumKind, MiningContest
from apps.lease.economics import LeaseMarket, Regime
from apps.lease.policies import Plan, first_plan, fixed_plan
from apps.lease.settings import LeaseSettings

_MOST_SWEEPS = 500
_SETTLED = 1e-12


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


def expectations(settings: LeaseSettings, last: Mapping[str, float]) -> dict[str, Expected]:
    """The formulas' figures of every operator by name; `last` are the mining fractions at the end of the run.

    The policies fixed and optimal are set beside what they plan, those of policy best-response beside the
    `resting_point` of their contest from `last`.
    """
    operators = dict(settings.named_operators)
    plans = {name: first_plan(settings, operator) for name, operator in operators.items()}
    bases = {
        name: "optimum" if operator.policy == "optimal" else "as given"
        for name, operator in operators.items()
    }
    contest = contest_of(settings)
    if contest is not None:
        answering = answering_operators(settings)
        rest = resting_point(contest, [last[name] for name in answering])
        fractions = zip(answering, rest.fractions, strict=True)
        plans |= {name: fixed_plan(settings.market, fraction) for name, fraction in fractions}
        bases |= dict.fromkeys(answering, f"contest of best responses: {_how_settled(rest)}")
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
    answering = answering_operators(settings)
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


def resting_point(contest: MiningContest, start: Sequence[float]) -> Equilibrium:
    """Where best responses in turn lead if who only mines in `start` goes on so and who serves goes on serving.

    So alike operators are told apart by what they do in the run. Where that is an equilibrium of the contest
    it is this one; elsewhere, `max_gain` of the verified profile says how far it is from one.
    """
    fractions = list(start)
    for _ in range(_MOST_SWEEPS):
        moved = 0.0
        for i, before in enumerate(fractions):
            best = contest.best_response(tuple(fractions), i)
            if (best < 1.0) == (before < 1.0):
                fractions[i] = best
                moved = max(moved, abs(best - before))
        if moved <= _SETTLED:
            break
    return contest.verify(tuple(fractions))


def _how_settled(rest: Equilibrium) -> str:
    if rest.kind is not EquilibriumKind.NOT_EQUILIBRIUM:
        return str(rest.kind)
    return f"no equilibrium, one operator could gain {rest.max_gain:.2g}"


def answering_operators(settings: LeaseSettings) -> list[str]:
    """Names of the operators of policy best-response, as `contest_of` numbers them."""
    return [name for name, operator in settings.named_operators if operator.policy == "best-response"]


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
