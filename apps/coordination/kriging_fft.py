"""Exact kriging of a whole grid from measurements at its pixel centres: no matrix, only Fourier transforms.

The covariance of the grid's pixels is block Toeplitz, so its product with a vector is a convolution: one transform
there and back. The dual weights solve P K P alpha = P z, where P takes the drift out; conjugate gradients need only
such products, and any level of an unbounded variogram cancels in P. The map is then one more convolution.
Memory and time a step grow with the pixels, not with the square of the measurements.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from apps.coordination.distances import repeated_place
from apps.coordination.drift import drift_towards
from apps.coordination.grid import Grid
from apps.coordination.map_errors import BadMapInput, DuplicateSites, NotConverged
from apps.coordination.samples import FloatArray, require_number, require_samples
from apps.coordination.variogram_models import VariogramModel

_MOST_STEPS = 3000
_NEGLIGIBLE = 1e-17
"""Share of the sill below which a covariance leaves no trace in a sum of doubles."""

_Product = Callable[[FloatArray], FloatArray]


def krige_grid(
    points_m: ArrayLike,
    values_dbm: ArrayLike,
    grid: Grid,
    model: VariogramModel,
    *,
    transmitter_m: ArrayLike | None = None,
    tolerance: float = 1e-11,
) -> FloatArray:
    """Kriging means in dBm of all pixels, shape (rows, columns), from levels (n,) at pixel centres (n, 2) in m.

    The same as `krige(..., variance=False)`, to the tolerance: the residual of the weights relative to the levels
    without their drift. No variances. Raises what `krige` does, OffGrid, NotConverged, and BadMapInput for a
    variogram that is not valid, for which the weights have no minimum to find.
    """
    points, values = require_samples(points_m, values_dbm)
    tolerance = require_number("tolerance", tolerance, 0.0, inclusive=False)
    if not model.is_valid:
        raise BadMapInput("model", model, "a variogram that is valid on the plane")
    if model.nugget == 0.0 and (twice := repeated_place(points)) is not None:
        raise DuplicateSites(*map(float, twice))
    pixels, drift = grid.pixels_of(points), drift_towards(transmitter_m)
    convolve = _convolution(grid, model)
    basis = drift.at(points)
    ortho = np.linalg.qr(basis)[0]

    def product(weights: FloatArray) -> FloatArray:
        """P K weights."""
        spread = np.bincount(pixels, weights=weights, minlength=grid.rows * grid.columns)
        return _without(ortho, convolve(spread)[pixels] + model.nugget * weights)

    alpha = _conjugate_gradients(product, _without(ortho, values), tolerance)
    field = convolve(np.bincount(pixels, weights=alpha, minlength=grid.rows * grid.columns))
    trend = values - field[pixels] - model.nugget * alpha
    beta = np.linalg.lstsq(basis, trend, rcond=None)[0]
    return _measured(pixels, values, field + _drift_of(grid, drift.at, beta)).reshape(grid.rows, grid.columns)


def _convolution(grid: Grid, model: VariogramModel) -> _Product:
    """Product of the covariance of all pixels, without nugget, with a vector of all pixels."""
    from scipy import fft

    shape = tuple(
        int(fft.next_fast_len(size + _reach(size, grid.spacing_m, model), real=True))
        for size in (grid.rows, grid.columns)
    )
    lags = [grid.spacing_m * np.minimum(np.arange(size), size - np.arange(size)) for size in shape]
    kernel = model.covariance(np.hypot(lags[0][:, None], lags[1]), model.level(0.0))
    spectrum = fft.rfft2(kernel).real.copy()

    def convolve(pixels: FloatArray) -> FloatArray:
        transform = fft.rfft2(pixels.reshape(grid.rows, grid.columns), shape)
        transform *= spectrum
        return np.asarray(fft.irfft2(transform, shape, overwrite_x=True)[: grid.rows, : grid.columns]).ravel()

    return convolve


def _reach(size: int, spacing_m: float, model: VariogramModel) -> int:
    """Pixels of padding that keep a row of `size` from meeting itself around the circle of the transform."""
    covariance = model.covariance(spacing_m * np.arange(float(size)), model.level(0.0))
    seen = np.flatnonzero(np.abs(covariance) > _NEGLIGIBLE * np.abs(covariance).max())
    return int(seen[-1]) if seen.size else 0


def _conjugate_gradients(product: _Product, side: FloatArray, tolerance: float) -> FloatArray:
    """Solution of product(x) = side, for a product that is symmetric and positive. Raises NotConverged."""
    solution, residual = np.zeros_like(side), side.copy()
    direction, square = residual.copy(), float(residual @ residual)
    wanted = tolerance * np.sqrt(square)
    for _ in range(_MOST_STEPS):
        if np.sqrt(square) <= wanted:
            return solution
        image = product(direction)
        step = square / float(direction @ image)
        solution += step * direction
        residual -= step * image
        before, square = square, float(residual @ residual)
        direction *= square / before
        direction += residual
    raise NotConverged(_MOST_STEPS, float(np.sqrt(square)) / wanted * tolerance, tolerance)


def _without(ortho: FloatArray, values: FloatArray) -> FloatArray:
    return np.asarray(values - ortho @ (ortho.T @ values))


def _drift_of(grid: Grid, at: Callable[[FloatArray], FloatArray], beta: FloatArray) -> FloatArray:
    return np.full(grid.rows * grid.columns, beta[0]) if len(beta) == 1 else at(grid.centres_m()) @ beta


def _measured(pixels: NDArray[np.intp], values: FloatArray, field: FloatArray) -> FloatArray:
    """The map with the datum, or the mean of the data, in the pixels that were measured."""
    count = np.bincount(pixels, minlength=len(field))
    total = np.bincount(pixels, weights=values, minlength=len(field))
    return np.where(count > 0, total / np.maximum(count, 1), field)
