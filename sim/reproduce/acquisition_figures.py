"""The acquisition paper's five figures and one of the quadrature, each with a CSV file of what it shows."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from apps.admm.schemes import DSA, NON_CAUSAL, PROPORTIONAL, UNIFORM
from apps.admm.settings import PAPER_POINTS
from sim.figures import BLUE, GREEN, GREY, ORANGE, PURPLE, RED, new_figure, save
from sim.reproduce.acquisition_data import FIGURE_RATE_BPS, HALF_RANGE, Measured, Measurements, predicted
from sim.reproduce.acquisition_rounds import Iteration
from sim.reproduce.acquisition_rules import RuleError
from sim.reproduce.acquisition_statistics import Interval, level_dbm, ratio
from sim.reproduce.tables import write_csv

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MEGA = 1e6
_LEAST_ERROR = 1e-16
"""What rounding leaves of a smaller one cannot be told."""
_COLOURS = {DSA: BLUE, HALF_RANGE: PURPLE, UNIFORM: ORANGE, PROPORTIONAL: GREEN, NON_CAUSAL: GREY}
_MARKERS = {DSA: "o", HALF_RANGE: "v", UNIFORM: "s", PROPORTIONAL: "^", NON_CAUSAL: "D"}
_OPERATORS = tuple(zip((BLUE, ORANGE, GREEN, RED, PURPLE, GREY), ("o", "s", "^", "D", "v", "P"), strict=True))
"""Colour and marker of each MVNO."""


def figure_1(run: Iteration, folder: Path) -> list[Path]:
    """Bandwidth against the iteration, and how residuals and errors fall; a primal residual of 0 is not drawn."""
    figure, (left, right) = new_figure(columns=2)
    trace, best = run.trace, run.prediction.best.bandwidth_hz / MEGA
    steps = np.arange(1, trace.rounds + 1)
    for m, (colour, marker) in enumerate(_OPERATORS):
        line = trace.bandwidth_hz[:, m] / MEGA
        left.plot(steps, line, color=colour, marker=marker, markersize=3, label=f"MVNO {m + 1}")
        left.axhline(best[m], color=colour, linestyle="--", linewidth=0.8)
    left.set(
        xlabel="iteration",
        ylabel="bandwidth (MHz)",
        xlim=(0.5, 30.5),
        ylim=(0, None),
        title="What MVNOs ask for; dashed: optimum",
    )
    left.legend(frameon=False, ncols=3, loc="lower right", fontsize=8)
    shown = {
        r"primal residual $\|w-z\|/W$": (trace.primal_residual, BLUE, "-"),
        "dual residual": (trace.dual_residual, ORANGE, "--"),
        "objective error": (run.objective_gap, GREEN, "-."),
        "largest bandwidth error $/W$": (run.bandwidth_error, PURPLE, ":"),
    }
    for label, (values, colour, style) in shown.items():
        right.semilogy(steps, np.where(values > 0, values, np.nan), style, color=colour, label=label)
    right.set(xlabel="iteration", ylabel="relative", title="Distance from the optimum")
    right.legend(frameon=False, loc="upper right")
    rate = f"{run.rate_bps / MEGA:g}"
    figure.suptitle(
        f"Fig. 1: convergence at $R_{{min}}$ = {rate} Mbit/s, penalty {run.penalty_scale:.2f} times $p''$"
    )
    columns = ["iteration", *(f"mvno_{m + 1}_hz" for m in range(len(best)))]
    columns += ["primal_residual", "dual_residual", "objective_gap", "bandwidth_error"]
    measured = (trace.primal_residual, trace.dual_residual, run.objective_gap, run.bandwidth_error)
    rows = np.column_stack([steps, trace.bandwidth_hz, *measured])
    optimum = ["optimum", *run.prediction.best.bandwidth_hz, "", "", "", ""]
    return [
        save(figure, folder / "fig1.png"),
        write_csv(folder / "fig1.csv", columns, [*rows.tolist(), optimum]),
    ]


def figure_2(measurements: Measurements, folder: Path) -> list[Path]:
    """Sum power against the rate."""
    label = r"rate of each user $R_{min}$ (Mbit/s)"
    return _power_figure(
        ("fig2", "Fig. 2: sum power against the rate", label),
        (measurements.rates, measurements.fixed_rates),
        lambda measured: measured.sample.place.rate_bps / MEGA,
        folder,
    )


def figure_4(measurements: Measurements, folder: Path) -> list[Path]:
    """Sum power against the user density of cell 6."""
    label = r"user density of cell 6, $\lambda_6$ (km$^{-2}$)"
    return _power_figure(
        ("fig4", f"Fig. 4: sum power against $\\lambda_6$ at {FIGURE_RATE_BPS / MEGA:g} Mbit/s", label),
        (measurements.densities, measurements.fixed_densities),
        lambda measured: measured.sample.place.density_6,
        folder,
    )


def _power_figure(
    names: tuple[str, str, str],
    samples: tuple[Sequence[Measured], Sequence[Measured]],
    place: Callable[[Measured], float],
    folder: Path,
) -> list[Path]:
    """Left the level of every scheme, right its power over Non-Causal's; `names`: file, title, label of the axis."""
    figure, (left, right) = new_figure(columns=2)
    poisson, fixed = samples
    at = [place(measured) for measured in poisson]
    for scheme in poisson[0].found.power_w:
        _bars(left, at, [level_dbm(measured, scheme) for measured in poisson], scheme)
        if scheme != NON_CAUSAL:
            for group, style in ((poisson, "-"), (fixed, "--")):
                _bars(right, at, [_extra(measured, scheme) for measured in group], scheme, style)
    left.set(xlabel=names[2], ylabel="mean sum power (dBm)", title="Mean of the dBm, 95 %")
    left.legend(frameon=False)
    right.set(xlabel=names[2], ylabel="power above that of Non-Causal (%)", yscale="log")
    right.set_title("Per draw, geometric mean; dashed: fixed numbers of users")
    figure.suptitle(names[1])
    columns = ["place", "fixed_counts", "scheme", *("mean_dbm", "mean_dbm_low", "mean_dbm_high")]
    columns += ["ratio", "ratio_low", "ratio_high"]
    rows = [
        [place(measured), measured.sample.fixed_counts, scheme, *_cells(measured, scheme)]
        for group in samples
        for measured in group
        for scheme in measured.found.power_w
    ]
    return [save(figure, folder / f"{names[0]}.png"), write_csv(folder / f"{names[0]}.csv", columns, rows)]


def _cells(measured: Measured, scheme: str) -> list[float]:
    level, by = level_dbm(measured, scheme), ratio(measured, scheme)
    return [level.mean, level.low, level.high, by.mean, by.low, by.high]


def _extra(measured: Measured, scheme: str) -> Interval:
    by = ratio(measured, scheme)
    return Interval(*(100.0 * (value - 1.0) for value in (by.mean, by.low, by.high)))


def _bars(
    axis: "Axes", at: Sequence[float], points: Sequence[Interval], scheme: str, style: str = "-"
) -> None:
    axis.errorbar(
        at,
        [point.mean for point in points],
        yerr=[
            [point.mean - point.low for point in points],
            [point.high - point.mean for point in points],
        ],
        color=_COLOURS[scheme],
        marker=_MARKERS[scheme],
        markersize=4,
        linestyle=style,
        linewidth=1.2,
        capsize=2,
        label=scheme if style == "-" else None,
    )


def figure_3(measured: Measured, folder: Path) -> list[Path]:
    """Bandwidth by cell: the schemes that split beforehand, Non-Causal's mean and where 90 % of its draws are."""
    figure, (axis,) = new_figure(width=8.0)
    splits = {scheme: split / MEGA for scheme, split in predicted(measured.sample.place).splits_hz.items()}
    known = measured.found.non_causal_bandwidth_hz / MEGA
    low, mean, high = np.quantile(known, 0.05, axis=0), known.mean(axis=0), np.quantile(known, 0.95, axis=0)
    cells = np.arange(1, len(mean) + 1)
    for number, scheme in enumerate((DSA, UNIFORM, PROPORTIONAL)):
        axis.bar(cells + 0.2 * number - 0.3, splits[scheme], 0.18, color=_COLOURS[scheme], label=scheme)
    axis.bar(cells + 0.3, mean, 0.18, color=GREY, label=f"{NON_CAUSAL}: mean, 5 % to 95 % of the draws")
    axis.errorbar(cells + 0.3, mean, yerr=[mean - low, high - mean], fmt="none", ecolor="black", capsize=3)
    axis.set(
        xlabel="MVNO",
        ylabel="bandwidth (MHz)",
        title=f"Fig. 3: bandwidth at {FIGURE_RATE_BPS / MEGA:g} Mbit/s, {measured.sample.draws} draws",
    )
    axis.legend(frameon=False, loc="upper left")
    columns = ["mvno", *(f"{scheme} (MHz)" for scheme in splits), "Non-Causal mean (MHz)"]
    columns += ["Non-Causal s.d. (MHz)", "Non-Causal 5 % (MHz)", "Non-Causal 95 % (MHz)"]
    rows = np.column_stack([cells, *splits.values(), mean, known.std(axis=0, ddof=1), low, high])
    return [save(figure, folder / "fig3.png"), write_csv(folder / "fig3.csv", columns, rows.tolist())]


def figure_5(measurements: Measurements, folder: Path) -> list[Path]:
    """Bandwidth of every MVNO against the user density of cell 6."""
    figure, (axis,) = new_figure(width=7.0)
    density = [measured.sample.place.density_6 for measured in measurements.densities]
    split = np.array([predicted(m.sample.place).best.bandwidth_hz for m in measurements.densities]) / MEGA
    known = np.array([m.found.non_causal_bandwidth_hz.mean(axis=0) for m in measurements.densities]) / MEGA
    for m, (colour, marker) in enumerate(_OPERATORS):
        axis.plot(density, split[:, m], color=colour, label=f"MVNO {m + 1}")
        axis.plot(density, known[:, m], marker, color=colour, markersize=5, markerfacecolor="none")
    axis.set(
        xlabel=r"user density of cell 6, $\lambda_6$ (km$^{-2}$)",
        ylabel="bandwidth (MHz)",
        title=f"Fig. 5: DSA at {FIGURE_RATE_BPS / MEGA:g} Mbit/s; markers: mean of Non-Causal",
        ylim=(0, None),
    )
    axis.legend(frameon=False, ncols=3)
    columns = ["density_6", *(f"mvno_{m + 1}_mhz" for m in range(split.shape[1]))]
    columns += [f"non_causal_mean_{m + 1}_mhz" for m in range(split.shape[1])]
    rows = np.column_stack([density, split, known]).tolist()
    return [save(figure, folder / "fig5.png"), write_csv(folder / "fig5.csv", columns, rows)]


def figure_quadrature(errors: Sequence[RuleError], folder: Path) -> list[Path]:
    """Error of the half-range rule by K and radius, and what it makes of the total probability."""
    figure, (left, right) = new_figure(columns=2)
    radii = sorted({error.radius_m for error in errors})
    for radius, colour, marker in zip(radii, (BLUE, ORANGE, GREEN), "os^", strict=True):
        at = [e for e in errors if e.radius_m == radius and e.rate_bps == FIGURE_RATE_BPS]
        for rule, style in (("half-range-hermite", "-"), ("log-trapezoid", "--")):
            points = [e.points for e in at if e.rule == rule]
            error = [100 * max(abs(e.relative_error), _LEAST_ERROR) for e in at if e.rule == rule]
            mass = [e.total_mass for e in at if e.rule == rule]
            label = f"r = {radius:g} m" if style == "-" else None
            left.loglog(points, error, style, color=colour, marker=marker, markersize=4, label=label)
            right.semilogx(points, mass, style, color=colour, marker=marker, markersize=4, label=label)
    left.axvline(PAPER_POINTS, color=GREY, linewidth=0.8, linestyle=":")
    left.set(
        xlabel="points K",
        ylabel="error of the expected rate (%)",
        title="Solid: half-range rule; dashed: trapezoid in ln x",
    )
    right.axhline(1.0, color=GREY, linewidth=0.8)
    right.axvline(PAPER_POINTS, color=GREY, linewidth=0.8, linestyle=":")
    right.set(
        xlabel="points K", ylabel="total probability", title="1 for a rule that sees the whole distribution"
    )
    left.legend(frameon=False, loc="lower left")
    right.legend(frameon=False, loc="center left")
    rate = f"{FIGURE_RATE_BPS / MEGA:g}"
    figure.suptitle(f"Rules for the expected rate at the optimum, {rate} Mbit/s; dotted: the paper's K")
    columns = ["rule", "points", "rate_mbps", "radius_m", "relative_error", "total_mass"]
    rows = [(e.rule, e.points, e.rate_bps / MEGA, e.radius_m, e.relative_error, e.total_mass) for e in errors]
    return [save(figure, folder / "quadrature.png"), write_csv(folder / "quadrature.csv", columns, rows)]
