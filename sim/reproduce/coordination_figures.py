"""The coordination paper's Figs. 11 to 14 and its Table 2 as a figure, each with a CSV file of what it shows."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from apps.coordination.campus import PIXELS, SCENARIOS, SIDE_M
from apps.coordination.samples import FloatArray
from sim.figures import BLUE, GREEN, GREY, ORANGE, PURPLE, RED, new_figure, save
from sim.reproduce.coordination_example import Example
from sim.reproduce.coordination_methods import ALL, SWEPT, Method
from sim.reproduce.coordination_results import (
    PAPER_TABLE,
    SUMMARY_COLUMNS,
    TRIAL_COLUMNS,
    Results,
    summary_rows,
    trial_rows,
)
from sim.reproduce.coordination_statistics import Estimate, median_of
from sim.reproduce.coordination_trials import LONGEST_LAG_M, SWEPT_SCENARIOS
from sim.reproduce.tables import write_csv

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage

SKY, BLACK = "#56B4E9", "#000000"
"""Two more of the palette of M. Okabe and K. Ito."""
STYLES: dict[Method, tuple[str, str, str]] = {
    Method.HATA: (GREY, "x", ":"),
    Method.BOUNDED: (RED, "s", "--"),
    Method.LINEAR: (RED, "D", "-"),
    Method.EXPONENTIAL: (ORANGE, "^", "-"),
    Method.SPHERICAL: (GREEN, "v", "-"),
    Method.GAUSSIAN: (PURPLE, "P", "-"),
    Method.SVR: (BLACK, "o", "-"),
    Method.PROJECTED: (BLACK, "h", "--"),
    Method.NNLS: (SKY, "<", "-"),
    Method.WLS: (SKY, ">", "--"),
    Method.REML: (BLUE, "o", "-"),
    Method.UNIVERSAL: (BLUE, "d", "--"),
}
"""Colour, marker and line of each method in all figures."""
_MAP_COLOURS = "viridis"


def figure_11(shown: Example, folder: Path) -> list[Path]:
    """The true map, and the pixels of it that are measured."""
    figure, (left, right) = new_figure(columns=2, width=5.2, height=4.4)
    truth = shown.campus.values_dbm
    known = np.where(shown.rest, np.nan, truth)
    _map(left, truth, truth)
    image = _map(right, known, truth)
    left.set_title(f"(a) all {truth.size} pixels (OESD)")
    right.set_title(f"(b) {len(shown.chosen)} pixels drawn at random")
    figure.colorbar(image, ax=[left, right], label="received level (dBm)")
    figure.suptitle(f"Fig. 11: synthetic campus `{shown.campus.scenario}`, seed {shown.campus.seed}")
    rows = np.column_stack([shown.campus.points_m, truth, ~shown.rest]).tolist()
    columns = ["x_m", "y_m", "level_dbm", "measured"]
    return [save(figure, folder / "fig11.png"), write_csv(folder / "fig11.csv", columns, rows)]


def figure_12(shown: Example, folder: Path) -> list[Path]:
    """Semivariance by distance, of all pixels and of the measured ones, and the models for it."""
    figure, axes = new_figure(columns=3, width=5.0, height=4.8)
    for bins, label, colour, marker in (
        (shown.complete, "all 1600 pixels", BLUE, "o"),
        (shown.measured, f"the {len(shown.chosen)} measured", ORANGE, "s"),
    ):
        axes[0].plot(bins.lag_m, bins.semivariance_db2, marker, color=colour, markersize=4, label=label)
    axes[0].set_title("(a) empirical semivariogram")
    groups = (
        ("(b) set by hand, and the SVM's", (*_hand_set(shown), Method.SVR)),
        ("(c) fitted and valid", (Method.PROJECTED, Method.NNLS, Method.WLS, Method.REML)),
    )
    lags = np.linspace(0.0, LONGEST_LAG_M, 281)[1:]
    curves = {method: model.semivariance(lags) for method, model in shown.models.items()}
    top = 1.3 * float(max(shown.complete.semivariance_db2.max(), shown.measured.semivariance_db2.max()))
    for axis, (title, methods) in zip(axes[1:], groups, strict=True):
        axis.plot(
            shown.measured.lag_m, shown.measured.semivariance_db2, "s", color=GREY, markersize=3, alpha=0.6
        )
        for method in methods:
            colour, _, line = STYLES[method]
            # The bounded line lies on others; it is drawn over them.
            above = 3.0 if method is Method.BOUNDED else 2.0
            axis.plot(
                lags, curves[method], line, color=colour, linewidth=1.5, zorder=above, label=method.value
            )
        axis.text(0.98, 0.02, _negative(shown, methods), transform=axis.transAxes, fontsize=8, ha="right")
        axis.set_title(title)
    for axis in axes:
        axis.set(xlabel="distance (m)", xlim=(0, LONGEST_LAG_M), ylim=(0, top))
        axis.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.15), ncols=2, fontsize=9)
    axes[0].set_ylabel("semivariance (dB$^2$)")
    figure.suptitle("Fig. 12: semivariograms; grey: what the fits are made to")
    columns = ["distance_m", *(method.value for method in curves)]
    empirical = [
        (name, *row)
        for name, bins in (("all", shown.complete), ("measured", shown.measured))
        for row in zip(bins.lag_m, bins.semivariance_db2, bins.pairs, strict=True)
    ]
    return [
        save(figure, folder / "fig12.png"),
        write_csv(folder / "fig12-models.csv", columns, np.column_stack([lags, *curves.values()]).tolist()),
        write_csv(
            folder / "fig12-empirical.csv", ["pixels", "distance_m", "semivariance_db2", "pairs"], empirical
        ),
    ]


def figure_13(shown: Example, folder: Path) -> list[Path]:
    """The true map and what each method makes of the measured pixels."""
    methods = (*_hand_set(shown), Method.SVR, Method.PROJECTED, Method.REML)
    figure, axes = new_figure(columns=9, width=1.0)
    grid = figure.add_gridspec(3, 3)
    figure.set_size_inches(11.0, 10.0)
    truth = shown.campus.values_dbm
    for number, axis in enumerate(axes):
        axis.set_subplotspec(grid[divmod(number, 3)])
    image = _map(axes[0], truth, truth)
    axes[0].set_title("original (OESD)")
    for axis, method in zip(axes[1:], methods, strict=True):
        _map(axis, shown.maps[method].mean_dbm, truth)
        axis.set_title(f"{method.value}: RMSE {shown.rmse_db(method):.2f} dB", fontsize=10)
    for axis in axes:
        axis.label_outer()
    figure.colorbar(
        image, ax=axes, label="level (dBm); beyond the scale: the colours of its ends", shrink=0.6
    )
    figure.suptitle(f"Fig. 13: maps from {len(shown.chosen)} pixels, RMSE on the others")
    maps = {method: filled.mean_dbm for method, filled in shown.maps.items()}
    columns = ["x_m", "y_m", "original_dbm", *(method.value for method in maps)]
    rows = np.column_stack([shown.campus.points_m, truth, *maps.values()]).tolist()
    return [save(figure, folder / "fig13.png"), write_csv(folder / "fig13.csv", columns, rows)]


def figure_14(results: Results, folder: Path) -> list[Path]:
    """RMSE and MAPE against the number of measurements, for the paper's recipe and for the campus behind it."""
    counts = results.counts(SWEPT_SCENARIOS[0])
    figure, axes = new_figure(columns=4, width=1.0)
    grid = figure.add_gridspec(2, 2)
    figure.set_size_inches(12.0, 9.5)
    for number, axis in enumerate(axes):
        axis.set_subplotspec(grid[divmod(number, 2)])
        scenario, what = SWEPT_SCENARIOS[number // 2], number % 2
        medians = [
            _series(axis, results, scenario, method, what, 3.0 * (place - len(SWEPT) / 2))
            for place, method in enumerate(SWEPT)
        ]
        axis.set_ylim(0.7 * float(np.min(medians)), 2.0 * float(np.max(medians)))
        axis.set(xlabel="measurements n", xticks=counts, yscale="log")
        axis.set_ylabel(("RMSE (dB)", "MAPE (%)")[what])
        axis.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axis.set_title(f"({'abcd'[number]}) {('RMSE', 'MAPE')[what]}, `{scenario}`")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=6, frameon=False)
    trials = len(results.trials(SWEPT_SCENARIOS[0], counts[0]))
    figure.suptitle(
        f"Fig. 14: medians over campuses ({trials}; at n = 200 more) and 95 % intervals, cut at the frame"
    )
    return [
        save(figure, folder / "fig14.png"),
        write_csv(folder / "trials.csv", TRIAL_COLUMNS, trial_rows(results)),
        write_csv(folder / "summary.csv", SUMMARY_COLUMNS, summary_rows(results)),
    ]


def figure_table_2(results: Results, path: Path) -> Path:
    """RMSE of every method in every scenario, beside what the paper prints."""
    figure, axes = new_figure(columns=len(SCENARIOS), width=3.2, height=5.0)
    order = ALL[::-1]
    for axis, scenario in zip(axes, SCENARIOS, strict=True):
        for place, method in enumerate(order):
            dot(axis, place, results.rmse(scenario, method), STYLES[method][0])
            if method in PAPER_TABLE:
                axis.plot(
                    PAPER_TABLE[method][0], place, "*", color=BLACK, markersize=8, markerfacecolor="none"
                )
        axis.set(xscale="log", xlabel="RMSE (dB)", title=scenario, yticks=range(len(order)))
        axis.set_yticklabels([method.value for method in order] if axis is axes[0] else [])
        axis.set_xticks([1, 2, 5, 10, 20, 50], labels=["1", "2", "5", "10", "20", "50"])
        axis.minorticks_off()
    trials = len(results.trials(SCENARIOS[0]))
    figure.suptitle(
        f"Table 2, n = 200: medians of {trials} campuses and 95 % intervals; stars: the paper's numbers"
    )
    return save(figure, path)


def dot(axis: "Axes", place: float, estimate: Estimate, colour: str, marker: str = "o") -> None:
    """A value with its interval, on a horizontal line."""
    axis.plot([estimate.low, estimate.high], [place, place], color=colour, linewidth=1.5)
    axis.plot(estimate.value, place, marker, color=colour, markersize=5)


def _map(axis: "Axes", values_dbm: FloatArray, scale_dbm: FloatArray) -> "AxesImage":
    """A map of pixels, north up, on the colour scale of another one."""
    axis.grid(visible=False)
    axis.set(xlabel="x (m)", ylabel="y (m)")
    return axis.imshow(
        values_dbm.reshape(PIXELS, PIXELS),
        origin="lower",
        extent=(0.0, SIDE_M, 0.0, SIDE_M),
        cmap=_MAP_COLOURS,
        vmin=float(scale_dbm.min()),
        vmax=float(scale_dbm.max()),
    )


def _hand_set(shown: Example) -> tuple[Method, ...]:
    """The paper's parametric models, as far as they were used."""
    order = (Method.BOUNDED, Method.LINEAR, Method.GAUSSIAN, Method.SPHERICAL, Method.EXPONENTIAL)
    return tuple(method for method in order if method in shown.models)


def _negative(shown: Example, methods: Sequence[Method]) -> str:
    """How many negative eigenvalues each of the methods has that has any."""
    counts = {method: shown.maps[method].negative_eigenvalues for method in methods}
    lines = [f"{method.value}: {count}" for method, count in counts.items() if count]
    return "\n".join(["negative eigenvalues:", *lines]) if lines else ""


def _series(
    axis: "Axes", results: Results, scenario: str, method: Method, what: int, aside: float
) -> FloatArray:
    """Draw and return medians by the number of measurements; `what`: 0 RMSE, 1 MAPE; bars are set `aside`."""
    counts = results.counts(scenario)
    estimates = [
        median_of(
            [(score.rmse_db, score.mape_percent)[what] for score in results.scores(scenario, method, count)]
        )
        for count in counts
    ]
    colour, marker, line = STYLES[method]
    middle = np.array([estimate.value for estimate in estimates])
    low = middle - [estimate.low for estimate in estimates]
    high = np.array([estimate.high for estimate in estimates]) - middle
    axis.errorbar(
        np.array(counts) + aside,
        middle,
        yerr=[low, high],
        color=colour,
        marker=marker,
        linestyle=line,
        markersize=4,
        linewidth=1.2,
        elinewidth=0.7,
        capsize=1.5,
        label=method.value,
    )
    return middle
