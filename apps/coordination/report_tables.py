"""Tables of the coordination's summary."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from apps.kit import ReportTable

MOST_REQUESTS = 12
"""Requests that a table shows."""
_GRADES = ("excellent", "good", "fair", "edge")


def report_tables(summary: Mapping[str, Any]) -> tuple[ReportTable, ...]:
    """Requests, their status over time, balances, agencies and providers, and the participants' honesty."""
    if not summary["requests"]:
        note = "No request was paid for: give the run more blocks."
        return (ReportTable("Requests", ("request",), (), note),)
    tables = [_requests(summary), _status(summary), _balances(summary), _agencies(summary)]
    if summary["providers"]:
        tables.append(_providers(summary))
    if summary["vsps"]:
        tables.append(_vsps(summary))
    return tuple(tables)


def _requests(summary: Mapping[str, Any]) -> ReportTable:
    rows = tuple(_request_row(one) for one in summary["requests"][:MOST_REQUESTS])
    columns = (
        "request",
        "wanted",
        "decision",
        "granted",
        "margin",
        "limited at",
        "blocks",
        "seconds",
        "harmed",
    )
    harm, latency = summary["harm"], summary["latency"]
    left_out = len(summary["requests"]) - MOST_REQUESTS
    note = " ".join(
        [
            "Powers in dBm, margin in dB, blocks from payment to decision, seconds from the buyer's sending on.",
            "Harmed: protected places that by the true levels lose their SINR to this sharer and those before it.",
            f"Licences live at the end: {harm['licences']}; together they harm {harm['harmed']} of "
            f"{harm['reachable']} places, the least true margin is {_number(harm['worst_margin_db'], '.1f')} dB.",
            f"Decided: {latency['decided']}, undecided: {latency['undecided']}, mean latency "
            f"{_number(latency['seconds_mean'], '.1f')} s.",
            *([f"{left_out} requests more are in summary.json."] if left_out > 0 else ()),
        ]
    )
    return ReportTable("Requests", columns, rows, note)


def _request_row(one: Mapping[str, Any]) -> tuple[str, ...]:
    verdict = one["verdict"] or ("open" if one["stage"] != "closed" else "none")
    cause = "" if one["cause"] in ("certified", "open") else f" ({one['cause']})"
    limit = one["limit_m"]
    return (
        one["name"],
        f"{one['wanted_dbm']:g}",
        verdict + cause,
        _number(one["granted_dbm"], ".2f"),
        _number(one["margin_db"], ".2f"),
        "-" if limit is None else f"({limit[0]:g}, {limit[1]:g}) m",
        "-" if one["latency_blocks"] is None else str(one["latency_blocks"]),
        _number(one["latency_s"], ".1f"),
        "-" if one["truth"] is None else f"{one['truth']['harmed']}/{one['truth']['reachable']}",
    )


def _status(summary: Mapping[str, Any]) -> ReportTable:
    steps = [step["step"] for step in summary["requests"][0]["steps"]]
    rows = tuple(
        (one["name"], *(_reached(step) for step in one["steps"]))
        for one in summary["requests"][:MOST_REQUESTS]
    )
    note = "When each status went from NO to YES: the block, and its time in seconds since genesis."
    return ReportTable("Status", ("request", *steps), rows, note)


def _reached(step: Mapping[str, Any]) -> str:
    return "NO" if step["height"] is None else f"{step['height']} ({step['seconds']:.0f} s)"


def _balances(summary: Mapping[str, Any]) -> ReportTable:
    rows = tuple(_balance_rows(summary["balances"]))
    escrow = summary["escrow"]
    refused = sum(summary["refused_actions"].values())
    note = (
        f"Base units; a Sharecoin has 100,000,000. Escrow: {escrow['before']} before, {escrow['after']} after. "
        f"Actions that were refused: {refused}."
    )
    return ReportTable("Balances", ("account", "role", "before", "after", "change"), rows, note)


def _balance_rows(balances: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, ...]]:
    """Participants with phones and dedicated miners are many and alike: a sum stands for them."""
    for one in balances:
        if one["role"] not in ("vsp", "miner"):
            yield (one["name"], one["role"], *(f"{one[key]:,}" for key in ("before", "after", "change")))
    for role, name in (("vsp", "participants"), ("miner", "dedicated miners")):
        group = [one for one in balances if one["role"] == role]
        if group:
            sums = (f"{sum(one[key] for one in group):,}" for key in ("before", "after", "change"))
            yield (f"{len(group)} {name}", role, *sums)


def _agencies(summary: Mapping[str, Any]) -> ReportTable:
    keys = ("grades", "results", "deviations", "disproved", "blocks_won")
    rows = tuple(
        (one["name"], one["behaviour"], *(str(one[key]) for key in keys), f"{one['block_rewards']:,}")
        for one in summary["agencies"]
    )
    columns = (
        "agency",
        "behaviour",
        "grades",
        "results",
        "deviations",
        "disproved",
        "blocks",
        "block rewards",
    )
    note = "Deviations: ballots unlike the quorum's. Disproved: maps that a challenge showed to contradict the data."
    return ReportTable("Agencies", columns, rows, note)


def _providers(summary: Mapping[str, Any]) -> ReportTable:
    rows = tuple(
        (one["name"], one["behaviour"], str(one["approved"]), str(one["refused"]))
        for one in summary["providers"]
    )
    return ReportTable("Providers", ("provider", "behaviour", "approved", "refused"), rows)


def _vsps(summary: Mapping[str, Any]) -> ReportTable:
    kinds = dict.fromkeys(one["behaviour"] for one in summary["vsps"])
    rows = tuple(
        _vsp_row(kind, [one for one in summary["vsps"] if one["behaviour"] == kind]) for kind in kinds
    )
    columns = ("participants", "how many", "by signal", "by residual", "caught", "mean offset", "earned")
    note = (
        f"Of {summary['map']['request']}. Grades: excellent/good/fair/edge. Offset: how much more they report than "
        "all others make likely, dB. Caught: as one who does not report what it measures. Earned: base units, in all."
    )
    return ReportTable("Participants", columns, rows, note)


def _vsp_row(kind: str, group: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    offsets = [one["offset_db"] for one in group if one["offset_db"] is not None]
    return (
        kind,
        str(len(group)),
        _counts(one["signal_grade"] for one in group),
        _counts(one["residual_grade"] for one in group),
        str(sum(one["caught"] for one in group)),
        f"{sum(offsets) / len(offsets):+.1f}" if offsets else "-",
        f"{sum(one['earned'] for one in group):,}",
    )


def _counts(grades: Iterator[str]) -> str:
    count = Counter(grades)
    return "/".join(str(count[grade]) for grade in _GRADES)


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)
