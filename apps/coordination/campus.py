"""Synthetic campuses: the true received level on a grid of 40 x 40 pixels of 5 m, as the paper's area has.

A transmitter of 23 dBm at 2630 MHz, COST-231-Hata path loss over the 3-D distance, correlated shadowing, buildings
that shade what lies behind them, and a white rest of variance 0.3 dB^2. The recipe is that of the reference study
of this application (section 2). Its generator was not available: fields agree with it in distribution, not byte
by byte. What the recipe leaves open is chosen here so that mean, spread and kriging errors come out as in that
study: the transmitter 230 m from the centre in a random direction, buildings of 20 to 50 m, and rays that graze a
building less affected than those that cross it (6 m within for 63 % of the loss).

Scenarios: `stationary` (shadowing 5 dB, no buildings), `campus` (3.8 dB and buildings), `txin` (the same with
the transmitter inside), `paper320` (campus, measured at 320 random pixels and extended to all 1600, which is
how the paper made its truth) and `paper320z` (means of 320 cells, magnified).
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from apps.coordination.propagation import cost231_hata_db
from apps.coordination.quantities import BadQuantity, FloatArray, IntArray

SCENARIOS = ("stationary", "campus", "txin", "paper320", "paper320z")
"""The scenarios that `make_campus` knows. The place in the tuple is part of the seed: append only."""
PIXELS = 40
PIXEL_M = 5.0
SIDE_M = PIXELS * PIXEL_M
TRANSMIT_POWER_DBM, FREQUENCY_MHZ = 23.0, 2630.0
BASE_HEIGHT_M, MOBILE_HEIGHT_M = 30.0, 1.5

_TRANSMITTER_AT_M = 230.0
_SHADOWING_RANGE_M, _WHITE_VARIANCE_DB2 = 27.0, 0.3
_BUILDINGS, _SHORTEST_M, _LONGEST_M = 10, 20.0, 50.0
_LEAST_DB, _MOST_DB, _GRAZING_M, _REFILL_M, _CAP_DB = 4.0, 12.0, 6.0, 40.0, 20.0
_MEASURED = 320
_CELL_ROWS, _CELL_COLUMNS = 16, 20
_DECIMALS = 6


@dataclass(frozen=True, slots=True, eq=False)
class Campus:
    """The true level everywhere. Pixel i is at row i // 40 (y) and column i % 40 (x), centres 2.5 + 5k m."""

    scenario: str
    """One of SCENARIOS."""
    seed: int
    """With the scenario it determines everything else."""
    transmitter_m: FloatArray
    """(2,) where the incumbent's transmitter is, m; outside the area but for `txin`."""
    values_dbm: FloatArray
    """(1600,) level at each pixel, dBm, to 6 decimals so that it does not depend on the linear algebra library."""

    @property
    def points_m(self) -> FloatArray:
        """(1600, 2) centres of the pixels, m."""
        return pixel_centres_m()

    @property
    def field_dbm(self) -> FloatArray:
        """(40, 40) the levels as an image, row 0 at the smallest y, dBm."""
        return self.values_dbm.reshape(PIXELS, PIXELS)

    def sample(self, count: int, rng: np.random.Generator) -> IntArray:
        """(count,) indices of different pixels, drawn at random. Raises BadQuantity outside 1 to 1600."""
        if not 1 <= count <= self.values_dbm.size:
            raise BadQuantity("count", count, f"1 to {self.values_dbm.size} pixels")
        return rng.choice(self.values_dbm.size, count, replace=False)


def make_campus(seed: int, scenario: str = "campus") -> Campus:
    """The campus of a seed (0 or more) and a scenario. Raises BadQuantity for others."""
    if scenario not in SCENARIOS:
        raise BadQuantity("scenario", scenario, f"one of {', '.join(SCENARIOS)}")
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise BadQuantity("seed", seed, "an integer of 0 or more")
    rng = np.random.default_rng([seed, SCENARIOS.index(scenario)])
    transmitter = _transmitter_m(rng, inside=scenario == "txin")
    level = _path_level_dbm(transmitter)
    level += (5.0 if scenario == "stationary" else 3.8) * (
        _shadowing_factor() @ rng.standard_normal(level.size)
    )
    if scenario != "stationary":
        level -= _building_loss_db(transmitter, rng)
    level += np.sqrt(_WHITE_VARIANCE_DB2) * rng.standard_normal(level.size)
    if scenario == "paper320":
        level = _extended(level, rng.choice(level.size, _MEASURED, replace=False))
    elif scenario == "paper320z":
        level = _magnified(level)
    return Campus(scenario, seed, transmitter, np.round(level, _DECIMALS))


def pixel_centres_m() -> FloatArray:
    """(1600, 2) centres of the pixels, m, x running fastest."""
    axis = PIXEL_M * (np.arange(PIXELS) + 0.5)
    x, y = np.meshgrid(axis, axis)
    return np.column_stack([x.ravel(), y.ravel()])


def _transmitter_m(rng: np.random.Generator, inside: bool) -> FloatArray:
    if inside:
        return rng.uniform(0.2 * SIDE_M, 0.8 * SIDE_M, 2)
    angle = rng.uniform(0.0, 2.0 * np.pi)
    return 0.5 * SIDE_M + _TRANSMITTER_AT_M * np.array([np.cos(angle), np.sin(angle)])


def _path_level_dbm(transmitter_m: FloatArray) -> FloatArray:
    offset = pixel_centres_m() - transmitter_m
    distance = np.sqrt(np.sum(offset**2, axis=1) + (BASE_HEIGHT_M - MOBILE_HEIGHT_M) ** 2)
    return TRANSMIT_POWER_DBM - cost231_hata_db(distance, FREQUENCY_MHZ, BASE_HEIGHT_M, MOBILE_HEIGHT_M)


@cache
def _shadowing_factor() -> FloatArray:
    """Cholesky factor of 0.5 exp(-d/27) + 0.5 exp(-(d/27)^2) between all pixels, (1600, 1600)."""
    points = pixel_centres_m()
    offset = points[:, None, :] - points[None, :, :]
    scaled = np.hypot(offset[..., 0], offset[..., 1]) / _SHADOWING_RANGE_M
    return np.asarray(np.linalg.cholesky(0.5 * np.exp(-scaled) + 0.5 * np.exp(-(scaled**2))))


def _building_loss_db(transmitter_m: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Loss of the rays that cross rectangles, which diffraction fills in over 40 m behind them; at most 20 dB."""
    points = pixel_centres_m()
    total = np.zeros(len(points))
    for _ in range(_BUILDINGS):
        centre, sides = rng.uniform(0.0, SIDE_M, 2), rng.uniform(_SHORTEST_M, _LONGEST_M, 2)
        loss = rng.uniform(_LEAST_DB, _MOST_DB)
        within, behind = _way_through_m(transmitter_m, points, centre - 0.5 * sides, centre + 0.5 * sides)
        total += loss * -np.expm1(-within / _GRAZING_M) * np.exp(-behind / _REFILL_M)
    return np.minimum(total, _CAP_DB)


def _way_through_m(
    start: FloatArray, ends: FloatArray, low: FloatArray, high: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """How far each ray from `start` goes within an upright rectangle, 0 where it misses, and beyond it; (n,) m."""
    way = ends - start
    with np.errstate(divide="ignore", invalid="ignore"):
        first, second = (low - start) / way, (high - start) / way
    enters = np.maximum(np.max(np.minimum(first, second), axis=1), 0.0)
    leaves = np.minimum(np.min(np.maximum(first, second), axis=1), 1.0)
    length = np.hypot(way[:, 0], way[:, 1])
    return np.maximum(leaves - enters, 0.0) * length, (1.0 - leaves) * length


def _extended(level_dbm: FloatArray, measured: IntArray) -> FloatArray:
    """Cubic interpolation between the measured pixels, the nearest of them outside their hull."""
    from scipy.interpolate import griddata

    points = pixel_centres_m()
    inner = griddata(points[measured], level_dbm[measured], points, method="cubic")
    outer = griddata(points[measured], level_dbm[measured], points, method="nearest")
    return np.where(np.isnan(inner), outer, inner)


def _magnified(level_dbm: FloatArray) -> FloatArray:
    """Means of 16 x 20 cells of 2 or 3 by 2 pixels, magnified by a cubic spline."""
    from scipy.ndimage import zoom

    image = level_dbm.reshape(PIXELS, PIXELS)
    row = np.arange(PIXELS) * _CELL_ROWS // PIXELS
    column = np.arange(PIXELS) * _CELL_COLUMNS // PIXELS
    cell = row[:, None] * _CELL_COLUMNS + column[None, :]
    total = np.bincount(cell.ravel(), weights=image.ravel())
    means = (total / np.bincount(cell.ravel())).reshape(_CELL_ROWS, _CELL_COLUMNS)
    magnified = zoom(
        means, (PIXELS / _CELL_ROWS, PIXELS / _CELL_COLUMNS), order=3, mode="nearest", grid_mode=True
    )
    return np.asarray(magnified, dtype=np.float64).ravel()
