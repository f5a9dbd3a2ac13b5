"""Path loss from a sharer to a protected receiver: free space, COST-231-Hata, 3GPP urban micro.

Every model takes the distance between the antennas (3-D), never falls below free space, and counts a distance
below its `minimum_distance_m` as that. Outside the range a model was made for it still answers, with a
`ModelRangeWarning` that names the parameter: the paper itself uses COST-231-Hata at 2630 MHz over 200 m.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from apps.coordination.quantities import BadQuantity, FloatArray, array_in, number_in, positive

_LIGHT_M_PER_S = 3.0e8
_ENVIRONMENT_HEIGHT_M = 1.0
_FARTHEST_M = 1e8
_CALLER = 4


class ModelRangeWarning(UserWarning):
    """A path loss model is used outside the range it was made for; `args` are (model, parameter, got, low, high)."""

    def __str__(self) -> str:
        model, parameter, got, low, high = self.args
        return f"{model}: {parameter} {got:g} is outside the model's range {low:g} to {high:g}; it is extrapolated"


class Propagation(Protocol):
    """A path loss model, ready for one link's frequency and antenna heights."""

    @property
    def name(self) -> str:
        """What a scenario calls it."""
        ...

    def loss_db(self, distance_m: ArrayLike) -> FloatArray:
        """Path loss in dB at 3-D distances >= 0 in metres, of their shape; BadQuantity for other distances."""
        ...


def free_space_db(distance_m: FloatArray, frequency_mhz: float) -> FloatArray:
    """32.45 + 20 log10 d_km + 20 log10 f_MHz, the engineering constant (0.002 dB above the exact 32.4478)."""
    return np.asarray(32.45 + 20.0 * np.log10(distance_m / 1000.0) + 20.0 * np.log10(frequency_mhz))


def mobile_correction_db(frequency_mhz: float, mobile_height_m: float) -> float:
    """a(hm) of COST-231-Hata for a small or medium city, dB."""
    log_f = float(np.log10(frequency_mhz))
    return (1.1 * log_f - 0.7) * mobile_height_m - (1.56 * log_f - 0.8)


def cost231_hata_db(
    distance_m: FloatArray, frequency_mhz: float, base_height_m: float, mobile_height_m: float
) -> FloatArray:
    """The formula of COST-231-Hata for a medium city or suburb (C = 0), dB; no floor, no check of its range.

    46.3 + 33.9 log10 f - 13.82 log10 hb - a(hm) + (44.9 - 6.55 log10 hb) log10 d_km.
    """
    log_base = np.log10(base_height_m)
    fixed = 46.3 + 33.9 * np.log10(frequency_mhz) - 13.82 * log_base
    slope = 44.9 - 6.55 * log_base
    return np.asarray(
        fixed - mobile_correction_db(frequency_mhz, mobile_height_m) + slope * np.log10(distance_m / 1000.0)
    )


@dataclass(frozen=True, slots=True)
class FreeSpace:
    """Free space, the floor of the other models. Raises BadQuantity for a frequency or distance not above 0."""

    frequency_mhz: float
    """Carrier, MHz."""
    minimum_distance_m: float = 1.0
    """Shorter distances count as this, m."""

    def __post_init__(self) -> None:
        positive("frequency_mhz", self.frequency_mhz)
        positive("minimum_distance_m", self.minimum_distance_m)

    @property
    def name(self) -> str:
        """`free-space`."""
        return "free-space"

    def loss_db(self, distance_m: ArrayLike) -> FloatArray:
        """Path loss in dB at 3-D distances >= 0 in metres, of their shape; BadQuantity for other distances."""
        return free_space_db(_at_least(distance_m, self.minimum_distance_m), self.frequency_mhz)


@dataclass(frozen=True, slots=True)
class Cost231Hata:
    """COST-231-Hata for cities (COST 231 final report, 4.4.1), made for 1500-2000 MHz, 1-20 km, base 30-200 m.

    Warns (ModelRangeWarning) of frequency and heights when it is made and of distances when it is asked.
    Raises BadQuantity for values that are not above 0, or a correction outside 0 to 3 dB.
    """

    frequency_mhz: float
    """Carrier, MHz; made for 1500 to 2000."""
    base_height_m: float = 30.0
    """Height of the higher antenna, m; made for 30 to 200."""
    mobile_height_m: float = 1.5
    """Height of the lower antenna, m; made for 1 to 10."""
    city_correction_db: float = 0.0
    """C: 0 for medium cities and suburbs, 3 for metropolitan centres, dB."""
    minimum_distance_m: float = 1.0
    """Shorter distances count as this, m."""

    def __post_init__(self) -> None:
        for quantity in ("frequency_mhz", "base_height_m", "mobile_height_m", "minimum_distance_m"):
            positive(quantity, getattr(self, quantity))
        number_in("city_correction_db", self.city_correction_db, 0.0, 3.0)
        _warn_outside(self.name, "frequency_mhz", self.frequency_mhz, 1500.0, 2000.0)
        _warn_outside(self.name, "base_height_m", self.base_height_m, 30.0, 200.0)
        _warn_outside(self.name, "mobile_height_m", self.mobile_height_m, 1.0, 10.0)

    @property
    def name(self) -> str:
        """`cost231-hata`, or `cost231-hata-metropolitan` with C = 3."""
        return "cost231-hata-metropolitan" if self.city_correction_db == 3.0 else "cost231-hata"

    def loss_db(self, distance_m: ArrayLike) -> FloatArray:
        """Path loss in dB at 3-D distances >= 0 in metres, of their shape; BadQuantity for other distances."""
        distance = _at_least(distance_m, self.minimum_distance_m)
        _warn_distances(self.name, distance, 1000.0, 20_000.0)
        hata = cost231_hata_db(distance, self.frequency_mhz, self.base_height_m, self.mobile_height_m)
        return np.maximum(hata + self.city_correction_db, free_space_db(distance, self.frequency_mhz))


@dataclass(frozen=True, slots=True)
class UrbanMicro:
    """3GPP TR 38.901 urban micro street canyon (table 7.4.1-1): 0.5-100 GHz, 10 m to 5 km, terminal 1.5-22.5 m.

    Warns (ModelRangeWarning) of frequency and heights when it is made and of distances when it is asked. The
    breakpoint counts heights above an environment of 1 m. Raises BadQuantity for values not above 0 and for
    antennas that are not above that environment.
    """

    frequency_mhz: float
    """Carrier, MHz; made for 500 to 100,000."""
    line_of_sight: bool = False
    """Whether the antennas see each other."""
    base_height_m: float = 10.0
    """Height of the base station's antenna, m; made for 10."""
    mobile_height_m: float = 1.5
    """Height of the terminal's antenna, m; made for 1.5 to 22.5."""
    minimum_distance_m: float = 10.0
    """Shorter distances count as this, m."""

    def __post_init__(self) -> None:
        positive("frequency_mhz", self.frequency_mhz)
        positive("minimum_distance_m", self.minimum_distance_m)
        for quantity in ("base_height_m", "mobile_height_m"):
            height = positive(quantity, getattr(self, quantity))
            if height <= _ENVIRONMENT_HEIGHT_M:
                raise BadQuantity(quantity, height, f"a height above the model's {_ENVIRONMENT_HEIGHT_M:g} m")
        _warn_outside(self.name, "frequency_mhz", self.frequency_mhz, 500.0, 100_000.0)
        _warn_outside(self.name, "base_height_m", self.base_height_m, 10.0, 10.0)
        _warn_outside(self.name, "mobile_height_m", self.mobile_height_m, 1.5, 22.5)

    @property
    def name(self) -> str:
        """`umi-los` or `umi-nlos`."""
        return "umi-los" if self.line_of_sight else "umi-nlos"

    @property
    def breakpoint_m(self) -> float:
        """d'_BP = 4 (h_BS - 1)(h_UT - 1) f / c, the horizontal distance where the slope goes from 21 to 40, m."""
        heights = (self.base_height_m - _ENVIRONMENT_HEIGHT_M) * (
            self.mobile_height_m - _ENVIRONMENT_HEIGHT_M
        )
        return 4.0 * heights * self.frequency_mhz * 1e6 / _LIGHT_M_PER_S

    def loss_db(self, distance_m: ArrayLike) -> FloatArray:
        """Path loss in dB at 3-D distances >= 0 in metres, of their shape; BadQuantity for other distances."""
        distance = _at_least(distance_m, self.minimum_distance_m)
        _warn_distances(self.name, np.asarray(distance_m, dtype=np.float64), 10.0, 5000.0)
        loss = self._line_of_sight_db(distance)
        if not self.line_of_sight:
            hidden = 35.3 * np.log10(distance) + 22.4 + 21.3 * np.log10(self.frequency_mhz / 1000.0)
            loss = np.maximum(loss, hidden - 0.3 * (self.mobile_height_m - 1.5))
        return np.asarray(np.maximum(loss, free_space_db(distance, self.frequency_mhz)))

    def _line_of_sight_db(self, distance: FloatArray) -> FloatArray:
        carrier = 32.4 + 20.0 * np.log10(self.frequency_mhz / 1000.0)
        height = self.base_height_m - self.mobile_height_m
        near = carrier + 21.0 * np.log10(distance)
        corner = 9.5 * np.log10(self.breakpoint_m**2 + height**2)
        far = carrier + 40.0 * np.log10(distance) - corner
        return np.asarray(np.where(distance**2 - height**2 <= self.breakpoint_m**2, near, far))


_MAKERS: dict[str, Callable[[float, float, float], Propagation]] = {
    "free-space": lambda frequency, base, mobile: FreeSpace(frequency),
    "cost231-hata": Cost231Hata,
    "cost231-hata-metropolitan": lambda frequency, base, mobile: Cost231Hata(frequency, base, mobile, 3.0),
    "umi-los": lambda frequency, base, mobile: UrbanMicro(frequency, True, base, mobile),
    "umi-nlos": lambda frequency, base, mobile: UrbanMicro(frequency, False, base, mobile),
}
PROPAGATION_NAMES = tuple(_MAKERS)
"""The names that `propagation_named` knows."""


def propagation_named(
    name: str, frequency_mhz: float, base_height_m: float | None = None, mobile_height_m: float = 1.5
) -> Propagation:
    """The path loss model that a scenario names.

    Args:
        name: one of PROPAGATION_NAMES.
        frequency_mhz: carrier, MHz.
        base_height_m: height of the higher antenna, m; None takes the model's own (10 m urban micro, else 30 m).
        mobile_height_m: height of the lower antenna, m.

    Raises:
        BadQuantity: an unknown name, or a value that the model refuses.
    """
    if name not in _MAKERS:
        raise BadQuantity("propagation", name, f"one of {', '.join(PROPAGATION_NAMES)}")
    if base_height_m is None:
        base_height_m = 10.0 if name.startswith("umi") else 30.0
    return _MAKERS[name](frequency_mhz, base_height_m, mobile_height_m)


def _at_least(distance_m: ArrayLike, minimum_m: float) -> FloatArray:
    return np.maximum(array_in("distance_m", distance_m, 0.0, _FARTHEST_M), minimum_m)


def _warn_outside(model: str, parameter: str, got: float, low: float, high: float) -> None:
    if not low <= got <= high:
        warnings.warn(ModelRangeWarning(model, parameter, got, low, high), stacklevel=_CALLER)


def _warn_distances(model: str, distance_m: FloatArray, low: float, high: float) -> None:
    """One warning for all distances, of the one that is farthest outside."""
    if distance_m.size:
        shortest, longest = float(distance_m.min()), float(distance_m.max())
        _warn_outside(model, "distance_m", shortest if shortest < low else longest, low, high)
