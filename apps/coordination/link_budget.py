"""Levels at a receiver: noise, RSRP as wideband power, adjacent channels, antenna gains, sums of powers.

Powers are dBm, gains and losses dB. The sum of several powers is taken in milliwatts.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from apps.coordination.quantities import (
    HIGHEST_DB,
    HIGHEST_LOSS_DB,
    LOWEST_DB,
    BadQuantity,
    FloatArray,
    array_in,
    for_each,
    levels_dbm,
    levels_or_none_dbm,
    number_in,
    positive,
)

THERMAL_NOISE_DBM_PER_HZ = -174.0
"""kT at 290 K, rounded as radio engineers do."""
SUBCARRIERS_PER_RESOURCE_BLOCK = 12
"""Resource elements of an LTE resource block that are sent at the same time."""


def noise_dbm(bandwidth_hz: float, noise_figure_db: float) -> float:
    """Thermal noise of a receiver, -174 + 10 log10 B + NF, dBm.

    Raises BadQuantity unless the bandwidth (Hz) is above 0 and the noise figure is 0 to 100 dB.
    """
    figure = number_in("noise_figure_db", noise_figure_db, 0.0, 100.0)
    return THERMAL_NOISE_DBM_PER_HZ + 10.0 * float(np.log10(positive("bandwidth_hz", bandwidth_hz))) + figure


def wideband_dbm(rsrp_dbm: ArrayLike, resource_blocks: int) -> FloatArray:
    """Power over the whole carrier, RSRP + 10 log10(12 N_RB), if all resource elements carry the same; dBm.

    RSRP, which phones report, is the power of one resource element of 15 kHz. Signal, interference and noise
    of one SINR must be of the same bandwidth. Raises BadQuantity unless there are 1 to 10,000 resource blocks.
    """
    if isinstance(resource_blocks, bool) or not isinstance(resource_blocks, int):
        raise BadQuantity("resource_blocks", resource_blocks, "an integer")
    blocks = number_in("resource_blocks", resource_blocks, 1, 10_000)
    return levels_dbm("rsrp_dbm", rsrp_dbm) + 10.0 * float(np.log10(SUBCARRIERS_PER_RESOURCE_BLOCK * blocks))


def acir_db(aclr_db: float, acs_db: float) -> float:
    """Adjacent channel interference ratio, 1/ACIR = 1/ACLR + 1/ACS in linear units, dB.

    ACLR: what the transmitter leaks less; ACS: what the receiver suppresses. It is about adjacent channels:
    with both 0 dB the formula says -3 dB, and sharers of one channel give `LinkBudget` an ACIR of 0 dB.
    Raises BadQuantity outside 0 to 300 dB.
    """
    leak = 10.0 ** (-number_in("aclr_db", aclr_db, 0.0, HIGHEST_DB) / 10.0)
    response = 10.0 ** (-number_in("acs_db", acs_db, 0.0, HIGHEST_DB) / 10.0)
    return -10.0 * float(np.log10(leak + response))


@dataclass(frozen=True, slots=True)
class LinkBudget:
    """What lies between a sharer's power and an incumbent's receiver, beside the path loss. Raises BadQuantity."""

    transmit_gain_dbi: float = 0.0
    """G_F, the sharer's antenna towards the receiver."""
    receive_gain_dbi: float = 0.0
    """G_R, the receiver's antenna towards the sharer."""
    penetration_db: float = 0.0
    """L_pen, walls that the path loss model does not know, >= 0."""
    acir_db: float = 0.0
    """Suppression by being in another channel, >= 0; 0 in the same channel."""

    def __post_init__(self) -> None:
        number_in("transmit_gain_dbi", self.transmit_gain_dbi, -100.0, 100.0)
        number_in("receive_gain_dbi", self.receive_gain_dbi, -100.0, 100.0)
        number_in("penetration_db", self.penetration_db, 0.0, 200.0)
        number_in("acir_db", self.acir_db, 0.0, HIGHEST_DB)

    @property
    def net_gain_db(self) -> float:
        """G_F + G_R - L_pen - ACIR, dB: I = P + net gain - path loss."""
        return self.transmit_gain_dbi + self.receive_gain_dbi - self.penetration_db - self.acir_db


def sum_dbm(powers_dbm: ArrayLike, axis: int = 0) -> FloatArray:
    """Sum of powers along an axis, dBm; -inf is no power and an empty sum is -inf. Raises BadQuantity."""
    powers = levels_or_none_dbm("powers_dbm", powers_dbm)
    with np.errstate(divide="ignore"):
        return np.asarray(10.0 * np.log10(np.sum(10.0 ** (powers / 10.0), axis=axis)))


def aggregate_dbm(powers_dbm: ArrayLike, losses_db: ArrayLike, net_gains_db: ArrayLike = 0.0) -> FloatArray:
    """Interference of all granted sharers together at each place, (m,) dBm; -inf everywhere without sharers.

    Args:
        powers_dbm: (k,) transmit powers of the sharers.
        losses_db: (k, m) path losses to the places.
        net_gains_db: (k,) or one number, as `LinkBudget.net_gain_db`.

    Raises:
        BadQuantity: shapes that do not fit, or levels that are not finite or absurd.
    """
    powers = levels_dbm("powers_dbm", powers_dbm)
    losses = array_in("losses_db", losses_db, 0.0, HIGHEST_LOSS_DB)
    if losses.ndim != 2 or powers.shape != losses.shape[:1]:
        raise BadQuantity("losses_db", losses.shape, f"the shape ({powers.size}, places)")
    gains = for_each(
        "net_gains_db", array_in("net_gains_db", net_gains_db, 2 * LOWEST_DB, HIGHEST_DB), powers.size
    )
    return sum_dbm((powers + gains)[:, None] - losses)
