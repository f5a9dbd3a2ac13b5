"""Variogram by restricted maximum likelihood (REML): the default.

The levels are z = F beta + a Gaussian field with covariance s2 (R + ratio I), R the correlation of a model with some
range, F the drift (n, p). With K = R + ratio I = L L', s2 and beta have closed forms, and what is left to
minimise over (log range, log ratio) is

    (n - p) log s2 + log |K| + log |F' K^-1 F|,      s2 = (z - F beta)' K^-1 (z - F beta) / (n - p)

(H. D. Patterson and R. Thompson, Biometrika 58, 1971.) One evaluation is one Cholesky factor.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from apps.coordination.distances import all_distances, extent_of
from apps.coordination.drift import Drift
from apps.coordination.samples import FloatArray, require_name
from apps.coordination.variogram_models import Exponential, Gaussian, Matern, Spherical, VariogramModel

FAMILIES = ("exponential", "matern")
"""What is tried unless told otherwise; the likelihood chooses."""

_KINDS: dict[str, type[Exponential | Matern | Spherical | Gaussian]] = {
    "exponential": Exponential,
    "matern": Matern,
    "spherical": Spherical,
    "gaussian": Gaussian,
}
ALL_FAMILIES = tuple(_KINDS)

MOST_SITES = 1000
"""With more sites the likelihood is that of compact groups, as if they were independent: n^3 would be too long."""

_GROUP = 500
_MOST_GROUPS = 8
_EVALUATIONS = 40
_STARTS = [(r, q) for r in (0.1, 0.3, 1.0) for q in (0.02, 0.3)]
"""Range, as a share of the extent, and noise ratio."""

_LOWEST, _HIGHEST = np.log([1e-3, 1e-6]), np.log([20.0, 1e3])
_OUT_OF_REACH = 1e300

_Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class _Group:
    """Sites that are taken together. distance: (n, n) m; basis: (n, p) drift; values: (n,)."""

    distance: FloatArray
    basis: FloatArray
    values: FloatArray


def fit_reml(
    points_m: FloatArray, values: FloatArray, drift: Drift, families: Sequence[str] = FAMILIES
) -> VariogramModel:
    """The model of `families` with the largest restricted likelihood. Raises UnknownMethod for a strange family.

    Levels that are all equal get a sill of 1e-6 dB^2.
    """
    extent = extent_of(points_m)
    groups = [
        _Group(all_distances(points_m[chosen]), drift.at(points_m[chosen]), values[chosen])
        for chosen in _groups_of(points_m)
    ]
    names = [require_name("families", family, ALL_FAMILIES) for family in families]
    fits = [_fit(groups, _KINDS[name], extent) for name in names]
    return min(fits, key=lambda fit: fit[0])[1]


def _fit(
    groups: list[_Group], kind: type[Exponential | Matern | Spherical | Gaussian], extent: float
) -> tuple[float, VariogramModel]:
    from scipy.optimize import minimize

    def loss(x: FloatArray) -> float:
        inside = np.clip(x, _LOWEST, _HIGHEST)
        beyond = float(np.sum((x - inside) ** 2))
        return _profile(groups, kind(1.0, extent * math.exp(inside[0])), math.exp(inside[1]))[0] + beyond

    start = min((np.log(s) for s in _STARTS), key=loss)
    simplex = start + np.array([[0.0, 0.0], [0.6, 0.0], [0.0, 0.9]])
    result = minimize(
        loss,
        start,
        method="Nelder-Mead",
        options={
            "initial_simplex": simplex,
            "xatol": 0.02,
            "fatol": 0.01,
            "maxfev": _EVALUATIONS - len(_STARTS),
        },
    )
    best = np.clip(result.x, _LOWEST, _HIGHEST)
    range_m, ratio = extent * math.exp(best[0]), math.exp(best[1])
    value, scale = _profile(groups, kind(1.0, range_m), ratio)
    scale = max(scale, 1e-6)
    return value, kind(scale * (1.0 + ratio), range_m, scale * ratio)


def _profile(groups: list[_Group], model: VariogramModel, ratio: float) -> tuple[float, float]:
    """-2 log restricted likelihood without constants, and s2, at a correlation and a noise ratio."""
    logs, squares, free = 0.0, 0.0, 0
    for group in groups:
        parts = _whitened(group, model, ratio)
        if parts is None:
            return _OUT_OF_REACH, 0.0
        logs, squares, free = logs + parts[0], squares + parts[1], free + parts[2]
    scale = squares / free
    return free * math.log(max(scale, 1e-12)) + logs, scale


def _whitened(group: _Group, model: VariogramModel, ratio: float) -> tuple[float, float, int] | None:
    """log |K| + log |F' K^-1 F|, the squared residual, and n - p; None if K is singular to rounding."""
    from scipy.linalg import lapack

    covariance = model.covariance(group.distance.copy(), 1.0)
    covariance.flat[:: len(covariance) + 1] += ratio
    lower, failed = lapack.dpotrf(covariance.T, lower=1, overwrite_a=1, clean=0)
    if failed:
        return None
    sides = np.column_stack([group.basis, group.values])
    white = lapack.dtrtrs(lower, sides, lower=1)[0]
    triangle = np.linalg.qr(white, mode="r")
    terms = group.basis.shape[1]
    diagonal = np.abs(np.diag(triangle))
    logs = 2.0 * float(np.log(np.diag(lower)).sum() + np.log(diagonal[:terms]).sum())
    return logs, float(diagonal[terms] ** 2), len(white) - terms


def _groups_of(points_m: FloatArray) -> list[_Indices]:
    """Indices of all sites, or of compact groups of at most 500, evenly chosen, halved along the longer side."""
    if len(points_m) <= MOST_SITES:
        return [np.arange(len(points_m))]
    groups: list[_Indices] = [np.arange(len(points_m))]
    while len(groups[0]) > _GROUP:
        groups = [half for group in groups for half in _halves(points_m, group)]
    step = -(-len(groups) // _MOST_GROUPS)
    return groups[::step]


def _halves(points_m: FloatArray, group: _Indices) -> tuple[_Indices, _Indices]:
    side = int(np.argmax(np.ptp(points_m[group], axis=0)))
    order = group[np.argsort(points_m[group, side], kind="stable")]
    return order[: len(order) // 2], order[len(order) // 2 :]
