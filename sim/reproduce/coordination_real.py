"""Real measurements as the reference study used them: LTE of a campus in Ottawa, Wi-Fi of a floor in Tampere.

A part is held out and predicted from the rest: 30 % at random, or whole squares until 30 % are held out, which is
what a map has to do where nobody measured. Measurements in the same metre are averaged, places and levels.
"""

import csv
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from apps.coordination.empirical_variogram import empirical_variogram
from apps.coordination.samples import FloatArray
from sim.reproduce.coordination_methods import WITHOUT_TRANSMITTER, Method, Samples, Score, scores
from sim.reproduce.coordination_parallel import in_parallel_on_one_thread

VARIABLE = "HERTZCHAIN_SHARED"
LTE_FILE, WIFI_FILE = "lte_walk_uottawa.csv", "wifi_tampere_floor.csv"
HELD_OUT = 0.3
"""Share of the measurements that is predicted."""
RANDOM, BLOCKS = "random", "blocks"
_HOLDING = 5
_CELL_M = 1.0


class DataMissing(Exception):
    """There are no real measurements to use. Args: folder, missing file."""

    def __str__(self) -> str:
        folder, missing = self.args
        return (
            f"real measurements: {missing} is not in {folder}; name the folder that holds {LTE_FILE} and "
            f"{WIFI_FILE} with --data, or {VARIABLE} with data/rss in it"
        )


@dataclass(frozen=True, slots=True)
class RealSet:
    """A set of measurements of one network."""

    name: str
    file: str
    """Its CSV file."""
    columns: tuple[str, str, str]
    """Names of x (m), y (m) and level (dBm)."""
    where: tuple[str, str] | None
    """Column and value of the rows that are meant; None for all."""
    block_m: float
    """Side of the squares that are held out, m."""


SETS = (
    RealSet("LTE Ottawa", LTE_FILE, ("x", "y", "signal"), None, 60.0),
    *(
        RealSet(f"Wi-Fi Tampere AP {ap}", WIFI_FILE, ("x", "y", "rss"), ("ap", ap), 15.0)
        for ap in ("912", "914", "915")
    ),
)


@dataclass(frozen=True, slots=True)
class HoldOut:
    """One split of a set into measurements and places to predict."""

    folder: Path
    real_set: RealSet
    kind: str
    """RANDOM or BLOCKS."""
    seed: int


@dataclass(frozen=True, slots=True)
class HeldOut:
    """What came of a hold-out."""

    hold_out: HoldOut
    measured: int
    """Measurements that the map was made from."""
    scores: tuple[Score, ...]
    """One for each method that needs no transmitter's place, on what was held out."""

    def of(self, method: Method) -> Score:
        """The score of a method."""
        return next(score for score in self.scores if score.method is method)


def data_folder(named: Path | None) -> Path:
    """The folder with the real measurements: as named, else of the variable, else beside the working directory.

    Raises DataMissing if a file is not there.
    """
    shared = os.environ.get(VARIABLE)
    folder = named or Path(shared or Path("..") / "shared") / "data" / "rss"
    for file in (LTE_FILE, WIFI_FILE):
        if not (folder / file).is_file():
            raise DataMissing(str(folder), file)
    return folder


def hold_out_all(
    folder: Path, seeds: int, processes: int | None, on_done: Callable[[int, int], None]
) -> list[HeldOut]:
    """`seeds` hold-outs of both kinds for every set."""
    chosen = [
        HoldOut(folder, real_set, kind, seed)
        for real_set in SETS
        for kind in (RANDOM, BLOCKS)
        for seed in range(seeds)
    ]
    return in_parallel_on_one_thread(held_out, chosen, processes, on_done)


def held_out(hold_out: HoldOut) -> HeldOut:
    """Hold out, fit to the rest, predict, compare."""
    points, values = measurements(hold_out.folder, hold_out.real_set)
    rng = np.random.default_rng([_HOLDING, SETS.index(hold_out.real_set), hold_out.seed])
    block = hold_out.real_set.block_m if hold_out.kind == BLOCKS else 0.0
    out = held_out_places(points, block, rng)
    known, levels = points[~out], values[~out]
    samples = Samples(known, levels, empirical_variogram(known, levels))
    found = scores(samples, points[out], values[out], WITHOUT_TRANSMITTER)
    return HeldOut(hold_out, len(known), tuple(found))


def held_out_places(points_m: FloatArray, block_m: float, rng: np.random.Generator) -> np.ndarray:
    """(n,) which places are held out: single ones, or those of whole squares of side `block_m` (0: single)."""
    wanted = round(HELD_OUT * len(points_m))
    square = np.floor(points_m / block_m) if block_m else np.arange(float(len(points_m)))[:, None]
    number = np.unique(square, axis=0, return_inverse=True)[1].ravel()
    order = rng.permutation(int(number.max()) + 1)
    reached = np.cumsum(np.bincount(number)[order])
    return np.isin(number, order[: int(np.searchsorted(reached, wanted)) + 1])


@cache
def measurements(folder: Path, real_set: RealSet) -> tuple[FloatArray, FloatArray]:
    """Places (n, 2) in m and levels (n,) in dBm, those in the same metre averaged."""
    with (folder / real_set.file).open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if _meant(row, real_set)]
    table = np.array([[float(row[column]) for column in real_set.columns] for row in rows])
    cell = np.unique(np.rint(table[:, :2] / _CELL_M), axis=0, return_inverse=True)[1].ravel()
    count = np.bincount(cell)
    means = np.column_stack([np.bincount(cell, weights=column) / count for column in table.T])
    return means[:, :2].copy(), means[:, 2].copy()


def _meant(row: Mapping[str, str], real_set: RealSet) -> bool:
    return real_set.where is None or row[real_set.where[0]] == real_set.where[1]
