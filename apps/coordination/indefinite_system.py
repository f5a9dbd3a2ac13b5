"""The kriging system of a variogram that is not valid: the augmented matrix, as it stands, by LU.

    [ K   F ] [alpha]   [z]
    [ F'  0 ] [beta ] = [0]

It is what the paper and PyKrige solve whatever the variogram. A solution exists, so a mean can be shown; where K is
indefinite on contrasts, it minimises nothing.
"""

import numpy as np

from apps.coordination.map_errors import IndefiniteVariogram, SingularSystem, VarianceRefused
from apps.coordination.samples import FloatArray
from apps.coordination.validity import validity_of


class IndefiniteSystem:
    """beta: (p,) coefficients of the drift; alpha: (n,) dual weights."""

    def __init__(self, covariance: FloatArray, basis: FloatArray, values: FloatArray, top: float) -> None:
        """Covariance (n, n), drift (n, p), levels (n,); `top`: covariance of a place with itself, dB^2.

        Raises SingularSystem if the augmented matrix has no inverse.
        """
        from scipy.linalg import lapack

        sites, terms = basis.shape
        matrix = np.zeros((sites + terms, sites + terms), order="F")
        matrix[:sites, :sites] = covariance
        matrix[:sites, sites:] = basis
        matrix[sites:, :sites] = basis.T
        self._factor, self._pivots, failed = lapack.dgetrf(matrix)
        if failed:
            raise SingularSystem(0.0)
        self._covariance, self._sites, self._top = covariance, sites, top
        solution = self._solve(np.concatenate([values, np.zeros(terms)])[:, None])[:, 0]
        self.alpha, self.beta = solution[:sites], solution[sites:]

    def refusal(self) -> VarianceRefused | None:
        """The error that counts the negative eigenvalues; None if there are none at these sites."""
        validity = validity_of(self._covariance)
        return (
            None if validity.is_valid else IndefiniteVariogram(validity.negative_eigenvalues, validity.sites)
        )

    def prepare(self) -> None:
        """Nothing: the factor serves one target as well as many."""

    def variance(self, covariance: FloatArray, basis: FloatArray) -> FloatArray:
        """Kriging variances (k,) in dB^2 from covariances (k, n) and drift (k, p) of k targets."""
        sides = np.vstack([covariance.T, basis.T])
        return np.asarray(self._top - np.einsum("ij,ij->j", self._solve(sides), sides))

    def precision_diagonal(self) -> FloatArray:
        """(n,) diagonal of Q, 1/dB^2; Q z are the dual weights of any z."""
        return np.diag(self._solve(np.eye(len(self._factor))))[: self._sites].copy()

    def _solve(self, sides: FloatArray) -> FloatArray:
        from scipy.linalg import lapack

        return np.asarray(lapack.dgetrs(self._factor, self._pivots, sides)[0])
