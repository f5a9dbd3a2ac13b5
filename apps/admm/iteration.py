"""The alternating direction method of multipliers (ADMM): how operators and an aggregator find the split."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from apps.admm.capped_simplex import project
from apps.admm.parameters import BadParameter, FloatArray, require_count, require_flag, require_positive
from apps.admm.power_curve import PowerCurve
from apps.admm.subproblem import answer

BALANCING_ROUNDS: Final = 50
"""After this many rounds the penalty stays, without which convergence is not certain."""

BALANCING_RATIO: Final = 10.0


@dataclass(frozen=True, slots=True, eq=False)
class AdmmTrace:
    """What happened in each round; arrays begin with one row per round.

    rounds: number of rounds run. bandwidth_hz: w (rounds, M), the operators' answers; only z is sure to fit in the
    band. split_hz: z (rounds, M), what the aggregator made of them. dual_hz: u (rounds, M), scaled; nu u is the
    price in W/Hz. penalty_w_per_hz2: nu (rounds,) with which the round was run. primal_residual: ||w - z|| / W
    (rounds,). dual_residual: ||z - z_before|| / W (rounds,), the change of the split. objective_w: sum p(w)
    (rounds,), W. converged: whether the last round met the tolerance.
    """

    rounds: int
    bandwidth_hz: FloatArray
    split_hz: FloatArray
    dual_hz: FloatArray
    penalty_w_per_hz2: FloatArray
    primal_residual: FloatArray
    dual_residual: FloatArray
    objective_w: FloatArray
    converged: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Round:
    bandwidth_hz: FloatArray
    split_hz: FloatArray
    dual_hz: FloatArray
    penalty_w_per_hz2: float
    primal_hz: float
    change_hz: float
    objective_w: float

    def converged(self, total_hz: float, tolerance: float) -> bool:
        """Both residuals small; while u is zero, no change of the split is small enough."""
        price_hz = float(np.linalg.norm(self.dual_hz))
        settled = self.change_hz < tolerance * min(total_hz, price_hz)
        return settled and self.primal_hz <= tolerance * total_hz

    def balanced_penalty(self) -> float:
        """nu, doubled or halved where one relative residual is more than ten times the other."""
        size_hz = max(float(np.linalg.norm(self.bandwidth_hz)), float(np.linalg.norm(self.split_hz)))
        primal = self.primal_hz * float(np.linalg.norm(self.dual_hz))
        dual = self.change_hz * size_hz
        if primal > BALANCING_RATIO * dual:
            return 2.0 * self.penalty_w_per_hz2
        if dual > BALANCING_RATIO * primal:
            return 0.5 * self.penalty_w_per_hz2
        return self.penalty_w_per_hz2


def run(
    power_curve: PowerCurve,
    total_hz: float,
    penalty_w_per_hz2: float,
    relaxation: float = 1.0,
    balancing: bool = False,
    tolerance: float = 1e-9,
    max_rounds: int = 1000,
) -> AdmmTrace:
    """Run from z = u = 0 until converged or for `max_rounds` (the paper's Algorithm 1, corrected).

    w = argmin p(w) + nu/2 (w - z + u)^2; w' = relaxation w + (1 - relaxation) z; z = projection of w' + u onto
    {z >= 0, sum z <= W}; u += w' - z. Stops when ||w - z|| <= tolerance W and
    ||z - z_before|| < tolerance min(W, ||u||): the change counts relative to the price, nu being a factor of both.
    With nu far too large w = z for many rounds and z creeps, far from the optimum, but u is zero or small too.

    balancing: in the first 50 rounds nu is doubled (halved) when the relative primal residual
    ||w - z|| / max(||w||, ||z||) is more than ten times (less than a tenth of) the dual ||z - z_before|| / ||u||,
    and u rescaled with it. Both are free of units, unlike ||w - z|| against nu ||z - z_before||.

    Raises BadParameter for a total, penalty or tolerance that is not finite and above 0, a relaxation outside
    (0, 2), fewer than one round, and a `balancing` that is no bool.
    """
    total = require_positive("total_hz", total_hz)
    penalty = require_positive("penalty_w_per_hz2", penalty_w_per_hz2)
    require_positive("tolerance", tolerance)
    if not require_positive("relaxation", relaxation) < 2.0:
        raise BadParameter("relaxation", relaxation, "a number between 0 and 2")
    last = require_count("max_rounds", max_rounds, 1)
    balances = require_flag("balancing", balancing)
    split = dual = np.zeros(len(power_curve.rate_bps))
    log_snr: FloatArray | None = None
    done: list[_Round] = []
    while len(done) < last and not (done and done[-1].converged(total, tolerance)):
        reply = answer(power_curve, split - dual, penalty, log_snr)
        log_snr = reply.log_snr
        wish = relaxation * reply.bandwidth_hz + (1.0 - relaxation) * split
        before, split = split, project(wish + dual, total)
        dual = dual + wish - split
        primal = float(np.linalg.norm(reply.bandwidth_hz - split))
        change = float(np.linalg.norm(split - before))
        objective = float(reply.power_w.sum())
        done.append(_Round(reply.bandwidth_hz, split, dual, penalty, primal, change, objective))
        if balances and len(done) <= BALANCING_ROUNDS:
            old, penalty = penalty, done[-1].balanced_penalty()
            dual = dual * (old / penalty)
    return _trace(done, total, tolerance)


def _trace(done: list[_Round], total_hz: float, tolerance: float) -> AdmmTrace:
    return AdmmTrace(
        rounds=len(done),
        bandwidth_hz=np.array([r.bandwidth_hz for r in done]),
        split_hz=np.array([r.split_hz for r in done]),
        dual_hz=np.array([r.dual_hz for r in done]),
        penalty_w_per_hz2=np.array([r.penalty_w_per_hz2 for r in done]),
        primal_residual=np.array([r.primal_hz for r in done]) / total_hz,
        dual_residual=np.array([r.change_hz for r in done]) / total_hz,
        objective_w=np.array([r.objective_w for r in done]),
        converged=done[-1].converged(total_hz, tolerance),
    )
