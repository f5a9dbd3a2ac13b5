"""The optimum of the acquisition problem, by Newton's method on its price."""

import math
from dataclasses import dataclass

import numpy as np

from apps.admm.efficiency import CellIndex
from apps.admm.newton import increasing_roots
from apps.admm.parameters import FloatArray, RateOutOfReach, require_positive
from apps.admm.power_curve import HIGHEST_LOG_SNR, LOWEST_LOG_SNR, PowerCurve


@dataclass(frozen=True, slots=True, eq=False)
class Allocation:
    """A split of the band and what it costs.

    bandwidth_hz: w (M,), Hz. power_w: p(w) (M,), W. price_w_per_hz: mu = -dp/dw, the power that a further hertz
    would save, W/Hz.
    """

    bandwidth_hz: FloatArray
    power_w: FloatArray
    price_w_per_hz: float

    @property
    def total_power_w(self) -> float:
        """Sum of the cells' powers, W."""
        return math.fsum(self.power_w)


def solve(power_curve: PowerCurve, total_hz: float) -> Allocation:
    """The bandwidths that need the least total power, sum w = `total_hz`: the paper's (24) without its 1/N_m.

    Power falls with bandwidth, so all of it is used and every cell has the same marginal power:
    h_m(gamma_m) = mu / sigma^2, w_m = R_m / (phi_m g_m), sum w_m = W is one increasing equation in ln mu. Marginal
    powers agree to about 1e-14. Raises BadParameter for a total that is not finite and above 0 and RateOutOfReach,
    naming the cell with the largest load R/phi, where no representable power carries the rates.
    """
    log_snr, begin = near_optimum(power_curve, total_hz)
    excess = _Excess(power_curve, total_hz, log_snr)
    lowest = power_curve.at(np.full(len(log_snr), LOWEST_LOG_SNR)).log_marginal.max()
    highest = power_curve.at(np.full(len(log_snr), HIGHEST_LOG_SNR)).log_marginal.min()
    log_price = increasing_roots(excess, np.array([begin]), float(lowest), float(highest))
    if np.isnan(log_price[0]):
        raise _out_of_reach(power_curve, total_hz)
    log_snr = excess.log_snr_at(float(log_price[0]))
    bandwidth = power_curve.load_bps / power_curve.at(log_snr).efficiency
    power = power_curve.power_at(bandwidth, log_snr)
    # A price beyond every number takes a power beyond too, unless the band is far below 1 Hz.
    with np.errstate(over="ignore"):
        price = float(np.exp(log_price[0] + math.log(power_curve.noise_psd_w_per_hz)))
    return Allocation(bandwidth, power, price)


def near_optimum(power_curve: PowerCurve, total_hz: float) -> tuple[FloatArray, float]:
    """ln gamma (M,) and ln(mu / sigma^2) near the optimum, most often within some per cent of it.

    Two Newton steps on all of ln h_m = ln(mu / sigma^2) and sum w = W together, from `equal_efficiency_log_snr`.
    Raises as `solve` does.
    """
    log_snr = equal_efficiency_log_snr(power_curve, total_hz)
    log_price = float(np.average(power_curve.at(log_snr).log_marginal, weights=power_curve.load_bps))
    for _ in range(2):
        point = power_curve.at(log_snr)
        bandwidth = power_curve.load_bps / point.efficiency
        step = (log_price - point.log_marginal) / point.marginal_elasticity
        pull = bandwidth * point.elasticity
        excess = bandwidth.sum() * math.log(bandwidth.sum() / total_hz) - (pull * step).sum()
        rise = excess / (pull / point.marginal_elasticity).sum()
        log_price += rise
        log_snr = np.clip(log_snr + step + rise / point.marginal_elasticity, LOWEST_LOG_SNR, HIGHEST_LOG_SNR)
    return log_snr, log_price


def equal_efficiency_log_snr(power_curve: PowerCurve, total_hz: float) -> FloatArray:
    """ln gamma (M,) in the split proportional to R/phi, where every cell needs the same bit/s/Hz.

    Raises as `solve` does.
    """
    load = power_curve.load_bps
    try:
        return power_curve.log_snr(load * (require_positive("total_hz", total_hz) / load.sum()))
    except RateOutOfReach:
        raise _out_of_reach(power_curve, total_hz) from None


def _out_of_reach(power_curve: PowerCurve, total_hz: float) -> RateOutOfReach:
    load = power_curve.load_bps
    cell = int(np.argmax(load))
    return RateOutOfReach(cell, float(power_curve.rate_bps[cell]), float(load.sum() / total_hz))


class _Excess:
    """ln W - ln sum w as a function of ln(mu / sigma^2): one function, which remembers where the cells stood."""

    def __init__(self, power_curve: PowerCurve, total_hz: float, log_snr: FloatArray) -> None:
        self._power_curve, self._total_hz, self._log_snr = power_curve, total_hz, log_snr

    def log_snr_at(self, log_price: float) -> FloatArray:
        """ln gamma (M,) at which every cell's marginal power is the price."""
        marginal = _Marginal(self._power_curve, log_price)
        self._log_snr = increasing_roots(marginal, self._log_snr, LOWEST_LOG_SNR, HIGHEST_LOG_SNR)
        return self._log_snr

    def __call__(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        point = self._power_curve.at(self.log_snr_at(float(x[0])))
        bandwidth = self._power_curve.load_bps / point.efficiency
        slope = np.average(point.elasticity / point.marginal_elasticity, weights=bandwidth)
        return np.array([math.log(self._total_hz / bandwidth.sum())]), np.array([slope])

    def take(self, index: CellIndex) -> "_Excess":
        """The function itself: there is one."""
        return self


@dataclass(frozen=True, slots=True, eq=False)
class _Marginal:
    """ln h - ln(mu / sigma^2) of each cell."""

    power_curve: PowerCurve
    log_price: float

    def __call__(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        point = self.power_curve.at(x)
        return point.log_marginal - self.log_price, point.marginal_elasticity

    def take(self, index: CellIndex) -> "_Marginal":
        return _Marginal(self.power_curve.take(index), self.log_price)
