"""The grid solver against the dense one."""

import numpy as np
import pytest

from apps.coordination.grid import Grid
from apps.coordination.kriging import krige
from apps.coordination.kriging_fft import krige_grid
from apps.coordination.map_errors import BadMapInput, DuplicateSites, NotConverged, OffGrid
from apps.coordination.variogram_models import BoundedLinear, Exponential, VariogramModel
from tests.apps.coordination.sites import VALID_MODELS

GRID = Grid((2.5, -7.5), 5.0, 31, 22)
PIXELS = np.random.default_rng(0).choice(31 * 22, 150, replace=False)
POINTS = GRID.centres_m()[PIXELS]
VALUES = -90.0 + 5.0 * np.sin(POINTS[:, 0] / 30.0) + np.random.default_rng(1).normal(0.0, 1.0, 150)


@pytest.mark.parametrize("model", VALID_MODELS, ids=lambda model: type(model).__name__)
@pytest.mark.parametrize("transmitter", [None, (-40.0, 30.0)])
def test_all_pixels_are_those_of_dense_kriging(
    model: VariogramModel, transmitter: tuple[float, float] | None
) -> None:
    dense = krige(POINTS, VALUES, GRID.centres_m(), model, variance=False, transmitter_m=transmitter)
    found = krige_grid(POINTS, VALUES, GRID, model, transmitter_m=transmitter)
    assert found.shape == (22, 31)
    assert np.abs(found.ravel() - dense.mean).max() < 1e-8


def test_a_short_range_needs_no_full_padding_and_changes_nothing() -> None:
    grid = Grid((0.0, 0.0), 5.0, 300, 20)
    pixels = np.random.default_rng(0).choice(6000, 100, replace=False)
    points, model = grid.centres_m()[pixels], Exponential(30.0, 28.0, 0.3)
    values = VALUES[:100]
    dense = krige(points, values, grid.centres_m(), model, variance=False)
    assert np.abs(krige_grid(points, values, grid, model).ravel() - dense.mean).max() < 1e-8


def test_repeated_measurements_of_a_pixel_are_as_in_dense_kriging() -> None:
    points, values = np.vstack([POINTS, POINTS[:20]]), np.concatenate([VALUES, VALUES[:20] + 3.0])
    model = Exponential(30.0, 60.0, 2.0)
    dense = krige(points, values, GRID.centres_m(), model, variance=False)
    assert np.abs(krige_grid(points, values, GRID, model).ravel() - dense.mean).max() < 1e-8
    with pytest.raises(DuplicateSites):
        krige_grid(points, values, GRID, Exponential(30.0, 60.0))


def test_a_place_between_pixels_or_outside_is_refused() -> None:
    for offset in ([1.0, 0.0], [0.0, 1e4]):
        points = POINTS.copy()
        points[4] += offset
        with pytest.raises(OffGrid, match=r"points_m\[4\]"):
            krige_grid(points, VALUES, GRID, Exponential(30.0, 60.0, 2.0))


def test_an_invalid_variogram_and_a_bad_grid_are_refused() -> None:
    with pytest.raises(BadMapInput, match="valid"):
        krige_grid(POINTS, VALUES, GRID, BoundedLinear(30.0, 28.0, 0.3))
    with pytest.raises(BadMapInput, match="columns"):
        Grid((0.0, 0.0), 5.0, 0, 3)
    with pytest.raises(BadMapInput, match="spacing_m"):
        Grid((0.0, 0.0), 0.0, 3, 3)


def test_a_tolerance_out_of_reach_is_an_error_not_a_map() -> None:
    with pytest.raises(NotConverged):
        krige_grid(POINTS, VALUES, GRID, Exponential(30.0, 60.0, 1e-3), tolerance=1e-300)
