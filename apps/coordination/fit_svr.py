"""Paper mode: the semivariogram by support vector regression with an RBF kernel (paper, eqs. 5 to 8).

Lags and semivariances are standardised; C, epsilon and gamma are chosen by 5-fold cross-validation over the bins.
Below 0 the curve is cut off, beyond the last lag it is held. Nothing makes it conditionally negative definite: in
most fits it is not, and then neither the kriging means nor the variances have a meaning. So the fit counts the
negative eigenvalues at its sites, and kriging refuses variances when there are any. `project_svr` repairs it: the
nearest non-negative mixture of valid models.
"""

from dataclasses import replace

import numpy as np

from apps.coordination.empirical_variogram import EmpiricalVariogram
from apps.coordination.fit_nnls import project
from apps.coordination.map_errors import TooFewSites
from apps.coordination.samples import FloatArray
from apps.coordination.svr_curve import SvrCurve
from apps.coordination.validity import check_validity
from apps.coordination.variogram_models import Mixture

_FOLDS = 5
_GRID = {"C": [1.0, 10.0, 100.0], "epsilon": [0.01, 0.1], "gamma": [0.3, 1.0, 3.0, 10.0]}
_NODES = 2049


def fit_svr(variogram: EmpiricalVariogram, points_m: FloatArray) -> SvrCurve:
    """The regression curve of a semivariogram, checked at the sites `points_m` (n, 2).

    Raises TooFewSites if the semivariogram has fewer than 5 bins. Needs scikit-learn.
    """
    curve = svr_curve(variogram)
    return replace(curve, negative_eigenvalues=check_validity(points_m, curve).negative_eigenvalues)


def project_svr(variogram: EmpiricalVariogram) -> Mixture:
    """The non-negative mixture nearest to the regression curve at the bins. Raises what `fit_svr` does."""
    curve = svr_curve(variogram)
    return project(variogram.lag_m, curve.semivariance(variogram.lag_m), variogram.pairs.astype(np.float64))


def svr_curve(variogram: EmpiricalVariogram) -> SvrCurve:
    """The regression curve, unchecked."""
    from sklearn.model_selection import GridSearchCV, KFold
    from sklearn.svm import SVR

    if len(variogram.lag_m) < _FOLDS:
        raise TooFewSites(len(variogram.lag_m), _FOLDS)
    lag, lag_scale = _standard(variogram.lag_m)
    gamma, gamma_scale = _standard(variogram.semivariance_db2)
    folds = KFold(_FOLDS, shuffle=True, random_state=0)
    search = GridSearchCV(SVR(kernel="rbf"), _GRID, cv=folds, scoring="neg_mean_squared_error")
    search.fit(lag[:, None], gamma)
    last = float(variogram.lag_m[-1])
    nodes = (np.linspace(0.0, last, _NODES) - lag_scale[0]) / lag_scale[1]
    curve = gamma_scale[0] + gamma_scale[1] * np.asarray(search.predict(nodes[:, None]))
    return SvrCurve(np.maximum(curve, 0.0), last)


def _standard(values: FloatArray) -> tuple[FloatArray, tuple[float, float]]:
    """Values with mean 0 and deviation 1, and what was taken off and divided by."""
    mean, deviation = float(values.mean()), float(values.std()) or 1.0
    return (values - mean) / deviation, (mean, deviation)
