"""Draws of who is present in the cells and over which channels: the sample space of the four schemes.

The order of the random numbers is part of the definition, so that a published seed gives the published users:
for each cell in turn the number of users, all distances, all fading gains.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from apps.admm.cell import Cell, require_cells
from apps.admm.parameters import BadParameter, FloatArray, require_above, require_count, require_flag

DEFAULT_SEED = 20261122
_MOST = 2**63 - 1
_MOST_MEAN_USERS = 1e9


@dataclass(frozen=True, slots=True, eq=False)
class UserDraw:
    """The users of M cells at one moment.

    users: (M,) how many each cell has, N_m; gain: (sum N_m,) their gains |h|^2 = |g|^2/(1 + L^alpha), cell by cell.
    """

    users: NDArray[np.int64]
    gain: FloatArray

    def of_cell(self, cell: int) -> FloatArray:
        """(N_m,) the gains of the users of cell number `cell`."""
        ends = np.cumsum(self.users)
        return self.gain[ends[cell] - self.users[cell] : ends[cell]]


def draw_users(
    cells: Sequence[Cell],
    pathloss_exponent: float,
    seed: int = DEFAULT_SEED,
    number: int = 0,
    fixed_counts: bool = False,
) -> UserDraw:
    """Draw `number` of the sequence that `seed` names; every draw has a generator of its own.

    Users are Poisson in number (with `fixed_counts` the rounded mean instead), uniform on the disc and under
    Rayleigh fading: |g|^2 is exponential with mean 1. Raises BadParameter for no cells or one with more than 10^9
    users in the mean, an exponent not above 2, a seed or number that is not an int from 0 to 2^63 - 1 and a
    `fixed_counts` that is no bool.
    """
    entropy = [require_count("seed", seed, 0, _MOST), require_count("number", number, 0, _MOST)]
    fixed = require_flag("fixed_counts", fixed_counts)
    exponent = require_above("pathloss_exponent", pathloss_exponent, 2.0)
    rng = np.random.default_rng(entropy)
    users, gains = [], []
    for index, cell in enumerate(require_cells(cells)):
        if cell.mean_users > _MOST_MEAN_USERS:
            raise BadParameter(
                f"cells[{index}]", cell, f"at most {_MOST_MEAN_USERS:g} users in the mean, to draw"
            )
        present = round(cell.mean_users) if fixed else int(rng.poisson(cell.mean_users))
        distance_m = cell.radius_m * np.sqrt(rng.random(present))
        fading = rng.exponential(1.0, present)
        users.append(present)
        gains.append(fading / (1.0 + distance_m**exponent))
    return UserDraw(np.array(users, dtype=np.int64), np.concatenate(gains))
