"""Is a variogram conditionally negative definite at given sites, so that kriging with it has a meaning?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from apps.coordination.distances import all_distances, extent_of
from apps.coordination.samples import FloatArray, require_places
from apps.coordination.variogram_models import VariogramModel

_ROUNDING = 1e-10
"""Eigenvalues within this share of the largest count as zero."""


@dataclass(frozen=True, slots=True)
class Validity:
    """Eigenvalues of the doubly centred -Gamma of n sites.

    negative_eigenvalues: how many are below zero by more than rounding; smallest: the lowest, dB^2; sites: n.
    """

    negative_eigenvalues: int
    smallest: float
    sites: int

    @property
    def is_valid(self) -> bool:
        """Whether none is negative: weights that add up to 0 then never give a negative variance."""
        return self.negative_eigenvalues == 0


def check_validity(points_m: ArrayLike, model: VariogramModel) -> Validity:
    """Validity of `model` at sites (n, 2) in m. Costs an eigenvalue problem of order n. Raises BadMapInput."""
    points = require_places("points_m", points_m)
    return validity_of(covariance_matrix(points, model))


def covariance_matrix(points_m: FloatArray, model: VariogramModel) -> FloatArray:
    """level - gamma between n places, shape (n, n), with the nugget on the diagonal, dB^2."""
    covariance = model.covariance(all_distances(points_m), model.level(extent_of(points_m)))
    covariance.flat[:: len(covariance) + 1] += model.nugget
    return covariance


def validity_of(covariance: FloatArray) -> Validity:
    """Validity of the variogram behind a matrix `level - gamma` (n, n): centring takes the level out."""
    from scipy.linalg import eigvalsh

    centred = covariance - covariance.mean(axis=0)
    centred -= centred.mean(axis=1)[:, None]
    values = eigvalsh(0.5 * (centred + centred.T))
    floor = _ROUNDING * float(np.abs(values).max())
    return Validity(int(np.count_nonzero(values < -floor)), float(values[0]), len(covariance))
