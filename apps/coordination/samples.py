"""Checks of what enters a map: places in metres, received levels in dBm, and numbers of a model."""

import difflib
import math
from collections.abc import Sequence
from numbers import Real

import numpy as np
from numpy.typing import ArrayLike, NDArray

from apps.coordination.map_errors import (
    AbsurdLevel,
    BadMapInput,
    SitesCoincide,
    TooFewSites,
    UnknownMethod,
)

FloatArray = NDArray[np.float64]

LEAST_SITES = 3
LOWEST_DBM, HIGHEST_DBM = -200.0, 100.0
"""Below: less than thermal noise in 1 Hz, -174 dBm, by far. Above: 10 MW at a receiver."""

_FARTHEST_M = 1e9
"""Coordinates beyond this, further than the Moon, have no sub-metre digits to spare for a map."""


def require_samples(points_m: ArrayLike, values_dbm: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Places (n, 2) in m and levels (n,) in dBm as arrays; n >= 3, at two places or more.

    Raises BadMapInput (shape, or numbers that are not finite), AbsurdLevel, TooFewSites, SitesCoincide.
    """
    points = require_places("points_m", points_m)
    values = _numbers("values_dbm", values_dbm, "(n,) levels in dBm")
    if values.shape != (len(points),):
        raise BadMapInput("values_dbm", values.shape, f"the shape ({len(points)},), one level for each point")
    absurd = np.flatnonzero(~((values >= LOWEST_DBM) & (values <= HIGHEST_DBM)))
    if absurd.size:
        raise AbsurdLevel(int(absurd[0]), float(values[absurd[0]]), LOWEST_DBM, HIGHEST_DBM)
    if len(points) < LEAST_SITES:
        raise TooFewSites(len(points), LEAST_SITES)
    if bool(np.all(points == points[0])):
        raise SitesCoincide(len(points), *map(float, points[0]))
    return points, values


def require_places(parameter: str, places_m: ArrayLike) -> FloatArray:
    """Places as a float64 array of shape (k, 2), k >= 1, within 1e9 m of the origin. Raises BadMapInput."""
    places = _numbers(parameter, places_m, "(k, 2) coordinates in m")
    if places.ndim != 2 or places.shape[1] != 2:
        raise BadMapInput(parameter, places.shape, "the shape (k, 2): x and y in m for each place")
    if len(places) == 0:
        raise BadMapInput(parameter, places.shape, "at least one place")
    bad = np.flatnonzero(~(np.abs(places) <= _FARTHEST_M).all(axis=1))
    if bad.size:
        got = tuple(map(float, places[bad[0]]))
        raise BadMapInput(f"{parameter}[{bad[0]}]", got, f"finite coordinates up to {_FARTHEST_M:g} m")
    return places


def require_place(parameter: str, place_m: ArrayLike) -> FloatArray:
    """One place (2,) in m. Raises BadMapInput."""
    place = _numbers(parameter, place_m, "(2,) coordinates in m")
    if place.shape != (2,):
        raise BadMapInput(parameter, place.shape, "the shape (2,): x and y in m")
    return require_places(parameter, place[None, :]).reshape(2)


def require_number(parameter: str, value: object, lowest: float, *, inclusive: bool = True) -> float:
    """`value` as a finite float of `lowest` or more (above it, unless inclusive). Raises BadMapInput."""
    expected = f"a finite number {'of at least' if inclusive else 'above'} {lowest:g}"
    if isinstance(value, bool) or not isinstance(value, Real):
        raise BadMapInput(parameter, value, expected)
    number = float(value)
    if not math.isfinite(number) or number < lowest or (number == lowest and not inclusive):
        raise BadMapInput(parameter, value, expected)
    return number


def require_name(parameter: str, name: str, names: Sequence[str]) -> str:
    """`name` if it is one of `names`. Raises UnknownMethod with the nearest of them."""
    if name not in names:
        near = difflib.get_close_matches(str(name), names, n=1, cutoff=0.4)
        raise UnknownMethod(parameter, name, near[0] if near else None, tuple(names))
    return name


def _numbers(parameter: str, values: ArrayLike, expected: str) -> FloatArray:
    try:
        array = np.asarray(values)
    except ValueError:
        raise BadMapInput(parameter, values, expected) from None
    if array.dtype.kind not in "iuf" and array.size:
        raise BadMapInput(parameter, values, expected)
    return np.ascontiguousarray(array, dtype=np.float64)
