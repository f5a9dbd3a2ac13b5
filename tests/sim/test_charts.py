"""Charts an application describes are drawn as described."""

from pathlib import Path

from apps.kit import Line, ReportChart
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
