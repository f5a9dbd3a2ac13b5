"""How fast and how exact the radio environment map is, beside its targets and beside PyKrige in the same run.

Every group of cases runs in a process of its own on one thread, so that processor time is that of one core and peak
memory is the group's own. Where a backend of PyKrige takes long it predicts a part of the pixels, and the rest is
scaled; the row says so. Its times are those of `execute` alone, ours hold the factorisation too.
A target holds for the size it is set for: with another size there is none.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import ParamSpec

from apps.coordination.fit import METHODS, fit_variogram
from apps.coordination.kriging import krige
from apps.coordination.kriging_fft import krige_grid
from apps.coordination.kriging_tiles import krige_tiles
from apps.coordination.prediction import Prediction
from sim.bench.coordination_fields import CASE_MODEL, Field, grid_field, scattered_field
from sim.bench.coordination_pykrige import IN_PARTS, NOT_INSTALLED, equality_rows, pykrige_rows
from sim.bench.gossip import peak_memory_mb
from sim.bench.timing import Row, Target, in_own_process, measured_row, time_row, timed, timed_once

P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Extent:
    """Measurements and pixels of a case, and how much faster than PyKrige it is to be."""

    sites: int
    pixels: int
    mean_ratio: Target
    """Of means alone."""
    variance_ratio: Target
    """Of means and variances."""
    memory_mb: Target | None = None


SMALL = Extent(200, 1_600, Target(2.0, at_least=True), Target(2.0, at_least=True))
LARGE = Extent(1_000, 40_000, Target(40.0, at_least=True), Target(6.0, at_least=True), Target(300.0))
GRID_SITES, GRID_SIDE = 20_000, 1_000
EXACT_TARGET_S, EXACT_TARGET_MB = Target(15.0), Target(1_000.0)
TILES_TARGET_S = Target(5.0)
FIT_SITES = 200


@dataclass(frozen=True, slots=True)
class CoordinationSizes:
    """How much is measured. The defaults are the sizes for which there are targets."""

    small: tuple[int, int] = (SMALL.sites, SMALL.pixels)
    large: tuple[int, int] = (LARGE.sites, LARGE.pixels)
    grid: tuple[int, int] = (GRID_SITES, GRID_SIDE)
    """Measurements, and pixels along each side of the grid."""
    fit_sites: int = FIT_SITES
    repeats: int = 7
    """How often a case is repeated that takes less than a second."""


def run_coordination(sizes: CoordinationSizes | None = None, seed: int = 1) -> list[Row]:
    """Measure everything, one group after another; rows as `coordination_rows` gives them."""
    return list(coordination_rows(sizes or CoordinationSizes(), seed))


def coordination_rows(sizes: CoordinationSizes, seed: int) -> Iterator[Row]:
    """Rows as they are measured.

    Columns as in `sim.bench.acquisition`: `case`; `size` (measurements); `value` and its `unit` (times are the median
    of the process's own, on one thread); `target` and whether it is `met` (none for other sizes); `best` and `wall`;
    `limited_by`, here what the case is; `peak_mb` of the process that measured it. Without PyKrige the comparisons
    have no value, and say so.
    """
    yield from _group(equality_rows, seed)
    for (sites, pixels), extent in ((sizes.small, SMALL), (sizes.large, LARGE)):
        aimed = extent if (extent.sites, extent.pixels) == (sites, pixels) else None
        ours = _group(kriging_rows, sites, pixels, sizes.repeats, seed, aimed)
        theirs = _group(pykrige_rows, sites, pixels, sizes.repeats, seed)
        yield from (*ours, *theirs, *_ratios(ours, theirs, aimed))
    yield from _group(grid_rows, *sizes.grid, seed)
    yield from _group(tile_rows, *sizes.grid, seed)
    yield from _group(fit_rows, sizes.fit_sites, sizes.repeats, seed)


def kriging_rows(sites: int, pixels: int, repeats: int, seed: int, extent: Extent | None = None) -> list[Row]:
    """Means, then means and variances, of measurements at random places, factorisation included."""
    field = scattered_field(sites, pixels, seed)
    repeats = _repeats(field, repeats)
    rows = []
    for words, variance in (("mean", False), ("mean and variance", True)):

        def work(asked: bool = variance) -> object:
            return krige(field.points_m, field.values_dbm, field.targets_m, CASE_MODEL, variance=asked)

        rows.append(time_row(f"{words} of {pixels:,} pixels", sites, timed(work, repeats), "ms"))
    if extent is not None and extent.memory_mb is not None:
        rows.append(measured_row("peak memory of both", sites, peak_memory_mb(), "MB", extent.memory_mb))
    return rows


def grid_rows(sites: int, side: int, seed: int) -> list[Row]:
    """All pixels of a grid exactly, from measurements at pixel centres, by Fourier transforms."""
    _load_libraries(seed)
    grid, field = grid_field(sites, side, seed)
    timing = timed_once(lambda: krige_grid(field.points_m, field.values_dbm, grid, CASE_MODEL))
    aimed = (sites, side) == (GRID_SITES, GRID_SIDE)
    case = f"exact mean of {side**2:,} pixels of a grid"
    return [
        time_row(case, sites, timing, "s", EXACT_TARGET_S if aimed else None),
        measured_row(
            "peak memory of that", sites, peak_memory_mb(), "MB", EXACT_TARGET_MB if aimed else None
        ),
    ]


def tile_rows(sites: int, side: int, seed: int) -> list[Row]:
    """The same pixels with variances from neighbourhoods shared by tiles, and how far that is from the exact map."""
    _load_libraries(seed)
    grid, field = grid_field(sites, side, seed)
    found: list[Prediction] = []
    timing = timed_once(
        lambda: found.append(krige_tiles(field.points_m, field.values_dbm, field.targets_m, CASE_MODEL))
    )
    exact = krige_grid(field.points_m, field.values_dbm, grid, CASE_MODEL).ravel()
    error = float(((found[0].mean - exact) ** 2).mean() ** 0.5)
    deviation = float(found[0].variance.mean() ** 0.5)
    target = TILES_TARGET_S if (sites, side) == (GRID_SITES, GRID_SIDE) else None
    case = f"tiled mean and variance of {side**2:,} pixels"
    return [
        time_row(case, sites, timing, "s", target),
        measured_row(
            "tiled and exact means differ by",
            sites,
            error,
            "dB rms",
            limited_by=f"kriging's own deviation is {deviation:.2f} dB",
        ),
    ]


def fit_rows(sites: int, repeats: int, seed: int) -> list[Row]:
    """Every way to fit a variogram; semivariogram included where it needs one."""
    field = scattered_field(sites, 1, seed)
    return [
        time_row(
            f"fit by {method}",
            sites,
            timed(lambda chosen=method: fit_variogram(field.points_m, field.values_dbm, chosen), repeats),  # type: ignore[misc]
            "ms",
        )
        for method in METHODS
    ]


def _ratios(ours: list[Row], theirs: list[Row], extent: Extent | None) -> Iterator[Row]:
    """How many times as long PyKrige's fastest exact backend takes as we do, all pixels in one call."""
    times = {str(row["case"]): float(row["value"]) for row in theirs if row["value"] is not None}
    whole = {case: time for case, time in times.items() if IN_PARTS not in case}
    for row, words in zip(ours, ("mean_ratio", "variance_ratio"), strict=False):
        target = None if extent is None else getattr(extent, words)
        case, value, against = f"PyKrige takes as many times as our {row['case']}", None, NOT_INSTALLED
        if whole:
            fastest, own = min(whole, key=whole.__getitem__), float(row["value"] or 0.0)
            value, against = whole[fastest] / own, f"against {fastest}"
            parts = [f"{time / own:.1f} against {case}" for case, time in times.items() if case not in whole]
            against = "; ".join([against, *parts])
        yield {
            **measured_row(case, int(row["size"] or 0), value, "times", target, limited_by=against),
            "peak_mb": None,
        }


def _load_libraries(seed: int) -> None:
    """Krige a small grid both ways, so that loading libraries does not count."""
    grid, field = grid_field(20, 10, seed)
    krige_grid(field.points_m, field.values_dbm, grid, CASE_MODEL)
    krige_tiles(field.points_m, field.values_dbm, field.targets_m, CASE_MODEL)


def _repeats(field: Field, repeats: int) -> int:
    return repeats if len(field.points_m) * len(field.targets_m) < 10**7 else min(repeats, 3)


def _group(measure: Callable[P, list[Row]], *arguments: P.args, **named: P.kwargs) -> list[Row]:
    return in_own_process(_with_peak, partial(measure, *arguments, **named))


def _with_peak(measure: Callable[[], list[Row]]) -> list[Row]:
    rows = measure()
    return [{**row, "peak_mb": peak_memory_mb()} for row in rows]
