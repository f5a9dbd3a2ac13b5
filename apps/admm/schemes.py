"""The power that several splits of the band really need once the users are there, side by side over many draws."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from apps.admm.cell import Cell, require_cells
from apps.admm.draws import DEFAULT_SEED, UserDraw, draw_users
from apps.admm.known_users import GroupAllocation, allocate_groups
from apps.admm.parameters import (
    BadParameter,
    FloatArray,
    RateOutOfReach,
    require_count,
    require_positive,
    require_positive_array,
)
from apps.admm.robust import PowerStatistics, power_statistics

DSA, UNIFORM, PROPORTIONAL, NON_CAUSAL = "DSA", "Uniform", "Proportional", "Non-Causal"
MOST_DRAWS = 10_000_000
_DRAWS_AT_ONCE = 500
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class SchemeComparison:
    """What each scheme needed in the same D draws of the users of M cells.

    users: (D, M) how many users there were; power_w: by the scheme's name, Non-Causal last, (D,) the sum power;
    non_causal_bandwidth_hz: (D, M) how Non-Causal divided the band among the cells.
    """

    users: NDArray[np.int64]
    power_w: Mapping[str, FloatArray]
    non_causal_bandwidth_hz: FloatArray

    def statistics(self, scheme: str) -> PowerStatistics:
        """Statistics of one scheme beside Non-Causal over the draws in which there is any user.

        Raises KeyError for an unknown scheme, and BadParameter where fewer than two draws have users.
        """
        busy = self.users.any(axis=1)
        return power_statistics(self.power_w[scheme][busy], self.power_w[NON_CAUSAL][busy])


def compare(
    cells: Sequence[Cell],
    splits: Mapping[str, ArrayLike],
    bandwidth_hz: float,
    noise_psd_w_per_hz: float,
    pathloss_exponent: float,
    draws: int = 2000,
    seed: int = DEFAULT_SEED,
    fixed_counts: bool = False,
) -> SchemeComparison:
    """Least sum power of every split, and of Non-Causal, over draws 0 to `draws`-1 of `seed` (section V).

    cells: at least one. splits: bandwidths (M,) in Hz by name, made before the users are known: DSA (the predicted
    problem's), Uniform, Proportional to mean_users * rate_bps, or others. Non-Causal knows the draw: one problem
    (44) for the users of all cells in `bandwidth_hz`. All see the same users; 1 to 10^7 draws.
    Raises BadParameter; RateOutOfReach naming the cell that a split leaves too narrow a band in some draw.
    """
    band = require_positive("bandwidth_hz", bandwidth_hz)
    noise = require_positive("noise_psd_w_per_hz", noise_psd_w_per_hz)
    present = require_cells(cells)
    bands = _checked_splits(splits, len(present), band)
    last = require_count("draws", draws, 1, MOST_DRAWS)
    parts = []
    for first in range(0, last, _DRAWS_AT_ONCE):
        numbers = range(first, min(first + _DRAWS_AT_ONCE, last))
        drawn = [draw_users(present, pathloss_exponent, seed, number, fixed_counts) for number in numbers]
        parts.append(_compared(_sample(present, drawn), bands, band, noise))
    return SchemeComparison(
        np.concatenate([part.users for part in parts]),
        {name: np.concatenate([part.power_w[name] for part in parts]) for name in (*bands, NON_CAUSAL)},
        np.concatenate([part.non_causal_bandwidth_hz for part in parts]),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Sample:
    """The users of D draws in a row: users (D, M) counts, gain and rate_bps (sum of users,)."""

    users: NDArray[np.int64]
    gain: FloatArray
    rate_bps: FloatArray

    def allocate(self, bands: FloatArray, noise_psd_w_per_hz: float) -> GroupAllocation:
        """(44) with the bands of all cells (D M,), or of all draws (D,)."""
        first = np.concatenate([[0], np.cumsum(self.users)])[:: self.users.size // bands.size]
        return allocate_groups(self.gain, self.rate_bps, first, bands, noise_psd_w_per_hz)

    def by_cell(self, values: FloatArray) -> FloatArray:
        """(D, M) sums of the users' `values`."""
        cell = np.repeat(np.arange(self.users.size), self.users.ravel())
        sums: FloatArray = np.bincount(cell, weights=values, minlength=self.users.size).astype(np.float64)
        return sums.reshape(self.users.shape)


def _sample(cells: Sequence[Cell], drawn: Sequence[UserDraw]) -> _Sample:
    users = np.stack([draw.users for draw in drawn])
    rate_bps = np.repeat(np.tile([cell.rate_bps for cell in cells], len(drawn)), users.ravel())
    return _Sample(users, np.concatenate([draw.gain for draw in drawn]), rate_bps)


def _compared(
    sample: _Sample, bands: Mapping[str, FloatArray], total_hz: float, noise_psd_w_per_hz: float
) -> SchemeComparison:
    draws, cells = sample.users.shape
    power_w = {}
    for name, split in bands.items():
        try:
            cell_w = sample.allocate(np.tile(split, draws), noise_psd_w_per_hz).total_power_w
        except RateOutOfReach as error:
            raise RateOutOfReach(error.args[0] % cells, *error.args[1:]) from None
        power_w[name] = cell_w.reshape(draws, cells).sum(axis=1)
    try:
        pooled = sample.allocate(np.full(draws, total_hz), noise_psd_w_per_hz)
    except RateOutOfReach as error:
        raise RateOutOfReach("(all of them)", *error.args[1:]) from None
    power_w[NON_CAUSAL] = pooled.total_power_w
    return SchemeComparison(sample.users, power_w, sample.by_cell(pooled.bandwidth_hz))


def _checked_splits(splits: object, cells: int, bandwidth_hz: float) -> dict[str, FloatArray]:
    if not isinstance(splits, Mapping):
        raise BadParameter("splits", splits, "a mapping from names to bandwidths")
    return {name: _checked_split(name, split, cells, bandwidth_hz) for name, split in splits.items()}


def _checked_split(name: object, split: ArrayLike, cells: int, bandwidth_hz: float) -> FloatArray:
    if not isinstance(name, str) or name == NON_CAUSAL:
        raise BadParameter("splits", name, f"texts as names, other than {NON_CAUSAL}, which is computed")
    bands = require_positive_array(f"splits[{name!r}]", split)
    if bands.shape != (cells,):
        raise BadParameter(f"splits[{name!r}]", bands.shape, f"shape ({cells},)")
    if bands.sum() > bandwidth_hz * (1.0 + _ROUNDING):
        raise BadParameter(f"splits[{name!r}]", float(bands.sum()), f"a sum of at most {bandwidth_hz:g} Hz")
    return bands
