"""Fit of a variogram to measured levels, by name of the method."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from apps.coordination.distances import extent_of
from apps.coordination.drift import Drift, drift_towards
from apps.coordination.empirical_variogram import EmpiricalVariogram, variogram_of
from apps.coordination.fit_nnls import fit_nnls
from apps.coordination.fit_reml import fit_reml
from apps.coordination.fit_svr import fit_svr, project_svr
from apps.coordination.fit_wls import fit_wls
from apps.coordination.map_errors import BadMapInput
from apps.coordination.samples import FloatArray, require_name, require_samples
from apps.coordination.variogram_models import VariogramModel

_MANY = 30
METHODS = ("reml", "wls", "nnls", "svr", "svr-projected")


def fit_variogram(
    points_m: ArrayLike,
    values_dbm: ArrayLike,
    method: str = "reml",
    *,
    families: Sequence[str] | None = None,
    transmitter_m: ArrayLike | None = None,
    variogram: EmpiricalVariogram | None = None,
) -> VariogramModel:
    """Variogram of levels (n,) in dBm measured at `points_m` (n, 2) in m.

    `method`: "reml" restricted maximum likelihood (default); "wls" weighted least squares; "nnls" non-negative
    mixture of valid models; "svr" the paper's regression, not valid in general; "svr-projected" the valid mixture
    nearest to it. `families` restricts "reml" (exponential, matern, spherical, gaussian) and "wls" (these and
    linear). `transmitter_m` (2,): the mean is a + b log10 d, for kriging with the same argument. `variogram`: an
    empirical semivariogram to fit to instead of that of the levels; "reml" needs none.

    Raises what `require_samples` does, UnknownMethod with the nearest name, BadMapInput.
    """
    require_name("method", method, METHODS)
    if families is not None and (method not in ("reml", "wls") or not families):
        raise BadMapInput("families", families, 'at least one name, and the method "reml" or "wls"')
    points, values = require_samples(points_m, values_dbm)
    drift = drift_towards(transmitter_m)
    if method == "reml":
        return fit_reml(points, values, drift, *([families] if families else []))
    bins = variogram or _bins(points, _without_drift(points, values, drift), method)
    if method == "wls":
        return fit_wls(bins, *([families] if families else []))
    if method == "nnls":
        return fit_nnls(bins)
    return fit_svr(bins, points) if method == "svr" else project_svr(bins)


def _bins(points: FloatArray, residuals: FloatArray, method: str) -> EmpiricalVariogram:
    """Empirical semivariogram; for three parameters only up to a third of the diagonal of the region.

    Far bins hold most of the pairs and say the least about a map: weighted by pairs, they would set the nugget.
    """
    if method == "wls" and len(points) >= _MANY:
        return variogram_of(points, residuals, max_lag_m=extent_of(points) / 3.0)
    return variogram_of(points, residuals)


def _without_drift(points: FloatArray, values: FloatArray, drift: Drift) -> FloatArray:
    """Residuals of the drift by least squares, dB."""
    basis = drift.at(points)
    return np.asarray(values - basis @ np.linalg.lstsq(basis, values, rcond=None)[0])
