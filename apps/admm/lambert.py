"""The Lambert function around its branch point, without the loss of digits there.

Everything is said of y = 1 + W0((t-1)/e), that is, of the root y >= 0 of F(y) = (y-1) e^y + 1 = t. This is
(56) of the acquisition paper (errata applied): a user who gets b = c/y hertz for c = R ln 2 saves
sigma^2 F(y)/|h|^2 watts by one more hertz. A library's W0 sees t only after 1 has been taken away: for a
deep fade, t near 0, the digits are gone. Here F(y) = y^2 e^y phi(y) with phi(y) = (e^-y + y - 1)/y^2, which
falls from 1/2 to 0, so that ln F is exact at both ends and ln F(ln y) is convex with slope 1/phi >= 2.
"""

import numpy as np

from apps.admm.parameters import FloatArray

_SERIES_BELOW = 0.5
_SERIES = tuple(1.0 / float(np.prod(np.arange(1.0, k + 1.0))) for k in range(2, 16))
_MOST_STEPS = 1000
_LAST_STEP = 1e-8


def shifted_lambert(t: FloatArray) -> FloatArray:
    """y = 1 + W0((t-1)/e) of an array of t in 1e-300..1e300, to a few units in the last place."""
    log_y, _ = log_shifted_lambert(np.log(t))
    y = np.exp(log_y)
    corrected: FloatArray = y - (y * _phi(y) - t * np.exp(-y) / y)
    return corrected


def log_shifted_lambert(log_t: FloatArray, start: FloatArray | None = None) -> tuple[FloatArray, FloatArray]:
    """ln y and phi(y) = d ln y/d ln t at each ln t of an array.

    Newton's method for ln F = ln t in ln y, from `start` (a guess of ln y) or from a rational guess within 7 %.
    Convexity makes it converge from anywhere: after one step it falls towards the root, by one in
    ln y or faster. The error is that of
    ln t itself, halved or more: |ln t| * 1e-16 of y.
    """
    log_y = _first_guess(log_t) if start is None else start
    for _ in range(_MOST_STEPS):
        value, phi = log_marginal(log_y)
        step = (value - log_t) * phi
        log_y = log_y - step
        if np.max(np.abs(step), initial=0.0) <= _LAST_STEP:
            break
    return log_y, phi


def log_marginal(log_y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """ln F(y) and phi(y) at each ln y."""
    y = np.exp(log_y)
    phi = _phi(y)
    return y + 2.0 * log_y + np.log(phi), phi


def _phi(y: FloatArray) -> FloatArray:
    """(e^-y + y - 1)/y^2; where its digits would cancel, its series 1/2! - y/3! + y^2/4! - ..."""
    small = y < _SERIES_BELOW
    large = np.where(small, 1.0, y)
    phi = (np.exp(-large) + (large - 1.0)) / large / large
    if small.any():
        phi[small] = np.polynomial.polynomial.polyval(-y[small], _SERIES)
    return phi


def _first_guess(log_t: FloatArray) -> FloatArray:
    """Near the branch point the [1/1] fraction in p = sqrt(2t); beyond, Winitzki's form of W0."""
    p = np.exp(0.5 * (np.minimum(log_t, 2.0) + np.log(2.0)))
    near = 0.5 * (log_t + np.log(2.0)) + np.log((1.0 + p / 8.0) / (1.0 + 11.0 * p / 24.0))
    w = np.logaddexp(0.0, np.maximum(log_t, 2.0) - 1.0)
    far = np.log1p(w * (1.0 - np.log1p(w) / (2.0 + w)))
    return np.where(log_t < 2.0, near, far)
