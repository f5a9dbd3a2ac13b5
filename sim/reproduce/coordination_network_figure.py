"""The latency experiment as one figure: requests as points and bars, theory dashed, theory without delays dotted."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from apps.admm.parameters import FloatArray
from sim.figures import BLUE, GREEN, GREY, ORANGE, PURPLE, RED, new_figure, save
from sim.reproduce.acquisition_network_estimates import Estimate
from sim.reproduce.coordination_network_estimates import LEVELS, Estimates, PointEstimate
from sim.reproduce.coordination_network_points import (
    CALM,
    COMPACT,
    FORKED,
    FULL,
    REAL_SIZE,
    WIDE,
    Factor,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ROWS, _COLUMNS = 2, 4
_STYLES = {
    REAL_SIZE: (BLUE, "o"),
    CALM: (BLUE, "o"),
    FORKED: (RED, "s"),
    FULL: (RED, "s"),
    COMPACT: (GREEN, "D"),
    WIDE: (PURPLE, "^"),
}
_LABELS = {REAL_SIZE: "1 to 60 s blocks, compact relay"}
_LOW, _MEDIAN, _HIGH = range(len(LEVELS))


def network_figure(estimates: Estimates, path: Path) -> Path:
    """Draw all panels and write the PNG."""
    figure, axes = new_figure(columns=_ROWS * _COLUMNS)
    grid = figure.add_gridspec(_ROWS, _COLUMNS)
    for number, axis in enumerate(axes):
        axis.set_subplotspec(grid[divmod(number, _COLUMNS)])
    figure.set_size_inches(20.0, 9.5)
    seconds, intervals, confirmations, law, stale, forks, moved, undone = axes
    _seconds(seconds, estimates.series(Factor.INTERVAL, REAL_SIZE))
    _intervals(intervals, estimates.series(Factor.INTERVAL, REAL_SIZE))
    _confirmations(confirmations, estimates)
    _laws(law, estimates)
    _stale(stale, estimates)
    _forks(forks, estimates)
    _moved(moved, estimates)
    _undone(undone, estimates)
    figure.suptitle(
        "Frequency coordination on a proof-of-work chain: from request to decision; solid: simulated, dashed: theory "
        "(bands: its 10 to 90 %), dotted: theory without delays (Gamma)"
    )
    return save(figure, path)


def _seconds(axis: "Axes", points: Sequence[PointEstimate]) -> None:
    x = [p.place.value for p in points]
    _range(axis, x, points, _STYLES[REAL_SIZE], "median, 10 to 90 %")
    axis.set(xscale="log", yscale="log", xlabel="block interval (s)", ylabel="request to decision (s)")
    axis.set_title("Latency against the block interval")
    axis.legend(frameon=False, loc="upper left")


def _intervals(axis: "Axes", points: Sequence[PointEstimate]) -> None:
    """The same in block intervals: what the delays add to the mean, and what to the spread."""
    x, unit_s = [p.place.value for p in points], np.array([p.place.interval_s for p in points])
    for label, (colour, marker), found, theory, bare in (
        (
            "mean",
            (BLUE, "o"),
            [p.known("latency_s") for p in points],
            [p.predicted["latency_s"].mean for p in points],
            [p.undelayed.mean_s for p in points],
        ),
        (
            "standard deviation",
            (ORANGE, "s"),
            [p.std_s for p in points],
            [p.predicted_std_s for p in points],
            [p.undelayed.std_s for p in points],
        ),
    ):
        _bars(axis, x, found, unit_s, (colour, marker), label)
        axis.plot(x, np.array(theory) / unit_s, "--", color=colour, linewidth=1)
        axis.plot(x, np.array(bare) / unit_s, ":", color=colour, linewidth=1)
    axis.set(xscale="log", xlabel="block interval (s)", ylabel="block intervals")
    axis.set_title("The same in block intervals, 95 %")
    axis.set_ylim(bottom=0)
    axis.legend(frameon=False, loc="upper right")


def _confirmations(axis: "Axes", estimates: Estimates) -> None:
    for number, series in enumerate((CALM, FORKED)):
        points = estimates.series(Factor.CONFIRMATIONS, series)
        x = [p.place.value + 0.1 * number for p in points]
        _range(axis, x, points, _STYLES[series], series, in_intervals=True)
    axis.set(xlabel="confirmations (blocks)", ylabel="request to decision (block intervals)")
    axis.set_title("Latency against confirmations: median, 10 to 90 %")
    axis.set_ylim(bottom=0)
    axis.legend(frameon=False, loc="upper left")


def _laws(axis: "Axes", estimates: Estimates) -> None:
    """Distribution over all requests at the fewest and the most confirmations."""
    series = estimates.series(Factor.CONFIRMATIONS, CALM)
    for point, colour in zip((series[0], series[-1]), (BLUE, ORANGE), strict=True):
        seconds = np.sort([one.latency_s for one in point.requests])
        share = (np.arange(len(seconds)) + 0.5) / len(seconds)
        label = f"{point.place.value:g} confirmed ({len(seconds)})"
        axis.step(seconds, share, where="mid", color=colour, linewidth=1.2, label=label)
        axis.plot(point.predicted_quantiles_s, LEVELS, "x", color=colour, markersize=7)
        shares = np.linspace(0.005, 0.995, 100)
        bare_s = [point.undelayed.quantile_s(float(p)) for p in shares]
        axis.plot(bare_s, shares, ":", color=colour, linewidth=1)
    axis.set(xlabel="request to decision (s)", ylabel="share of the requests")
    axis.set_title(f"Distribution, {CALM}; crosses: theory")
    axis.set_ylim(0, 1)
    axis.legend(frameon=False, loc="center left", bbox_to_anchor=(0.2, 0.65))


def _of_forks(estimates: Estimates) -> list[tuple[str, list[PointEstimate]]]:
    """Every curve with one confirmation, in the order of the stale rates."""
    factors = (Factor.INTERVAL, Factor.PROPAGATION)
    curves = [
        (name, estimates.series(factor, name)) for factor in factors for name in estimates.series_of(factor)
    ]
    return [(name, sorted(points, key=lambda p: p.known("stale_rate").mean)) for name, points in curves]


def _stale(axis: "Axes", estimates: Estimates) -> None:
    for series, points in _of_forks(estimates):
        x, unit_s = 100 * _means(points, "stale_rate"), np.array([p.place.interval_s for p in points])
        found = [p.known("latency_s") for p in points]
        _bars(axis, list(x), found, unit_s, _STYLES[series], _LABELS.get(series, f"2 s blocks, {series}"))
        theory = np.array([p.predicted["latency_s"].mean for p in points])
        axis.plot(x, theory / unit_s, "--", color=_STYLES[series][0], linewidth=1)
    rates = np.linspace(0.0, axis.get_xlim()[1], 100)
    axis.plot(rates, 5.0 / (1.0 - rates / 100), ":", color=GREY, label="5 / (1 - stale rate): five blocks")
    axis.set(xlabel="stale blocks (% of all found)", ylabel="request to decision (block intervals)")
    axis.set_title("Latency against the stale rate: mean, 95 %")
    axis.set_ylim(bottom=0)
    axis.legend(frameon=False, loc="lower right")


def _forks(axis: "Axes", estimates: Estimates) -> None:
    for series, points in _of_forks(estimates):
        colour, marker = _STYLES[series]
        x = _means(points, "block_delay_s") / [p.place.interval_s for p in points]
        order = np.argsort(x)
        stale = 100 * _means(points, "stale_rate")
        theory = 100 * np.array([p.predicted["stale_rate"].mean for p in points])
        axis.plot(x[order], stale[order], marker=marker, color=colour, markersize=4, label=series)
        axis.plot(x[order], theory[order], "--", color=colour, linewidth=1)
    axis.set(xlabel="mean delay of a block / block interval", ylabel="stale blocks (% of all found)")
    axis.set_title("Stale rate against the delay")
    axis.legend(frameon=False, loc="upper left")


def _moved(axis: "Axes", estimates: Estimates) -> None:
    for series, points in _of_forks(estimates):
        colour, marker = _STYLES[series]
        moved = [p.moved or 0.0 for p in points]
        axis.plot(
            100 * _means(points, "stale_rate"), moved, marker=marker, color=colour, markersize=4, label=series
        )
    axis.set(xlabel="stale blocks (% of all found)", ylabel="steps a request that came again later")
    axis.set_title("Steps moved to a later block")
    axis.legend(frameon=False, loc="upper left")


def _undone(axis: "Axes", estimates: Estimates) -> None:
    for number, series in enumerate((CALM, FORKED)):
        points = [p for p in estimates.series(Factor.CONFIRMATIONS, series) if p.undone is not None]
        shares = [p.undone for p in points if p.undone is not None]
        value, low, high = (
            100 * np.array([getattr(s, name) for s in shares]) for name in ("value", "low", "high")
        )
        colour, marker = _STYLES[series]
        axis.errorbar(
            [p.place.value + 0.1 * number for p in points],
            value,
            yerr=[value - low, high - value],
            color=colour,
            marker=marker,
            markersize=4,
            linewidth=1,
            capsize=2,
            label=series,
        )
        bound = [100 * p.known("stale_rate").mean ** p.place.confirmations for p in points]
        x, label = [p.place.value for p in points], "stale rate ** confirmations" if number else None
        axis.plot(x, bound, "--", color=colour, linewidth=1, label=label)
    axis.set(xlabel="confirmations (blocks)", ylabel="% of the decisions relied on")
    axis.set_title("Decisions undone after reliance, 95 %")
    axis.set_ylim(bottom=0, top=None)
    axis.legend(frameon=False, loc="upper right")


def _range(
    axis: "Axes",
    x: Sequence[float],
    points: Sequence[PointEstimate],
    style: tuple[str, str],
    label: str,
    *,
    in_intervals: bool = False,
) -> None:
    """Median with the range of the middle 80 %, theory as a band around its median."""
    colour, marker = style
    unit_s = np.array([p.place.interval_s if in_intervals else 1.0 for p in points])
    found = np.array([[q.value for q in p.quantiles_s] for p in points]).T / unit_s
    theory = np.array([p.predicted_quantiles_s for p in points]).T / unit_s
    bare = np.array([p.undelayed.quantile_s(LEVELS[_MEDIAN]) for p in points]) / unit_s
    spread = [found[_MEDIAN] - found[_LOW], found[_HIGH] - found[_MEDIAN]]
    axis.errorbar(
        x,
        found[_MEDIAN],
        yerr=spread,
        color=colour,
        marker=marker,
        markersize=4,
        linewidth=1,
        capsize=3,
        label=label,
    )
    axis.fill_between(x, theory[_LOW], theory[_HIGH], color=colour, alpha=0.12, linewidth=0)
    axis.plot(x, theory[_MEDIAN], "--", color=colour, linewidth=1)
    axis.plot(x, bare, ":", color=colour, linewidth=1)


def _bars(
    axis: "Axes",
    x: Sequence[float],
    found: Sequence[Estimate | None],
    unit_s: FloatArray,
    style: tuple[str, str],
    label: str,
) -> None:
    """Means with their intervals, in units of each."""
    colour, marker = style
    mean = np.array([np.nan if e is None else e.mean for e in found]) / unit_s
    reach = np.array([0.0 if e is None or e.reach is None else e.reach for e in found]) / unit_s
    axis.errorbar(
        x, mean, yerr=reach, color=colour, marker=marker, markersize=4, linewidth=1, capsize=2, label=label
    )


def _means(points: Sequence[PointEstimate], quantity: str) -> FloatArray:
    return np.array([p.known(quantity).mean for p in points])
