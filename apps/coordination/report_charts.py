"""Figures of the coordination's summary: the map with its measured points, its uncertainty, the margins, the status."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from apps.kit import Line, MapChart, MarkedPoints, ReportChart

MOST_LINES = 6
"""Requests whose status a chart shows."""
_BLUE, _ORANGE, _GREEN, _RED, _PURPLE, _GREY = range(6)


def report_charts(summary: Mapping[str, Any]) -> tuple[ReportChart | MapChart, ...]:
    """Status over time; of the last decided request the map, its deviation, its true error, the margins."""
    if not summary["requests"]:
        return ()
    shown = summary["map"]
    return (_status(summary["requests"]), *(() if shown is None else _maps(shown)))


def _status(requests: Sequence[Mapping[str, Any]]) -> ReportChart:
    steps = [step["step"] for step in requests[0]["steps"]]
    numbered = [f"{number} {name}" for number, name in enumerate(steps, 1)]
    names = ", ".join(numbered[:3]) + ",\n" + ", ".join(numbered[3:])
    return ReportChart(
        "status",
        f"Status over time: {names}",
        "seconds since genesis",
        "steps done",
        tuple(_stairs(one, colour) for colour, one in enumerate(requests[:MOST_LINES])),
    )


def _stairs(request: Mapping[str, Any], colour: int) -> Line:
    """From the moment the buyer sent it on, one step up at each block that took it further."""
    reached = [step["seconds"] for step in request["steps"] if step["seconds"] is not None]
    start = request["asked_s"] if request["asked_s"] is not None else reached[0]
    x, y = [start], [0.0]
    for number, seconds in enumerate(reached, 1):
        x += [seconds, seconds]
        y += [number - 1.0, float(number)]
    return Line(request["name"], tuple(x), tuple(y), colour)


def _maps(shown: Mapping[str, Any]) -> Iterator[MapChart]:
    sharers = tuple(_sharers(shown))
    yield _chart(
        shown,
        "map",
        f"Radio environment map ({shown['method']})",
        "level_dbm",
        "received level (dBm)",
        _measured(shown),
    )
    if shown["deviation_db"] is not None:
        yield _chart(
            shown, "deviation", "Its uncertainty", "deviation_db", "standard deviation (dB)", _measured(shown)
        )
    error = f"Map less truth, root mean square {shown['rmse_db']:.2f} dB"
    yield _chart(shown, "error", error, "error_db", "error (dB)", (), around_zero=True)
    yield _chart(
        shown,
        "margin",
        "Margin to the protected SINR with the decided power",
        "margin_db",
        "margin (dB)",
        (*_places(shown), *sharers),
        around_zero=True,
    )


def _chart(
    shown: Mapping[str, Any],
    name: str,
    title: str,
    key: str,
    label: str,
    points: tuple[MarkedPoints, ...],
    around_zero: bool = False,
) -> MapChart:
    width, height = (shown[side] * shown["spacing_m"] for side in ("columns", "rows"))
    values = tuple(tuple(math.nan if one is None else one for one in row) for row in shown[key])
    return MapChart(
        name=name,
        title=f"{title}, {shown['request']}",
        x_label="east (m)",
        y_label="north (m)",
        value_label=label,
        extent=(0.0, width, 0.0, height),
        values=values,
        points=points,
        around_zero=around_zero,
    )


def _measured(shown: Mapping[str, Any]) -> tuple[MarkedPoints, ...]:
    points = shown["points"]
    pairs = list(zip(points["x_m"], points["y_m"], points["used"], strict=True))
    groups = (("measured", True, ".", _GREY), ("left out", False, "x", _RED))
    marked = (
        _marked(label, [(x, y) for x, y, used in pairs if used is wanted], marker, colour)
        for label, wanted, marker, colour in groups
    )
    return tuple(one for one in marked if one.x)


def _places(shown: Mapping[str, Any]) -> tuple[MarkedPoints, ...]:
    kept = [(one["x_m"], one["y_m"]) for one in shown["places"] if not one["dropped"]]
    dropped = [(one["x_m"], one["y_m"]) for one in shown["places"] if one["dropped"]]
    return (
        _marked("protected", kept, "o", _GREEN),
        *([_marked("out of reach anyway", dropped, "x", _GREY)] if dropped else ()),
        _marked("limiting", [shown["limit_m"]], "^", _PURPLE),
    )


def _sharers(shown: Mapping[str, Any]) -> Iterator[MarkedPoints]:
    yield _marked("sharer", [shown["sharer_m"]], "*", _ORANGE)
    if shown["other_sharers_m"]:
        yield _marked("sharers before", shown["other_sharers_m"], "s", _ORANGE)


def _marked(label: str, places: Sequence[Sequence[float]], marker: str, colour: int) -> MarkedPoints:
    return MarkedPoints(label, tuple(p[0] for p in places), tuple(p[1] for p in places), marker, colour)
