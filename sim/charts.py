"""Draws the charts an application describes."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from apps.kit import ReportChart
from sim.figures import BLUE, GREEN, GREY, ORANGE, PURPLE, RED, new_figure, save

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS = (BLUE, ORANGE, GREEN, RED, PURPLE, GREY)
MOST_LABELS = 12
"""Lines of a chart beyond which a legend hides more than it tells."""


def draw_charts(app: str, charts: Sequence[ReportChart], folder: Path) -> list[Path]:
    """Write each chart of an application as `<app>-<name>.png`."""
    return [save(chart_figure(chart), folder / f"{app}-{chart.name}.png") for chart in charts]


def chart_figure(chart: ReportChart) -> "Figure":
    """The chart in the project's style."""
    figure, (axis,) = new_figure(width=7.5)
    for line in chart.lines:
        axis.plot(
            line.x,
            line.y,
            color=COLOURS[line.colour % len(COLOURS)],
            linestyle="--" if line.dashed else "-",
            linewidth=1 if line.dashed else 1.5,
            label=line.label or None,
        )
    axis.set(title=chart.title, xlabel=chart.x_label, ylabel=chart.y_label)
    if chart.log_y:
        axis.set_yscale("log")
    if sum(bool(line.label) for line in chart.lines) <= MOST_LABELS:
        axis.legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure
