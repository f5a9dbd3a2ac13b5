"""The leasing paper's claims, each with what was found: by its formulas, by a global search, by the simulated runs."""

from collections.abc import Iterator, Sequence

from apps.lease.economics import LeaseMarket
from apps.lease.paper_claims import (
    PRINCIPAL_BRANCH_LIMIT,
    paper_claims,
    price_as_printed,
    price_trigonometric,
)
from sim.reproduce.claims import Claim, Verdict
from sim.reproduce.leasing_points import LeasePoint, LeasePoints, by_value, pooled

PAPER = LeaseMarket(lease_price=0.15, redundant_fraction=0.7)
"""The market of the paper's figures."""
FIGURE_4_REWARD = 0.1
LIMIT = 3.3
"""Standard errors beyond which a deviation from a formula counts (two-sided probability 0.001)."""


def formula_claims() -> Iterator[Claim]:
    """The claims that formulas decide."""
    yield _price()
    yield _concavity()
    yield _low_threshold()
    yield _high_threshold()
    yield _middle_regime()
    yield _proposition_3_beyond()
    yield _caption()


def simulated_claims(points: LeasePoints) -> Iterator[Claim]:
    """The claims that runs decide."""
    everything = [*points.rewards, *points.prices, *points.fractions]
    yield _free_lunch(points.prices)
    yield _quality(points.fractions)
    yield _proportional(everything)
    yield _surplus_falls(points.rewards)
    yield _network_lives(everything)


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
        f"exact M_l = {exact:.6f}, {exact / claimed:.1f} times higher: 1-g divides (the scan may have lost a "
        "fraction bar)",
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
    gain = pooled(point.mining_income for point in prices)
    expected = PAPER.redundant_fraction * FIGURE_4_REWARD
    losses = [
        pooled(p.users_surplus for p in at).deviation(LeaseMarket(s, 0.7).optimum(0).users_surplus)
        for s, at in by_value(prices).items()
    ]
    holds = gain.deviation(expected) <= LIMIT and max(losses) <= LIMIT
    return Claim(
        "Fig. 4",
        "mining with redundant power adds profit and costs users nothing",
        f"simulated gain {gain.mean:.4f} ± {gain.error:.4f} (formula g p_w = {expected:.2f}); users' surplus off the "
        f"formula by at most {max(losses):.1f} standard errors over {len(losses)} lease prices",
        Verdict.HOLDS if holds else Verdict.FAILS,
    )


def _quality(fractions: Sequence[LeasePoint]) -> Claim:
    groups = by_value(fractions)
    deviations = [
        pooled(point.users_surplus for point in at).deviation(
            PAPER.users_surplus(PAPER.price_at(m) or 1.0, m)
        )
        for m, at in groups.items()
    ]
    left = pooled(point.users_surplus for point in groups[0.85]).mean / PAPER.optimum(0).users_surplus
    return Claim(
        "Eq. (2)-(6)",
        "mining with more than the redundant power lowers users' net utility",
        f"with half of the power that service needs (m = 0.85) users keep {100 * left:.0f} % of it; simulated utility "
        f"off the formula by at most {max(deviations):.1f} standard errors over {len(deviations)} fractions",
        Verdict.HOLDS if max(deviations) <= LIMIT else Verdict.FAILS,
    )


def _proportional(points: Sequence[LeasePoint]) -> Claim:
    blocks = sum(point.height for point in points)
    won = sum(point.blocks_won for point in points)
    expected = sum(point.hash_share * point.height for point in points)
    variance = sum(point.hash_share * (1 - point.hash_share) * point.height for point in points)
    deviation = (won - expected) / variance**0.5
    return Claim(
        "Sec. 3.1",
        "rewards are proportional to mining capacity in the long run",
        f"operators won {won} of {blocks} blocks, their hash share predicts {expected:.0f} "
        f"({deviation:+.1f} standard errors)",
        Verdict.HOLDS if abs(deviation) <= LIMIT else Verdict.FAILS,
    )


def _surplus_falls(rewards: Sequence[LeasePoint]) -> Claim:
    groups = by_value(rewards)
    low, high = min(groups), max(groups)
    before, after = (pooled(point.users_surplus for point in groups[value]) for value in (low, high))
    return Claim(
        "Fig. 3",
        "users' net utility, about 0.8 in the figure, falls to zero as p_w passes M_h",
        f"simulated {before.mean:.4f} at p_w = {low} and {after.mean:.4f} at p_w = {high}; the figure's scale is not "
        f"reachable, the formula's largest value is {PAPER.optimum(0).users_surplus:.4f}",
        Verdict.PARTLY if after.mean == 0 else Verdict.FAILS,
    )


def _network_lives(points: Sequence[LeasePoint]) -> Claim:
    ratios = [point.mean_interval_s / point.target_interval_s for point in points]
    mean = sum(ratios) / len(ratios)
    error = (sum((ratio - mean) ** 2 for ratio in ratios) / (len(ratios) - 1) / len(ratios)) ** 0.5
    return Claim(
        "Sec. 3.2",
        "dedicated miners keep the chain going whatever operators do",
        f"mean block interval {mean:.3f} ± {error:.3f} of the target over {len(ratios)} runs",
        Verdict.HOLDS if abs(mean - 1) <= max(LIMIT * error, 0.02) else Verdict.FAILS,
    )
