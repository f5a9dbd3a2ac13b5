"""The leasing paper's claims, each with what was found: by its formulas, by a global search, by the simulated runs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from apps.lease.economics import LeaseMarket
from apps.lease.paper_claims import (
    PRINCIPAL_BRANCH_LIMIT,
    paper_claims,
    price_as_printed,
    price_trigonometric,
)
from sim.reproduce.leasing_points import LeasePoint, by_value

PAPER = LeaseMarket(lease_price=0.15, redundant_fraction=0.7)
"""The market of the paper's figures."""
FIGURE_4_REWARD = 0.1


class Verdict(StrEnum):
    """What became of a claim."""

    HOLDS = "holds"
    PARTLY = "partly"
    FAILS = "fails"


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim of the paper and what was found."""

    where: str
    claim: str
    found: str
    verdict: Verdict


def formula_claims() -> Iterator[Claim]:
    """The claims that formulas decide."""
    yield _price()
    yield _concavity()
    yield _low_threshold()
    yield _high_threshold()
    yield _middle_regime()
    yield _proposition_3_beyond()
    yield _caption()


def simulated_claims(rewards: Sequence[LeasePoint], prices: Sequence[LeasePoint]) -> Iterator[Claim]:
    """The claims that runs decide: `rewards` varies the mining reward (Fig. 3), `prices` the lease price (Fig. 4)."""
    yield _free_lunch(prices)
    yield _proportional(rewards)
    yield _surplus_falls(rewards)
    yield _network_lives(rewards)


def _price() -> Claim:
    s = 0.2
    right, printed = price_trigonometric(s), price_as_printed(s)
    gap = abs(price_trigonometric(0.15) - PAPER.optimal_price())
    return Claim(
        "Prop. 1",
        "the optimal price is the cosine formula with 4 pi",
        f"equals (s + sqrt(s^2 + 8s))/4 to {gap:.0e} if the arctangent takes both coordinates; with the printed one "
        f"it fails for p_s > {PRINCIPAL_BRANCH_LIMIT:.4f}: {printed:.4f} instead of {right:.4f} at p_s = {s}",
        Verdict.PARTLY,
    )


def _concavity() -> Claim:
    edge = PAPER.lease_price ** (1 / 3)
    return Claim(
        "App. A",
        "the profit is concave in the price",
        f"only below p = p_s^(1/3) = {edge:.4f}, convex above; the optimum is unique all the same",
        Verdict.PARTLY,
    )


def _low_threshold() -> Claim:
    claimed, exact = paper_claims(PAPER).low, PAPER.thresholds.low
    return Claim(
        "Prop. 3",
        f"below M_l = (1-g)(p-p_s)(1-p) = {claimed:.4f} only redundant power mines",
        f"exact M_l = {exact:.6f}, {exact / claimed:.1f} times higher (the paper multiplies by 1-g, not divides)",
        Verdict.FAILS,
    )


def _high_threshold() -> Claim:
    claimed, exact = paper_claims(PAPER).high, PAPER.thresholds.high
    return Claim(
        "Prop. 2",
        f"above M_h = (p-p_s)/(p^2(1-g)) = {claimed:.3f} service stops",
        f"true but far from tight, and outside the paper's own range p_w <= 1: service stops at {exact:.6f}",
        Verdict.PARTLY,
    )


def _middle_regime() -> Claim:
    limits = PAPER.thresholds
    return Claim(
        "Sec. 4.2",
        "between M_l and M_h mining grows and the price stays",
        f"the range is {limits.low:.4f} to {limits.high:.4f} only; the price falls from {PAPER.optimal_price():.4f} "
        f"to {limits.price_at_jump:.4f}, m reaches {limits.fraction_at_jump:.2f} and then jumps to 1",
        Verdict.PARTLY,
    )


def _proposition_3_beyond() -> Claim:
    market = LeaseMarket(0.3, 0.7)
    limits = market.thresholds
    return Claim(
        "Prop. 3",
        "for p_w < M_l the optimum is m = g at any p_s",
        f"false for p_s > 1/6 even with the exact M_l: at p_s = 0.3 mining alone wins from {limits.high:.5f}, "
        f"below M_l = {limits.marginal:.5f}",
        Verdict.FAILS,
    )


def _caption() -> Claim:
    price = 1e-4
    best = LeaseMarket(price, 0.7).optimum(FIGURE_4_REWARD)
    return Claim(
        "Fig. 4",
        "p_w = 0.1 < M_l for all p_s shown",
        f"not as p_s approaches 0: at p_s = {price} the optimum is m = {best.mining_fraction:.4f}",
        Verdict.PARTLY,
    )


def _free_lunch(prices: Sequence[LeasePoint]) -> Claim:
    gains = [point.mining_income for point in prices]
    mean, error = mean_and_error(gains)
    expected = PAPER.redundant_fraction * FIGURE_4_REWARD
    losses = [
        abs(mean_and_error([p.users_surplus - LeaseMarket(s, 0.7).optimum(0).users_surplus for p in at])[0])
        / max(mean_and_error([p.users_surplus for p in at])[1], 1e-12)
        for s, at in by_value(prices).items()
    ]
    within = abs(mean - expected) <= 3 * error and max(losses) <= 4
    return Claim(
        "Fig. 4",
        "mining with redundant power adds profit and costs users nothing",
        f"simulated gain {mean:.4f} +- {error:.4f} (formula g p_w = {expected:.2f}); users' surplus off the formula by "
        f"at most {max(losses):.1f} standard errors over {len(losses)} lease prices",
        Verdict.HOLDS if within else Verdict.FAILS,
    )


def _proportional(rewards: Sequence[LeasePoint]) -> Claim:
    blocks = sum(point.height for point in rewards)
    won = sum(point.blocks_won for point in rewards)
    expected = sum(point.hash_share * point.height for point in rewards)
    variance = sum(point.hash_share * (1 - point.hash_share) * point.height for point in rewards)
    deviation = (won - expected) / max(variance, 1e-12) ** 0.5
    return Claim(
        "Sec. 3.1",
        "rewards are proportional to mining capacity in the long run",
        f"operators won {won} of {blocks} blocks, their hash share predicts {expected:.0f} "
        f"({deviation:+.1f} standard errors)",
        Verdict.HOLDS if abs(deviation) <= 3 else Verdict.FAILS,
    )


def _surplus_falls(rewards: Sequence[LeasePoint]) -> Claim:
    groups = by_value(rewards)
    low, high = groups[min(groups)], groups[max(groups)]
    before, after = (
        mean_and_error([p.users_surplus for p in low])[0],
        mean_and_error([p.users_surplus for p in high])[0],
    )
    return Claim(
        "Fig. 3",
        "users' net utility falls to zero as p_w passes M_h",
        f"simulated {before:.4f} at p_w = {min(groups)} and {after:.4f} at p_w = {max(groups)}; the figure's scale "
        f"(about 0.8) is not reachable, the formula's largest value is {PAPER.optimum(0).users_surplus:.4f}",
        Verdict.PARTLY if after == 0 else Verdict.FAILS,
    )


def _network_lives(rewards: Sequence[LeasePoint]) -> Claim:
    intervals = [point.mean_interval_s / point.target_interval_s for point in rewards]
    mean, error = mean_and_error(intervals)
    return Claim(
        "Sec. 3.2",
        "dedicated miners keep the chain going whatever operators do",
        f"mean block interval {mean:.3f} +- {error:.3f} of the target over {len(intervals)} runs",
        Verdict.HOLDS if abs(mean - 1) <= max(3 * error, 0.05) else Verdict.FAILS,
    )


def mean_and_error(values: Sequence[float]) -> tuple[float, float]:
    """Mean and its standard error; the error of a single value is 0."""
    count = len(values)
    mean = sum(values) / count
    if count < 2:
        return mean, 0.0
    variance = sum((value - mean) ** 2 for value in values) / (count - 1)
    return mean, (variance / count) ** 0.5
