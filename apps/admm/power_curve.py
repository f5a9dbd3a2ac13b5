"""Power a cell needs for its rate as a function of its bandwidth: the curves every optimisation here works on.

With gamma = p / (w sigma^2), a cell of rate R and reciprocal user number phi needs g(gamma) = R / (phi w), so its
power is p(w) = sigma^2 w g^-1(R / (phi w)): convex and falling, with dp/dw = -sigma^2 h, h = g/g' - gamma. All is
done in ln gamma and apart from sigma^2, which so cannot move an allocation by a single bit.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from apps.admm.efficiency import CellIndex, Derivatives, EfficiencyCurve
from apps.admm.newton import increasing_roots
from apps.admm.parameters import (
    BadParameter,
    FloatArray,
    RateOutOfReach,
    require_positive,
    require_positive_array,
)

LOWEST_LOG_SNR = -300.0
HIGHEST_LOG_SNR = 667.0
"""ln gamma of what is called representable: powers between about 1e-130 and 1e290 times w sigma^2."""

_LOG_SATURATED = 138.0
"""Here (gamma = 1e60) gamma |h|^2 is far above 1 at every gain that counts, so that g is a line in ln gamma."""

_CANCELS_BELOW = 1e-3
_HIGHEST_LOG = 709.0
"""ln of about the largest float."""
_LEGENDRE_NODES, _LEGENDRE_WEIGHTS = np.polynomial.legendre.leggauss(3)


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """A cell's curve at one gamma, all of shape (M,) and dimensionless but the first.

    efficiency: g, bit/s/Hz. elasticity: d ln g / d ln gamma, between 0 and 1. log_marginal: ln h, h = g/g' - gamma
    = -dp/dw / sigma^2. marginal_slope: dh / d gamma. marginal_elasticity: d ln h / d ln gamma.
    """

    efficiency: FloatArray
    elasticity: FloatArray
    log_marginal: FloatArray
    marginal_slope: FloatArray
    marginal_elasticity: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class PowerCurve:
    """Power of M cells over their bandwidth.

    curve: g of the cells. reciprocal_users: phi = E[1/N; N >= 1]. rate_bps: R of every user. All of shape (M,).
    noise_psd_w_per_hz: sigma^2, W/Hz. Raises BadParameter for what is not finite and above 0, RateOutOfReach for the
    cell with the largest load where the sum of the loads R / phi is not a finite number.
    """

    curve: EfficiencyCurve
    reciprocal_users: FloatArray
    rate_bps: FloatArray
    noise_psd_w_per_hz: float

    def __post_init__(self) -> None:
        for name in ("reciprocal_users", "rate_bps"):
            object.__setattr__(self, name, require_positive_array(name, getattr(self, name)))
        if self.rate_bps.ndim != 1 or self.rate_bps.shape != self.reciprocal_users.shape:
            raise BadParameter("rate_bps", self.rate_bps.shape, f"the shape {self.reciprocal_users.shape}")
        require_positive("noise_psd_w_per_hz", self.noise_psd_w_per_hz)
        with np.errstate(over="ignore"):
            load = self.load_bps
            if not np.isfinite(load.sum()):
                cell = int(np.argmax(load))
                raise RateOutOfReach(cell, float(self.rate_bps[cell]), math.inf)

    @property
    def load_bps(self) -> FloatArray:
        """R / phi (M,): what w g must be, bit/s."""
        return self.rate_bps / self.reciprocal_users

    def take(self, index: CellIndex) -> "PowerCurve":
        """The curves of some of the cells."""
        return PowerCurve(
            self.curve.take(index),
            self.reciprocal_users[index],
            self.rate_bps[index],
            self.noise_psd_w_per_hz,
        )

    def at(self, log_snr: FloatArray) -> CurvePoint:
        """The curves at ln gamma (M,), between LOWEST_LOG_SNR and HIGHEST_LOG_SNR.

        h = gamma (g / (gamma g') - 1) cancels where gamma is small; there it is the integral of h' = -g g''/g'^2,
        by three Gauss-Legendre points.
        """
        known = np.minimum(log_snr, _LOG_SATURATED)
        gamma = np.exp(known)
        d = self.curve.derivatives(gamma)
        growth = 1.0 + (gamma * d.first / d.value) * (log_snr - known)
        elasticity = gamma * d.first / d.value / growth
        ratio = 1.0 / elasticity - 1.0
        small = np.flatnonzero(ratio < _CANCELS_BELOW)
        if small.size:
            ratio[small] = _mean_marginal_slope(self.curve.take(small), gamma[small])
        slope = _marginal_slope(d) * growth
        return CurvePoint(d.value * growth, elasticity, log_snr + np.log(ratio), slope, slope / ratio)

    def log_snr(self, bandwidth_hz: ArrayLike) -> FloatArray:
        """ln gamma (M,) that gives the cells their rates in `bandwidth_hz` (M,), Hz.

        Raises BadParameter for a bandwidth that is not finite and above 0, RateOutOfReach for a cell whose rate no
        representable power carries.
        """
        return self._log_snr(self._checked(bandwidth_hz))

    def _checked(self, bandwidth_hz: ArrayLike) -> FloatArray:
        bandwidth = require_positive_array("bandwidth_hz", bandwidth_hz)
        if bandwidth.shape != self.rate_bps.shape:
            raise BadParameter("bandwidth_hz", bandwidth.shape, f"the shape {self.rate_bps.shape}")
        return bandwidth

    def _log_snr(self, bandwidth: FloatArray) -> FloatArray:
        with np.errstate(over="ignore", under="ignore"):
            needed = np.clip(self.load_bps / bandwidth, 1e-300, 1e300)
        wanted = _log_effective_snr(needed)
        roots = increasing_roots(_Inversion(self, wanted), wanted, LOWEST_LOG_SNR, HIGHEST_LOG_SNR)
        return self.reached(roots, needed)

    def reached(self, log_snr: FloatArray, needed_bps_per_hz: FloatArray) -> FloatArray:
        """`log_snr` (M,) as it is; raises RateOutOfReach for the first cell at which it is NaN."""
        beyond = np.flatnonzero(np.isnan(log_snr))
        if beyond.size:
            cell = int(beyond[0])
            raise RateOutOfReach(cell, float(self.rate_bps[cell]), float(needed_bps_per_hz[cell]))
        return log_snr

    def power_at(self, bandwidth_hz: FloatArray, log_snr: FloatArray) -> FloatArray:
        """w sigma^2 gamma (M,), W; raises RateOutOfReach for the first cell for which that is no finite number."""
        log_power = log_snr + np.log(bandwidth_hz) + math.log(self.noise_psd_w_per_hz)
        self.reached(np.where(log_power > _HIGHEST_LOG, np.nan, log_power), self.load_bps / bandwidth_hz)
        with np.errstate(under="ignore"):
            return np.asarray(np.exp(log_power))

    def power_w(self, bandwidth_hz: ArrayLike) -> FloatArray:
        """p(w) (M,), W, at `bandwidth_hz` (M,). Raises as `log_snr` does."""
        bandwidth = self._checked(bandwidth_hz)
        return self.power_at(bandwidth, self._log_snr(bandwidth))

    def slope_w_per_hz(self, bandwidth_hz: ArrayLike) -> FloatArray:
        """dp/dw = -sigma^2 h (M,), W/Hz, below 0. Raises as `log_snr` does."""
        point = self.at(self.log_snr(bandwidth_hz))
        return np.asarray(-np.exp(point.log_marginal + math.log(self.noise_psd_w_per_hz)))

    def curvature_w_per_hz2(self, bandwidth_hz: ArrayLike) -> FloatArray:
        """d2p/dw2 = sigma^2 h' g / (w g') (M,), W/Hz^2, above 0. Raises as `log_snr` does."""
        return self.curvature_at(self.log_snr(bandwidth_hz))

    def curvature_at(self, log_snr: FloatArray) -> FloatArray:
        """d2p/dw2 (M,), W/Hz^2, where ln gamma is `log_snr` (M,)."""
        point = self.at(log_snr)
        width = self.load_bps / point.efficiency * point.elasticity
        return np.asarray(point.marginal_slope * self.noise_psd_w_per_hz * np.exp(log_snr - np.log(width)))


@dataclass(frozen=True, slots=True, eq=False)
class _Inversion:
    """ln(2^g - 1) - wanted. The effective SNR 2^g - 1 is nearly proportional to gamma, large or small."""

    power_curve: PowerCurve
    wanted: FloatArray

    def __call__(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        point = self.power_curve.at(x)
        bits = point.efficiency * math.log(2.0)
        slope = bits * point.elasticity / -np.expm1(-bits)
        return _log_effective_snr(point.efficiency) - self.wanted, slope

    def take(self, index: CellIndex) -> "_Inversion":
        return _Inversion(self.power_curve.take(index), self.wanted[index])


def _log_effective_snr(efficiency: FloatArray) -> FloatArray:
    bits = efficiency * math.log(2.0)
    return np.asarray(bits + np.log(-np.expm1(-bits)))


def _marginal_slope(d: Derivatives) -> FloatArray:
    return np.asarray(-(d.value / d.first) * (d.second / d.first))


def _mean_marginal_slope(curve: EfficiencyCurve, gamma: FloatArray) -> FloatArray:
    """h / gamma: the mean of h' over (0, gamma)."""
    total = np.zeros_like(gamma)
    for node, weight in zip(_LEGENDRE_NODES, _LEGENDRE_WEIGHTS, strict=True):
        total += 0.5 * weight * _marginal_slope(curve.derivatives(gamma * 0.5 * (1.0 + node)))
    return total
