"""Empirical semivariogram: half the mean squared difference of levels, lag bin by lag bin.

    gamma(bin) = sum (z_i - z_j)^2 / (2 N)      over the N pairs whose distance is in the bin

(G. Matheron, Economic Geology 58, 1963.) N is the number of pairs in the bin; the paper's eq. (1) prints it as the
number of all measurements.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from apps.coordination.distances import distances, extent_of
from apps.coordination.map_errors import BadMapInput
from apps.coordination.samples import FloatArray, require_number, require_samples

BINS = 28
"""Bins up to the largest lag, unless told otherwise; 5 m each on the paper's campus."""

_MOST_BINS = 100_000
_BLOCK = 2**19
_HANDFUL = 10


@dataclass(frozen=True, slots=True, eq=False)
class EmpiricalVariogram:
    """One entry for each bin that has pairs, by increasing lag.

    lag_m: (b,) mean distance of the bin's pairs; semivariance_db2: (b,) gamma; pairs: (b,) how many pairs, N.
    """

    lag_m: FloatArray
    semivariance_db2: FloatArray
    pairs: NDArray[np.int64]


def empirical_variogram(
    points_m: ArrayLike,
    values_dbm: ArrayLike,
    *,
    lag_m: float | None = None,
    max_lag_m: float | None = None,
) -> EmpiricalVariogram:
    """Semivariogram of levels (n,) in dBm at places (n, 2) in m, in bins [0, lag), [lag, 2 lag), ... .

    `max_lag_m`: pairs that far apart or further are left out; half the diagonal of the
    region unless given (all of it for fewer than 10 sites).
    `lag_m`: width of a bin; a 28th of the largest lag unless given. Raises what `require_samples` does, and
    BadMapInput for lags that are not above 0 or have no pairs.
    """
    points, values = require_samples(points_m, values_dbm)
    return variogram_of(points, values, lag_m=lag_m, max_lag_m=max_lag_m)


def variogram_of(
    points_m: FloatArray, values: FloatArray, *, lag_m: float | None = None, max_lag_m: float | None = None
) -> EmpiricalVariogram:
    """`empirical_variogram` of numbers that were checked, or are no levels, such as residuals in dB."""
    longest = _default_lag(points_m) if max_lag_m is None else max_lag_m
    longest = require_number("max_lag_m", longest, 0.0, inclusive=False)
    width = require_number("lag_m", longest / BINS if lag_m is None else lag_m, 0.0, inclusive=False)
    if longest / width > _MOST_BINS:
        raise BadMapInput("lag_m", width, f"at least a {_MOST_BINS}th of the largest lag, {longest:g} m")
    pairs, distance, square = _binned(points_m, values, width, longest)
    kept = pairs > 0
    if not kept.any():
        raise BadMapInput("max_lag_m", longest, "a distance above that of the nearest two measurements")
    count = pairs[kept]
    return EmpiricalVariogram(distance[kept] / count, square[kept] / (2.0 * count), count)


def _default_lag(points_m: FloatArray) -> float:
    """Half the diagonal of the region; a little more than all of it for a handful of sites far apart."""
    extent = extent_of(points_m)
    few = len(points_m) < _HANDFUL
    return extent * 1.001 if few else extent / 2.0


def _binned(
    points_m: FloatArray, values: FloatArray, width: float, longest: float
) -> tuple[NDArray[np.int64], FloatArray, FloatArray]:
    """Pairs, sums of distances and sums of squared differences in each bin, from blocks of rows."""
    bins = int(np.ceil(longest / width * (1.0 - 1e-12)))
    pairs, distance, square = np.zeros(bins, dtype=np.int64), np.zeros(bins), np.zeros(bins)
    rows = max(1, _BLOCK // len(points_m))
    for start in range(0, len(points_m) - 1, rows):
        stop = min(start + rows, len(points_m))
        apart = distances(points_m[start:stop], points_m[start:])
        later = np.arange(start, len(points_m)) > np.arange(start, stop)[:, None]
        row, column = np.nonzero(later & (apart < longest))
        lag = apart[row, column]
        index = (lag / width).astype(np.intp)
        np.minimum(index, bins - 1, out=index)
        difference = values[start + row] - values[start + column]
        pairs += np.bincount(index, minlength=bins)
        distance += np.bincount(index, weights=lag, minlength=bins)
        square += np.bincount(index, weights=difference * difference, minlength=bins)
    return pairs, distance, square
