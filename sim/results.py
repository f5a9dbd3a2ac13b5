"""Reads the folder of a run: the summary, and pandas tables that are loaded when they are first asked for.

The folder of a run that was killed has no summary and no tables; what its ledger holds is shown instead, up
to the last whole block, and `complete` is False.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.folders import FolderInUse, ResultsError, prepare_folder
from sim.parquet import TABLES, frame_of, read_frame
from sim.plugins import KitSettings
from sim.recovery import Recovered, block_rows, recover, summary
from sim.run_folder import EVENTS, LEDGER, MANIFEST, SCENARIO, SUMMARY, RunFolder, RunStatus
from sim.scenario import Scenario, load_scenario

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "EventTables",
    "FolderInUse",
    "NoSuchEvent",
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


class EventTables(Mapping[str, "pd.DataFrame"]):
    """The events of the best chain, a table for each type: `events["lease.LeaseOpened"]`."""

    def __init__(self, folder: Path) -> None:
        self._files = {path.name.removesuffix(".parquet"): path for path in sorted(folder.glob("*.parquet"))}
        self._frames: dict[str, pd.DataFrame] = {}

    def __getitem__(self, name: str) -> "pd.DataFrame":
        if name not in self._files:
            raise NoSuchEvent(name, tuple(self._files))
        if name not in self._frames:
            self._frames[name] = read_frame(self._files[name])
        return self._frames[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


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

    @cached_property
    def summary(self) -> dict[str, Any]:
        """`summary.json`, or what the ledger tells and, in `note`, why. Raises ResultsError."""
        if (self.path / SUMMARY).is_file():
            return _read_json(self.path / SUMMARY)
        return summary(self._ledger, self.manifest)

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario as it was run, defaults and overrides included. Raises ScenarioError."""
        return load_scenario(self.path / SCENARIO, kits=KitSettings())

    @cached_property
    def blocks(self) -> "pd.DataFrame":
        """Every block found, in that order; where only the ledger has them, miners are public keys."""
        if (self.path / "blocks.parquet").is_file():
            return self._table("blocks")
        return frame_of(block_rows(self._ledger), TABLES["blocks"])

    @property
    def transactions(self) -> "pd.DataFrame":
        """Every transaction submitted, in that order; empty for a run that was killed."""
        return self._table("transactions")

    @property
    def metrics(self) -> "pd.DataFrame":
        """Every number an agent reported; empty for a run that was killed."""
        return self._table("metrics")

    @cached_property
    def events(self) -> EventTables:
        """Event type -> table, of the best chain. An unknown type raises NoSuchEvent, a KeyError."""
        return EventTables(self.path / EVENTS)

    @cached_property
    def _ledger(self) -> Recovered:
        return recover(self.path / LEDGER)

    @cached_property
    def _frames(self) -> "dict[str, pd.DataFrame]":
        return {}

    def _table(self, name: str) -> "pd.DataFrame":
        if name not in self._frames:
            path = self.path / f"{name}.parquet"
            self._frames[name] = read_frame(path) if path.is_file() else frame_of([], TABLES[name])
        return self._frames[name]


def load(folder: str | Path) -> Results:
    """The results in a run's folder. Raises ResultsError where it is none, or its manifest cannot be read."""
    path = Path(folder)
    if not (path / MANIFEST).is_file():
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
    except (OSError, ValueError) as error:
        raise ResultsError(str(path), f"unreadable ({error})") from None
    if not isinstance(value, dict):
        raise ResultsError(str(path), "got no JSON object, expected one")
    return value
