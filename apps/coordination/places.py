"""The incumbent's protected places, as a sharer at a given position meets them, and the region that holds both."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from apps.coordination.link_budget import LinkBudget, sum_dbm
from apps.coordination.propagation import Propagation
from apps.coordination.quantities import (
    HIGHEST_DB,
    HIGHEST_LOSS_DB,
    LOWEST_DB,
    BadQuantity,
    BoolArray,
    FloatArray,
    array_in,
    for_each,
    levels_dbm,
    levels_or_none_dbm,
    number_in,
    points_m,
    positive,
)

_HIGHEST_VARIANCE_DB2 = 1e6


class InvalidVariance(BadQuantity):
    """A prediction variance that no valid variogram gives; `args` are (quantity, got, expected)."""


@dataclass(frozen=True, slots=True)
class Region:
    """The rectangle that is coordinated, from (0, 0) to (width, height). Raises BadQuantity for sides not above 0."""

    width_m: float
    """Extent in x, m."""
    height_m: float
    """Extent in y, m."""

    def __post_init__(self) -> None:
        positive("width_m", self.width_m)
        positive("height_m", self.height_m)

    def inside(self, quantity: str, values_m: ArrayLike) -> FloatArray:
        """`values_m` as points (n, 2) in metres; BadQuantity names the first one outside, edges being inside."""
        points = points_m(quantity, values_m)
        outside = np.any((points < 0.0) | (points > (self.width_m, self.height_m)), axis=1)
        if outside.any():
            first = tuple(points[outside][0].tolist())
            raise BadQuantity(
                quantity, first, f"points from (0, 0) to ({self.width_m:g}, {self.height_m:g}) m"
            )
        return points


@dataclass(frozen=True, slots=True, eq=False)
class ProtectedPlaces:
    """m places where the incumbent's receivers must keep their SINR. One number stands for the same everywhere.

    Signal, interference and noise are of one bandwidth (see `wideband_dbm`). Raises BadQuantity for no places
    at all, shapes that do not fit, and values that are not finite or absurd; InvalidVariance for variances that
    are negative or not finite.
    """

    signal_dbm: FloatArray
    """(m,) incumbent's level S, as the map predicts it, dBm."""
    loss_db: FloatArray
    """(m,) path loss from the sharer, dB, >= 0."""
    threshold_db: FloatArray
    """(m,) SINR theta that is protected, dB."""
    noise_dbm: FloatArray
    """(m,) noise N of the receivers, dBm."""
    net_gain_db: FloatArray
    """(m,) G_F + G_R - L_pen - ACIR, dB."""
    granted_dbm: FloatArray
    """(m,) interference of the sharers granted before, together, dBm; -inf where there is none."""
    variance_db2: FloatArray | None = None
    """(m,) kriging variance of the level that is protected, dB^2; None where it is not known.

    It holds the nugget only as far as that is variation of the signal and not error of the measurement.
    """

    def __post_init__(self) -> None:
        signal = levels_dbm("signal_dbm", self.signal_dbm)
        if signal.ndim != 1 or signal.size == 0:
            raise BadQuantity("signal_dbm", signal.shape, "at least one place, an array of the shape (m,)")
        fields = {
            "signal_dbm": signal,
            "loss_db": array_in("loss_db", self.loss_db, 0.0, HIGHEST_LOSS_DB),
            "threshold_db": array_in("threshold_db", self.threshold_db, LOWEST_DB, HIGHEST_DB),
            "noise_dbm": levels_dbm("noise_dbm", self.noise_dbm),
            "net_gain_db": array_in("net_gain_db", self.net_gain_db, 2.0 * LOWEST_DB, HIGHEST_DB),
            "granted_dbm": levels_or_none_dbm("granted_dbm", self.granted_dbm),
        }
        if self.variance_db2 is not None:
            fields["variance_db2"] = _variances(self.variance_db2)
        for name, values in fields.items():
            object.__setattr__(self, name, for_each(name, values, signal.size))

    @property
    def count(self) -> int:
        """How many places there are, m."""
        return int(self.signal_dbm.size)

    @property
    def coupling_db(self) -> FloatArray:
        """(m,) interference at the place for each dBm of the sharer's power: net gain - path loss, dB."""
        return self.net_gain_db - self.loss_db

    @property
    def background_dbm(self) -> FloatArray:
        """(m,) noise and granted sharers together, dBm."""
        return sum_dbm(np.stack([self.noise_dbm, self.granted_dbm]))

    def without_sharers(self) -> "ProtectedPlaces":
        """The same places before any sharer was granted."""
        return replace(self, granted_dbm=np.full(self.count, -np.inf))

    def only(self, mask: BoolArray) -> "ProtectedPlaces":
        """The places where `mask` (m,) is true; raises BadQuantity when there is none."""
        variance = None if self.variance_db2 is None else self.variance_db2[mask]
        return ProtectedPlaces(
            signal_dbm=self.signal_dbm[mask],
            loss_db=self.loss_db[mask],
            threshold_db=self.threshold_db[mask],
            noise_dbm=self.noise_dbm[mask],
            net_gain_db=self.net_gain_db[mask],
            granted_dbm=self.granted_dbm[mask],
            variance_db2=variance,
        )


def protect(
    signal_dbm: ArrayLike,
    receivers_m: ArrayLike,
    sharer_m: ArrayLike,
    propagation: Propagation,
    *,
    threshold_db: ArrayLike,
    noise_dbm: ArrayLike,
    budget: LinkBudget | None = None,
    granted_dbm: ArrayLike = -np.inf,
    variance_db2: ArrayLike | None = None,
    height_difference_m: float = 0.0,
    region: Region | None = None,
) -> ProtectedPlaces:
    """The protected places as a sharer at `sharer_m` meets them.

    Args:
        signal_dbm: (m,) incumbent's level at the receivers, from the map.
        receivers_m: (m, 2) where the receivers are: the protection mask. Pixels outside the mask are left out.
        sharer_m: (2,) where the sharer is.
        propagation: path loss model.
        threshold_db, noise_dbm, granted_dbm, variance_db2: as in `ProtectedPlaces`, (m,) or one number.
        budget: gains and losses of the link; None is 0 dB for all.
        height_difference_m: between the antennas; it enters the 3-D distance.
        region: if given, receivers and sharer must be inside.

    Raises:
        BadQuantity: as `ProtectedPlaces`, and for points outside the region or without finite coordinates.
    """
    receivers, sharer = points_m("receivers_m", receivers_m), points_m("sharer_m", np.atleast_2d(sharer_m))
    if len(sharer) != 1:
        raise BadQuantity("sharer_m", sharer.shape, "one point, the shape (2,)")
    if region is not None:
        receivers, sharer = region.inside("receivers_m", receivers), region.inside("sharer_m", sharer)
    rise = number_in("height_difference_m", height_difference_m, -1e5, 1e5)
    signal = np.asarray(signal_dbm, dtype=np.float64)
    if signal.shape != (len(receivers),):
        raise BadQuantity(
            "signal_dbm", signal.shape, f"one level for each receiver, the shape ({len(receivers)},)"
        )
    distance = np.sqrt(np.sum((receivers - sharer) ** 2, axis=1) + rise**2)
    return ProtectedPlaces(
        signal_dbm=signal,
        loss_db=propagation.loss_db(distance),
        threshold_db=np.asarray(threshold_db),
        noise_dbm=np.asarray(noise_dbm),
        net_gain_db=np.asarray((budget or LinkBudget()).net_gain_db),
        granted_dbm=np.asarray(granted_dbm),
        variance_db2=None if variance_db2 is None else np.asarray(variance_db2),
    )


def _variances(values: FloatArray) -> FloatArray:
    try:
        return array_in("variance_db2", values, 0.0, _HIGHEST_VARIANCE_DB2)
    except BadQuantity as problem:
        quantity, got, expected = problem.args
        raise InvalidVariance(quantity, got, f"{expected}: a valid variogram gives no other") from problem
