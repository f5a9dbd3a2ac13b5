"""Rows to Parquet files and back. pandas and pyarrow, slow to load, are imported when needed."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.folders import ResultsError, replacing

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

Row = Mapping[str, object]
Columns = Mapping[str, str]
"""Column name -> Arrow type."""

TABLES: Mapping[str, Columns] = {
    "blocks": {
        "number": "int64",
        "id": "string",
        "parent": "string",
        "height": "int64",
        "miner": "string",
        "time_ms": "int64",
        "found_s": "float64",
        "difficulty": "float64",
        "reward": "int64",
        "transactions": "int64",
        "size_bytes": "int64",
        "stale": "bool",
        "propagation_p50_s": "float64",
        "propagation_p90_s": "float64",
    },
    "transactions": {
        "id": "string",
        "sender": "string",
        "nonce": "uint64",
        "app": "string",
        "action": "string",
        "fee": "int64",
        "submitted_s": "float64",
        "status": "string",
        "height": "int64",
        "found_s": "float64",
        "error": "string",
    },
    "metrics": {
        "time_s": "float64",
        "participant": "string",
        "name": "string",
        "key": "int64",
        "value": "float64",
    },
}
"""Tables every run has. Times in seconds of simulated time, amounts in base units, ids as hex."""


def write_rows(path: Path, rows: Iterable[Row], columns: Columns) -> None:
    """Write rows with the columns of the first one; without a row, an empty table with `columns`.

    A column not in `columns` gets the type its values have. Raises ResultsError.
    """
    import pyarrow.parquet as pq

    listed = list(rows)
    table = _table(listed, list(listed[0]) if listed else list(columns), columns)
    with replacing(path) as draft:
        pq.write_table(table, draft)


def read_frame(path: Path) -> "pd.DataFrame":
    """The table of a file. Whole numbers stay whole where some are missing. Raises ResultsError."""
    return _frame(_read(path))


def frame_of(rows: Sequence[Row], columns: Columns) -> "pd.DataFrame":
    """The table of rows that are not in a file, with `columns`, else those of the first row.

    Columns that a row lacks are missing values.
    """
    return _frame(_table(rows, list(columns or rows[0]), columns))


def read_columns(path: Path) -> dict[str, list[object]]:
    """Column name -> values of a file's table. Raises ResultsError."""
    return dict(_read(path).to_pydict())


def columns_of(rows: Sequence[Row], columns: Columns) -> dict[str, list[object]]:
    """What `read_columns` gives of a file into which `write_rows` wrote `rows`."""
    return dict(_table(rows, list(rows[0]) if rows else list(columns), columns).to_pydict())


def _read(path: Path) -> "pa.Table":
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.read_table(path, partitioning=None)
    except (OSError, pa.ArrowException) as error:
        raise ResultsError(str(path), f"unreadable ({error})") from None


def _table(rows: Sequence[Row], names: Sequence[str], columns: Columns) -> "pa.Table":
    import pyarrow as pa

    arrays = [_array([row.get(name) for row in rows], columns.get(name)) for name in names]
    return pa.table(arrays, names=list(names))


def _array(values: list[object], kind: str | None) -> "pa.Array[Any]":
    import pyarrow as pa

    if kind is not None:
        return pa.array(values, type=pa.type_for_alias(kind))
    try:
        return pa.array(values)
    except (pa.ArrowException, OverflowError):
        # Values no one column type holds, say a text beside a number, are kept as texts.
        return pa.array([None if value is None else str(value) for value in values], type=pa.string())


def _frame(table: "pa.Table") -> "pd.DataFrame":
    import pandas as pd
    import pyarrow as pa

    frame: pd.DataFrame = table.to_pandas()
    for name in table.column_names:
        column = table.column(name)
        if column.null_count and pa.types.is_integer(column.type):
            frame[name] = pd.array(column.to_pylist(), dtype="Int64")
    return frame
