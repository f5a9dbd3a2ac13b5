"""How a micro-operator chooses its price and its mining fraction."""

from dataclasses import dataclass, field
from typing import Protocol

from apps.agent import SeenBlock, Update
from apps.lease.best_response import best_response
from apps.lease.economics import LeaseMarket
from apps.lease.settings import LeaseSettings, OperatorSettings

MATERIAL_CHANGE = 0.005
"""A smaller change of the mining fraction is not worth a new offer."""
MATERIAL_GAIN = 0.01
"""To begin or to stop serving takes the promise of this much more profit, as a part of it."""
LEAST_OTHERS = 0.01
"""The others have at least this share of the observed hash rate, however unlucky their blocks fell."""
_MS_PER_S = 1_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What a micro-operator does until further notice, in the paper's units."""

    mining_fraction: float
    price: float | None
    """None: it serves nobody."""


class Policy(Protocol):
    """A rule that gives the plan; it sees every change of the chain, in order."""

    def plan(self, update: Update) -> Plan:
        """The plan from now on."""


def fixed_plan(market: LeaseMarket, mining_fraction: float, price: float | None = None) -> Plan:
    """A given mining fraction at a given price, by default the best one; at fraction 1 nothing is served."""
    if mining_fraction >= 1.0:
        return Plan(1.0, None)
    return Plan(mining_fraction, market.price_at(mining_fraction) if price is None else price)


def optimal_plan(market: LeaseMarket, mining_reward: float) -> Plan:
    """The paper's joint optimum for a given reward per unit of mining fraction."""
    best = market.optimum(mining_reward)
    return Plan(best.mining_fraction, best.price)


def first_plan(settings: LeaseSettings, operator: OperatorSettings) -> Plan:
    """What an operator's settings make it do at first: all the time, unless its policy is best-response."""
    if operator.policy == "optimal":
        assert settings.mining_reward is not None
        return optimal_plan(settings.market, settings.mining_reward)
    fraction = operator.mining_fraction
    return fixed_plan(
        settings.market, settings.redundant_fraction if fraction is None else fraction, operator.price
    )


@dataclass(frozen=True, slots=True)
class Constant:
    """One plan for ever: a fixed split, or the optimum for a given reward."""

    always: Plan

    def plan(self, update: Update) -> Plan:
        """The plan."""
        return self.always


@dataclass(slots=True)
class BestResponse:
    """Answers the hash rate it observes on chain with the mining fraction that earns most against it.

    Between two revisions its own mining is constant, so that what the others mined is what was mined less
    its own. The estimate averages over all revisions: a single one has a relative error of
    revision_blocks**-0.5, and answering it alone would never come to rest.
    """

    market: LeaseMarket
    reward: float
    """What all blocks of a period are worth, Sharecoin per user."""
    current: Plan
    """Where it begins."""
    revision_blocks: int
    """Blocks between revisions."""
    delay_blocks: int = 0
    """Blocks by which it revises after others, so that they do not answer each other all at once."""
    _window: list[SeenBlock] = field(default_factory=list)
    _others_hash_rate: float = 0.0
    _revisions: int = 0

    def plan(self, update: Update) -> Plan:
        """The plan, revised when enough blocks have come."""
        for gone in update.disconnected:
            if self._window and self._window[-1].id == gone.id:
                self._window.pop()
        self._window.extend(update.connected)
        wanted = self.revision_blocks + (0 if self._revisions else self.delay_blocks)
        if len(self._window) > wanted:
            self._revise(update.hash_rate)
        return self.current

    def _revise(self, hash_rate: float) -> None:
        observed = observed_hash_rate(self._window)
        self._window = self._window[-1:]
        if observed is None:
            return
        own = hash_rate * self.current.mining_fraction
        others = max(observed - own, LEAST_OTHERS * observed)
        self._revisions += 1
        self._others_hash_rate += (others - self._others_hash_rate) / self._revisions
        fraction = best_response(self.market, hash_rate, 0.0, self._others_hash_rate, self.reward)
        if self._is_material(fraction, hash_rate):
            self.current = fixed_plan(self.market, fraction)

    def _is_material(self, fraction: float, hash_rate: float) -> bool:
        # Where serving and only mining earn nearly the same, the estimate's noise would toss the operator about.
        before = self.current.mining_fraction
        if (fraction < 1.0) == (before < 1.0):
            return abs(fraction - before) > MATERIAL_CHANGE
        profit = self._profit(before, hash_rate)
        return self._profit(fraction, hash_rate) - profit > MATERIAL_GAIN * profit

    def _profit(self, fraction: float, hash_rate: float) -> float:
        own = hash_rate * fraction
        return self.market.service_profit(fraction) + self.reward * own / (self._others_hash_rate + own)


def observed_hash_rate(blocks: list[SeenBlock]) -> float | None:
    """Hashes per second behind successive blocks, unbiased; None for fewer than three or no time.

    With n blocks after the first in time t and difficulties D, (n - 1)/n * sum(D)/t: t is gamma
    distributed, and the mean of 1/t is n/(n - 1) times that of one over its mean.
    """
    n = len(blocks) - 1
    elapsed_ms = blocks[-1].time_ms - blocks[0].time_ms if blocks else 0
    if n < 2 or elapsed_ms <= 0:
        return None
    hashes = sum(block.difficulty for block in blocks[1:])
    return (n - 1) / n * hashes * _MS_PER_S / elapsed_ms
