"""Means with intervals over the draws of a sample, and the table of robust statistics."""

from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, fields

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.table import Table

from apps.admm.parameters import FloatArray
from apps.admm.robust import PowerStatistics, dbm_of
from apps.admm.schemes import NON_CAUSAL
from sim.reproduce.acquisition_data import Measured

_NORMAL_95 = 1.96
STATISTICS_COLUMNS = (
    *("rate_mbps", "density_6", "fixed_counts", "draws", "scheme"),
    *(field.name for field in fields(PowerStatistics)),
    "largest_draw_share",
)


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over draws and its 95 % confidence interval."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:.3f} ({self.low:.3f} to {self.high:.3f})"


def mean_interval(values: FloatArray) -> Interval:
    """The mean of independent `values` (D,) and 1.96 standard errors to both sides."""
    mean, reach = float(np.mean(values)), _NORMAL_95 * float(np.std(values, ddof=1) / np.sqrt(len(values)))
    return Interval(mean, mean - reach, mean + reach)


def level_dbm(measured: Measured, scheme: str) -> Interval:
    """Mean level of the sum power, dBm."""
    return mean_interval(dbm_of(measured.found.power_w[scheme]))


def ratio(measured: Measured, scheme: str, base: str = NON_CAUSAL) -> Interval:
    """Geometric mean of the per-draw ratio of two schemes' sum powers."""
    powers = measured.found.power_w
    logs = mean_interval(np.log(powers[scheme] / powers[base]))
    return Interval(float(np.exp(logs.mean)), float(np.exp(logs.low)), float(np.exp(logs.high)))


def largest_share(power_w: FloatArray) -> float:
    """Share of the sum over all draws that the largest supplies."""
    return float(np.max(power_w) / np.sum(power_w))


def statistics_rows(samples: Sequence[Measured]) -> Iterator[tuple[object, ...]]:
    """One row for each sample and scheme, under STATISTICS_COLUMNS."""
    for measured in samples:
        sample, found = measured.sample, measured.found
        place = (sample.place.rate_bps / 1e6, sample.place.density_6, sample.fixed_counts, sample.draws)
        for scheme, power_w in found.power_w.items():
            yield (*place, scheme, *astuple(found.statistics(scheme)), largest_share(power_w))


def statistics_table(samples: Sequence[Measured], title: str, varied: str) -> Table:
    """The statistics that exist; `varied` is the heading of the sample's place, "R" or "λ6"."""
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for heading in (varied, "scheme"):
        table.add_column(heading, no_wrap=True)
    for heading in ("median\nW", "mean\ndBm", "\n±", "ratio to Non-Causal\ngeo. mean", "\n±", "\nmedian"):
        table.add_column(heading, justify="right", no_wrap=True)
    for measured in samples:
        place = measured.sample.place
        at = f"{place.rate_bps / 1e6:g}" if varied == "R" else f"{place.density_6:g}"
        for number, scheme in enumerate(measured.found.power_w):
            found, level, by = (
                measured.found.statistics(scheme),
                level_dbm(measured, scheme),
                ratio(measured, scheme),
            )
            cells = [f"{found.median_w:.4g}", f"{level.mean:.2f}", f"{level.high - level.mean:.2f}"]
            cells += [f"{by.mean:.4g}", f"{by.high - by.mean:.2g}", f"{found.ratio_median:.4g}"]
            table.add_row(at if number == 0 else "", scheme, *cells)
    return table
