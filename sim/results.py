"""Reads the folder of a run: the summary, and pandas tables that are loaded when they are first asked for.

A run that was killed, or failed, has no summary and no tables that count; they are made from its ledger
instead, up to the last whole block, and `complete` is False.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chain.genesis import Born
from sim.chain_rows import ExecutedBlock, block_rows, event_rows, transaction_rows
from sim.folders import FolderInUse, ResultsError, prepare_folder
from sim.parquet import TABLES, frame_of, read_frame
from sim.participants import read_participants
from sim.plugins import KitSettings
from sim.recovery import Recovered, executed, founded, recover, state_after, summary
from sim.run_folder import EVENTS, LEDGER, MANIFEST, SCENARIO, SUMMARY, RunFolder, RunStatus
from sim.scenario import Scenario, load_scenario

if TYPE_CHECKING:
    import pandas as pd

    from chain.block import Block
    from chain.trie import Trie

__all__ = [
    "EventTables",
    "FolderInUse",
    "NoSuchEvent",
    "NoSuchHeight",
    "Results",
    "ResultsError",
    "RunFolder",
    "RunStatus",
    "load",
    "prepare_folder",
]


class NoSuchEvent(KeyError):
    """The run has no event of this type. Args: name, types it has."""

    def __str__(self) -> str:
        name, known = self.args
        return f"got {name!r}, expected one of {', '.join(known) or 'no events at all'}"


class NoSuchHeight(LookupError):
    """The best chain has no block there. Args: height, height of its last block."""

    def __str__(self) -> str:
        return f"got height {self.args[0]}, expected 0 to {self.args[1]}"


class EventTables(Mapping[str, "pd.DataFrame"]):
    """The events of the best chain, a table for each type: `events["lease.LeaseOpened"]`."""

    def __init__(self, makers: "Mapping[str, Callable[[], pd.DataFrame]]") -> None:
        """`makers`: event type -> what gives its table when it is first asked for."""
        self._makers = dict(sorted(makers.items()))
        self._frames: dict[str, pd.DataFrame] = {}

    def __getitem__(self, name: str) -> "pd.DataFrame":
        if name not in self._makers:
            raise NoSuchEvent(name, tuple(self._makers))
        if name not in self._frames:
            self._frames[name] = self._makers[name]()
        return self._frames[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


class Results:
    """The results of a run. Tables are read when first used and kept."""

    def __init__(self, path: Path, manifest: dict[str, Any]) -> None:
        self.path = path
        self.manifest = manifest
        """Versions, times, and how the run ended."""

    @property
    def status(self) -> RunStatus:
        """How the run ended; `running` for one that was killed."""
        return RunStatus(self.manifest["status"])

    @property
    def complete(self) -> bool:
        """Whether the run came to its end and everything was written."""
        return self.status is RunStatus.COMPLETE

    def __repr__(self) -> str:
        try:
            height = self.summary.get("chain", {}).get("height")
        except (ResultsError, AttributeError):
            height = "unknown"
        scenario, seed = self.manifest.get("scenario"), self.manifest.get("seed")
        return f"<Results {self.path}: {scenario}, seed {seed}, {self.status}, height {height}>"

    @cached_property
    def summary(self) -> dict[str, Any]:
        """`summary.json`, or what the ledger tells and, in `note`, why. Raises ResultsError."""
        if self.status.has_tables:
            return _read_json(self.path / SUMMARY)
        return summary(self._ledger, self.manifest)

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario as it was run, defaults and overrides included. Raises ScenarioError."""
        return load_scenario(self.path / SCENARIO, kits=KitSettings())

    @cached_property
    def blocks(self) -> "pd.DataFrame":
        """Genesis and every block found, in that order. Of an unfinished run: without times of propagation.

        Raises ResultsError: unreadable, or an application of an unfinished run is not installed.
        """
        if self.status.has_tables:
            return self._table("blocks")
        main = {stored.block.id for stored in self._ledger.main}
        rows = block_rows(self._born.block, self._ledger.blocks, main, self._names)
        return frame_of(rows, TABLES["blocks"])

    @cached_property
    def transactions(self) -> "pd.DataFrame":
        """Every transaction submitted, in that order. Of an unfinished run: those of the best chain.

        Raises ResultsError, as `blocks` does.
        """
        if self.status.has_tables:
            return self._table("transactions")
        return frame_of(list(transaction_rows(self._chain, self._names)), TABLES["transactions"])

    @cached_property
    def metrics(self) -> "pd.DataFrame":
        """Every number an agent reported; lost, and so empty, where the run did not finish. Raises ResultsError."""
        return self._table("metrics") if self.status.has_tables else frame_of([], TABLES["metrics"])

    @cached_property
    def events(self) -> EventTables:
        """Event type -> table, of the best chain. An unknown type raises NoSuchEvent, a KeyError.

        Raises ResultsError, as `blocks` does.
        """
        if self.status.has_tables:
            files = (self.path / EVENTS).glob("*.parquet")
            return EventTables(
                {path.name.removesuffix(".parquet"): partial(read_frame, path) for path in files}
            )
        tables = event_rows(self._born.spec.registry, self._chain)
        return EventTables({name: partial(frame_of, rows, {}) for name, rows in tables.items()})

    def block(self, height: int) -> "Block":
        """The block of the best chain at a height, 0 for genesis. Raises NoSuchHeight, ResultsError."""
        self._check_height(height)
        return self._ledger.main[height - 1].block if height else self._born.block

    def state(self, height: int) -> "Trie":
        """The state after that block, to be read or proved from; all blocks up to it are run again.

        Raises NoSuchHeight, ResultsError.
        """
        self._check_height(height)
        return state_after(self.path / LEDGER, self._born, self._ledger.main, height)

    def _check_height(self, height: int) -> None:
        if not 0 <= height <= len(self._ledger.main):
            raise NoSuchHeight(height, len(self._ledger.main))

    @cached_property
    def _ledger(self) -> Recovered:
        return recover(self.path / LEDGER)

    @cached_property
    def _born(self) -> Born:
        return founded(self.path / LEDGER)

    @cached_property
    def _chain(self) -> list[ExecutedBlock]:
        return executed(self.path / LEDGER, self._born, self._ledger.main)

    @cached_property
    def _names(self) -> dict[bytes, str]:
        return read_participants(self.path)

    def _table(self, name: str) -> "pd.DataFrame":
        return read_frame(self.path / f"{name}.parquet")


def load(folder: str | Path) -> Results:
    """The results in a run's folder. Raises ResultsError where it is none, or its manifest cannot be read."""
    path = Path(folder)
    try:
        exists = (path / MANIFEST).is_file()
    except OSError as error:
        raise ResultsError(str(path), f"unreadable ({error.strerror})") from None
    if not exists:
        raise ResultsError(str(path), f"got no {MANIFEST}, expected the folder of a run")
    manifest = _read_json(path / MANIFEST)
    if manifest.get("status") not in tuple(RunStatus):
        raise ResultsError(
            str(path / MANIFEST), f"got the status {manifest.get('status')!r}, expected one of ours"
        )
    return Results(path, manifest)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ResultsError(str(path), f"unreadable ({error})") from None
    if not isinstance(value, dict):
        raise ResultsError(str(path), "got no JSON object, expected one")
    return value
