"""The kriging system of a valid variogram: a positive definite covariance, factored once."""

import numpy as np

from apps.coordination.map_errors import SingularSystem, VarianceRefused
from apps.coordination.samples import FloatArray

_LEAST_SHARE = 1e-14
"""Of the sill: a site whose variance given the sites before it is less than this is one of them, to rounding."""


class CholeskySystem:
    """Covariance K = L L' of n sites, drift F (n, p), levels z (n,).

    beta: (p,) coefficients of the drift; drift_lower: (p, p) lower factor of F' K^-1 F, which is their precision.
    alpha: (n,) K^-1 (z - F beta), the dual weights.
    """

    def __init__(self, covariance: FloatArray, basis: FloatArray, values: FloatArray, top: float) -> None:
        """`covariance` (n, n) is overwritten; `top`: covariance of a place with itself, dB^2.

        Raises SingularSystem if K is not positive definite in double precision, or F F' has no inverse.
        """
        self._lower = cholesky(covariance)
        self._top = top
        self._inverse_lower: FloatArray | None = None
        white = solve(self._lower, np.column_stack([basis, values]))
        self._white_basis, white_values = white[:, :-1], white[:, -1]
        self.drift_lower = cholesky(self._white_basis.T @ self._white_basis)
        half = solve(self.drift_lower, self._white_basis.T @ white_values)
        self.beta = solve(self.drift_lower, half, transposed=True)
        self.alpha = solve(self._lower, white_values - self._white_basis @ self.beta, transposed=True)

    def refusal(self) -> VarianceRefused | None:
        """None: its variances have a meaning."""
        return None

    def prepare(self) -> None:
        """Invert L: worth it before variances of more targets than there are sites."""
        from scipy.linalg import lapack

        if self._inverse_lower is None:
            self._inverse_lower = np.asarray(lapack.dtrtri(self._lower, lower=1)[0])

    def variance(self, covariance: FloatArray, basis: FloatArray) -> FloatArray:
        """Kriging variances (k,) in dB^2 from covariances (k, n), which are overwritten, and drift (k, p)."""
        from scipy.linalg import blas

        if self._inverse_lower is None:
            white = blas.dtrsm(1.0, self._lower, covariance.T, lower=1, overwrite_b=1)
        else:
            # A product with the inverse factor is more than twice as fast as a triangular solve.
            white = blas.dtrmm(1.0, self._inverse_lower, covariance.T, lower=1, overwrite_b=1)
        drift = solve(self.drift_lower, basis.T - self._white_basis.T @ white)
        return np.asarray(self._top - squares(white) + squares(drift))

    def precision_diagonal(self) -> FloatArray:
        """(n,) diagonal of Q = K^-1 - K^-1 F (F' K^-1 F)^-1 F' K^-1, 1/dB^2; Q z are the dual weights of any z."""
        from scipy.linalg import lapack

        inverse = np.asarray(lapack.dtrtri(self._lower, lower=1)[0])
        dual = solve(self.drift_lower, (inverse.T @ self._white_basis).T)
        return np.asarray(squares(inverse) - squares(dual))


def cholesky(matrix: FloatArray) -> FloatArray:
    """Lower factor of a symmetric matrix, which is overwritten. Raises SingularSystem."""
    from scipy.linalg import lapack

    top = float(matrix.diagonal().max())
    lower, failed = lapack.dpotrf(matrix.T, lower=1, overwrite_a=1, clean=1)
    share = 0.0 if failed else float(lower.diagonal().min()) ** 2 / top
    if not share > _LEAST_SHARE:
        raise SingularSystem(share)
    return np.asarray(lower)


def solve(lower: FloatArray, sides: FloatArray, *, transposed: bool = False) -> FloatArray:
    """L^-1 sides, or L'^-1 sides."""
    from scipy.linalg import lapack

    return np.asarray(lapack.dtrtrs(lower, sides, lower=1, trans=int(transposed))[0])


def squares(columns: FloatArray) -> FloatArray:
    """Squared length of each column."""
    return np.asarray(np.einsum("ij,ij->j", columns, columns))
