"""Measurements that the map is timed with: levels that vary smoothly, at random places or at pixels of a grid."""

from dataclasses import dataclass

import numpy as np

from apps.coordination.grid import Grid
from apps.coordination.samples import FloatArray
from apps.coordination.variogram_models import Exponential

PIXEL_M = 5.0
CASE_MODEL = Exponential(sill=30.0, range_m=140.0, nugget=0.3)
"""The paper's parameters, the range in pixels, so that on the largest grid measurements see their neighbours."""


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """What kriging is given."""

    points_m: FloatArray
    """(n, 2) m."""
    values_dbm: FloatArray
    """(n,) dBm."""
    targets_m: FloatArray
    """(k, 2) centres of pixels, m."""


def scattered_field(sites: int, pixels: int, seed: int) -> Field:
    """`sites` places drawn at random from a square of at least `pixels` pixels, the first of which are targets."""
    rng = np.random.default_rng([seed, sites, pixels])
    side = int(np.ceil(np.sqrt(pixels)))
    grid = Grid((PIXEL_M / 2, PIXEL_M / 2), PIXEL_M, side, side)
    points = rng.uniform(0.0, side * PIXEL_M, (sites, 2))
    return Field(points, _levels_dbm(points, rng), grid.centres_m()[:pixels])


def grid_field(sites: int, side: int, seed: int) -> tuple[Grid, Field]:
    """`sites` different pixels of a grid of `side` x `side`, all of whose pixels are targets."""
    rng = np.random.default_rng([seed, sites, side])
    grid = Grid((PIXEL_M / 2, PIXEL_M / 2), PIXEL_M, side, side)
    centres = grid.centres_m()
    points = centres[rng.choice(side * side, sites, replace=False)]
    return grid, Field(points, _levels_dbm(points, rng), centres)


def _levels_dbm(points_m: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Waves of 60 to 400 m in random directions, 5 dB together, and 0.5 dB of noise, around -95 dBm."""
    waves = 40
    angle, length = rng.uniform(0, 2 * np.pi, waves), rng.uniform(60.0, 400.0, waves)
    vectors = 2 * np.pi / length * np.stack([np.cos(angle), np.sin(angle)])
    phases = points_m @ vectors + rng.uniform(0, 2 * np.pi, waves)
    level = 5.0 * np.sqrt(2.0 / waves) * np.cos(phases).sum(axis=1)
    return np.asarray(-95.0 + level + 0.5 * rng.standard_normal(len(points_m)))
