"""The network experiment as one figure: a panel for each question, 95 % intervals, theory dashed."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from apps.admm.parameters import FloatArray
from sim.figures import BLUE, GREEN, GREY, ORANGE, PURPLE, RED, new_figure, save
from sim.reproduce.acquisition_network_estimates import Estimates, PointEstimate
from sim.reproduce.acquisition_network_points import (
    FAST_INTERVAL_S,
    FAULTS,
    FAULTY,
    HONEST,
    HONEST_FAST,
    INTERVAL_S,
    MEASURED,
    ONE_DELAY,
    ONE_SILENT,
    SLOW,
    SLOW_ONE,
    Factor,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

_ROWS, _COLUMNS = 3, 3
_NOT_REACHED = 0.97
"""Height in its panel of what is never reached."""
_SERIES = {
    MEASURED: (BLUE, "o"),
    ONE_DELAY: (RED, "s"),
    SLOW: (ORANGE, "s"),
    SLOW_ONE: (PURPLE, "^"),
    HONEST: (BLUE, "o"),
    HONEST_FAST: (GREEN, "D"),
    ONE_SILENT: (RED, "v"),
}
_FAULTS = dict(zip(FAULTS, zip((GREY, RED, BLUE, GREEN, ORANGE, PURPLE), "v^so<>", strict=True), strict=True))


def network_figure(estimates: Estimates, path: Path) -> Path:
    """Draw all panels and write the PNG."""
    figure, axes = new_figure(columns=_ROWS * _COLUMNS)
    grid = figure.add_gridspec(_ROWS, _COLUMNS)
    for number, axis in enumerate(axes):
        axis.set_subplotspec(grid[divmod(number, _COLUMNS)])
    figure.set_size_inches(15.5, 12.5)
    interval, delay, blocks, forks, share, deadline, faults, gap, powers = axes
    _seconds(interval, estimates.series(Factor.INTERVAL, MEASURED))
    interval.set(xlabel="block interval (s)", title="Seconds against the block interval")
    _seconds(delay, estimates.series(Factor.DELAY, ONE_DELAY))
    delay.set(xlabel="delay of every block and transaction (s)", title="Seconds against the delay")
    _blocks(blocks, estimates)
    _forks(forks, estimates)
    _shares(share, estimates)
    _deadlines(deadline, estimates)
    _faults(faults, estimates)
    _gaps(gap, estimates)
    _powers(powers, estimates)
    figure.suptitle(
        f"ADMM on a proof-of-work chain: the paper's six cells at 1 Mbit/s, blocks every {INTERVAL_S:g} s where that "
        "is not varied; 95 % intervals; dashed: theory"
    )
    return save(figure, path)


def _seconds(axis: "Axes", points: Sequence[PointEstimate]) -> None:
    """Seconds to both gaps, with the rounds times what theory says a round takes."""
    x = [p.place.value for p in points]
    for name, label, colour, marker in (
        ("coarse", "to $10^{-3}$ of the optimum", BLUE, "o"),
        ("fine", "to $10^{-6}$", RED, "s"),
    ):
        _bars(axis, x, points, f"{name}_seconds", (colour, marker), label)
        rounds, a_round = _means(points, f"{name}_rounds"), _means(points, "predicted_seconds_a_round")
        axis.plot(x, rounds * a_round, "--", color=colour, linewidth=1)
    axis.set(xscale="log", yscale="log", ylabel="seconds from the start of round 1")
    axis.legend(frameon=False, loc="upper left")


def _blocks(axis: "Axes", estimates: Estimates) -> None:
    """Blocks a round against the time of answers in block intervals."""
    for factor, series in ((Factor.INTERVAL, MEASURED), (Factor.DELAY, ONE_DELAY)):
        points = estimates.series(factor, series)
        x = _means(points, "answer_delay_s") / [_interval_s(p) for p in points]
        order = np.argsort(x)
        points, x = [points[i] for i in order], x[order]
        _bars(axis, list(x), points, "blocks_a_round", _SERIES[series], f"{factor} varied")
        axis.plot(x, _means(points, "predicted_blocks_a_round"), "--", color=_SERIES[series][0], linewidth=1)
    axis.set(
        xscale="log",
        xlabel="time until all answers are at a miner / block interval",
        ylabel="blocks",
        title="Blocks a round",
    )
    axis.legend(frameon=False, loc="upper left")


def _forks(axis: "Axes", estimates: Estimates) -> None:
    """Stale blocks and undone rounds against the block delay in block intervals."""
    for factor, series in ((Factor.INTERVAL, MEASURED), (Factor.DELAY, ONE_DELAY)):
        points = estimates.series(factor, series)
        colour, marker = _SERIES[series]
        x = _means(points, "block_delay_s") / [_interval_s(p) for p in points]
        order = np.argsort(x)
        stale, undone = 100 * _means(points, "stale_rate"), _means(points, "undone_rounds")
        undone = 100 * undone / _means(points, "rounds")
        axis.plot(
            x[order], stale[order], marker=marker, color=colour, markersize=4, label=f"stale, {factor} varied"
        )
        axis.plot(
            x[order],
            undone[order],
            ":",
            marker=marker,
            color=colour,
            markersize=4,
            markerfacecolor="none",
            label="rounds undone",
        )
    axis.set(
        xscale="log",
        xlabel="delay of a block / block interval",
        ylabel="% of blocks found, of rounds",
        title="Forks",
    )
    axis.legend(frameon=False, loc="upper left")


def _shares(axis: "Axes", estimates: Estimates) -> None:
    for series in (MEASURED, SLOW, SLOW_ONE):
        points = estimates.series(Factor.SHARE, series)
        x = [100 * p.place.value for p in points]
        _bars(axis, x, points, "seconds_a_round", _SERIES[series], series)
        axis.plot(x, _means(points, "predicted_seconds_a_round"), "--", color=_SERIES[series][0], linewidth=1)
    axis.set(
        xlabel="operators' share of all hashes (%)",
        ylabel="seconds a round",
        title="Hash share of the operators",
    )
    axis.set_ylim(bottom=0)
    axis.legend(frameon=False, loc="center left", bbox_to_anchor=(0.0, 0.5))


def _deadlines(axis: "Axes", estimates: Estimates) -> None:
    for series, quantity, what in (
        (HONEST, "fine_seconds", "to $10^{-6}$"),
        (HONEST_FAST, "fine_seconds", "to $10^{-6}$"),
        (ONE_SILENT, "seconds", "until it settles"),
    ):
        points = estimates.series(Factor.DEADLINE, series)
        x = [p.place.value for p in points]
        interval_s = FAST_INTERVAL_S if series == HONEST_FAST else INTERVAL_S
        _bars(axis, x, points, quantity, _SERIES[series], f"{series}, {what}", scale=1.0 / interval_s)
    axis.set(
        xscale="log",
        yscale="log",
        xlabel="deadline of a round (blocks)",
        ylabel="block intervals from the start of round 1",
        title="Deadline",
    )
    _plain_ticks(axis.xaxis, [p.place.value for p in estimates.series(Factor.DEADLINE, HONEST)])
    axis.legend(frameon=False, loc="upper left")


def _faults(axis: "Axes", estimates: Estimates) -> None:
    """Seconds to both gaps by number of faulty operators; what is never reached is drawn at the top."""
    kinds = {HONEST: ("black", "o"), **_FAULTS}
    for number, (kind, style) in enumerate(kinds.items(), start=-1):
        points = estimates.series(Factor.FAULTS, kind)
        x = [p.place.value + (0.0 if kind == HONEST else _apart(number)) for p in points]
        _bars(axis, x, points, "coarse_seconds", style, None)
        _bars(axis, x, points, "fine_seconds", style, None, line=":", hollow=True)
    axis.set(yscale="log", xlabel="faulty operators of six", ylabel="seconds from the start of round 1")
    axis.set_title("Seconds with faults: to $10^{-3}$; dotted: $10^{-6}$; top: never")
    axis.set_ylim(top=3 * axis.get_ylim()[1])
    axis.set_xticks(range(len(FAULTY) + 1))
    axis.text(0.97, 0.03, "colours as on the right; 0: all answer", transform=axis.transAxes, ha="right")


def _apart(number: int) -> float:
    """So much to the side, so that kinds of faults do not cover each other."""
    return 0.06 * (number - (len(FAULTS) - 1) / 2)


def _gaps(axis: "Axes", estimates: Estimates) -> None:
    """Distance of the last split from the optimum; what has no share at all is drawn at the top."""
    for number, (kind, style) in enumerate(_FAULTS.items()):
        points = estimates.series(Factor.FAULTS, kind)
        x = [p.place.value + _apart(number) for p in points]
        _bars(axis, x, points, "gap", style, kind)
    axis.set(yscale="log", xlabel="faulty operators of six", ylabel="power above the least possible")
    axis.set_title("Where faults lead (top: without service)")
    for level in (1e-3, 1e-6):
        axis.axhline(level, color=GREY, linewidth=0.8, linestyle=":")
    axis.set_ylim(top=30)
    axis.set_xticks(range(1, len(FAULTY) + 1))
    axis.legend(frameon=False, loc="center left", fontsize=8)


def _powers(axis: "Axes", estimates: Estimates) -> None:
    """With the fewest faulty operators: what each side needs, over the optimum."""
    firsts = [estimates.series(Factor.FAULTS, kind)[0] for kind in FAULTS]
    x = np.arange(len(firsts), dtype=np.float64)
    for side, label, style, shift in (
        ("faulty", "the faulty", (RED, "D"), -0.1),
        ("honest", "the others", (BLUE, "o"), 0.1),
    ):
        _bars(axis, list(x + shift), firsts, f"{side}_power_ratio", style, label, line="none")
    axis.axhline(1.0, color=GREY, linewidth=0.8)
    axis.set_xticks(x, [kind.replace(" ", "\n") for kind in FAULTS], fontsize=8)
    axis.set(
        yscale="log", ylabel="power / power at the optimum", title="Who pays for a fault (top: no service)"
    )
    _plain_ticks(axis.yaxis, [0.1, 0.2, 0.5, 1.0, 2.0, 5.0])
    axis.legend(frameon=False, loc="lower left")


def _bars(
    axis: "Axes",
    x: Sequence[float],
    points: Sequence[PointEstimate],
    quantity: str,
    style: tuple[str, str],
    label: str | None,
    *,
    scale: float = 1.0,
    line: str = "-",
    hollow: bool = False,
) -> None:
    """Means with their intervals; crosses at the top where no run has the quantity."""
    colour, marker = style
    found = [(at, p.estimates[quantity]) for at, p in zip(x, points, strict=True)]
    known = [(at, e) for at, e in found if e is not None]
    axis.errorbar(
        [at for at, _ in known],
        [scale * e.mean for _, e in known],
        yerr=[scale * (e.reach or 0.0) for _, e in known],
        color=colour,
        marker=marker,
        markerfacecolor="none" if hollow else colour,
        linestyle=line,
        markersize=4,
        linewidth=1,
        capsize=2,
        label=label,
    )
    # An empty line in the axis' own coordinates has no extent, on which the layout fails.
    if missing := [at for at, e in found if e is None]:
        top = [_NOT_REACHED] * len(missing)
        axis.plot(missing, top, "x", color=colour, transform=axis.get_xaxis_transform())


def _plain_ticks(axis: "Axis", values: Sequence[float]) -> None:
    """Ticks of a logarithmic axis that are written out."""
    from matplotlib.ticker import FixedLocator, NullLocator, StrMethodFormatter

    axis.set_major_locator(FixedLocator(list(values)))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(StrMethodFormatter("{x:g}"))


def _means(points: Sequence[PointEstimate], quantity: str) -> FloatArray:
    """(points,), not a number where no run has it."""
    found = [p.estimates[quantity] for p in points]
    return np.array([np.nan if e is None else e.mean for e in found])


def _interval_s(point: PointEstimate) -> float:
    return point.place.value if point.place.factor is Factor.INTERVAL else INTERVAL_S
