"""The iteration of Algorithm 1 as corrected: its way to the optimum, and how the penalty decides on its length."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from apps.admm.iteration import AdmmTrace
from apps.admm.parameters import FloatArray
from sim.reproduce.acquisition_data import BANDWIDTH_HZ, RATES_BPS, Place, Prediction, predicted

CONVERGENCE_RATE_BPS = 1.0e6
"""R_min of Fig. 1."""
PENALTY_SCALES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Penalties as multiples of the geometric mean of p'' at the optimum."""
COARSE, FINE = 1e-3, 1e-6
_TOLERANCE = 1e-9
_MOST_ROUNDS = 400


@dataclass(frozen=True, slots=True, eq=False)
class Iteration:
    """One run of the iteration from z = u = 0, with the optimum it should reach."""

    rate_bps: float
    trace: AdmmTrace
    prediction: Prediction

    @property
    def objective_gap(self) -> FloatArray:
        """(rounds,) |sum p(w) / optimum - 1|."""
        return np.abs(self.trace.objective_w / self.prediction.best.total_power_w - 1.0)

    @property
    def bandwidth_error(self) -> FloatArray:
        """(rounds,) largest |w_m - w*_m| / W."""
        apart = np.abs(self.trace.bandwidth_hz - self.prediction.best.bandwidth_hz)
        return np.asarray(apart.max(axis=1) / BANDWIDTH_HZ)

    @property
    def penalty_scale(self) -> float:
        """The penalty as a multiple of the geometric mean of p'' at the optimum."""
        return float(self.trace.penalty_w_per_hz2[0]) / optimum_curvature(self.prediction)


def iterate(rate_bps: float, scale: float | None = None) -> Iteration:
    """Run the iteration with the automatic penalty, or with `scale` times p'' at the optimum."""
    prediction = predicted(Place(rate_bps))
    penalty = None if scale is None else scale * optimum_curvature(prediction)
    trace = prediction.problem.admm(penalty, tolerance=_TOLERANCE, max_rounds=_MOST_ROUNDS)
    return Iteration(rate_bps, trace, prediction)


@dataclass(frozen=True, slots=True, eq=False)
class Iterations:
    """figure: that of Fig. 1; rates: with the automatic penalty at every rate; scales: at Fig. 1's rate."""

    figure: Iteration
    rates: tuple[Iteration, ...]
    scales: tuple[Iteration, ...]


def iterations() -> Iterations:
    """All runs of the iteration."""
    return Iterations(
        iterate(CONVERGENCE_RATE_BPS),
        tuple(map(iterate, RATES_BPS)),
        tuple(iterate(CONVERGENCE_RATE_BPS, scale) for scale in PENALTY_SCALES),
    )


def optimum_curvature(prediction: Prediction) -> float:
    """Geometric mean over the cells of p''(w*), W/Hz^2: the natural scale of the penalty."""
    curvature = prediction.problem.power_curve.curvature_w_per_hz2(prediction.best.bandwidth_hz)
    return float(np.exp(np.mean(np.log(curvature))))


def rounds_until(values: FloatArray, limit: float) -> int | None:
    """The first round from which `values` (rounds,) stays at or below `limit`; None where it does not end there."""
    above = np.flatnonzero(~(values <= limit))
    if not above.size:
        return 1
    return None if above[-1] + 1 == len(values) else int(above[-1]) + 2


def count(rounds: int | None) -> str:
    """A number of rounds in words."""
    return "never" if rounds is None else str(rounds)


def iteration_rows(runs: Iterations) -> Iterator[tuple[float, float, list[int | None]]]:
    """For each run: rate in Mbit/s, penalty's scale, rounds to a primal residual and a gap of 1e-3 and 1e-6."""
    for run in (*runs.rates, *runs.scales):
        primal, gap = run.trace.primal_residual, run.objective_gap
        yield (
            run.rate_bps / 1e6,
            run.penalty_scale,
            [rounds_until(values, limit) for values in (primal, gap) for limit in (COARSE, FINE)],
        )
