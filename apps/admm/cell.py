"""A cell of one virtual operator: how many users it expects and how its bandwidth is shared among them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from apps.admm.parameters import BadParameter, FloatArray, require_positive, require_positive_array

_SQUARE_METRES_PER_KM2 = 1e6
_SERIES_UP_TO = 50.0
_SERIES_TERMS = 170
_ASYMPTOTIC_TERMS = 45
_PAPER_RADII_M = (80.0, 80.0, 100.0, 100.0, 120.0, 120.0)
_PAPER_DENSITIES_PER_KM2 = (2400.0, 1600.0, 1600.0, 2000.0, 2000.0)


@dataclass(frozen=True, slots=True)
class Cell:
    """One operator's circular cell; its users form a Poisson process.

    radius_m: cell radius r in metres.
    density_per_km2: mean number of active users per square kilometre (the paper's lambda).
    rate_bps: mean rate R_min that every user is promised, bit/s.

    Raises BadParameter for a value that is not a finite number above 0, and for a radius or density with which
    the mean number of users is none.
    """

    radius_m: float
    density_per_km2: float
    rate_bps: float

    def __post_init__(self) -> None:
        for name in ("radius_m", "density_per_km2", "rate_bps"):
            object.__setattr__(self, name, require_positive(name, getattr(self, name)))
        if not 0.0 < self.mean_users < math.inf:
            extreme = abs(2.0 * math.log(self.radius_m)) >= abs(math.log(self.density_per_km2))
            name = "radius_m" if extreme else "density_per_km2"
            expected = "one with which the mean number of users is a finite number above 0"
            raise BadParameter(name, getattr(self, name), expected)

    @property
    def mean_users(self) -> float:
        """Lambda = pi r^2 lambda, the mean number of users in the cell."""
        return math.pi * (self.radius_m * self.radius_m) * self.density_per_km2 / _SQUARE_METRES_PER_KM2


def paper_cells(rate_bps: float = 1e6, density_6_per_km2: float = 2400.0) -> tuple[Cell, ...]:
    """The six cells of the paper's section VI: all users at one rate, the last cell with another density if given.

    Raises BadParameter as `Cell` does.
    """
    densities = (*_PAPER_DENSITIES_PER_KM2, density_6_per_km2)
    return tuple(Cell(r, density, rate_bps) for r, density in zip(_PAPER_RADII_M, densities, strict=True))


def require_cells(cells: object) -> tuple[Cell, ...]:
    """`cells`, a sequence or NumPy array of at least one Cell, as a tuple; raises BadParameter for all else."""
    found: object = cells.tolist() if isinstance(cells, np.ndarray) else cells
    if not isinstance(found, Sequence) or len(found) == 0:
        raise BadParameter("cells", cells, "a sequence of at least one Cell")
    for index, cell in enumerate(found):
        if not isinstance(cell, Cell):
            raise BadParameter(f"cells[{index}]", cell, "a Cell")
    return tuple(found)


def mean_reciprocal_users(mean_users: ArrayLike) -> FloatArray:
    """phi = E[1/N; N >= 1] for N ~ Poisson(Lambda), of the shape of `mean_users`, relative error below 1e-13.

    It is the share of the cell's bandwidth a user expects (paper (10)). The paper's e^-L (Ei(L) - ln L - C)
    overflows above L = 709 and cancels for small L; this is the series e^-L sum L^k / (k k!), all of whose terms
    are positive, and above L = 50 the asymptotic sum k! / L^(k+1), where the terms left out are below 1e-19.
    Raises BadParameter for a value that is not a finite number above 0.
    """
    users = require_positive_array("mean_users", mean_users)
    small = users <= _SERIES_UP_TO
    with np.errstate(under="ignore"):
        return np.where(
            small, _series(np.where(small, users, 1.0)), _asymptotic(np.where(small, 100.0, users))
        )


def _series(users: FloatArray) -> FloatArray:
    power = np.ones_like(users)
    total = np.zeros_like(users)
    for k in range(1, _SERIES_TERMS):
        power *= users / k
        total += power / k
    return np.exp(-users) * total


def _asymptotic(users: FloatArray) -> FloatArray:
    total = np.ones_like(users)
    for k in range(_ASYMPTOTIC_TERMS, 0, -1):
        total = 1.0 + total * (k / users)
    return total / users
