"""Kriging of large maps tile by tile: each small square of targets is predicted from its nearest measurements.

One small Cholesky factor serves all targets of a tile, so time grows with the targets, not with the measurements. It
is ordinary (or universal) kriging in a moving neighbourhood: approximate, with steps of a fraction of a dB where the
neighbours change.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from apps.coordination.cholesky_system import CholeskySystem
from apps.coordination.distances import distances, extent_of, repeated_place
from apps.coordination.drift import drift_towards
from apps.coordination.map_errors import BadMapInput, DuplicateSites
from apps.coordination.prediction import NOT_ASKED, Prediction, honour_data
from apps.coordination.samples import FloatArray, require_number, require_places, require_samples
from apps.coordination.variogram_models import VariogramModel

NEIGHBOURS = 96
_TARGETS_IN_TILE = 100.0
_LEAST_NEIGHBOURS = 3


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
    a tile in m; unless given, such that it holds about 100 targets. Raises what `krige` does, and BadMapInput for a
    variogram that is not valid.
    """
    points, values = require_samples(points_m, values_dbm)
    targets, drift = require_places("targets_m", targets_m), drift_towards(transmitter_m)
    _require_terms(points, model, neighbours)
    level = model.level(extent_of(points))
    mean, spread = np.empty(len(targets)), np.empty(len(targets) if variance else 0)
    for chosen, near in _tiles(points, targets, tile_m, min(neighbours, len(points))):
        sites, places = points[near], targets[chosen]
        basis = drift.at(places)
        both = model.covariance(distances(np.concatenate([sites, places]), sites), level)
        between, towards = both[: len(sites)], both[len(sites) :]
        between.flat[:: len(sites) + 1] += model.nugget
        system = CholeskySystem(between, drift.at(sites), values[near], level + model.nugget)
        mean[chosen] = basis @ system.beta + towards @ system.alpha
        if variance:
            spread[chosen] = system.variance(towards, basis)
    honour_data(targets, points, values, mean, spread)
    return Prediction(mean, np.maximum(spread, 0.0) if variance else NOT_ASKED)


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

    side = _side(targets) if tile_m is None else require_number("tile_m", tile_m, 0.0, inclusive=False)
    cell = np.floor((targets - targets.min(axis=0)) / side).astype(np.int64)
    number = cell[:, 1] * (cell[:, 0].max() + 1) + cell[:, 0]
    order = np.argsort(number, kind="stable")
    starts = np.flatnonzero(np.diff(number[order], prepend=-1))
    groups = np.split(order, starts[1:])
    middles = np.array([targets[group].mean(axis=0) for group in groups])
    near = cKDTree(points).query(middles, k=neighbours)[1].reshape(len(groups), -1)
    yield from zip(groups, near, strict=True)


def _side(targets: FloatArray) -> float:
    """Side of a tile that holds about 100 of evenly spread targets, m."""
    width, height = np.ptp(targets, axis=0)
    share = _TARGETS_IN_TILE / len(targets)
    return float(max(np.sqrt(width * height * share), max(width, height) * share, 1e-6))
