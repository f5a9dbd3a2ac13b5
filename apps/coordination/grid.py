"""A map's pixels: a rectangle of squares, row by row."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from apps.coordination.map_errors import BadMapInput, OffGrid
from apps.coordination.samples import FloatArray, require_number, require_place

_CENTRE = 1e-6
"""Share of a pixel by which a place may miss the centre and still count as there."""

EXACT = 1e-9
_LEAST_COLUMNS = 2


@dataclass(frozen=True, slots=True)
class Grid:
    """Pixel centres at origin + spacing * (column, row); pixel number row * columns + column.

    origin_m: (x, y) of the first pixel's centre, m; spacing_m: side of a pixel, m; columns, rows: at least 1.
    """

    origin_m: tuple[float, float]
    spacing_m: float
    columns: int
    rows: int

    def __post_init__(self) -> None:
        require_place("origin_m", self.origin_m)
        require_number("spacing_m", self.spacing_m, 0.0, inclusive=False)
        for name, count in (("columns", self.columns), ("rows", self.rows)):
            if isinstance(count, bool) or not isinstance(count, int) or count < 1:
                raise BadMapInput(name, count, "an int of at least 1")

    def centres_m(self) -> FloatArray:
        """Centres of all pixels, shape (rows * columns, 2), m."""
        x = self.origin_m[0] + self.spacing_m * np.arange(self.columns)
        y = self.origin_m[1] + self.spacing_m * np.arange(self.rows)
        return np.column_stack([np.tile(x, self.rows), np.repeat(y, self.columns)])

    def pixels_of(self, points_m: FloatArray, tolerance: float = _CENTRE) -> NDArray[np.intp]:
        """Pixel numbers (n,) of places at pixel centres. Raises OffGrid for the first that is not at one.

        `tolerance`: share of a pixel by which a place may miss the centre.
        """
        steps = (points_m - np.asarray(self.origin_m)) / self.spacing_m
        whole = np.rint(steps)
        inside = (whole >= 0) & (whole < [self.columns, self.rows]) & (np.abs(steps - whole) <= tolerance)
        off = np.flatnonzero(~inside.all(axis=1))
        if off.size:
            raise OffGrid(int(off[0]), *map(float, points_m[off[0]]))
        return np.asarray(whole[:, 1] * self.columns + whole[:, 0], dtype=np.intp)


def grid_through(places_m: FloatArray) -> Grid | None:
    """The grid whose centres, row by row, are these places (k, 2), to a billionth of a pixel; None if none is."""
    breaks = np.flatnonzero(places_m[:, 1] != places_m[0, 1])
    columns = int(breaks[0]) if breaks.size else len(places_m)
    if columns < _LEAST_COLUMNS or len(places_m) % columns:
        return None
    spacing = float(places_m[columns - 1, 0] - places_m[0, 0]) / (columns - 1)
    if not spacing > 0.0:
        return None
    x, y = map(float, places_m[0])
    grid = Grid((x, y), spacing, columns, len(places_m) // columns)
    return grid if float(np.abs(grid.centres_m() - places_m).max()) <= EXACT * spacing else None
