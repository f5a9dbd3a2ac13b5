"""Exact kriging of a whole grid from measurements at its pixel centres: no matrix, only Fourier transforms.

The covariance of the grid's pixels is block Toeplitz, so its product with a vector is a convolution: one transform
there and back. The dual weights solve P K P alpha = P z, where P takes the drift out; conjugate gradients need only
such products, and any level of an unbounded variogram cancels in P. The map is then one more convolution.
Memory and time a step grow with the pixels, not with the square of the measurements.
"""

import numpy as np
from numpy.typing import ArrayLike

from apps.coordination.distances import repeated_place
from apps.coordination.drift import drift_towards
from apps.coordination.grid import Grid
from apps.coordination.grid_convolution import Product, convolution, spread
from apps.coordination.map_errors import BadMapInput, DuplicateSites, NotConverged
from apps.coordination.samples import FloatArray, require_number, require_samples
from apps.coordination.variogram_models import VariogramModel
from apps.coordination.vecchia import vecchia_inverse

_MOST_STEPS = 1000


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
    convolve = convolution(grid, model)
    basis = drift.at(points)
    ortho = np.linalg.qr(basis)[0]

    def product(weights: FloatArray) -> FloatArray:
        """P K weights."""
        return _without(ortho, convolve(spread(pixels, weights, grid))[pixels] + model.nugget * weights)

    approximate = vecchia_inverse(points, model)
    alpha = _conjugate_gradients(
        product, lambda vector: _without(ortho, approximate(vector)), _without(ortho, values), tolerance
    )
    field = convolve(spread(pixels, alpha, grid))
    trend = values - field[pixels] - model.nugget * alpha
    beta: FloatArray = np.asarray(np.linalg.lstsq(basis, trend, rcond=None)[0], dtype=np.float64)
    field += drift.at(grid.centres_m()) @ beta if drift.terms > 1 else beta[0]
    count = spread(pixels, np.ones_like(values), grid)
    # The datum, or the mean of the data, where it was measured.
    exact = np.where(count > 0.0, spread(pixels, values, grid) / np.maximum(count, 1.0), field)
    return exact.reshape(grid.rows, grid.columns)


def _conjugate_gradients(
    product: Product, approximate: Product, side: FloatArray, tolerance: float
) -> FloatArray:
    """Solution of product(x) = side, with an approximate inverse; both symmetric and positive.

    Raises NotConverged. (Y. Saad, Iterative Methods for Sparse Linear Systems, 2003, algorithm 9.1.)
    """
    solution, residual = np.zeros_like(side), side.copy()
    wanted = tolerance * float(np.linalg.norm(side))
    image = approximate(residual)
    direction, square = image.copy(), float(residual @ image)
    for _ in range(_MOST_STEPS):
        if float(np.linalg.norm(residual)) <= wanted:
            return solution
        image = product(direction)
        step = square / float(direction @ image)
        solution += step * direction
        residual -= step * image
        image = approximate(residual)
        before, square = square, float(residual @ image)
        direction *= square / before
        direction += image
    raise NotConverged(_MOST_STEPS, float(np.linalg.norm(residual)) / wanted * tolerance, tolerance)


def _without(ortho: FloatArray, values: FloatArray) -> FloatArray:
    return np.asarray(values - ortho @ (ortho.T @ values))
