"""Nodes and weights of the trapezoid rule in the logarithm of the channel gain.

In s = ln x the integrand of E[log2(1 + gamma x)] is analytic in a strip around the real axis, so the trapezoid
rule with step h errs by exp(-2 pi d / h), d being half the strip's width (L. N. Trefethen and J. A. C. Weideman,
"The Exponentially Convergent Trapezoidal Rule", 2014). The factors e^-x and kappa(x) leave d = pi/2 around
x = 1 and x = r^-alpha; elsewhere only the logarithm's d = pi counts; and in the left tail, where an error counts
less the deeper it lies, a smaller strip will do. So the nodes are equidistant not in s but in tau, where
ds/dtau is a smooth staircase with a tread for each of these stretches.
"""

import math

import numpy as np

from apps.admm.channel import kappa
from apps.admm.parameters import FloatArray

_RIGHT_END = math.log(33.0)
_TREADS = (2.25, 1.0, 0.53, 1.0, 0.44)
_EDGE_WIDTHS = (1.8, 1.1, 1.1, 1.1)
_DEPTH_AT_96_POINTS, _MOST_DEPTH = 20.0, 36.0


def log_nodes(radius_m: FloatArray, exponent: float, points: int) -> tuple[FloatArray, FloatArray]:
    """Gains x (M, points), ascending, and weights (M, points) for cells of these radii (M,).

    The treads, their edges and the depth of the left end were fitted by numerical search to the largest error of
    g, g' and g'' with 96 points. The mass left of the last trapezoid node goes to one more node at its mean ln x.
    """
    scale = np.logaddexp(0.0, exponent * np.log(radius_m))[:, None]
    left_end = -scale - min(_DEPTH_AT_96_POINTS * math.sqrt(points / 96), _MOST_DEPTH)
    knee = 3.4 - scale
    stops = np.hstack(
        [-scale - 7.0, -scale - 0.7, knee, np.maximum(knee, -0.4), np.full_like(scale, _RIGHT_END)]
    )
    edges = np.cumsum(np.diff(stops, axis=1, prepend=left_end) / _TREADS, axis=1)
    step = edges[:, -1:] / (points - 2)
    s, rate = _staircase(left_end, edges, step * np.arange(points - 1))
    gain, weight = np.empty((2, len(radius_m), points))
    gain[:, 1:] = np.exp(s)
    with np.errstate(under="ignore"):
        density = np.exp(-gain[:, 1:]) * kappa(gain[:, 1:], radius_m[:, None], exponent)
        weight[:, 1:] = step * rate * gain[:, 1:] * density
    last = step[:, 0] * rate[:, 0]
    gain[:, 0] = np.exp(s[:, 0] + last / np.expm1(-last))
    weight[:, 0] = weight[:, 1] / np.expm1(last)
    return gain, weight


def _staircase(left_end: FloatArray, edges: FloatArray, tau: FloatArray) -> tuple[FloatArray, FloatArray]:
    """s(tau) and ds/dtau, the sum of logistic steps from tread to tread at the edges."""
    s = left_end + _TREADS[0] * tau
    rate = np.full_like(tau, _TREADS[0])
    for i, width in enumerate(_EDGE_WIDTHS):
        rise = _TREADS[i + 1] - _TREADS[i]
        beyond = tau - edges[:, i : i + 1]
        ahead = np.exp(-beyond / width)
        s += rise * (beyond + width * np.log1p(ahead))
        rate += rise / (1.0 + ahead)
    return s, rate
