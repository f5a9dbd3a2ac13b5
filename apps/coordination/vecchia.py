"""Approximate inverse of a covariance matrix of many sites: Vecchia's, each site given a few of those before it.

With the sites in random order, K^-1 is nearly B' D^-1 B: row i of B has 1 at i and minus the kriging weights of its
nearest earlier sites, D_i is its variance given them. (A. V. Vecchia, JRSS B 50, 1988.) Here it only speeds up
conjugate gradients, so it costs no accuracy.
"""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from apps.coordination.distances import extent_of
from apps.coordination.samples import FloatArray
from apps.coordination.variogram_models import VariogramModel

_NEIGHBOURS = 30
_CHUNK = 2000
_SEED = 1


def vecchia_inverse(points_m: FloatArray, model: VariogramModel) -> Callable[[FloatArray], FloatArray]:
    """The product with B' D^-1 B, symmetric and positive, for sites (n, 2) in m and a valid model."""
    from scipy.sparse import csr_array

    sites = len(points_m)
    order = np.random.default_rng(_SEED).permutation(sites)
    rows, columns, weights = [np.arange(sites)], [np.arange(sites)], [np.ones(sites)]
    level = model.level(extent_of(points_m))
    variance = np.full(sites, level + model.nugget)
    for row, near in _earlier_neighbours(points_m[order]):
        found, variance[row] = _weights(points_m[order], row, near, model, level)
        rows.append(np.repeat(row, near.shape[1]))
        columns.append(near.ravel())
        weights.append(-found.ravel())
    entries = (np.concatenate(weights), (np.concatenate(rows), np.concatenate(columns)))
    factor = csr_array(entries, shape=(sites, sites))
    back = csr_array(factor.T)

    def product(vector: FloatArray) -> FloatArray:
        result = np.empty_like(vector)
        result[order] = back @ ((factor @ vector[order]) / variance)
        return result

    return product


def _earlier_neighbours(points_m: FloatArray) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Rows (m,) and their nearest earlier sites (m, k): those of the second half of a doubling from the first."""
    from scipy.spatial import cKDTree

    first = 1
    while first < len(points_m):
        stop, count = min(2 * first, len(points_m)), min(_NEIGHBOURS, first)
        tree = cKDTree(points_m[:first])
        for start in range(first, stop, _CHUNK):
            row = np.arange(start, min(start + _CHUNK, stop))
            yield row, tree.query(points_m[row], k=count)[1].reshape(len(row), count)
        first = stop


def _weights(
    points_m: FloatArray, row: NDArray[np.intp], near: NDArray[np.intp], model: VariogramModel, level: float
) -> tuple[FloatArray, FloatArray]:
    """Simple kriging weights (m, k) of sites from their neighbours, and the variances (m,) that are left."""
    places = points_m[near]
    among = model.covariance(_norm(places[:, :, None] - places[:, None]), level)
    among[:, np.arange(near.shape[1]), np.arange(near.shape[1])] += model.nugget
    towards = model.covariance(_norm(places - points_m[row][:, None]), level)
    weights: FloatArray = np.asarray(np.linalg.solve(among, towards[:, :, None])[:, :, 0], dtype=np.float64)
    top = level + model.nugget
    left: FloatArray = top - np.einsum("ij,ij->i", weights, towards)
    return weights, np.maximum(left, 1e-12 * top)


def _norm(offsets: FloatArray) -> FloatArray:
    return np.asarray(np.sqrt(np.einsum("...i,...i->...", offsets, offsets)))
