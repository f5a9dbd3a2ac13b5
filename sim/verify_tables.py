"""Compares the tables of a run with those its ledger gives."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.chain_rows import Row
from sim.folders import ResultsError
from sim.parquet import TABLES, columns_of, read_columns
from sim.run_folder import EVENTS
from sim.verify_report import Finding

_NOT_IN_LEDGER = ("propagation_p50_s", "propagation_p90_s", "submitted_s")
_NAMED = ("miner", "sender")
_ON_CHAIN = ("confirmed", "failed")
Columns = Mapping[str, Sequence[object]]


@dataclass(frozen=True, slots=True)
class ExpectedTables:
    """The tables that a ledger gives."""

    blocks: Sequence[Row]
    transactions: Sequence[Row]
    """Those of the best chain."""
    events: Mapping[str, Sequence[Row]]
    named: bool
    """Whether participants have names here, as in the run's tables; else they are not compared."""


def table_findings(folder: Path, expected: ExpectedTables) -> Iterator[Finding]:
    """Where the tables in `folder` differ from the expected ones, the first difference of each table."""
    unknown = (*_NOT_IN_LEDGER, *(() if expected.named else _NAMED))
    blocks = columns_of(expected.blocks, TABLES["blocks"])
    yield from _compare(folder / "blocks.parquet", "blocks.parquet", blocks, unknown)
    yield from _transactions(folder, expected.transactions, unknown)
    yield from _events(folder, expected.events)


def _transactions(folder: Path, rows: Sequence[Row], unknown: Collection[str]) -> Iterator[Finding]:
    """The table has all that were submitted, in that order; the ledger knows those of the best chain."""
    name = "transactions.parquet"
    got = _read(folder / name, name)
    if isinstance(got, Finding):
        yield got
        return
    status = got.get("status", ())
    kept = [place for place, value in enumerate(status) if value in _ON_CHAIN]
    on_chain = {column: [values[place] for place in kept] for column, values in got.items()}
    expected = columns_of(rows, TABLES["transactions"])
    yield from _difference(name, _by_id(on_chain), _by_id(expected), unknown)


def _events(folder: Path, expected: Mapping[str, Sequence[Row]]) -> Iterator[Finding]:
    found = {path.name.removesuffix(".parquet") for path in (folder / EVENTS).glob("*.parquet")}
    for event in sorted(found - set(expected)):
        message = f"{EVENTS}/{event}.parquet: got a table, expected none: the chain has no such event"
        yield Finding("wrong-table", message)
    for event, rows in sorted(expected.items()):
        name = f"{EVENTS}/{event}.parquet"
        yield from _compare(folder / name, name, columns_of(rows, {}), ())


def _compare(path: Path, name: str, expected: Columns, unknown: Collection[str]) -> Iterator[Finding]:
    got = _read(path, name)
    if isinstance(got, Finding):
        yield got
    else:
        yield from _difference(name, got, expected, unknown)


def _read(path: Path, name: str) -> Columns | Finding:
    if not path.exists():
        return Finding("no-table", f"got no {name}, expected one: the run was finished")
    try:
        return read_columns(path)
    except ResultsError as error:
        return Finding("unreadable", f"{name}: {error.args[1]}")


def _difference(name: str, got: Columns, expected: Columns, unknown: Collection[str]) -> Iterator[Finding]:
    """The first difference: in a column that is missing, in the number of rows, in a value."""
    columns = [column for column in expected if column not in unknown]
    missing = [column for column in columns if column not in got]
    if missing:
        yield Finding("wrong-table", f"{name}: got no column {missing[0]}, expected one")
        return
    size, wanted = len(got[columns[0]]), len(expected[columns[0]])
    # A missing or added row shifts all below it: where the ids tell which one it is, say that.
    for row in range(min(size, wanted)):
        for column in columns:
            if got[column][row] != expected[column][row]:
                values = f"got {got[column][row]}, expected {expected[column][row]}"
                label = f"{column}" if column == "id" else f"{column} ({_label(got, row)})"
                yield Finding("wrong-table", f"{name}: row {row}: {label}: {values}")
                return
    if size != wanted:
        yield Finding("wrong-table", f"{name}: got {size} rows, expected {wanted}")


def _label(columns: Columns, row: int) -> str:
    return f"id {str(columns['id'][row])[:16]}" if "id" in columns else f"height {columns['height'][row]}"


def _by_id(columns: Columns) -> Columns:
    ids = columns.get("id", ())
    order = sorted(range(len(ids)), key=lambda place: str(ids[place]))
    return {column: [values[place] for place in order] for column, values in columns.items()}
