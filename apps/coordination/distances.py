"""Distances between places, and which targets are measured places."""

import numpy as np
from numpy.typing import NDArray

from apps.coordination.samples import FloatArray

SAME_PLACE_M = 1e-10
"""Places no further apart are one place; PyKrige's limit."""


def all_distances(points_m: FloatArray) -> FloatArray:
    """Distances (n, n) in m between n places."""
    return distances(points_m, points_m)


def distances(targets_m: FloatArray, points_m: FloatArray, room: FloatArray | None = None) -> FloatArray:
    """Distances (k, n) in m from k targets to n points, in the first k rows of `room` if given."""
    from scipy.spatial.distance import cdist

    return cdist(targets_m, points_m, out=None if room is None else room[: len(targets_m)])


def extent_of(points_m: FloatArray) -> float:
    """Diagonal of the smallest upright box around the places, m: none are further apart."""
    return float(np.hypot(*(points_m.max(axis=0) - points_m.min(axis=0))))


def coinciding(targets_m: FloatArray, points_m: FloatArray) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pairs (target, point) of indices at one place, in the order of the targets.

    Both are projected on a line on which places of a grid do not meet; only neighbours there are compared.
    """
    line = np.array([0.8115427319801844, 0.5842935138201377])
    along = points_m @ line
    order = np.argsort(along, kind="stable")
    sought, along = targets_m @ line, along[order]
    # Rounding of the projection grows with the coordinates.
    slack = 2.0 * SAME_PLACE_M + 1e-15 * float(np.abs(points_m).max())
    first = np.searchsorted(along, sought - slack)
    last = np.searchsorted(along, sought + slack, side="right")
    target = np.repeat(np.arange(len(targets_m)), last - first)
    offset = np.arange(len(target)) - np.repeat(np.cumsum(last - first) - (last - first), last - first)
    point = order[first[target] + offset]
    gap = targets_m[target] - points_m[point]
    same = np.hypot(gap[:, 0], gap[:, 1]) <= SAME_PLACE_M
    return target[same], point[same]


def repeated_place(points_m: FloatArray) -> FloatArray | None:
    """One place (2,) that is there more than once; None if all differ."""
    target, point = coinciding(points_m, points_m)
    twice = np.flatnonzero(target != point)
    return points_m[target[twice[0]]] if twice.size else None
