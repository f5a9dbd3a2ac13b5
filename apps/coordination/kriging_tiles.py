"""Kriging of large maps tile by tile: each small square of targets is predicted from its nearest measurements.

One small Cholesky factor serves all targets of a tile, so time grows with the targets, not with the measurements.
Near measurements screen off the others, but the coefficients of the drift need them all: re-estimating them in each
neighbourhood is what most of the error of the usual moving neighbourhood comes from. Here they are estimated once,
with the inverse Q of the covariance of all sites, or Vecchia's approximation of it when there are many:

    beta = (F' Q F)^-1 F' Q z
    mean = f' beta + k' K^-1 (z - F beta)                                K, k, z, F of the neighbours
    variance = C0 - k' K^-1 k + r' (F' Q F)^-1 r,    r = f - F' K^-1 k
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from apps.coordination.cholesky_system import CholeskySystem, cholesky, solve, squares
from apps.coordination.distances import distances, extent_of, repeated_place
from apps.coordination.drift import Drift, drift_towards
from apps.coordination.map_errors import BadMapInput, DuplicateSites
from apps.coordination.prediction import NOT_ASKED, Prediction, honour_data
from apps.coordination.samples import FloatArray, require_number, require_places, require_samples
from apps.coordination.validity import covariance_matrix
from apps.coordination.variogram_models import VariogramModel
from apps.coordination.vecchia import vecchia_inverse

NEIGHBOURS = 64
_TARGETS_IN_TILE = 144.0
_NEIGHBOURS_OVER_INSIDE = 16.0
_LEAST_NEIGHBOURS = 3
_MOST_DENSE = 2000
"""Sites up to which the coefficients are exact; beyond, n^3 takes longer than the tiles."""


def krige_tiles(
    points_m: ArrayLike,
    values_dbm: ArrayLike,
    targets_m: ArrayLike,
    model: VariogramModel,
    *,
    neighbours: int = NEIGHBOURS,
    tile_m: float | None = None,
    variance: bool = True,
    transmitter_m: ArrayLike | None = None,
) -> Prediction:
    """Kriging of levels (n,) in dBm at `points_m` (n, 2) to `targets_m` (k, 2), each tile from its neighbours.

    `neighbours`: measurements nearest to a tile's centre that it is predicted from, at least 3. `tile_m`: side of
    a tile in m; unless given, such that it holds about 144 targets,
    and measurements a 16th of the neighbours at most. Raises what `krige` does, and BadMapInput for a
    variogram that is not valid.
    """
    points, values = require_samples(points_m, values_dbm)
    targets, drift = require_places("targets_m", targets_m), drift_towards(transmitter_m)
    _require_terms(points, model, neighbours)
    level = model.level(extent_of(points))
    trend = _trend(points, values, drift, model)
    mean, spread = np.empty(len(targets)), np.empty(len(targets) if variance else 0)
    for chosen, near in _tiles(points, targets, tile_m, min(neighbours, len(points))):
        sites, places = points[near], targets[chosen]
        both = model.covariance(distances(np.concatenate([sites, places]), sites), level)
        between, towards = both[: len(sites)], both[len(sites) :]
        between.flat[:: len(sites) + 1] += model.nugget
        lower = cholesky(between)
        basis, here = drift.at(sites), drift.at(places)
        alpha = solve(lower, solve(lower, values[near] - basis @ trend.beta), transposed=True)
        mean[chosen] = here @ trend.beta + towards @ alpha
        if variance:
            white = solve(lower, towards.T)
            rest = solve(trend.precision_lower, here.T - solve(lower, basis).T @ white)
            spread[chosen] = level + model.nugget - squares(white) + squares(rest)
    honour_data(targets, points, values, mean, spread)
    return Prediction(mean, np.maximum(spread, 0.0) if variance else NOT_ASKED)


@dataclass(frozen=True, slots=True, eq=False)
class _Trend:
    """beta: (p,) coefficients of the drift; precision_lower: (p, p) lower factor of F' Q F."""

    beta: FloatArray
    precision_lower: FloatArray


def _trend(points: FloatArray, values: FloatArray, drift: Drift, model: VariogramModel) -> _Trend:
    basis = drift.at(points)
    if len(points) <= _MOST_DENSE:
        system = CholeskySystem(covariance_matrix(points, model), basis, values, 0.0)
        return _Trend(system.beta, system.drift_lower)
    inverse = vecchia_inverse(points, model)
    dual = np.column_stack([inverse(column) for column in basis.T])
    lower = cholesky(basis.T @ dual)
    return _Trend(solve(lower, solve(lower, dual.T @ values), transposed=True), lower)


def _require_terms(points: FloatArray, model: VariogramModel, neighbours: int) -> None:
    if not model.is_valid:
        raise BadMapInput("model", model, "a variogram that is valid on the plane")
    if isinstance(neighbours, bool) or not isinstance(neighbours, int) or neighbours < _LEAST_NEIGHBOURS:
        raise BadMapInput("neighbours", neighbours, f"an int of at least {_LEAST_NEIGHBOURS}")
    if model.nugget == 0.0 and (twice := repeated_place(points)) is not None:
        raise DuplicateSites(*map(float, twice))


def _tiles(
    points: FloatArray, targets: FloatArray, tile_m: float | None, neighbours: int
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Targets of each tile, and the measurements nearest to the middle of them."""
    from scipy.spatial import cKDTree

    side = (
        _side(points, targets, neighbours)
        if tile_m is None
        else require_number("tile_m", tile_m, 0.0, inclusive=False)
    )
    cell = np.floor((targets - targets.min(axis=0)) / side).astype(np.int64)
    number = cell[:, 1] * (cell[:, 0].max() + 1) + cell[:, 0]
    order = np.argsort(number, kind="stable")
    starts = np.flatnonzero(np.diff(number[order], prepend=-1))
    groups = np.split(order, starts[1:])
    middles = np.array([targets[group].mean(axis=0) for group in groups])
    near = cKDTree(points).query(middles, k=neighbours)[1].reshape(len(groups), -1)
    yield from zip(groups, near, strict=True)


def _side(points: FloatArray, targets: FloatArray, neighbours: int) -> float:
    """Side of a tile in m: about 144 targets, and few enough measurements that its neighbours surround it."""
    return min(
        _square_with(_TARGETS_IN_TILE, targets),
        _square_with(max(neighbours / _NEIGHBOURS_OVER_INSIDE, 1.0), points),
    )


def _square_with(count: float, places: FloatArray) -> float:
    """Side of a square that holds `count` of places if they are spread evenly, m."""
    width, height = places.max(axis=0) - places.min(axis=0)
    share = count / len(places)
    return float(max(np.sqrt(width * height * share), max(width, height) * share, 1e-6))
