"""Writes the folder of a run: what was asked for, each block as it is found, tables and summary last."""

import json
import math
import platform
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any, Literal, Self

from chain.genesis import Genesis
from sim.folders import FolderHold, ResultsError, take_folder, write_text
from sim.parquet import TABLES, Row, write_rows
from sim.participants import PARTICIPANTS, table_of_names
from sim.plugins import origins
from sim.scenario import Scenario
from sim.store import LedgerStore, StoreError

MANIFEST, SCENARIO, SUMMARY, LEDGER = "manifest.json", "scenario.toml", "summary.json", "chain.db"
EVENTS = "events"
_DISTRIBUTION = "hertzchain"
_NAME = re.compile(r"[A-Za-z0-9._-]+")


class RunStatus(StrEnum):
    """How far a run came."""

    RUNNING = "running"
    """It is going on, or was killed."""
    COMPLETE = "complete"
    INTERRUPTED = "interrupted"
    """Stopped by the user; what was simulated is saved."""
    FAILED = "failed"
    """Stopped by an error, which the manifest names."""

    @property
    def has_tables(self) -> bool:
        """Whether tables and summary were written to the end; else only the ledger counts."""
        return self in (RunStatus.COMPLETE, RunStatus.INTERRUPTED)


class RunFolder:
    """The folder of a run in progress."""

    def __init__(self, path: Path, store: LedgerStore, manifest: dict[str, Any], hold: FolderHold) -> None:
        self.path = path
        self.store = store
        """The ledger; append blocks to it as they are found."""
        self._manifest = manifest
        self._hold = hold

    @classmethod
    def create(
        cls,
        path: Path,
        scenario: Scenario,
        genesis: Genesis,
        *,
        force: bool = False,
        participants: Mapping[str, bytes] | None = None,
    ) -> Self:
        """A folder for a run of `scenario` on the chain that `genesis` founds; nothing is left where it fails.

        Args:
            path: the folder, see `take_folder`.
            scenario: what is run.
            genesis: the chain's.
            force: replace earlier results.
            participants: name -> public key, so that the tables of a killed run can name them.

        Raises FolderInUse, ResultsError, StoreError.
        """
        hold = take_folder(path, force=force)
        try:
            manifest = _manifest(scenario)
            _write_json(path / MANIFEST, manifest)
            write_text(path / SCENARIO, scenario.to_toml())
            if participants is not None:
                _write_json(path / PARTICIPANTS, table_of_names(participants))
            store = LedgerStore.create(path / LEDGER, genesis)
        except BaseException:
            hold.give_back()
            raise
        return cls(path, store, manifest, hold)

    def write_table(self, name: Literal["blocks", "transactions", "metrics"], rows: Iterable[Row]) -> None:
        """Write one of the tables every run has. Raises ResultsError."""
        write_rows(self.path / f"{name}.parquet", rows, TABLES[name])

    def write_events(self, name: str, rows: Iterable[Row]) -> None:
        """Write the table of an event type, such as `lease.LeaseOpened`. Raises ResultsError."""
        write_rows(self.path / EVENTS / f"{name}.parquet", rows, {})

    def write_summary(self, summary: Mapping[str, Any]) -> None:
        """Write `summary.json`; a number that is not finite becomes null. Raises ResultsError."""
        _write_json(self.path / SUMMARY, summary)

    def close(self, status: RunStatus, error: str = "") -> None:
        """End the run: close the ledger, and say in the manifest how the run went.

        Raises StoreError, ResultsError, but not when an `error` is being reported already.
        """
        try:
            self.store.close()
            self._end(status, error)
        except (StoreError, ResultsError) as trouble:
            if not error:
                with suppress(ResultsError):
                    self._end(RunStatus.FAILED, str(trouble))
                raise
        finally:
            self._hold.release()

    def _end(self, status: RunStatus, error: str) -> None:
        ended = {"finished": _now(), "status": status.value, "error": error or None}
        _write_json(self.path / MANIFEST, {**self._manifest, **ended})


def _manifest(scenario: Scenario) -> dict[str, Any]:
    return {
        "hertzchain": _version(_DISTRIBUTION),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": {name: _version(name) for name in _dependencies()},
        "applications": origins(scenario.apps),
        "scenario": scenario.name,
        "seed": scenario.seed,
        "started": _now(),
        "finished": None,
        "status": RunStatus.RUNNING.value,
        "error": None,
    }


def _dependencies() -> list[str]:
    """Names of the packages that this one needs at run time."""
    try:
        listed = requires(_DISTRIBUTION) or []
    except PackageNotFoundError:
        return []
    needed = (_NAME.match(line) for line in listed if "extra ==" not in line)
    return sorted(match.group() for match in needed if match)


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    write_text(path, json.dumps(_finite(value), indent=2, allow_nan=False) + "\n")


def _finite(value: object) -> object:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value
