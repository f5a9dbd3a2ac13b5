"""Variogram by weighted least squares on the empirical semivariogram.

    minimise  sum over bins of N (gamma_hat / gamma - 1)^2         N: pairs in the bin, gamma: the model

(N. Cressie, Fitting variogram models by weighted least squares, Mathematical Geology 17, 1985.)
"""

from collections.abc import Callable, Sequence

import numpy as np

from apps.coordination.empirical_variogram import EmpiricalVariogram
from apps.coordination.samples import FloatArray, require_name
from apps.coordination.variogram_models import (
    Exponential,
    Gaussian,
    Linear,
    Matern,
    Spherical,
    VariogramModel,
)

FAMILIES = ("linear", "spherical", "exponential", "gaussian")
"""What is tried unless told otherwise: PyKrige's models."""

_LONGEST = 10.0
"""Ranges up to this many largest lags; beyond, a bounded model is a line to the eye of the data."""

_MAKERS: dict[str, Callable[[float, float, float], VariogramModel]] = {
    "linear": lambda part, scale, nugget: Linear(nugget + part, scale, nugget),
    "spherical": lambda part, scale, nugget: Spherical(part + nugget, scale, nugget),
    "exponential": lambda part, scale, nugget: Exponential(part + nugget, scale, nugget),
    "gaussian": lambda part, scale, nugget: Gaussian(part + nugget, scale, nugget),
    "matern": lambda part, scale, nugget: Matern(part + nugget, scale, nugget),
}
ALL_FAMILIES = tuple(_MAKERS)


def fit_wls(variogram: EmpiricalVariogram, families: Sequence[str] = FAMILIES) -> VariogramModel:
    """The model of `families` with the least weighted sum of squares. Raises UnknownMethod for a strange family."""
    fits = [_fit(variogram, require_name("families", family, ALL_FAMILIES)) for family in families]
    return min(fits, key=lambda fit: fit[0])[1]


def _fit(variogram: EmpiricalVariogram, family: str) -> tuple[float, VariogramModel]:
    """Weighted sum of squares and model, the best from three starting ranges."""
    from scipy.optimize import least_squares

    top, longest = _scales(variogram)
    root = np.sqrt(variogram.pairs)

    def model_of(x: FloatArray) -> VariogramModel:
        scale = longest if family == "linear" else longest * float(np.exp(x[2]))
        return _MAKERS[family](top * float(np.exp(x[0])), scale, top * float(x[1]))

    def misfit(x: FloatArray) -> FloatArray:
        gamma = np.maximum(model_of(x).semivariance(variogram.lag_m), 1e-9 * top)
        return np.asarray(root * (variogram.semivariance_db2 / gamma - 1.0))

    starts = [0.0] if family == "linear" else [-2.0, -1.0, 0.0]
    low, high = np.array([-20.0, 1e-4, -6.0]), np.array([5.0, 10.0, np.log(_LONGEST)])
    results = [least_squares(misfit, [-0.1, 0.1, s], bounds=(low, high)) for s in starts]
    best = min(results, key=lambda result: float(result.cost))
    return float(best.cost), model_of(best.x)


def _scales(variogram: EmpiricalVariogram) -> tuple[float, float]:
    """The largest semivariance, dB^2 (1e-6 for levels that are all equal), and the largest lag, m."""
    return max(float(variogram.semivariance_db2.max()), 1e-6), float(variogram.lag_m.max())
