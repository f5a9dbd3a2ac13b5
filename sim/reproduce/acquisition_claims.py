"""The acquisition paper's claims about the predicted problem and Algorithm 1 (sections III and IV, Fig. 1)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from scipy.stats import kstest

from apps.admm.capped_simplex import project
from apps.admm.cell import Cell
from apps.admm.channel import gain_cdf
from apps.admm.efficiency import LogTrapezoid
from apps.admm.parameters import FloatArray
from apps.admm.problem import AcquisitionProblem
from apps.admm.settings import PAPER_POINTS
from sim.reproduce.acquisition_data import (
    BANDWIDTH_HZ,
    DENSITIES_6,
    FIGURE_RATE_BPS,
    NOISE_PSD_W_PER_HZ,
    PATHLOSS_EXPONENT,
    RATES_BPS,
    Place,
    Prediction,
    predicted,
)
from sim.reproduce.acquisition_rounds import COARSE, FINE, Iteration, Iterations, count, rounds_until
from sim.reproduce.acquisition_rules import RuleError
from sim.reproduce.claims import Claim, Verdict

ACCURATE = 1e-3
"""A relative error up to which a rule counts as highly accurate."""
TEN_ITERATIONS = 12
"""Up to so many iterations count as about ten."""
LEAST_PROBABILITY = 1e-3
"""A deviation less probable than this by chance counts as one."""
_MEGA = 1e6
_VECTORS = 2000


def predicted_claims(
    errors: Sequence[RuleError], runs: Iterations, gains: Mapping[float, FloatArray], seed: int
) -> Iterator[Claim]:
    """Sections III and IV and Fig. 1; `gains`: drawn |h|^2 by cell radius, `seed`: of the random vectors."""
    rates = [predicted(Place(rate)) for rate in RATES_BPS]
    densities = [predicted(Place(FIGURE_RATE_BPS, density)) for density in DENSITIES_6]
    yield distribution(gains)
    yield quadrature(errors, rates)
    yield convexity(rates)
    yield extra_division(runs.figure.prediction)
    yield zero_penalty(rates)
    yield argmax(runs.figure)
    yield projection(seed, [runs.figure, *runs.rates, *runs.scales])
    yield global_optimum(runs.rates)
    yield ten_iterations(runs)
    yield more_users([*rates, *densities])


def distribution(gains: Mapping[float, FloatArray]) -> Claim:
    """Proposition 1 against users drawn at random, by the test of Kolmogorov and Smirnov."""
    chances = {
        radius: float(kstest(gain_cdf(gain, radius, PATHLOSS_EXPONENT), "uniform").pvalue)
        for radius, gain in gains.items()
    }
    users = sum(map(len, gains.values()))
    listed = ", ".join(f"{p:.2f} at {radius:g} m" for radius, p in chances.items())
    return Claim(
        "Prop. 1",
        "the channel gain has the distribution (14)",
        f"gains of {users:,} users drawn at random against (14): probability of the largest distance {listed}",
        Verdict.HOLDS if min(chances.values()) >= LEAST_PROBABILITY else Verdict.FAILS,
    )


def quadrature(errors: Sequence[RuleError], predictions: Iterable[Prediction]) -> Claim:
    """The paper's rule at the optimum, and what it does to the split of the band."""
    paper = [e for e in errors if e.rule == "half-range-hermite" and e.points == PAPER_POINTS]
    trapezoid = [e for e in errors if e.rule == "log-trapezoid" and e.points == LogTrapezoid().points]
    relative, mass = [e.relative_error for e in paper], [e.total_mass for e in paper]
    worst = max(map(abs, relative))
    moved, excess = zip(*map(_misallocation, predictions), strict=True)
    best = max(abs(e.relative_error) for e in trapezoid)
    return Claim(
        "Sec. III",
        f"half-range Gauss-Hermite quadrature, K = {PAPER_POINTS}, gives (20) with high accuracy",
        f"the rate at the optimum is off by {100 * min(relative):+.1f} % to {100 * max(relative):+.1f} %, the total "
        f"probability {min(mass):.2f} to {max(mass):.2f}; MVNOs get up to {max(moved) / _MEGA:.2f} MHz more or less "
        f"than they should, which takes up to {100 * max(excess):.0f} % more power; {trapezoid[0].points} points "
        f"of the trapezoid rule in a map of ln x are off by {best:.0e}",
        Verdict.HOLDS if worst <= ACCURATE else Verdict.PARTLY if worst <= 10 * ACCURATE else Verdict.FAILS,
    )


def _misallocation(prediction: Prediction) -> tuple[float, float]:
    """Largest distance of the paper's split from the optimum, Hz, and the excess of its true power."""
    best, split = prediction.best, prediction.half_range.bandwidth_hz
    excess = float(prediction.problem.power_w(split).sum()) / best.total_power_w - 1.0
    return float(np.max(np.abs(split - best.bandwidth_hz))), excess


def convexity(predictions: Iterable[Prediction]) -> Claim:
    """The curvature of every power curve over the whole band."""
    grid = np.geomspace(0.02, 1.0, 30) * BANDWIDTH_HZ
    least = min(
        float(np.min(band**2 * p.problem.power_curve.curvature_w_per_hz2(at) / p.problem.power_w(at)))
        for p in predictions
        for band in grid
        for at in [np.full(len(p.problem.cells), band)]
    )
    return Claim(
        "Eq. (24)",
        "the problem is convex",
        f"w^2 p''(w)/p(w) is at least {least:.2f} from {grid[0] / _MEGA:g} to {grid[-1] / _MEGA:g} MHz at every rate",
        Verdict.HOLDS if least > 0 else Verdict.FAILS,
    )


def extra_division(prediction: Prediction) -> Claim:
    """(24), (25b) and (32) divide by N_m what (23) has already divided."""
    problem, best = prediction.problem, prediction.best
    users = np.array([cell.mean_users for cell in problem.cells])
    needed = problem.power_curve.load_bps / best.bandwidth_hz
    cells = [Cell(c.radius_m, c.density_per_km2, c.rate_bps * c.mean_users) for c in problem.cells]
    printed = AcquisitionProblem(cells, BANDWIDTH_HZ, NOISE_PSD_W_PER_HZ, PATHLOSS_EXPONENT)
    power_w = float(printed.power_w(best.bandwidth_hz).sum())
    return Claim(
        "Eq. (24), (32)",
        "the rate of a user is w eta/N_m log2(...)",
        f"eta already holds E[1/N]: with /N_m cells need {min(needed * users):.0f} to {max(needed * users):.0f} "
        f"bit/s/Hz, not {min(needed):.1f} to {max(needed):.1f}, and 10^{np.log10(power_w):.0f} W, not "
        f"{best.total_power_w:.1e} W",
        Verdict.FAILS if power_w > 2 * best.total_power_w else Verdict.HOLDS,
    )


def zero_penalty(predictions: Sequence[Prediction]) -> Claim:
    """Algorithm 1 starts with nu = 0: where would (32) have its minimum?"""
    grid = np.geomspace(1e-1, 1e3, 41) * BANDWIDTH_HZ
    slopes = np.concatenate(
        [
            p.problem.power_curve.slope_w_per_hz(np.full(len(p.problem.cells), w))
            for p in predictions
            for w in grid
        ]
    )
    return Claim(
        "Alg. 1",
        "the penalty is nu = 0",
        f"then (32) has no minimiser: p'(w) < 0 at {np.count_nonzero(slopes < 0)} of {len(slopes)} points up to "
        f"{grid[-1] / 1e9:g} GHz, so every MVNO would ask for any bandwidth; nu > 0 is needed",
        Verdict.FAILS if np.all(slopes < 0) else Verdict.HOLDS,
    )


def argmax(run: Iteration) -> Claim:
    """(30), (33) and (40) say argmax; how large does the Lagrangian get away from the algorithm's step?"""
    problem, best = run.prediction.problem, run.prediction.best
    penalty = float(run.trace.penalty_w_per_hz2[0])
    factors = (1.0, 0.1, 10.0)
    narrow, wide = (_lagrangian(problem, best.bandwidth_hz, penalty, f) for f in factors[1:])
    here = _lagrangian(problem, best.bandwidth_hz, penalty, 1.0)
    lower = min(narrow, wide) > here
    return Claim(
        "(30), (33), (40)",
        "the steps are argmax of the augmented Lagrangian",
        f"(31) and (34) are minimisations: the Lagrangian (29), {here:.1e} W at the optimum, is {narrow:.1e} W at a "
        f"tenth and {wide:.1e} W at ten times of its bandwidths and has no maximum; (41) is neither argmax nor "
        "argmin but the step of dual ascent",
        Verdict.FAILS if lower else Verdict.HOLDS,
    )


def _lagrangian(problem: AcquisitionProblem, split_hz: FloatArray, penalty: float, factor: float) -> float:
    """(29) at `factor` times the optimum w*, with z = w* and u = 0."""
    distance = (factor - 1.0) * split_hz
    return float(problem.power_w(factor * split_hz).sum() + penalty / 2 * distance @ distance)


def printed_projection(values: FloatArray, total: float) -> FloatArray:
    """(36)-(39) as printed: the test is on the sum of magnitudes, and (39) returns its argument."""
    if np.abs(values).sum() <= total:
        return values
    ranked = np.sort(values)[::-1]
    excess = (np.cumsum(ranked) - total) / np.arange(1, len(values) + 1)
    return np.asarray(np.maximum(values - excess[np.flatnonzero(ranked > excess)[-1]], 0.0))


def projection(seed: int, runs: Iterable[Iteration]) -> Claim:
    """The projection as printed against the right one, for random vectors without and with negative entries."""
    rng = np.random.default_rng(seed)
    positive, mixed = rng.exponential(25.0, (_VECTORS, 6)), rng.normal(10.0, 40.0, (_VECTORS, 6))
    wrong_positive, wrong_mixed = (
        sum(not np.allclose(printed_projection(y, 100.0), project(y, 100.0)) for y in vectors)
        for vectors in (positive, mixed)
    )
    least = min(float(np.min(run.trace.bandwidth_hz[1:] + run.trace.dual_hz[:-1])) for run in runs)
    return Claim(
        "(36)-(39)",
        "the projection in closed form",
        f"wrong for {wrong_positive} of {_VECTORS} random vectors without and {wrong_mixed} of {_VECTORS} with "
        "negative entries: the test must be on the sum of the positive parts; from z = u = 0 the paper is safe, "
        f"w + u was never below {least / _MEGA:.2f} MHz",
        Verdict.HOLDS
        if wrong_positive + wrong_mixed == 0
        else Verdict.PARTLY
        if wrong_positive == 0
        else Verdict.FAILS,
    )


def global_optimum(runs: Sequence[Iteration]) -> Claim:
    """Algorithm 1, with the corrections, at every rate."""
    gap = max(float(run.objective_gap[-1]) for run in runs)
    error = max(float(run.bandwidth_error[-1]) for run in runs)
    longest = max(run.trace.rounds for run in runs)
    reached = all(run.trace.converged for run in runs) and max(gap, error) <= FINE
    return Claim(
        "Alg. 1",
        "the algorithm obtains the global optimum",
        f"corrected (argmin, no /N_m, nu > 0) it ends within {error:.0e} of W and {gap:.0e} of the power of the "
        f"central optimum at {len(runs)} rates, after at most {longest} iterations",
        Verdict.HOLDS if reached else Verdict.FAILS,
    )


def ten_iterations(runs: Iterations) -> Claim:
    """How many iterations, to which precision, with which penalty."""
    figure = runs.figure
    visible = rounds_until(figure.bandwidth_error, 0.01)
    coarse, fine = (rounds_until(figure.trace.primal_residual, limit) for limit in (COARSE, FINE))
    objective = rounds_until(figure.objective_gap, FINE)
    others = ", ".join(
        f"{count(rounds_until(run.bandwidth_error, COARSE))} at {run.penalty_scale:g}" for run in runs.scales
    )
    return Claim(
        "Fig. 1",
        "the algorithm converges in about 10 iterations",
        f"with the automatic penalty, {figure.penalty_scale:.2f} p'': bandwidths within 1 % of W after "
        f"{count(visible)}, primal residual {COARSE:g} after {count(coarse)}, {FINE:g} after {count(fine)}, objective "
        f"{FINE:g} after {count(objective)}; bandwidths within 0.1 % of W, by the penalty over p'': {others}",
        Verdict.FAILS
        if coarse is None or coarse > TEN_ITERATIONS
        else Verdict.HOLDS
        if fine is not None and fine <= TEN_ITERATIONS
        else Verdict.PARTLY,
    )


def more_users(predictions: Sequence[Prediction]) -> Claim:
    """Is the order of bandwidths that of the mean numbers of users?"""
    pairs = wrong = 0
    for prediction in predictions:
        users = np.array([cell.mean_users for cell in prediction.problem.cells])
        more = users[:, None] > users[None, :] * (1 + 1e-12)
        pairs += int(more.sum())
        wrong += int((more & (np.subtract.outer(*[prediction.best.bandwidth_hz] * 2) <= 0)).sum())
    return Claim(
        "Fig. 1",
        "more bandwidth is needed where the mean number of users is larger",
        f"in {pairs - wrong} of {pairs} pairs of cells, over {len(predictions)} problems; not in proportion: "
        f"{_range_per_user(predictions[1])} kHz a user at 1 Mbit/s",
        Verdict.HOLDS if wrong == 0 else Verdict.PARTLY if wrong <= pairs / 20 else Verdict.FAILS,
    )


def _range_per_user(prediction: Prediction) -> str:
    each = prediction.best.bandwidth_hz / [cell.mean_users for cell in prediction.problem.cells]
    return f"{each.min() / 1e3:.0f} to {each.max() / 1e3:.0f}"
