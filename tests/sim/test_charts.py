"""Charts an application describes are drawn as described."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np

from apps.kit import Line, MapChart, MarkedPoints, ReportChart
from sim.charts import MOST_LABELS, chart_figure, draw_charts
from sim.figures import BLUE, ORANGE


def chart(lines: tuple[Line, ...], log_y: bool = False) -> ReportChart:
    return ReportChart("split", "A title", "round", "MHz", lines, log_y)


SPLIT = Line("a", (1.0, 2.0), (3.0, 5.0), colour=1)
OPTIMUM = Line("a, optimum", (1.0, 2.0), (4.0, 4.0), colour=1, dashed=True)


def test_each_line_stands_in_the_figure_with_its_points_colour_and_style() -> None:
    (axis,) = chart_figure(chart((SPLIT, OPTIMUM, Line("b", (1.0,), (1.0,))))).axes
    solid, dashed, other = axis.lines
    assert list(solid.get_ydata()) == [3.0, 5.0]
    assert [line.get_linestyle() for line in (solid, dashed)] == ["-", "--"]
    assert [line.get_color() for line in (solid, dashed, other)] == [ORANGE, ORANGE, BLUE]
    assert (axis.get_title(), axis.get_xlabel(), axis.get_ylabel()) == ("A title", "round", "MHz")


def test_a_legend_stands_where_it_can_be_read() -> None:
    few, many = (
        tuple(Line(f"line {i}", (1.0,), (1.0,)) for i in range(n)) for n in (MOST_LABELS, MOST_LABELS + 1)
    )
    assert chart_figure(chart(few)).axes[0].get_legend() is not None
    assert chart_figure(chart(many)).axes[0].get_legend() is None


def test_a_logarithmic_axis_is_drawn_where_asked_for() -> None:
    assert chart_figure(chart((SPLIT,), log_y=True)).axes[0].get_yscale() == "log"


def test_a_chart_is_written_under_its_applications_name(tmp_path: Path) -> None:
    (path,) = draw_charts("admm", [chart((SPLIT,))], tmp_path)
    assert path == tmp_path / "admm-split.png"
    assert path.read_bytes().startswith(b"\x89PNG")


RAIN = MapChart(
    "rain",
    "A map",
    "east (m)",
    "north (m)",
    "rain (mm)",
    (0.0, 30.0, 0.0, 20.0),
    ((1.0, 2.0, 3.0), (4.0, math.nan, 6.0)),
    (MarkedPoints("gauge", (5.0, 25.0), (5.0, 15.0), "x"), MarkedPoints("town", (15.0,), (5.0,), "*", 1)),
)


def test_a_map_shows_its_rows_from_the_bottom_with_a_colour_bar_and_its_points() -> None:
    axis, bar = chart_figure(RAIN).axes
    (image,) = axis.images
    drawn = np.ma.filled(image.get_array().astype(float), np.nan)
    assert np.array_equal(drawn, np.array(RAIN.values), equal_nan=True)
    assert image.origin == "lower"
    assert tuple(image.get_extent()) == RAIN.extent
    assert bar.get_ylabel() == "rain (mm)"
    assert [np.asarray(c.get_offsets()).tolist() for c in axis.collections] == [
        [[5.0, 5.0], [25.0, 15.0]],
        [[15.0, 5.0]],
    ]
    assert [text.get_text() for text in axis.get_legend().get_texts()] == ["gauge", "town"]


def test_a_map_whose_sign_matters_has_its_middle_colour_at_zero() -> None:
    (image,) = chart_figure(replace(RAIN, around_zero=True)).axes[0].images
    assert image.get_clim() == (-6.0, 6.0)


def test_a_map_without_any_number_can_be_drawn() -> None:
    blank = replace(RAIN, values=((math.nan,),), points=(), around_zero=True)
    assert chart_figure(blank).axes[0].get_legend() is None
