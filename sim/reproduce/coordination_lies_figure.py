"""The experiment on lying participants as a figure and as tables: who is caught, the map, the decisions."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.table import Table

from apps.coordination.study_lies import Lie, LiesSummary, MapOf
from sim.figures import BLUE, GREY, ORANGE, RED, new_figure, save

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    Value = tuple[float, float] | None

_NORMAL_95 = 1.96
_LIES = {Lie.CONSTANT: (BLUE, "o"), Lie.RANDOM: (ORANGE, "s"), Lie.COLLUDING: (RED, "^")}
_MAPS = {MapOf.ALL: (RED, "--"), MapOf.KEPT: (BLUE, "-"), MapOf.HONEST: (GREY, ":")}
MEAN, CHANCE = "mean", "chance"
CAUGHT, CLOSE, MORE = 0.9, 1.1, 0.05
"""Grading survives while it catches that share of the liars; a map while its RMSE is up to so many times the honest
map's; decisions while the share of grants with too much power is at most so much above the honest map's."""


def lies_figure(found: Sequence[LiesSummary], path: Path) -> Path:
    """Top: by the share of liars, who is caught, RMSE, grants with too much power; bottom: the same by size of lie."""
    figure, axes = new_figure(columns=8, width=1.0)
    grid = figure.add_gridspec(2, 4)
    figure.set_size_inches(17.0, 8.5)
    for number, axis in enumerate(axes):
        axis.set_subplotspec(grid[divmod(number, 4)])
    by_share, by_size = share_series(found), size_series(found)
    for row, series, place, label in (
        (axes[:4], by_share, _share, "participants that lie (%)"),
        (axes[4:], by_size, _size, "size of the lie (dB)"),
    ):
        _detections(row[0], series, place)
        _rmse(row[1], series, place)
        for axis, rule in ((row[2], MEAN), (row[3], CHANCE)):
            _decisions(axis, series, place, rule)
        for axis in row:
            axis.set_xlabel(label)
    axes[0].legend(frameon=False, loc="center left")
    size, share = by_share[Lie.CONSTANT][-1].case.size_db, by_size[Lie.CONSTANT][0].case.share
    seeds = found[0].seeds
    figure.suptitle(
        f"Lying participants, {seeds} campuses, 95 % intervals; top: lies of {size:g} dB, bottom: {share:.0%} lie; "
        "dashed: all measurements, solid: those graded honest, dotted grey: the honest ones"
    )
    return save(figure, path)


def share_series(found: Sequence[LiesSummary]) -> dict[Lie, list[LiesSummary]]:
    """By way to lie, the cases of the commonest size by the share of liars, from nobody on."""
    size = _commonest([one.case.size_db for one in found])
    return {
        lie: sorted(
            (one for one in found if not one.case.liars or (one.case.lie, one.case.size_db) == (lie, size)),
            key=lambda one: one.case.share,
        )
        for lie in Lie
    }


def size_series(found: Sequence[LiesSummary]) -> dict[Lie, list[LiesSummary]]:
    """By way to lie, the cases of the commonest share by the size of the lie."""
    share = _commonest([one.case.share for one in found])
    return {
        lie: sorted(
            (one for one in found if (one.case.lie, one.case.share) == (lie, share)),
            key=lambda one: one.case.size_db,
        )
        for lie in Lie
    }


def lies_table(found: Sequence[LiesSummary]) -> Table:
    """Every case with its figures, standard errors of the last digits left out (they are in the file)."""
    seeds = found[0].seeds
    table = _table(f"Lying participants: means of {seeds} campuses, 20 participants of 10 measurements")
    for heading in ("lie", "share", "dB", "caught\n%", "suspected\nhonest %", "RMSE (dB) of\nall"):
        table.add_column(heading, justify="left" if heading == "lie" else "right", no_wrap=True)
    for heading in ("\nkept", "\nhonest", "too much power %\nmean, all", "\nmean, kept", "\nchance, all"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("\nchance, kept", justify="right", no_wrap=True)
    for one in found:
        case = one.case
        table.add_row(
            case.lie.value if case.liars else "nobody",
            f"{case.share:.0%}",
            f"{case.size_db:g}" if case.liars else "",
            _percent(one.detection),
            _percent(one.false_alarms),
            *(f"{one.rmse_db[name][0]:.2f}" if name in one.rmse_db else "-" for name in MapOf),
            *(
                _percent(one.wrong.get((name, rule)))
                for rule in (MEAN, CHANCE)
                for name in (MapOf.ALL, MapOf.KEPT)
            ),
        )
    return table


def survival_table(found: Sequence[LiesSummary]) -> Table:
    """The largest share of liars, of those tried, up to which each part does its work."""
    tests: dict[str, Callable[[LiesSummary], bool]] = {
        f"grading catches {CAUGHT:.0%} of the liars": lambda one: (
            one.detection is None or one.detection[0] >= CAUGHT
        ),
        f"the map is within {CLOSE - 1:.0%} of the honest one's RMSE": lambda one: (
            one.rmse_db[MapOf.KEPT][0] <= CLOSE * one.rmse_db[MapOf.HONEST][0]
        ),
        f"grants with too much power, chance rule: at most {100 * MORE:g} points above the honest map's": lambda one: (
            one.wrong[MapOf.KEPT, CHANCE][0] <= one.wrong[MapOf.HONEST, CHANCE][0] + MORE
        ),
    }
    table = _table("Survived up to this share of liars")
    table.add_column("what", no_wrap=True)
    series = share_series(found)
    for lie in series:
        table.add_column(lie.value, justify="right", no_wrap=True)
    for words, test in tests.items():
        table.add_row(words, *(_last(series[lie], test) for lie in series))
    return table


def _last(series: Sequence[LiesSummary], test: Callable[[LiesSummary], bool]) -> str:
    """Share of the last case before the first that fails."""
    survived = "none"
    for one in series:
        if not test(one):
            return survived
        survived = f"{one.case.share:.0%}"
    return f"{survived} (all tried)"


def _detections(
    axis: "Axes", series: dict[Lie, list[LiesSummary]], place: Callable[[LiesSummary], float]
) -> None:
    for lie, (colour, marker) in _LIES.items():
        _bars(axis, series[lie], place, lambda one: one.detection, colour, marker, "-", lie.value, 100.0)
        _bars(axis, series[lie], place, lambda one: one.false_alarms, colour, marker, ":", None, 100.0)
    axis.set(ylabel="share (%)", ylim=(0, 103), title="solid: liars caught, dotted: honest suspected")


def _rmse(axis: "Axes", series: dict[Lie, list[LiesSummary]], place: Callable[[LiesSummary], float]) -> None:
    for lie, name, colour, marker, line in _lines(series):
        _bars(axis, series[lie], place, lambda one, n=name: one.rmse_db.get(n), colour, marker, line)  # type: ignore[misc]
    axis.set(ylabel="RMSE (dB)", ylim=(0, None), title="map")


def _decisions(
    axis: "Axes", series: dict[Lie, list[LiesSummary]], place: Callable[[LiesSummary], float], rule: str
) -> None:
    for lie, name, colour, marker, line in _lines(series):
        value: Callable[[LiesSummary], Value] = lambda one, n=name: one.wrong.get((n, rule))  # type: ignore[misc]  # noqa: E731
        _bars(axis, series[lie], place, value, colour, marker, line, None, 100.0)
    axis.set(ylabel="grants with too much power (%)", ylim=(0, 103))
    axis.set_title({MEAN: "decision by the mean level", CHANCE: "decision by the chance rule, 5 %"}[rule])


def _lines(
    series: dict[Lie, list[LiesSummary]],
) -> Iterator[tuple[Lie, MapOf, str, str, str]]:
    """Way to lie, map, colour, marker and line; the honest map once, as it hardly depends on the lie."""
    for lie in series:
        colour, marker = _LIES[lie]
        for name in (MapOf.ALL, MapOf.KEPT):
            yield lie, name, colour, marker, _MAPS[name][1]
    yield Lie.CONSTANT, MapOf.HONEST, GREY, "x", ":"


def _bars(
    axis: "Axes",
    series: Sequence[LiesSummary],
    place: Callable[[LiesSummary], float],
    value: "Callable[[LiesSummary], Value]",
    colour: str,
    marker: str,
    line: str,
    label: str | None = None,
    scale: float = 1.0,
) -> None:
    points = [(place(one), found) for one in series if (found := value(one)) is not None]
    x, means, errors = np.array([(at, mean, error) for at, (mean, error) in points]).T
    axis.errorbar(
        x,
        scale * means,
        yerr=scale * _NORMAL_95 * errors,
        color=colour,
        marker=marker,
        linestyle=line,
        markersize=4,
        linewidth=1.2,
        elinewidth=0.7,
        capsize=1.5,
        label=label,
    )


def _share(one: LiesSummary) -> float:
    return 100.0 * one.case.share


def _size(one: LiesSummary) -> float:
    return one.case.size_db


def _commonest(values: Sequence[float]) -> float:
    return max(values, key=lambda value: (values.count(value), value))


def _percent(value: "Value") -> str:
    return "-" if value is None else f"{100 * value[0]:.0f}"


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
