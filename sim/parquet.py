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
    import pyarrow as pa
    import pyarrow.parquet as pq

    listed = list(rows)
    names = list(listed[0]) if listed else list(columns)
    arrays = [_array([row[name] for row in listed], columns.get(name)) for name in names]
    with replacing(path) as draft:
        pq.write_table(pa.table(arrays, names=names), draft)


def read_frame(path: Path) -> "pd.DataFrame":
    """The table of a file. Whole numbers stay whole where some are missing. Raises ResultsError."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return _frame(pq.read_table(path, partitioning=None))
    except (OSError, pa.ArrowException) as error:
        raise ResultsError(str(path), f"unreadable ({error})") from None


def frame_of(rows: Sequence[Row], columns: Columns) -> "pd.DataFrame":
    """The table of rows that are not in a file; columns that a row lacks are missing values."""
    import pyarrow as pa

    arrays = [_array([row.get(name) for row in rows], kind) for name, kind in columns.items()]
    return _frame(pa.table(arrays, names=list(columns)))


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
