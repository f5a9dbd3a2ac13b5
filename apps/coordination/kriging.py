"""Ordinary and universal kriging: one Cholesky factor, then predictions and variances in blocks.

With covariances K of n sites, k of a target, C0 of a place with itself, drift F (n, p) and f (p,):

    beta = (F' K^-1 F)^-1 F' K^-1 z          alpha = K^-1 (z - F beta)
    mean = f' beta + k' alpha
    variance = C0 - k' K^-1 k + r' (F' K^-1 F)^-1 r,    r = f - F' K^-1 k

(N. Cressie, Statistics for Spatial Data, 1993, eq. 3.4.70 to 3.4.72.) It is what PyKrige computes from the inverse of
the augmented matrix. A target at a measured place gets the datum and variance 0 (PyKrige's `exact_values=True`);
where several were measured at one place, their mean.
"""

import numpy as np
from numpy.typing import ArrayLike

from apps.coordination.cholesky_system import CholeskySystem
from apps.coordination.distances import distances, extent_of, repeated_place
from apps.coordination.drift import drift_towards
from apps.coordination.grid import EXACT, grid_through
from apps.coordination.grid_convolution import convolution, spread
from apps.coordination.indefinite_system import IndefiniteSystem
from apps.coordination.leave_one_out import LeaveOneOut
from apps.coordination.map_errors import (
    DuplicateSites,
    NegativeVariance,
    OffGrid,
    SingularSystem,
    VarianceRefused,
)
from apps.coordination.prediction import NOT_ASKED, Prediction, honour_data
from apps.coordination.samples import FloatArray, require_places, require_samples
from apps.coordination.validity import covariance_matrix
from apps.coordination.variogram_models import VariogramModel

_MEAN_BLOCK = 2**16
_VARIANCE_BLOCK = 2**19
"""Covariances held at once: what stays in a core's cache, and what keeps the matrix product busy."""

_LEAST_PIXELS = 2**12
"""Of a grid: below, looking for it costs what it saves."""

_ROUNDING = 1e-9
"""A variance below zero by less than this share of the sill is rounding of a zero."""


class Kriging:
    """Samples and a variogram, factored once, for any number of predictions."""

    def __init__(
        self,
        points_m: ArrayLike,
        values_dbm: ArrayLike,
        model: VariogramModel,
        *,
        transmitter_m: ArrayLike | None = None,
    ) -> None:
        """Samples at `points_m` (n, 2) in m with `values_dbm` (n,); with `transmitter_m` (2,) universal kriging.

        Raises BadMapInput, AbsurdLevel, TooFewSites, SitesCoincide; DuplicateSites for two measurements at one
        place without a nugget; SingularSystem if the sites are too close for double precision.
        """
        self.points_m, self.values_dbm = require_samples(points_m, values_dbm)
        self.model, self.drift = model, drift_towards(transmitter_m)
        self._level = model.level(extent_of(self.points_m))
        if model.nugget == 0.0 and (twice := repeated_place(self.points_m)) is not None:
            raise DuplicateSites(*map(float, twice))
        self._system = self._factored()

    def predict(self, targets_m: ArrayLike, variance: bool = True) -> Prediction:
        """Mean (k,) in dBm and variance (k,) in dB^2 at `targets_m` (k, 2) in m. Raises BadMapInput.

        An indefinite variogram's prediction has a mean, as in the paper, and refuses its variance.
        """
        targets = require_places("targets_m", targets_m)
        refusal = self._system.refusal() if variance else NOT_ASKED
        asked = refusal is None
        if asked and len(targets) > len(self.points_m):
            self._system.prepare()
        mean, variances = None if asked else self._on_grid(targets), np.empty(0)
        if mean is None:
            mean, variances = self._in_blocks(targets, asked)
        honour_data(targets, self.points_m, self.values_dbm, mean, variances)
        return Prediction(mean, refusal if refusal is not None else self._checked(variances))

    def leave_one_out(self) -> LeaveOneOut:
        """Residual and variance of each measurement under kriging from all others, without solving n systems.

        With Q = K^-1 - K^-1 F (F' K^-1 F)^-1 F' K^-1 they are (Q z)_i / Q_ii and 1 / Q_ii. (O. Dubrule, Mathematical
        Geology 15, 1983.) Raises SingularSystem where the others do not determine the drift.
        """
        diagonal = self._system.precision_diagonal()
        least = float(np.abs(diagonal).min() / np.abs(diagonal).max())
        if least <= _ROUNDING**2:
            raise SingularSystem(least)
        refusal = self._system.refusal()
        return LeaveOneOut(self._system.alpha / diagonal, 1.0 / diagonal if refusal is None else refusal)

    def _factored(self) -> CholeskySystem | IndefiniteSystem:
        basis, top = self.drift.at(self.points_m), self._level + self.model.nugget
        try:
            return CholeskySystem(self._covariance_of_sites(), basis, self.values_dbm, top)
        except SingularSystem:
            if self.model.is_valid:
                raise
        return IndefiniteSystem(self._covariance_of_sites(), basis, self.values_dbm, top)

    def _covariance_of_sites(self) -> FloatArray:
        return covariance_matrix(self.points_m, self.model)

    def _in_blocks(self, targets: FloatArray, variance: bool) -> tuple[FloatArray, FloatArray]:
        """Mean (k,) and variance (k,), or (0,) where not asked for, from a few rows of covariances at a time."""
        mean, variances = np.empty(len(targets)), np.empty(len(targets) if variance else 0)
        rows = max(1, (_VARIANCE_BLOCK if variance else _MEAN_BLOCK) // len(self.points_m))
        room = np.empty((min(rows, len(targets)), len(self.points_m)))
        for start in range(0, len(targets), rows):
            part = slice(start, min(start + rows, len(targets)))
            covariance = self.model.covariance(distances(targets[part], self.points_m, room), self._level)
            basis = self.drift.at(targets[part])
            mean[part] = basis @ self._system.beta + covariance @ self._system.alpha
            if variance:
                variances[part] = self._system.variance(covariance, basis)
        return mean, variances

    def _on_grid(self, targets: FloatArray) -> FloatArray | None:
        """Mean (k,) by one convolution, where targets are a grid and the sites at its pixels; None elsewhere."""
        if len(targets) < _LEAST_PIXELS or (grid := grid_through(targets)) is None:
            return None
        try:
            pixels = grid.pixels_of(self.points_m, EXACT)
        except OffGrid:
            return None
        # The dual weights add up to 0, so the level of the covariance does not matter.
        field = convolution(grid, self.model)(spread(pixels, self._system.alpha, grid))
        return np.asarray(field + self.drift.at(targets) @ self._system.beta)

    def _checked(self, variance: FloatArray) -> FloatArray | VarianceRefused:
        """Zeros for rounding below zero; a refusal for what an invalid model put further below."""
        below = variance < -_ROUNDING * (self._level + self.model.nugget)
        if below.any():
            return NegativeVariance(int(np.count_nonzero(below)), len(variance), float(variance.min()))
        return np.maximum(variance, 0.0, out=variance)


def krige(
    points_m: ArrayLike,
    values_dbm: ArrayLike,
    targets_m: ArrayLike,
    model: VariogramModel,
    *,
    variance: bool = True,
    transmitter_m: ArrayLike | None = None,
) -> Prediction:
    """Kriging of levels `values_dbm` (n,) measured at `points_m` (n, 2) in m to `targets_m` (k, 2) in m.

    The result has `.mean` (k,) in dBm and `.variance` (k,) in dB^2. `variance=False` leaves the variance out and
    is many times faster. With `transmitter_m` (2,) the mean level is a + b log10 d (universal kriging). Raises what
    `Kriging` and `Kriging.predict` do.
    """
    return Kriging(points_m, values_dbm, model, transmitter_m=transmitter_m).predict(targets_m, variance)


def leave_one_out(
    points_m: ArrayLike,
    values_dbm: ArrayLike,
    model: VariogramModel,
    *,
    transmitter_m: ArrayLike | None = None,
) -> LeaveOneOut:
    """Residual (n,) in dB of each measurement from all others, and its variance; see `Kriging.leave_one_out`."""
    return Kriging(points_m, values_dbm, model, transmitter_m=transmitter_m).leave_one_out()
