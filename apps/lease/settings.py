"""The `[lease]` table of a scenario: the market's parameters and who takes part in it."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from apps.lease.economics import LeaseMarket
from apps.lease.scale import Scale

DEFAULT_MINING_REWARD = 0.1
MOST_USERS = 100_000
"""Users for whom there are coins enough."""


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class OperatorSettings(_Table):
    """One micro-operator, or several alike."""

    name: str = Field(
        "operator",
        pattern=r"^[a-z][a-z0-9-]*$",
        max_length=24,
        description="Its name; where there are several alike, -1, -2, ... follow.",
    )
    count: int = Field(1, ge=1, le=1_000, description="How many operators are like this.")
    hash_rate: float = Field(
        0.25,
        ge=0.001,
        le=1_000,
        description="Hash rate if all its power mined; all dedicated miners together are 1.",
    )
    policy: Literal["fixed", "optimal", "best-response"] = Field(
        "optimal",
        description="How it splits its computing power: as given, best for mining_reward, or best against "
        "the hash rate it observes.",
    )
    mining_fraction: float | None = Field(
        None,
        ge=0,
        le=1,
        description="Share of its computing power that mines (fixed), or does at first (best-response); left "
        "out: redundant_fraction.",
    )
    price: float | None = Field(
        None, gt=0, le=1, description="Its price per unit of bandwidth (fixed); left out: the best one."
    )
    revision_blocks: int = Field(
        48, ge=4, le=100_000, description="Blocks between two looks at the others' hash rate (best-response)."
    )

    @model_validator(mode="after")
    def _fits_the_policy(self) -> Self:
        if self.policy == "optimal" and self.mining_fraction is not None:
            raise ValueError("no mining_fraction: the policy optimal chooses it")
        if self.policy != "fixed" and self.price is not None:
            raise ValueError(f"no price: the policy {self.policy} chooses it")
        if self.price is not None and self.mining_fraction == 1:
            raise ValueError("no price where mining_fraction is 1: nothing is served")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the operators."""
        return (self.name,) if self.count == 1 else tuple(f"{self.name}-{i + 1}" for i in range(self.count))


def _as_tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


class LeaseSettings(_Table):
    """The lease market of a scenario, in the leasing paper's units."""

    lease_price: float = Field(
        0.15,
        ge=0,
        lt=1,
        description="Price of leased spectrum, Sharecoin per MHz and period (p_s).",
    )
    redundant_fraction: float = Field(
        0.7,
        ge=0,
        lt=1,
        description="Share of its computing power that service does not need (gamma).",
    )
    bandwidth: float | None = Field(
        None,
        gt=0,
        le=10_000,
        description="MHz on the market for each user, a plain number such as 0.5 (W); left out: more than are "
        "ordered.",
    )
    mining_reward: float | None = Field(
        None,
        ge=0,
        le=10,
        description="What an operator earns a period and user if all its computing power mined (p_w): "
        f"it fixes the block subsidy. {DEFAULT_MINING_REWARD} if block_reward is left out too.",
    )
    block_reward: float | None = Field(
        None, ge=0, le=1e6, description="Sharecoin a block pays, in place of mining_reward: a contest for it."
    )
    users: int = Field(50, ge=1, le=10_000, description="Users of each operator.")
    period_blocks: int = Field(
        4, ge=1, le=1_000, description="Blocks of a service period; each user orders once a period."
    )
    warmup_periods: int = Field(
        3, ge=1, le=1_000_000, description="Periods before users begin to order and anything is counted."
    )
    operators: Annotated[tuple[OperatorSettings, ...], BeforeValidator(_as_tuple)] = Field(
        (OperatorSettings(),), min_length=1, max_length=1_000, description="The micro-operators."
    )

    @model_validator(mode="before")
    @classmethod
    def _reward_or_default(cls, table: object) -> object:
        if (
            isinstance(table, dict)
            and table.get("mining_reward") is None
            and table.get("block_reward") is None
        ):
            return {**table, "mining_reward": DEFAULT_MINING_REWARD}
        return table

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        if self.mining_reward is not None and self.block_reward is not None:
            raise ValueError("either mining_reward or block_reward, not both")
        if self.lease_price == 0 and self.bandwidth is None:
            raise ValueError("a bandwidth where lease_price is 0: demand for free spectrum has no bound")
        policies = {operator.policy for operator in self.operators}
        if self.mining_reward is None and "optimal" in policies:
            raise ValueError("mining_reward, not block_reward, for an operator of policy optimal")
        if self.block_reward is None and "best-response" in policies:
            raise ValueError("block_reward, not mining_reward, for an operator of policy best-response")
        if self.mining_reward is not None and len({operator.hash_rate for operator in self.operators}) > 1:
            raise ValueError("one hash_rate for all operators, or block_reward in place of mining_reward")
        if self.users * len(self.named_operators) > MOST_USERS:
            raise ValueError(f"at most {MOST_USERS} users of all operators together")
        names = [name for name, _ in self.named_operators]
        if len(set(names)) < len(names):
            raise ValueError("a name of its own for each operator")
        return self

    @property
    def market(self) -> LeaseMarket:
        """The market of one operator."""
        return LeaseMarket(self.lease_price, self.redundant_fraction, self.bandwidth)

    @property
    def scale(self) -> Scale:
        """The paper's units on this chain."""
        return Scale(self.users, self.period_blocks)

    @property
    def named_operators(self) -> tuple[tuple[str, OperatorSettings], ...]:
        """(name, settings) of every operator, one by one."""
        return tuple((name, operator) for operator in self.operators for name in operator.names)
