"""Statistics of transmit powers that mean something although the expected power is infinite.

A user in a fade so deep that |h|^2 = x costs at least sigma^2 R ln 2/x watts in any band, and 1/|h|^2 has no
expectation. So Pr(P > x) falls like A/x only, and a sample mean grows by A ln 10 with every tenfold sample.
Medians, means in dBm, trimmed means and ratios to another scheme in the same draw (the fade cancels) stay finite.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from apps.admm.cell import Cell
from apps.admm.parameters import (
    BadParameter,
    FloatArray,
    RateOutOfReach,
    require_above,
    require_positive,
    require_positive_array,
)

TRIMMED_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class PowerStatistics:
    """Transmit powers of one scheme over D draws, and their ratios, draw by draw, to the base scheme's.

    median_w, mean_dbm (10 log10 of the geometric mean in mW) and its standard error mean_dbm_se (dB);
    trimmed_mean_w: without the lowest and the highest 5 % of draws; unreliable_mean_w and unreliable_mean_se_w:
    the plain mean, which has no limit as D grows, see `why_not_the_mean`.
    ratio_mean, its standard error ratio_mean_se, ratio_median, ratio_geometric_mean: of the per-draw ratios;
    ratio_of_medians: of the two medians.
    """

    median_w: float
    mean_dbm: float
    mean_dbm_se: float
    trimmed_mean_w: float
    unreliable_mean_w: float
    unreliable_mean_se_w: float
    ratio_mean: float
    ratio_mean_se: float
    ratio_median: float
    ratio_geometric_mean: float
    ratio_of_medians: float


def power_statistics(power_w: ArrayLike, base_power_w: ArrayLike) -> PowerStatistics:
    """Statistics of `power_w` (D,) beside `base_power_w` (D,), powers of the same D >= 2 draws, all above 0.

    Raises BadParameter for anything else.
    """
    shape = np.shape(power_w)
    if len(shape) != 1 or shape != np.shape(base_power_w) or shape[0] < 2:
        got = f"shapes {shape} and {np.shape(base_power_w)}"
        raise BadParameter("power_w", got, "powers of the same two draws or more")
    power = require_positive_array("power_w", power_w)
    base = require_positive_array("base_power_w", base_power_w)
    dbm, ratio = dbm_of(power), power / base
    return PowerStatistics(
        median_w=float(np.median(power)),
        mean_dbm=float(np.mean(dbm)),
        mean_dbm_se=_standard_error(dbm),
        trimmed_mean_w=_trimmed_mean(power),
        unreliable_mean_w=float(np.mean(power)),
        unreliable_mean_se_w=_standard_error(power),
        ratio_mean=float(np.mean(ratio)),
        ratio_mean_se=_standard_error(ratio),
        ratio_median=float(np.median(ratio)),
        ratio_geometric_mean=float(np.exp(np.mean(np.log(ratio)))),
        ratio_of_medians=float(np.median(power) / np.median(base)),
    )


def dbm_of(power_w: ArrayLike) -> FloatArray:
    """10 log10(P) + 30 of powers in watts, any shape."""
    return np.asarray(10.0 * np.log10(power_w) + 30.0, dtype=np.float64)


def tail_coefficient_w(
    cells: Sequence[Cell], bandwidth_hz: ArrayLike, noise_psd_w_per_hz: float, pathloss_exponent: float
) -> float:
    """A of Pr(sum power > x) -> A/x for large x, in watts; the typical sample mean grows by A ln 10 per decade.

    A = sigma^2 sum_m Lambda_m E[1 + L_m^alpha] w_m (2^(R_m/w_m) - 1) with E[1 + L^alpha] = 1 + 2 r^alpha/(alpha+2):
    the user in the deep fade takes all of the band. `bandwidth_hz` is (M,) for a scheme that splits the band
    beforehand, and the whole band for Non-Causal. Raises BadParameter; RateOutOfReach for a band too narrow.
    """
    noise = require_positive("noise_psd_w_per_hz", noise_psd_w_per_hz)
    exponent = require_above("pathloss_exponent", pathloss_exponent, 2.0)
    bands = require_positive_array("bandwidth_hz", bandwidth_hz)
    if bands.shape not in ((), (len(cells),)):
        raise BadParameter("bandwidth_hz", bands.shape, f"one band or {len(cells)} of them")
    bands = np.broadcast_to(bands, (len(cells),))
    total = 0.0
    for number, (cell, band_hz) in enumerate(zip(cells, bands.tolist(), strict=True)):
        loss = 1.0 + 2.0 * cell.radius_m**exponent / (exponent + 2.0)
        try:
            total += (
                noise * cell.mean_users * loss * band_hz * math.expm1(cell.rate_bps * math.log(2.0) / band_hz)
            )
        except OverflowError:
            raise RateOutOfReach(number, cell.rate_bps, cell.rate_bps / band_hz) from None
    return total


def why_not_the_mean(tail_w: float) -> str:
    """Why a plain mean of powers is not reported, with the numbers of a scheme whose tail coefficient is `tail_w`."""
    growth_w = tail_w * math.log(10.0)
    return (
        "The mean power is infinite for every scheme: a user in a fade needs at least sigma^2 R ln 2/|h|^2 watts "
        "whatever its bandwidth, and E[1/|h|^2] is infinite under Rayleigh fading. "
        f"The probability of more than x watts falls like {tail_w:.3g}/x only, so the mean of a sample grows by "
        f"about {growth_w:.3g} W with every tenfold number of draws and has no limit. "
        "Compare medians, means in dBm and per-draw ratios instead."
    )


def _standard_error(values: FloatArray) -> float:
    return float(np.std(values, ddof=1) / math.sqrt(values.size))


def _trimmed_mean(values: FloatArray) -> float:
    cut = int(TRIMMED_SHARE * values.size)
    return float(np.mean(np.sort(values)[cut : values.size - cut]))
