"""The mining contest of several micro-operators: profits, best-response play and every pure Nash equilibrium.

Beyond the leasing paper. Operator i has users of its own, computing power c_i (hash rate) and mining fraction
m_i; dedicated miners have hash rate H0 and a block pays R, so per block it expects

    pi_i = S(m_i) + R c_i m_i / (H0 + sum_j c_j m_j),

S being the service profit at the best price. Between the rewards at which all serve and those at which all
only mine there is a gap without symmetric equilibria: equal operators then do different things.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

from apps.lease import parameters
from apps.lease.best_response import Rivalry, best_response
from apps.lease.economics import LeaseMarket
from apps.lease.parameters import ParameterError
from apps.lease.service_curve import last_true

SAME_FRACTION = 1e-9
"""Mining fractions closer than this are the same one."""

NASH_TOLERANCE = 1e-9
"""No operator of an equilibrium gains more than this part of its profit, or of 1 where the profit is less."""


class EquilibriumKind(StrEnum):
    """Shape of a profile of mining fractions; NOT_EQUILIBRIUM when somebody gains by deviating."""

    REDUNDANT = "redundant"
    SYMMETRIC_INTERIOR = "symmetric-interior"
    ASYMMETRIC = "asymmetric"
    MINING_ONLY = "mining-only"
    NOT_EQUILIBRIUM = "not-equilibrium"


@dataclass(frozen=True, slots=True)
class Equilibrium:
    """A verified profile.

    fractions: mining fraction of each operator.
    kind: its shape, or NOT_EQUILIBRIUM.
    max_gain: most that any operator gains by any deviation of its own (its global best response).
    profits: what each operator expects per block.
    reward_per_hash: R/(H0 + sum c_j m_j), the average mining reward per unit of hash rate (p_w for c = 1).
    sweeps: rounds of best responses that led here; 0 when it was found by enumeration.
    """

    fractions: tuple[float, ...]
    kind: EquilibriumKind
    max_gain: float
    profits: tuple[float, ...]
    reward_per_hash: float
    sweeps: int

    @property
    def operators_only_mining(self) -> int:
        """Number of operators at m = 1."""
        return sum(m >= 1.0 - SAME_FRACTION for m in self.fractions)


@dataclass(frozen=True, slots=True)
class ContestThresholds:
    """Block rewards that bound the symmetric equilibria of equal operators.

    redundant_up_to: largest R at which all at m = redundant_fraction is an equilibrium (R_g).
    interior_up_to: largest R of a symmetric interior equilibrium; `redundant_up_to` when there is none.
    fraction_at_jump: the common m there.
    mining_only_from: smallest R at which all at m = 1 is an equilibrium.
    """

    redundant_up_to: float
    interior_up_to: float
    fraction_at_jump: float
    mining_only_from: float

    @property
    def gap(self) -> float:
        """Width of the range of R without any symmetric equilibrium in pure strategies."""
        return max(0.0, self.mining_only_from - self.interior_up_to)


@dataclass(frozen=True, slots=True)
class MiningContest:
    """Several micro-operators, each with a market of its own like `market`, that mine on one chain.

    capacities: hash rate c_i of each operator at m = 1, > 0, at least one.
    background_hash_rate: dedicated miners' hash rate H0, > 0, in the same unit.
    reward: R, coins per block, >= 0.

    Raises ParameterError for anything else.
    """

    market: LeaseMarket
    capacities: tuple[float, ...]
    background_hash_rate: float
    reward: float

    def __post_init__(self) -> None:
        if not self.capacities:
            raise ParameterError("capacities", self.capacities, "at least one operator")
        capacities = tuple(parameters.positive("capacities", c) for c in self.capacities)
        object.__setattr__(self, "capacities", capacities)
        for name, check in (
            ("background_hash_rate", parameters.positive),
            ("reward", parameters.non_negative),
        ):
            object.__setattr__(self, name, check(name, getattr(self, name)))

    def _profile(self, fractions: tuple[float, ...]) -> tuple[float, ...]:
        if len(fractions) != len(self.capacities):
            raise ParameterError("fractions", fractions, f"{len(self.capacities)} of them, one per operator")
        return tuple(parameters.fraction("fractions", m) for m in fractions)

    def _rivals(self, fractions: tuple[float, ...], operator: int) -> float:
        return math.fsum(
            c * m for j, (c, m) in enumerate(zip(self.capacities, fractions, strict=True)) if j != operator
        )

    def profit(self, fractions: tuple[float, ...], operator: int) -> float:
        """Expected profit per block of one operator (by index) when operator j mines with fractions[j]."""
        rivals = self._rivals(fractions, operator)
        own = self.capacities[operator] * fractions[operator]
        income = self.reward * own / (self.background_hash_rate + rivals + own)
        return self.market.service_profit(fractions[operator]) + income

    def best_response(self, fractions: tuple[float, ...], operator: int) -> float:
        """Global best response of one operator (by index) to the others' mining fractions."""
        rivals = self._rivals(fractions, operator)
        return best_response(
            self.market, self.capacities[operator], rivals, self.background_hash_rate, self.reward
        )

    def gain(self, fractions: tuple[float, ...], operator: int) -> float:
        """What one operator gains by its best response, >= 0 up to rounding."""
        best = self.best_response(fractions, operator)
        deviation = (*fractions[:operator], best, *fractions[operator + 1 :])
        return self.profit(deviation, operator) - self.profit(fractions, operator)

    def verify(self, fractions: tuple[float, ...], sweeps: int = 0) -> Equilibrium:
        """Check a profile against every operator's global best response and say what it is.

        Raises ParameterError for a wrong number of fractions or one outside [0, 1].
        """
        fractions = self._profile(fractions)
        everyone = range(len(fractions))
        profits = tuple(self.profit(fractions, i) for i in everyone)
        gains = [max(0.0, self.gain(fractions, i)) for i in everyone]
        stable = all(g <= NASH_TOLERANCE * max(1.0, abs(p)) for g, p in zip(gains, profits, strict=True))
        total = self.background_hash_rate + self._rivals(fractions, -1)
        kind = self._kind(fractions) if stable else EquilibriumKind.NOT_EQUILIBRIUM
        return Equilibrium(fractions, kind, max(gains), profits, self.reward / total, sweeps)

    def _kind(self, fractions: tuple[float, ...]) -> EquilibriumKind:
        lowest, highest = min(fractions), max(fractions)
        if highest <= self.market.redundant_fraction + SAME_FRACTION:
            return EquilibriumKind.REDUNDANT
        if lowest >= 1.0 - SAME_FRACTION:
            return EquilibriumKind.MINING_ONLY
        if highest - lowest <= SAME_FRACTION:
            return EquilibriumKind.SYMMETRIC_INTERIOR
        return EquilibriumKind.ASYMMETRIC

    def play(self, start: tuple[float, ...] | None = None, max_sweeps: int = 500) -> Equilibrium:
        """Let the operators answer each other in turn until nobody moves by more than 1e-12.

        start: first profile; all at redundant_fraction when None. What is reached is verified: if it did not
        settle in `max_sweeps` rounds the kind is NOT_EQUILIBRIUM and max_gain says by how much. Raises
        ParameterError as `verify` does, and for max_sweeps < 1.
        """
        if isinstance(max_sweeps, bool) or not isinstance(max_sweeps, int) or max_sweeps < 1:
            raise ParameterError("max_sweeps", max_sweeps, "an integer >= 1")
        redundant = (self.market.redundant_fraction,) * len(self.capacities)
        fractions = list(redundant if start is None else self._profile(start))
        sweeps, moved = 0, math.inf
        while moved > 1e-12 and sweeps < max_sweeps:
            sweeps, moved = sweeps + 1, 0.0
            for i, before in enumerate(fractions):
                fractions[i] = self.best_response(tuple(fractions), i)
                moved = max(moved, abs(fractions[i] - before))
        return self.verify(tuple(fractions), sweeps)

    def equilibria(self) -> tuple[Equilibrium, ...]:
        """All pure equilibria of equal operators up to their order, by number at m = 1 (which stand last).

        For each k the others' common m is solved for and the profile verified. Nothing is missed: with T the
        total hash rate, an operator that serves has -S'(m)/(T - c m) = R c/T^2 (or above it, at m =
        redundant_fraction), and the left side rises with m wherever serving beats m = 1, so all that serve
        choose the same m. Raises ParameterError when capacities differ.
        """
        capacity, count = self.capacities[0], len(self.capacities)
        if any(c != capacity for c in self.capacities):
            raise ParameterError("capacities", self.capacities, "equal capacities, to enumerate equilibria")
        found = []
        for only_mining in range(count + 1):
            servers, fixed = count - only_mining, self.background_hash_rate + capacity * only_mining
            common = Rivalry(self.market.curve, capacity, fixed, max(1, servers)).common_fraction(self.reward)
            if servers == 0 or common < 1.0:
                found.append(self.verify((common,) * servers + (1.0,) * only_mining))
        return tuple(e for e in found if e.kind is not EquilibriumKind.NOT_EQUILIBRIUM)


def symmetric_thresholds(
    market: LeaseMarket, operators: int, background_hash_rate: float, capacity: float = 1.0
) -> ContestThresholds:
    """Block rewards that bound the symmetric equilibria of `operators` >= 1 equal operators.

    R_g = M_l (H0 + N c g)^2 / (c (H0 + (N-1) c g)), or the reward of the direct jump where that comes first.
    Raises ParameterError for values outside the ranges of MiningContest.
    """
    if isinstance(operators, bool) or not isinstance(operators, int) or operators < 1:
        raise ParameterError("operators", operators, "an integer >= 1")
    background = parameters.positive("background_hash_rate", background_hash_rate)
    capacity = parameters.positive("capacity", capacity)
    curve = market.curve
    first = curve.effective_price(1.0)
    equal = Rivalry(curve, capacity, background, operators)
    last_alone = Rivalry(curve, capacity, background + (operators - 1) * capacity)
    from_here = (
        last_alone.stationary_reward(last_true(last_alone.serves, first, 1.0))
        if last_alone.serves(first)
        else last_alone.jump_reward(first)
    )
    if not equal.serves(first):
        jump = equal.jump_reward(first)
        return ContestThresholds(jump, jump, market.redundant_fraction, from_here)
    last = last_true(equal.serves, first, 1.0)
    return ContestThresholds(
        equal.stationary_reward(first), equal.stationary_reward(last), curve.mining_fraction(last), from_here
    )
