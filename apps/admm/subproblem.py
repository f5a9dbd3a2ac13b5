"""The bandwidth an operator answers with in an ADMM round: all operators' subproblems at once."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from apps.admm.efficiency import CellIndex
from apps.admm.newton import increasing_roots
from apps.admm.parameters import BadParameter, FloatArray, require_positive
from apps.admm.power_curve import HIGHEST_LOG_SNR, LOWEST_LOG_SNR, PowerCurve


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """The minimisers of one round, all of shape (M,).

    bandwidth_hz: w, Hz. power_w: p(w), W. log_snr: ln gamma there, a start for the next round.
    """

    bandwidth_hz: FloatArray
    power_w: FloatArray
    log_snr: FloatArray


def answer(
    power_curve: PowerCurve,
    centre_hz: ArrayLike,
    penalty_w_per_hz2: float,
    start: FloatArray | None = None,
) -> Answer:
    """Every operator's argmin over w > 0 of p(w) + nu/2 (w - v)^2 (the paper's (32), without its 1/N_m).

    centre_hz: v = z - u (M,), Hz, of any sign. penalty_w_per_hz2: nu > 0. start: `log_snr` of an earlier answer.
    The condition h(gamma) + n v = n w(gamma), n = nu / sigma^2, is solved in ln gamma as the logarithm of
    (h + n max(v, 0)) / (n w + n max(-v, 0)), which increases. Raises BadParameter for a centre
    that is not finite, and for a penalty not finite and above 0 or so far from p'' that powers leave the numbers.
    """
    centre = np.asarray(centre_hz, dtype=np.float64)
    if centre.shape != power_curve.rate_bps.shape or not np.all(np.isfinite(centre)):
        raise BadParameter(
            "centre_hz", centre_hz, f"{len(power_curve.rate_bps)} finite numbers, one per cell"
        )
    penalty = require_positive("penalty_w_per_hz2", penalty_w_per_hz2)
    balance = _balance(power_curve, centre, math.log(penalty) - math.log(power_curve.noise_psd_w_per_hz))
    begin = balance.log_load if start is None else start
    log_snr = increasing_roots(balance, begin, LOWEST_LOG_SNR, HIGHEST_LOG_SNR)
    if np.isnan(log_snr).any():
        raise BadParameter("penalty_w_per_hz2", penalty, "one at which the answers' powers are representable")
    bandwidth = power_curve.load_bps / power_curve.at(log_snr).efficiency
    return Answer(bandwidth, power_curve.power_at(bandwidth, log_snr), log_snr)


def _balance(power_curve: PowerCurve, centre: FloatArray, log_weight: float) -> "_Balance":
    size = np.log(np.where(centre == 0.0, 1.0, np.abs(centre))) + log_weight
    return _Balance(
        power_curve,
        log_load=np.log(power_curve.load_bps) + log_weight,
        log_positive=np.where(centre > 0.0, size, -np.inf),
        log_negative=np.where(centre < 0.0, size, -np.inf),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Balance:
    """ln(h + n v+) - ln(n w + n v-); the fields are ln(n R/phi), ln(n v+) and ln(n v-)."""

    power_curve: PowerCurve
    log_load: FloatArray
    log_positive: FloatArray
    log_negative: FloatArray

    def __call__(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        point = self.power_curve.at(x)
        log_pull = self.log_load - np.log(point.efficiency)
        rising = np.logaddexp(point.log_marginal, self.log_positive)
        falling = np.logaddexp(log_pull, self.log_negative)
        slope = point.marginal_elasticity * np.exp(point.log_marginal - rising)
        slope += point.elasticity * np.exp(log_pull - falling)
        return rising - falling, slope

    def take(self, index: CellIndex) -> "_Balance":
        return _Balance(
            self.power_curve.take(index),
            self.log_load[index],
            self.log_positive[index],
            self.log_negative[index],
        )
