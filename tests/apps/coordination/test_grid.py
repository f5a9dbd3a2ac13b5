"""Pixels of a map: their places, their numbers, and the grid behind a list of places."""

import numpy as np
import pytest

from apps.coordination.grid import Grid, grid_through
from apps.coordination.map_errors import BadMapInput, OffGrid

GRID = Grid((2.5, -7.5), 5.0, 4, 3)


def test_pixels_are_counted_row_by_row() -> None:
    centres = GRID.centres_m()
    assert centres.shape == (12, 2)
    assert centres[5].tolist() == [7.5, -2.5]
    assert GRID.pixels_of(centres[[5, 11, 0]]).tolist() == [5, 11, 0]


def test_the_grid_behind_its_own_centres_is_found() -> None:
    assert grid_through(GRID.centres_m()) == GRID


def test_places_that_are_no_grid_are_none() -> None:
    centres = GRID.centres_m()
    moved = centres.copy()
    moved[7, 0] += 1e-3
    for places in (moved, centres[:-1], centres[::-1], centres[:, ::-1], centres * [1.0, 2.0], centres[:1]):
        assert grid_through(places) is None


def test_places_off_the_centres_are_named() -> None:
    with pytest.raises(OffGrid, match=r"points_m\[1\]"):
        GRID.pixels_of(np.array([[2.5, -7.5], [3.0, -7.5]]))
    with pytest.raises(OffGrid, match=r"points_m\[0\]"):
        GRID.pixels_of(np.array([[-2.5, -7.5]]))


@pytest.mark.parametrize(
    "parameters",
    [((0.0,), 5.0, 3, 3), ((0.0, 0.0), -5.0, 3, 3), ((0.0, 0.0), 5.0, 0, 3), ((0.0, 0.0), 5.0, 3, 2.5)],
)
def test_what_is_no_grid_is_refused(parameters: tuple[tuple[float, float], float, int, int]) -> None:
    with pytest.raises(BadMapInput):
        Grid(*parameters)
