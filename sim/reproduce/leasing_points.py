"""The simulated points of the leasing paper's figures."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sim.reproduce.points import Done, Point, run_points

REWARDS = (0.05, 0.15, 0.25, 0.35, 0.38, 0.39, 0.4, 0.408, 0.415, 0.45, 0.5)
"""Mining rewards p_w of the simulated points of Fig. 3."""
LEASE_PRICES = (0.02, 0.05, 0.08, 0.11, 0.14, 0.17, 0.2)
"""Lease prices p_s of the simulated points of Fig. 4."""
PEERS = 30


@dataclass(frozen=True, slots=True)
class LeasePoint:
    """What one run says of its operator, in the paper's units (per user and service period)."""

    value: float
    """The varied quantity: p_w or p_s."""
    seed: int
    mining_fraction: float
    profit: float
    service_profit: float
    mining_income: float
    users_surplus: float
    hash_share: float
    blocks_won: int
    height: int
    mean_interval_s: float
    target_interval_s: float


class PointFailed(Exception):
    """A simulated point ended with an error. Args: overrides, seed, error."""

    def __str__(self) -> str:
        overrides, seed, error = self.args
        return f"the run with {dict(overrides)} and seed {seed} failed: {error}"


def simulate_points(
    rewards: Sequence[float],
    lease_prices: Sequence[float],
    seeds: int,
    blocks: int,
    processes: int | None,
    on_done: Callable[[int, int], None],
) -> tuple[list[LeasePoint], list[LeasePoint]]:
    """The points of Fig. 3 (one list) and of Fig. 4 (the other), `seeds` runs each. Raises PointFailed."""
    wanted = [
        _point("lease.mining_reward", value, seed, blocks) for value in rewards for seed in range(seeds)
    ]
    fig4 = [
        _point("lease.lease_price", value, seed, blocks) for value in lease_prices for seed in range(seeds)
    ]
    done = run_points([*wanted, *fig4], processes, on_done)
    points = [_lease_point(entry) for entry in done]
    return points[: len(wanted)], points[len(wanted) :]


def by_value(points: Iterable[LeasePoint]) -> dict[float, list[LeasePoint]]:
    """The points grouped by the varied quantity, ascending."""
    groups: dict[float, list[LeasePoint]] = {}
    for point in sorted(points, key=lambda point: point.value):
        groups.setdefault(point.value, []).append(point)
    return groups


def _point(key: str, value: float, seed: int, blocks: int) -> Point:
    # One seed has the same users and the same luck at every value: differences between values stand out.
    return Point("lease", ((key, value), ("run.blocks", blocks), ("network.peers", PEERS)), 1 + seed)


def _lease_point(done: Done) -> LeasePoint:
    if done.error:
        raise PointFailed(done.point.overrides, done.point.seed, done.error)
    operator = done.summary["lease"]["operators"][0]
    chain = done.summary["chain"]
    return LeasePoint(
        value=float(done.point.overrides[0][1]),
        seed=done.point.seed,
        mining_fraction=operator["mining_fraction"],
        profit=operator["profit"],
        service_profit=operator["service_profit"],
        mining_income=operator["mining_income"],
        users_surplus=operator["users_surplus"],
        hash_share=operator["hash_share"],
        blocks_won=operator["blocks_won"],
        height=chain["height"],
        mean_interval_s=chain["mean_interval_s"],
        target_interval_s=chain["target_interval_s"],
    )
