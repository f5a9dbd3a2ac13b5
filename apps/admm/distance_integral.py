"""Reference integration of the expected spectral efficiency over the user's distance, without Kummer functions.

Given the distance L the fading is exponential and the mean over it is known: with z = (1 + L^alpha) / gamma
and e ~ Exp(1), E[ln(1 + gamma |h|^2)] = G(z) = e^z E1(z) = E[1 / (z + e)]. What remains is the mean over L.
"""

import math

import numpy as np
from scipy import special

from apps.admm.parameters import FloatArray

_PANEL_NODES, _PANEL_WEIGHTS = np.polynomial.legendre.leggauss(16)
_LAGUERRE_NODES, _LAGUERRE_WEIGHTS = special.roots_laguerre(64)
_LAGUERRE_FROM = 2.0
_CENTRE_LEFT_OUT = 20.0
_FEWEST_PANELS, _MOST_PANELS = 16, 4096


class IntegralNotReached(ArithmeticError):
    """Doubling the panels did not bring the integral to rest; `args` are (gamma, radius_m, tolerance)."""

    def __init__(self, gamma: float, radius_m: float, tolerance: float) -> None:
        super().__init__(gamma, radius_m, tolerance)

    def __str__(self) -> str:
        gamma, radius_m, tolerance = self.args
        return (
            f"efficiency at gamma={gamma:g}, radius_m={radius_m:g}: {_MOST_PANELS} panels still change it by more "
            f"than the tolerance; got a tolerance of {tolerance:g}, expected one that double precision can hold"
        )


def efficiency_moments(gamma: float, radius_m: float, exponent: float, tolerance: float) -> FloatArray:
    """(3,): E[ln(1+y)], E[y/(1+y)] and E[(y/(1+y))^2] of one cell, y = gamma |h|^2; relative to `tolerance` each.

    They are g ln 2, gamma g' ln 2 and -gamma^2 g'' ln 2. Gauss-Legendre panels in ln(r/L), their number
    doubled until nothing changes by more than the tolerance; the inner e^-20 of the distances that matter is
    left out (4e-18 of the area). Raises IntegralNotReached when the doubling does not come to rest.
    """
    panels = _FEWEST_PANELS
    result = _by_panels(gamma, radius_m, exponent, panels)
    while panels < _MOST_PANELS:
        panels *= 2
        finer = _by_panels(gamma, radius_m, exponent, panels)
        if np.all(np.abs(finer - result) <= tolerance * finer):
            return finer
        result = finer
    raise IntegralNotReached(gamma, radius_m, tolerance)


def _by_panels(gamma: float, radius_m: float, exponent: float, panels: int) -> FloatArray:
    width = (max(math.log(radius_m), 0.0) + _CENTRE_LEFT_OUT) / panels
    depth = (width * (np.arange(panels)[:, None] + 0.5 * (1.0 + _PANEL_NODES))).ravel()
    area = np.tile(0.5 * width * _PANEL_WEIGHTS, panels) * 2.0 * np.exp(-2.0 * depth)
    return fading_moments((1.0 + (radius_m * np.exp(-depth)) ** exponent) / gamma) @ area


def fading_moments(z: FloatArray) -> FloatArray:
    """(3, n): E[1/(z+e)], E[e/(z+e)] and E[(e/(z+e))^2] with e ~ Exp(1), at z (n,) > 0.

    They are G, 1 - zG and 1 + z - (2z + z^2)G. From z = 2 on, where the differences cancel, 64-point
    Gauss-Laguerre quadrature is right to 2e-14.
    """
    moments = np.empty((3, z.size))
    near = z < _LAGUERRE_FROM
    v = z[near]
    g = special.exp1(v) * np.exp(v)
    moments[:, near] = g, 1.0 - v * g, 1.0 + v - v * (2.0 + v) * g
    e = _LAGUERRE_NODES
    inverse = 1.0 / (z[~near][:, None] + e)
    moments[0, ~near] = inverse @ _LAGUERRE_WEIGHTS
    moments[1, ~near] = (inverse * e) @ _LAGUERRE_WEIGHTS
    moments[2, ~near] = (inverse * e) ** 2 @ _LAGUERRE_WEIGHTS
    return moments
