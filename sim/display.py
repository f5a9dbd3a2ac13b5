"""Shows results on the screen: tables of a run, of a verification, of measured rows."""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console, JustifyMethod
from rich.table import Table

if TYPE_CHECKING:
    from sim.verify import VerifyReport

_PLAIN_WIDTH = 160
"""Columns where the output is a file or a pipe: tables are not cut to a terminal nobody has."""


def console(*, stderr: bool = False) -> Console:
    """A console as wide as the terminal, or wide enough for our tables where there is none."""
    probe = Console(stderr=stderr)
    if probe.is_terminal:
        return probe
    return Console(stderr=stderr, width=max(_PLAIN_WIDTH, shutil.get_terminal_size().columns))


def show_run(folder: Path, screen: Console) -> None:
    """The summary of a finished or interrupted run: chain, network, one table for each application."""
    from sim.plugins import kit_for
    from sim.results import load

    results = load(folder)
    summary = results.summary
    screen.print(_pairs(f"{summary['scenario']}, seed {summary['seed']}", summary))
    for app in results.scenario.apps:
        for table in kit_for(app).tables(summary[app]):
            screen.print(_table(table.title, table.columns, table.rows))
            if table.note:
                screen.print(table.note, style="dim")
    for path in sorted((folder / "figures").glob("*.png")):
        screen.print(f"figure {path}", highlight=False)
    screen.print(f"results in {folder}", highlight=False)


def show_scenarios(screen: Console) -> None:
    """The bundled scenarios, one a line."""
    from sim.scenario import bundled

    table = Table("scenario", "what it simulates", box=None)
    for name, title in bundled():
        table.add_row(name, title)
    screen.print(table)


def show_verification(report: "VerifyReport", screen: Console) -> None:
    """What a verification found."""
    for line in report.lines():
        screen.print(line, highlight=False)


def show_rows(title: str, rows: Sequence[Mapping[str, Any]], screen: Console) -> None:
    """Measured rows as a table; all rows have the columns of the first."""
    columns = list(rows[0]) if rows else []
    screen.print(_table(title, columns, [[_number(row[column]) for column in columns] for row in rows]))


def write_rows(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Measured rows as a JSON list."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(list(rows), indent=2) + "\n")


def _pairs(title: str, summary: Mapping[str, Any]) -> Table:
    chain, network = summary["chain"], summary["network"]
    rows = [
        ("simulated", f"{summary['simulated_s']:,.0f} s in {summary['wall_s']:.1f} s"),
        (
            "height",
            f"{chain['height']} ({chain['blocks_mined']} found, {100 * chain['stale_rate']:.2f} % stale)",
        ),
        ("mean block interval", f"{_number(chain['mean_interval_s'])} s"),
        ("transactions", f"{chain['transactions']}"),
        ("head", chain["head"]),
        ("state root", chain["state_root"]),
        ("supply", f"{chain['supply']} base units"),
        ("peers", f"{network['peers']} with {network['links']} links, {network['messages']} messages"),
        (
            "block propagation",
            f"50 % of the peers in {_number(network['propagation_p50_s'])} s, "
            f"90 % in {_number(network['propagation_p90_s'])} s",
        ),
    ]
    return _table(title, ("", ""), [list(row) for row in rows], header=False)


def _table(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *, header: bool = True
) -> Table:
    table = Table(title=title, title_justify="left", show_header=header)
    for number, column in enumerate(columns):
        justify: JustifyMethod = "left" if number == 0 or not header else "right"
        table.add_column(column, justify=justify, overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table


def _number(value: object) -> str:
    if value is None:
        return "-"
    return (
        f"{value:,.4g}"
        if isinstance(value, float) and abs(value) < 1e4
        else f"{value:,.0f}"
        if isinstance(value, float)
        else str(value)
    )
