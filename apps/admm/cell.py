"""A cell of one virtual operator: how many users it expects and how its bandwidth is shared among them."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from apps.admm.parameters import FloatArray, require_positive, require_positive_array

_SQUARE_METRES_PER_KM2 = 1e6
_SERIES_UP_TO = 50.0
_SERIES_TERMS = 170
_ASYMPTOTIC_TERMS = 45


@dataclass(frozen=True, slots=True)
class Cell:
    """One operator's circular cell; its users form a Poisson process.

    radius_m: cell radius r in metres.
    density_per_km2: mean number of active users per square kilometre (the paper's lambda).
    rate_bps: mean rate R_min that every user is promised, bit/s.

    Raises BadParameter for a value that is not a finite number above 0.
    """

    radius_m: float
    density_per_km2: float
    rate_bps: float

    def __post_init__(self) -> None:
        for name in ("radius_m", "density_per_km2", "rate_bps"):
            object.__setattr__(self, name, require_positive(name, getattr(self, name)))

    @property
    def mean_users(self) -> float:
        """Lambda = pi r^2 lambda, the mean number of users in the cell."""
        return math.pi * self.radius_m**2 * self.density_per_km2 / _SQUARE_METRES_PER_KM2


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
