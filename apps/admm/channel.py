"""Distribution of the channel gain |h|^2 of a user placed at random in a disc, with Rayleigh fading.

|h|^2 = |g|^2 / (1 + L^alpha) with |g|^2 ~ Exp(1) and L the distance, in metres, of a uniform point of the disc
from its centre. The paper's Kummer function is Psi(a, a+1, -y) = a y^-a gamma(a, y), with a = 2/alpha and
y = x r^alpha: a power series for small y, the incomplete gamma function beyond. Arguments broadcast.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from apps.admm.parameters import FloatArray

_SERIES_UP_TO = 1.0
_SERIES_TERMS = 20
_COMPLETE_FROM = 60.0


def gain_cdf(gain: ArrayLike, radius_m: ArrayLike, exponent: float) -> FloatArray:
    """F(x) = 1 - Psi(a, a+1, -x r^alpha) e^-x, the probability of a gain of at most x >= 0 (paper (14)).

    Where F is small it keeps its relative precision: it is no difference of numbers near 1.
    """
    x = np.asarray(gain, dtype=np.float64)
    y = x * np.asarray(radius_m, dtype=np.float64) ** exponent
    with np.errstate(under="ignore"):
        return -np.expm1(-x) + np.exp(-x) * _kummer_complement(2.0 / exponent, y)


def gain_pdf(gain: ArrayLike, radius_m: ArrayLike, exponent: float) -> FloatArray:
    """Density e^-x kappa(x) of the gain at x >= 0 (paper (17))."""
    x = np.asarray(gain, dtype=np.float64)
    with np.errstate(under="ignore"):
        return np.exp(-x) * kappa(x, radius_m, exponent)


def kappa(gain: ArrayLike, radius_m: ArrayLike, exponent: float) -> FloatArray:
    """kappa(x) = Psi(a, a+1, -y) + r^alpha a/(a+1) Psi(a+1, a+2, -y) at x >= 0 (paper (18)).

    It is E[(1 + L^alpha) exp(-x L^alpha)]. For y > 1 the second term is (a/x) (Psi(a, a+1, -y) - e^-y).
    """
    x, scale = np.broadcast_arrays(
        np.asarray(gain, dtype=np.float64), np.asarray(radius_m, dtype=np.float64) ** exponent
    )
    a = 2.0 / exponent
    y = x * scale
    small = y <= _SERIES_UP_TO
    result = np.empty_like(y)
    z = y[small]
    second = scale[small] * (a / (a + 1.0)) * (1.0 - _series_complement(a + 1.0, z))
    result[small] = 1.0 - _series_complement(a, z) + second
    z = y[~small]
    with np.errstate(under="ignore"):
        first = _kummer_far(a, z)
        result[~small] = first + (a / x[~small]) * (first - np.exp(-z))
    return np.asarray(result)


def _kummer_far(a: float, y: FloatArray) -> FloatArray:
    """Psi(a, a+1, -y) for y > 1; gamma(a, y) is Gamma(a) to all digits from y = 60 on."""
    power = special.gamma(a + 1.0) * y**-a
    near = y < _COMPLETE_FROM
    power[near] *= special.gammainc(a, y[near])
    return np.asarray(power)


def _kummer_complement(a: float, y: FloatArray) -> FloatArray:
    """1 - Psi(a, a+1, -y)."""
    small = y <= _SERIES_UP_TO
    result = np.empty_like(y)
    result[small] = _series_complement(a, y[small])
    result[~small] = 1.0 - _kummer_far(a, y[~small])
    return result


def _series_complement(a: float, y: FloatArray) -> FloatArray:
    """1 - Psi(a, a+1, -y) = -sum over k >= 1 of a (-y)^k / (k! (a + k)), by Horner's rule."""
    total = np.full_like(y, 1.0 / (a + _SERIES_TERMS))
    for k in range(_SERIES_TERMS - 1, 0, -1):
        total = 1.0 / (a + k) - total * y / (k + 1)
    return a * y * total
