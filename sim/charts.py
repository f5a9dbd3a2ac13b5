"""Draws the charts an application describes."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from apps.kit import MapChart, ReportChart
from sim.figures import BLUE, GREEN, GREY, ORANGE, PURPLE, RED, new_figure, save

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS = (BLUE, ORANGE, GREEN, RED, PURPLE, GREY)
MOST_LABELS = 12
"""Lines of a chart beyond which a legend hides more than it tells."""


def draw_charts(app: str, charts: Sequence[ReportChart | MapChart], folder: Path) -> list[Path]:
    """Write each chart of an application as `<app>-<name>.png`."""
    return [save(chart_figure(chart), folder / f"{app}-{chart.name}.png") for chart in charts]


def chart_figure(chart: ReportChart | MapChart) -> "Figure":
    """The chart in the project's style."""
    return map_figure(chart) if isinstance(chart, MapChart) else line_figure(chart)


def line_figure(chart: ReportChart) -> "Figure":
    """Curves over one axis."""
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


def map_figure(chart: MapChart) -> "Figure":
    """An image with a colour bar, and points that stand out on light and dark pixels alike."""
    values = np.array(chart.values, dtype=np.float64)
    figure, (axis,) = new_figure(width=7.0, height=5.2)
    axis.grid(visible=False)
    # Where there is no number one looks through: not to be taken for a colour of the scale.
    axis.set_facecolor("#b0b0b0")
    finite = np.abs(values[np.isfinite(values)])
    farthest = float(finite.max()) if chart.around_zero and finite.size else None
    image = axis.imshow(
        values,
        origin="lower",
        extent=chart.extent,
        interpolation="nearest",
        cmap="RdBu" if chart.around_zero else "viridis",
        vmin=None if farthest is None else -farthest,
        vmax=farthest,
    )
    figure.colorbar(image, ax=axis, label=chart.value_label, shrink=0.9)
    for points in chart.points:
        # A filled marker gets a white edge; one of strokes has no edge.
        strokes = points.marker in ("x", "+")
        axis.scatter(
            points.x,
            points.y,
            marker=points.marker,
            s=26 if points.marker in ("o", ".", "x", "+") else 90,
            color=COLOURS[points.colour % len(COLOURS)],
            linewidths=1.2 if strokes else 0.5,
            edgecolors=None if strokes else "white",
            label=points.label or None,
        )
    axis.set(title=chart.title, xlabel=chart.x_label, ylabel=chart.y_label)
    if any(points.label for points in chart.points):
        axis.legend(frameon=False, fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=4)
    return figure
