"""The acquisition problem: cells that share a band, their optimum, and ADMM on them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from apps.admm import central, iteration
from apps.admm.cell import Cell, mean_reciprocal_users, require_cells
from apps.admm.central import Allocation
from apps.admm.efficiency import RateRule, rule_named
from apps.admm.iteration import AdmmTrace
from apps.admm.parameters import BadParameter, FloatArray, require_above, require_positive
from apps.admm.power_curve import PowerCurve

__all__ = ["AcquisitionProblem", "AdmmTrace", "Allocation"]


@dataclass(frozen=True, slots=True, eq=False)
class AcquisitionProblem:
    """M operators, one cell each, acquire shares of a band so that the predicted total power is least.

    cells: at least one, in a sequence or NumPy array. bandwidth_hz: W of the band, Hz. noise_psd_w_per_hz: sigma^2,
    W/Hz. pathloss_exponent: alpha > 2. rule: how expected rates are computed, "log-trapezoid",
    "half-range-hermite", "adaptive" or a rule. power_curve: made of these.

    Raises BadParameter, naming the parameter, for anything else, and RateOutOfReach for a rate so high, with so few
    users, that not even the load R / phi is a finite number.
    """

    cells: Sequence[Cell]
    bandwidth_hz: float
    noise_psd_w_per_hz: float
    pathloss_exponent: float
    rule: str | RateRule = "log-trapezoid"
    power_curve: PowerCurve = field(init=False, repr=False)

    def __post_init__(self) -> None:
        cells = require_cells(self.cells)
        object.__setattr__(self, "cells", cells)
        for name in ("bandwidth_hz", "noise_psd_w_per_hz"):
            object.__setattr__(self, name, require_positive(name, getattr(self, name)))
        exponent = require_above("pathloss_exponent", self.pathloss_exponent, 2.0)
        object.__setattr__(self, "pathloss_exponent", exponent)
        radius = np.array([cell.radius_m for cell in cells])
        users = np.array([cell.mean_users for cell in cells])
        rate = np.array([cell.rate_bps for cell in cells])
        curve = rule_named(self.rule).curve(radius, exponent)
        power_curve = PowerCurve(curve, mean_reciprocal_users(users), rate, self.noise_psd_w_per_hz)
        object.__setattr__(self, "power_curve", power_curve)

    @property
    def uniform_split_hz(self) -> FloatArray:
        """The same bandwidth for every cell (M,), Hz."""
        return np.full(len(self.cells), self.bandwidth_hz / len(self.cells))

    @property
    def proportional_split_hz(self) -> FloatArray:
        """Bandwidth in proportion to mean users times rate (M,), Hz."""
        demand = np.array([cell.mean_users * cell.rate_bps for cell in self.cells])
        return np.asarray(demand * (self.bandwidth_hz / demand.sum()))

    @property
    def natural_penalty_w_per_hz2(self) -> float:
        """Scale of the ADMM penalty nu, W/Hz^2: a mean of the curvatures d2p/dw2 near the optimum.

        ADMM on curves of equal curvature converges fastest, by half a round, at nu = p''. Unequal ones are held up
        by the flattest, so it is their power mean of exponent -1/2, between the geometric and the harmonic one. The
        optimum itself is not solved for, see `central.near_optimum`. Raises RateOutOfReach as `solve` does.
        """
        log_snr, _ = central.near_optimum(self.power_curve, self.bandwidth_hz)
        log_curvature = np.log(self.power_curve.curvature_at(log_snr))
        highest = log_curvature.max()
        return float(np.exp(highest) * np.exp((highest - log_curvature) / 2).mean() ** -2)

    def power_w(self, bandwidth_hz: ArrayLike) -> FloatArray:
        """Predicted power of each cell (M,), W, in `bandwidth_hz` (M,), Hz.

        Raises BadParameter for a bandwidth that is not finite and above 0, RateOutOfReach for a cell, by its index,
        whose rate no representable power carries.
        """
        return self.power_curve.power_w(bandwidth_hz)

    def solve(self, method: str = "newton") -> Allocation:
        """The optimum of (24); method "newton", or "cvxpy" for the independent check by a general solver.

        Raises BadParameter for another method, or for "cvxpy" with the adaptive rule; RateOutOfReach, naming the cell
        with the largest load, where no representable power carries the rates; SolverFailed by cvxpy.
        """
        if not isinstance(method, str) or method not in ("newton", "cvxpy"):
            raise BadParameter("method", method, "'newton' or 'cvxpy'")
        if method == "newton":
            return central.solve(self.power_curve, self.bandwidth_hz)
        from apps.admm import central_check

        return central_check.solve(self.power_curve, self.bandwidth_hz)

    def admm(
        self,
        penalty_w_per_hz2: float | None = None,
        relaxation: float = 1.0,
        balancing: bool = False,
        tolerance: float = 1e-9,
        max_rounds: int = 1000,
    ) -> AdmmTrace:
        """Run ADMM from zero with the penalty, or the natural one; see `iteration.run` for the rest.

        Raises BadParameter for an option out of its range and RateOutOfReach as `solve` does.
        """
        penalty = penalty_w_per_hz2
        if penalty is None:
            penalty = self.natural_penalty_w_per_hz2
        else:
            # Only to refuse rates out of reach: the rounds would go on without end, as w may exceed the band.
            central.equal_efficiency_log_snr(self.power_curve, self.bandwidth_hz)
        return iteration.run(
            self.power_curve, self.bandwidth_hz, penalty, relaxation, balancing, tolerance, max_rounds
        )
