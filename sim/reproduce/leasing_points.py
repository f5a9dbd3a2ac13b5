"""The simulated points of the leasing paper's figures."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import accumulate
from math import inf, sqrt

from sim.reproduce.points import Done, Point, PointFailed, run_points

REWARDS = (0.05, 0.15, 0.25, 0.35, 0.38, 0.39, 0.4, 0.408, 0.415, 0.45, 0.5)
"""Mining rewards p_w of the simulated points of Fig. 3."""
LEASE_PRICES = (0.02, 0.05, 0.08, 0.11, 0.14, 0.17, 0.2)
"""Lease prices p_s of the simulated points of Fig. 4."""
FRACTIONS = (0.75, 0.8, 0.85, 0.9, 0.95)
"""Mining fractions of operators that mine more than pays: what it does to the service."""
_COMMON: tuple[tuple[str, object], ...] = (
    ("network.peers", 30),
    ("lease.users", 50),
    ("checks.invariants_every", 20),
)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean and its standard error."""

    mean: float
    error: float

    def deviation(self, expected: float) -> float:
        """Distance from `expected` in standard errors."""
        return abs(self.mean - expected) / self.error if self.error else 0.0 if self.mean == expected else inf


def pooled(estimates: Iterable[Estimate]) -> Estimate:
    """The mean of independent estimates of one quantity."""
    known = list(estimates)
    error = sqrt(sum(estimate.error**2 for estimate in known)) / len(known)
    return Estimate(sum(estimate.mean for estimate in known) / len(known), error)


@dataclass(frozen=True, slots=True)
class LeasePoint:
    """What one run says of its operator, in the paper's units (per user and service period)."""

    value: float
    """The varied quantity: p_w, p_s or m."""
    seed: int
    mining_fraction: float
    profit: Estimate
    service_profit: Estimate
    mining_income: Estimate
    users_surplus: Estimate
    hash_share: float
    blocks_won: int
    height: int
    mean_interval_s: float
    target_interval_s: float


@dataclass(frozen=True, slots=True)
class LeasePoints:
    """All simulated points."""

    rewards: tuple[LeasePoint, ...]
    """The mining reward varies (Fig. 3); the operator splits its power in the best way."""
    prices: tuple[LeasePoint, ...]
    """The lease price varies (Fig. 4); likewise."""
    fractions: tuple[LeasePoint, ...]
    """The mining fraction is imposed."""


def simulate_points(
    seeds: int, blocks: int, processes: int | None, on_done: Callable[[int, int], None]
) -> LeasePoints:
    """Every point with `seeds` runs of `blocks` blocks; no two runs share a seed. Raises PointFailed."""
    figures: tuple[list[tuple[float, tuple[str, object]]], ...] = (
        [(value, ("lease.mining_reward", value)) for value in REWARDS],
        [(value, ("lease.lease_price", value)) for value in LEASE_PRICES],
        [(value, ("lease.operators", [_imposed(value)])) for value in FRACTIONS],
    )
    values = [value for figure in figures for value, _ in figure]
    overrides = [(override, ("run.blocks", blocks), *_COMMON) for figure in figures for _, override in figure]
    wanted = [
        Point("lease", override, 1 + seeds * place + repeat)
        for place, override in enumerate(overrides)
        for repeat in range(seeds)
    ]
    done = run_points(wanted, processes, on_done)
    points = [_lease_point(values[number // seeds], entry) for number, entry in enumerate(done)]
    ends = list(accumulate(seeds * len(figure) for figure in figures))
    return LeasePoints(
        *(tuple(points[end - seeds * len(f) : end]) for f, end in zip(figures, ends, strict=True))
    )


def _imposed(mining_fraction: float) -> dict[str, object]:
    return {"policy": "fixed", "mining_fraction": mining_fraction}


def by_value(points: Iterable[LeasePoint]) -> dict[float, list[LeasePoint]]:
    """The points grouped by the varied quantity, ascending."""
    groups: dict[float, list[LeasePoint]] = {}
    for point in sorted(points, key=lambda point: point.value):
        groups.setdefault(point.value, []).append(point)
    return groups


def _lease_point(value: float, done: Done) -> LeasePoint:
    if done.error:
        raise PointFailed(done.point.overrides, done.point.seed, done.error)
    operator = done.summary["lease"]["operators"][0]
    chain = done.summary["chain"]
    return LeasePoint(
        value=value,
        seed=done.point.seed,
        mining_fraction=operator["mining_fraction"],
        profit=Estimate(operator["profit"], operator["profit_se"]),
        service_profit=Estimate(operator["service_profit"], operator["service_profit_se"]),
        mining_income=Estimate(operator["mining_income"], operator["mining_income_se"]),
        users_surplus=Estimate(operator["users_surplus"], operator["users_surplus_se"]),
        hash_share=operator["hash_share"],
        blocks_won=operator["blocks_won"],
        height=chain["height"],
        mean_interval_s=chain["mean_interval_s"],
        target_interval_s=chain["target_interval_s"],
    )
