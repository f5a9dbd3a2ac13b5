"""Section V put to the test: many cells with known users, solved, against the propositions and bounds as printed.

Letters as in the paper: b bandwidth, q power, h gain |h|^2, w the cell's band, mu the price of a hertz.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from apps.admm.draws import draw_users
from apps.admm.known_users import UserAllocation, allocate, price_bracket_w_per_hz
from apps.admm.lambert import shifted_lambert
from apps.admm.parameters import FloatArray
from sim.reproduce.acquisition_data import (
    NOISE_PSD_W_PER_HZ,
    PATHLOSS_EXPONENT,
    RATES_BPS,
    Place,
    predicted,
)

CHECKED_DRAWS = 40
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class CellCheck:
    """What one cell with known users says of the propositions.

    rate_error: largest relative distance of a user's rate from the threshold; stationarity: largest value of
    (55) over mu; band_error: relative distance of sum b from w; multiplier: least power per bit/s, the dual of
    (42c); in_bracket, in_swapped: whether (46) holds as printed and with its ends exchanged; argument: least
    argument of W, for (57); within_printed, within_corrected: whether (59) holds as printed, and with min|h|^2 in
    its right-hand bound.
    """

    rate_error: float
    stationarity: float
    band_error: float
    multiplier: float
    in_bracket: bool
    in_swapped: bool
    argument: float
    within_printed: bool
    within_corrected: bool


def cell_checks(seed: int, draws: int = CHECKED_DRAWS) -> Iterator[CellCheck]:
    """Every cell with users of the first `draws` draws of `seed`, at every rate, in the predicted bandwidths."""
    for number in range(draws):
        draw = draw_users(Place(RATES_BPS[0]).cells, PATHLOSS_EXPONENT, seed, number)
        for rate_bps in RATES_BPS:
            for cell, band_hz in enumerate(predicted(Place(rate_bps)).best.bandwidth_hz.tolist()):
                gain = draw.of_cell(cell)
                if gain.size:
                    yield check_cell(gain, rate_bps, band_hz)


def check_cell(gain: FloatArray, rate_bps: float, band_hz: float) -> CellCheck:
    """Solve (44) for users of `gain` (N,) and put the solution to every test."""
    noise = NOISE_PSD_W_PER_HZ
    found = allocate(gain, rate_bps, band_hz, noise)
    mu, scaled = found.price_w_per_hz, found.price_w_per_hz * gain / noise
    low, high = price_bracket_w_per_hz(gain, rate_bps, band_hz, noise)
    need = rate_bps * np.log(2.0)
    least, most = (
        float(gain.size * need / shifted_lambert(np.array([t]))[0]) for t in (scaled.max(), scaled.min())
    )
    return CellCheck(
        rate_error=_rate_error(found, gain, rate_bps),
        stationarity=_stationarity(found, scaled, need),
        band_error=abs(float(found.bandwidth_hz.sum()) / band_hz - 1.0),
        multiplier=float(np.min(noise * np.log(2.0) / gain * np.exp(need / found.bandwidth_hz))),
        in_bracket=_between(low, mu, high),
        in_swapped=_between(high, mu, low),
        argument=float((scaled.min() - 1.0) / np.e),
        within_printed=_between(least, band_hz, least),
        within_corrected=_between(least, band_hz, most),
    )


def _rate_error(found: UserAllocation, gain: FloatArray, rate_bps: float) -> float:
    snr = found.power_w * gain / (found.bandwidth_hz * NOISE_PSD_W_PER_HZ)
    return float(np.max(np.abs(found.bandwidth_hz * np.log1p(snr) / np.log(2.0) / rate_bps - 1.0)))


def _stationarity(found: UserAllocation, scaled: FloatArray, need: float) -> float:
    """(55) over mu: 1 - ((y-1) e^y + 1)/(mu h/sigma^2) with y = R ln 2/b."""
    y = need / found.bandwidth_hz
    return float(np.max(np.abs(1.0 - (y * np.exp(y) - np.expm1(y)) / scaled)))


def _between(low: float, value: float, high: float) -> bool:
    return low * (1.0 - _ROUNDING) <= value <= high * (1.0 + _ROUNDING)
