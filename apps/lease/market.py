"""The lease market's kit: who takes part in a run, and what the run says of them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from apps.kit import Json, Kit, Outcome, Participant, Population, ReportChart, ReportTable, Surroundings
from apps.lease.agents import MicroOperator, NetworkOperator, User
from apps.lease.policies import BestResponse, Constant, Plan, Policy, first_plan
from apps.lease.report import report_tables, summarise
from apps.lease.scale import to_hz
from apps.lease.settings import LeaseSettings, OperatorSettings
from chain.params import SHARECOIN

LOT = "band"
"""Name of the one lot on the market."""
AMPLE_MHZ = 10_000
"""MHz listed for each user where the scenario sets no limit."""
USER_FUNDS = 100_000 * SHARECOIN
"""What a user begins with; it spends a quarter of a Sharecoin a period."""
OPERATOR_FUNDS_PER_USER = 1_000 * SHARECOIN
"""What an operator begins with for each user: it pays rent before it is paid."""
OWNER_FUNDS = 1_000 * SHARECOIN


class LeaseKit:
    """The off-chain half of the lease application."""

    @property
    def settings(self) -> type[LeaseSettings]:
        """Model of the `[lease]` table."""
        return LeaseSettings

    def populate(self, settings: LeaseSettings, surroundings: Surroundings) -> Population:
        """One network operator, the micro-operators, and the users of each."""
        return Population(tuple(_participants(settings, surroundings)), _subsidy(settings))

    def summarise(self, settings: LeaseSettings, outcome: Outcome) -> Mapping[str, Json]:
        """The `lease` part of `summary.json`."""
        return summarise(settings, outcome)

    def tables(self, summary: Mapping[str, Any]) -> Sequence[ReportTable]:
        """Simulation beside formula, for each operator."""
        return report_tables(summary)

    def charts(self, summary: Mapping[str, Any]) -> Sequence[ReportChart]:
        """None: `hertzchain reproduce leasing` draws this market."""
        return ()


def _participants(settings: LeaseSettings, surroundings: Surroundings) -> Iterator[Participant]:
    scale, operators = settings.scale, settings.named_operators
    listed_mhz = (AMPLE_MHZ if settings.bandwidth is None else settings.bandwidth) * settings.users
    owner = NetworkOperator(LOT, to_hz(listed_mhz * len(operators)), scale.unit_price(settings.lease_price))
    yield Participant("network-operator", "network-operator", owner, OWNER_FUNDS)
    for index, (name, operator) in enumerate(operators):
        plan = first_plan(settings, operator)
        yield Participant(
            name,
            "micro-operator",
            MicroOperator(name, LOT, _policy(settings, operator, plan, index), scale),
            OPERATOR_FUNDS_PER_USER * settings.users,
            operator.hash_rate * surroundings.miners_hash_rate,
            plan.mining_fraction,
        )
    for name, _ in operators:
        for i in range(settings.users):
            phase = i % settings.period_blocks
            user = User(name, settings.market, scale, phase, settings.warmup_periods)
            yield Participant(f"{name}/user-{i + 1}", "user", user, USER_FUNDS)


def _policy(settings: LeaseSettings, operator: OperatorSettings, plan: Plan, index: int) -> Policy:
    if operator.policy != "best-response":
        return Constant(plan)
    assert settings.block_reward is not None
    delay = operator.revision_blocks * index // len(settings.named_operators)
    reward = settings.scale.reward(settings.block_reward)
    return BestResponse(settings.market, reward, plan, operator.revision_blocks, delay)


def _subsidy(settings: LeaseSettings) -> int:
    """What a block creates: as given, or so that an operator at its planned m earns m * mining_reward.

    With dedicated miners of hash rate 1 and operators of capacity c at fractions m_j, a block that pays R
    brings operator i R c m_i/(1 + c sum m_j) on average, so R per user and period is mining_reward (1 + c
    sum m_j)/c.
    """
    if settings.mining_reward is None:
        assert settings.block_reward is not None
        return round(settings.block_reward * SHARECOIN)
    operators = settings.named_operators
    capacity = operators[0][1].hash_rate
    mining = capacity * sum(first_plan(settings, operator).mining_fraction for _, operator in operators)
    return settings.scale.subsidy(settings.mining_reward * (1 + mining) / capacity)


LEASE_KIT: Kit[LeaseSettings] = LeaseKit()
