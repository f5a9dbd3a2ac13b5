"""The same optimum by a general convex solver: an independent check of `central`, and much slower."""

import warnings
from typing import Final

import cvxpy as cp
import numpy as np
from cvxpy.atoms.affine.binary_operators import multiply
from cvxpy.atoms.affine.reshape import reshape
from cvxpy.atoms.affine.sum import sum as total_of
from cvxpy.atoms.elementwise.rel_entr import rel_entr
from cvxpy.expressions.expression import Expression

from apps.admm.central import Allocation, near_optimum
from apps.admm.efficiency import NodeCurve
from apps.admm.parameters import BadParameter, FloatArray, SolverFailed
from apps.admm.power_curve import PowerCurve

_AIM_A_CELL, _MOST_AIM, _ENOUGH = 5e-11, 1e-8, 1e-7
_TOLERANCES: Final = ("tol_gap_abs", "tol_gap_rel", "tol_feas")


def solve(power_curve: PowerCurve, total_hz: float) -> Allocation:
    """The optimum of (24) as an exponential-cone programme, by cvxpy and Clarabel.

    Total power is right to 1e-6, bandwidths to 1e-6 of the band. Bandwidths and powers are variables relative to those
    near the optimum, so all are of the order of 1 and the solver's tolerances mean something. As the optimum is flat,
    they are finer than the solver's usual 1e-8 where the rounding of its sums, which grows with the cells, allows it.
    Raises BadParameter for a rule without nodes, SolverFailed when the solver stops short of an optimum, and what
    `central.solve` raises.
    """
    if not isinstance(power_curve.curve, NodeCurve):
        raise BadParameter("rule", type(power_curve.curve).__name__, "a rule with nodes, for cvxpy")
    log_snr, _ = near_optimum(power_curve, total_hz)
    snr = np.exp(log_snr)
    width = power_curve.load_bps / power_curve.at(log_snr).efficiency
    unit = power_curve.power_at(width, log_snr)
    bandwidth, power = cp.Variable(len(width)), cp.Variable(len(width))
    carried = _carried_share(bandwidth, power, power_curve.curve, snr, power_curve.load_bps / width)
    shared = (width / total_hz) @ bandwidth <= 1.0
    problem = cp.Problem(cp.Minimize((unit / unit.sum()) @ power), [carried >= 1.0, shared])
    _run_clarabel(problem, len(width))
    price = float(shared.dual_value) * float(unit.sum()) / total_hz
    return Allocation(np.asarray(bandwidth.value * width), np.asarray(power.value * unit), price)


def _run_clarabel(problem: cp.Problem, cells: int) -> None:
    """Raises SolverFailed. What cvxpy calls inaccurate meets `_ENOUGH`, and so does not deserve its warning."""
    tolerances = dict.fromkeys(_TOLERANCES, min(_AIM_A_CELL * cells, _MOST_AIM))
    tolerances |= {f"reduced_{name}": _ENOUGH for name in _TOLERANCES}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Solution may be inaccurate")
        try:
            problem.solve(solver=cp.CLARABEL, **tolerances)
        except cp.SolverError as error:
            raise SolverFailed("Clarabel", str(error)) from None
    if problem.status not in (cp.OPTIMAL, cp.OPTIMAL_INACCURATE):
        raise SolverFailed("Clarabel", str(problem.status))


def _carried_share(
    bandwidth: cp.Variable, power: cp.Variable, curve: NodeCurve, snr: FloatArray, needed: FloatArray
) -> Expression:
    """w g(p / (w sigma^2)) over what is needed (M,), concave in the relative bandwidth w and power p.

    With y = gamma x at the scale's gamma, w ln(1 + y p / w) = w ln S - rel_entr(w, (w + y p) / S) for any S > 0.
    S = 1 + y, and the node's weight inside the cone, make every cone of the order of its part in the sum; with
    S = 1 the solver calls optimal what is 3 % off. Nodes below rounding are left out.
    """
    signal = curve.gain * snr[:, None]
    part = curve.weight * np.log1p(signal)
    kept = (part / part.sum(axis=1, keepdims=True)).max(axis=0) > 1e-16
    signal, scale = signal[:, kept], 1.0 + signal[:, kept]
    share = curve.weight[:, kept] / (np.log(2.0) * needed[:, None])
    row = np.ones((1, signal.shape[1]))
    w = multiply(share, reshape(bandwidth, (len(snr), 1), order="C") @ row)
    p = multiply(share, reshape(power, (len(snr), 1), order="C") @ row)
    received = multiply(1.0 / scale, w) + multiply(signal / scale, p)
    return total_of(multiply(np.log(scale), w) - rel_entr(w, received), axis=1)
