"""Tables and figures of the acquisitions' summary."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from apps.admm.report import TARGETS
from apps.admm.units import MEGA
from apps.kit import Line, ReportChart, ReportTable

MOST_PERIODS, MOST_OPERATORS, MOST_LINES = 8, 24, 6
"""Most of each that a table, or a chart, shows."""


def report_tables(summary: Mapping[str, Any]) -> tuple[ReportTable, ...]:
    """What each acquisition took, and what each operator got in the first."""
    periods: Sequence[Mapping[str, Any]] = summary["periods"]
    if not periods:
        note = "No acquisition was opened: give the run more blocks."
        return (ReportTable("Acquisitions", ("acquisition",), (), note),)
    rows = tuple(row for period in periods[:MOST_PERIODS] for row in _period_rows(period))
    columns = ("acquisition", "reached", "rounds", "blocks", "seconds", "gap")
    acquisitions = ReportTable("Acquisitions", columns, rows, _period_note(summary))
    return acquisitions, _operator_table(periods[0])


def _period_rows(period: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    ends = {None: "not settled yet", True: "converged", False: "not converged"}
    yield (period["name"], ends[period["converged"]], *_took(period), _shown(period["gap"], ".1e"))
    for name in TARGETS:
        reached = period[name]
        label = name.replace("to_", "gap <= ")
        yield ("", label, *(_took(reached) if reached else ("-", "-", "-")), "")


def _took(reached: Mapping[str, Any]) -> tuple[str, str, str]:
    return str(reached["rounds"]), str(reached["blocks"]), f"{reached['seconds']:.1f}"


def _period_note(summary: Mapping[str, Any]) -> str:
    periods, optimum = summary["periods"], summary["optimum"]
    price = periods[0]["price_w_per_hz"]
    undone, refused = (sum(period[key] for period in periods) for key in ("undone_rounds", "refused_answers"))
    left_out = len(periods) - MOST_PERIODS
    return " ".join(
        [
            "From the block that opened round 1. Gap: power of the split over the least possible "
            f"({optimum['power_w']:.6g} W), less 1.",
            f"Price of bandwidth in {periods[0]['name']} {_shown(price, '.6e')} W/Hz, at the optimum "
            f"{optimum['price_w_per_hz']:.6e}.",
            f"Rounds undone by reorganisations: {undone}; answers refused: {refused}.",
            *([f"{left_out} acquisitions more are in summary.json."] if left_out > 0 else ()),
        ]
    )


def _operator_table(period: Mapping[str, Any]) -> ReportTable:
    rows = tuple(
        (
            operator["name"],
            operator["behaviour"],
            _shown(_mhz(operator["licence_hz"]), ".6f"),
            f"{_mhz(operator['optimum_hz']):.6f}",
            _shown(operator["power_ratio"], ".6g"),
            f"{operator['answered_rounds']}/{operator['answered_rounds'] + operator['silent_rounds']}",
        )
        for operator in period["operators"][:MOST_OPERATORS]
    )
    columns = ("operator", "behaviour", "licence", "optimum", "power ratio", "answered")
    note = (
        "Bandwidth in MHz. Power ratio: its power with this licence over its power at the optimum. "
        "Answered: rounds of all that closed."
    )
    left_out = len(period["operators"]) - MOST_OPERATORS
    more = f" {left_out} operators more are in summary.json." if left_out > 0 else ""
    return ReportTable(f"Operators in {period['name']}", columns, rows, note + more)


def _mhz(bandwidth_hz: float | None) -> float | None:
    return None if bandwidth_hz is None else bandwidth_hz / MEGA


def _shown(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def report_charts(summary: Mapping[str, Any]) -> tuple[ReportChart, ...]:
    """The split against the round, and gap and residuals against time, of the first acquisition."""
    periods = summary["periods"]
    if not periods or not periods[0]["trace"]["round"]:
        return ()
    first = periods[0]
    split, convergence = tuple(_split_lines(first)), tuple(_convergence_lines(first["trace"]))
    title = f"{first['name']}: "
    charts = (
        ReportChart("split", title + "split of the band (dashed: optimum)", "round", "MHz", split),
        ReportChart(
            "convergence",
            title + "distance from the optimum",
            "seconds since round 1 opened",
            "relative",
            convergence,
            log_y=True,
        ),
    )
    return charts if split else charts[1:]


def _split_lines(period: Mapping[str, Any]) -> Iterator[Line]:
    trace = period["trace"]
    rounds = tuple(map(float, trace["round"]))
    operators = period["operators"][:MOST_LINES]
    # Without splits in the trace the zip is empty.
    for colour, (operator, split) in enumerate(zip(operators, trace["split_mhz"], strict=False)):
        yield Line(operator["name"], rounds, tuple(split), colour)
        best = operator["optimum_hz"] / MEGA
        yield Line("", (rounds[0], rounds[-1]), (best, best), colour, dashed=True)


def _convergence_lines(trace: Mapping[str, Any]) -> Iterator[Line]:
    seconds = tuple(trace["seconds"])
    labels = {
        "gap": "power above the optimum",
        "primal_residual": "primal residual",
        "dual_residual": "dual residual",
    }
    for colour, (name, label) in enumerate(labels.items()):
        yield Line(label, seconds, tuple(_positive(value) for value in trace[name]), colour)


def _positive(value: float | None) -> float:
    """What a logarithmic axis can show."""
    return value if value is not None and value > 0 else math.nan
