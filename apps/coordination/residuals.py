"""How far each participant's measurements are from what everybody else's say: kriging residuals left out, closed form.

With Q = K^-1 - K^-1 F (F' K^-1 F)^-1 F' K^-1 and r = Q z, leaving measurement i out gives the residual
r_i / Q_ii of variance 1 / Q_ii (O. Dubrule, Mathematical Geology 15, 1983). Leaving a whole participant out gives
residuals Q_vv^-1 r_v of covariance Q_vv^-1. They split into two independent parts:

- offset: sum r_v / sum Q_vv, of variance 1 / sum Q_vv: what a constant lie moves;
- spread: r_v' Q_vv^-1 r_v - (sum r_v)^2 / sum Q_vv, chi-square of n_v - 1 degrees: what a random lie moves.

Taking measurements out of the data altogether is Q_kk - Q_kv Q_vv^-1 Q_vk, without a new factorisation.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from apps.coordination.distances import repeated_place
from apps.coordination.drift import drift_towards
from apps.coordination.map_errors import DuplicateSites, SingularSystem
from apps.coordination.quantities import BoolArray, FloatArray, IntArray
from apps.coordination.samples import require_samples
from apps.coordination.validity import covariance_matrix
from apps.coordination.variogram_models import VariogramModel


@dataclass(frozen=True, slots=True)
class Suspicion:
    """How one participant's measurements differ from what those of the others predict."""

    offset_db: float
    """Its mean difference, weighted as kriging does, dB; above 0: it reports too much."""
    offset_deviation_db: float
    """Standard deviation of that for an honest participant, dB; inf where the others say nothing about it."""
    spread: float
    """Chi-square of the rest."""
    degrees: int
    """Degrees of freedom of the spread: its measurements less one."""

    @property
    def score(self) -> float:
        """offset / deviation: standard normal for an honest participant and the right variogram."""
        return self.offset_db / self.offset_deviation_db


def precision_matrix(
    points_m: ArrayLike, values_dbm: ArrayLike, model: VariogramModel, transmitter_m: ArrayLike | None = None
) -> FloatArray:
    """Q (n, n), 1/dB^2, of measurements at points (n, 2) in m.

    Raises what `Kriging` does, and SingularSystem also for a variogram that is indefinite at these places: its
    residuals have no variance.
    """
    points, _ = require_samples(points_m, values_dbm)
    if model.nugget == 0.0 and (twice := repeated_place(points)) is not None:
        raise DuplicateSites(*map(float, twice))
    covariance, basis = covariance_matrix(points, model), drift_towards(transmitter_m).at(points)
    try:
        lower = np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:
        raise SingularSystem(0.0) from None
    inverse_lower = np.linalg.inv(lower)
    # Orthonormal columns of L^-1 F take the drift out without inverting F' K^-1 F.
    drift, _ = np.linalg.qr(inverse_lower @ basis)
    rest = inverse_lower - drift @ (drift.T @ inverse_lower)
    return np.asarray(rest.T @ rest)


def without(precision: FloatArray, removed: BoolArray) -> FloatArray:
    """Q of the measurements that are not `removed` (n,), as if those had never been made."""
    kept = ~removed
    if not removed.any():
        return precision
    across = precision[np.ix_(removed, kept)]
    inner = precision[np.ix_(removed, removed)]
    return np.asarray(precision[np.ix_(kept, kept)] - across.T @ np.linalg.solve(inner, across))


def suspicion(precision: FloatArray, dual: FloatArray, own: IntArray) -> Suspicion:
    """Of the participant with the measurements `own` (indices), given Q (n, n) and r = Q z (n,)."""
    inner, weights = precision[np.ix_(own, own)], dual[own]
    total, mass = float(weights.sum()), float(inner.sum())
    # Where nobody else has measured Q_vv is singular: a level that all share is then no information.
    if mass <= 1e-12 * float(np.trace(inner)):
        return Suspicion(0.0, float("inf"), 0.0, 0)
    whole = float(weights @ np.linalg.solve(inner, weights))
    return Suspicion(total / mass, mass**-0.5, max(whole - total**2 / mass, 0.0), len(own) - 1)


def left_out(precision: FloatArray, values_dbm: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Residuals (n,) in dB, measured - predicted from all others, and their variances (n,) in dB^2."""
    diagonal = np.diag(precision)
    return precision @ values_dbm / diagonal, 1.0 / diagonal
