"""Where floats of the mathematics become integers of the chain: hundredths of a decibel, centimetres.

Only here. Levels and coordinates are rounded to the nearest, ties to even. Permissible powers and margins are
rounded down, so that the chain never grants more than the mathematics. Both treat what is within 1e-6 dB (1e-6 m)
of a step as on the step: the last digits, in which honest machines differ, then do not move a round number.
"""

import numpy as np
from numpy.typing import ArrayLike

from apps.coordination.commitment import LOWEST_CDBM, MAX_CENTI, MAX_CM
from apps.coordination.quantities import BadQuantity, FloatArray

_PER_UNIT = 100.0
_SNAP = 1e-4
"""Hundredths; 1e-6 of the unit."""


def nearest_hundredths(values: ArrayLike) -> tuple[int, ...]:
    """Levels (n,) in dBm or dB as hundredths, to the nearest, ties to even. Raises BadQuantity if one does not fit.

    Whole tenths of hundredths are taken first, so that 0.12499999999 and 0.125 are the same tie.
    """
    return _integers(np.rint(np.round(_PER_UNIT * _finite(values), 4)), MAX_CENTI)


def power_hundredths(power_dbm: float) -> int:
    """A permissible power as hundredths of a dBm, rounded down; `LOWEST_CDBM` for anything less, -inf included.

    Raises BadQuantity for NaN; a power above the highest of the chain counts as that.
    """
    return _downwards("power_dbm", power_dbm, MAX_CENTI)


def margin_hundredths(margin_db: float) -> int:
    """A margin as hundredths of a dB, rounded down, within the +-600 dB of the chain. Raises BadQuantity for NaN."""
    return _downwards("margin_db", margin_db, 2 * MAX_CENTI)


def from_hundredths(hundredths: ArrayLike) -> FloatArray:
    """Integers of the chain as dBm or dB, of their shape."""
    return np.asarray(hundredths, dtype=np.float64) / _PER_UNIT


def power_from_hundredths(hundredths: int) -> float:
    """A power of the chain as dBm; -inf for `LOWEST_CDBM`, which stands for no power."""
    return -np.inf if hundredths == LOWEST_CDBM else hundredths / _PER_UNIT


def centimetres(points_m: ArrayLike) -> tuple[tuple[int, int], ...]:
    """Coordinates (n, 2) in m as pairs of centimetres, to the nearest, ties to even. Raises BadQuantity."""
    flat = np.round(_PER_UNIT * _finite(points_m), 4)
    if flat.ndim != 2 or flat.shape[1] != 2:
        raise BadQuantity("points_m", flat.shape, "the shape (n, 2)")
    whole = _integers(np.rint(flat).ravel(), MAX_CM)
    return tuple(zip(whole[::2], whole[1::2], strict=True))


def metres(centimetres: ArrayLike) -> FloatArray:
    """Integers of the chain as metres, of their shape."""
    return np.asarray(centimetres, dtype=np.float64) / _PER_UNIT


def _downwards(quantity: str, value: float, highest: int) -> int:
    if np.isnan(value):
        raise BadQuantity(quantity, value, "a number, or -inf for none")
    return int(np.floor(np.clip(_PER_UNIT * value + _SNAP, -highest, highest)))


def _finite(values: ArrayLike) -> FloatArray:
    array = np.asarray(values, dtype=np.float64)
    if not np.isfinite(array).all():
        raise BadQuantity("values", float(array[~np.isfinite(array)].flat[0]), "finite numbers")
    return array


def _integers(whole: FloatArray, highest: int) -> tuple[int, ...]:
    if whole.ndim != 1:
        raise BadQuantity("values", whole.shape, "the shape (n,)")
    if np.any(np.abs(whole) > highest):
        got = float(whole[np.abs(whole) > highest][0])
        raise BadQuantity("values", got, f"hundredths from {-highest} to {highest}")
    return tuple(int(value) for value in whole)
