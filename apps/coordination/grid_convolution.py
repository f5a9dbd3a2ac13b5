"""Product of the covariance of all pixels of a grid with a vector, by Fourier transform.

The covariance of pixels is block Toeplitz: the product is a convolution, exact on a circle that is long enough.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from apps.coordination.grid import Grid
from apps.coordination.samples import FloatArray
from apps.coordination.variogram_models import VariogramModel

Product = Callable[[FloatArray], FloatArray]

_NEGLIGIBLE = 1e-17
"""Share of the sill below which a covariance leaves no trace in a sum of doubles."""


def convolution(grid: Grid, model: VariogramModel) -> Product:
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


def spread(pixels: NDArray[np.intp], values: FloatArray, grid: Grid) -> FloatArray:
    """Sums of the values (n,) of each pixel, in all pixels."""
    total = np.bincount(pixels, weights=values, minlength=grid.rows * grid.columns)
    return np.asarray(total, dtype=np.float64)
