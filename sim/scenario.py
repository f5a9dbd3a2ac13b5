"""Scenarios: one validated object that says everything about a run, read from TOML and written back."""

import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, SerializeAsAny, model_validator

from sim.scenario_check import validated
from sim.scenario_cross import cross_problems
from sim.scenario_errors import Problem, ScenarioError, Word, listed, nearest_name
from sim.scenario_overrides import override
from sim.settings import (
    ChainSettings,
    CheckSettings,
    MiningSettings,
    NetworkSettings,
    RunSettings,
    Table,
)
from sim.toml_text import to_toml

MAX_FILE_BYTES = 1_000_000
_SUFFIX = ".toml"
_APP_TABLES = "app_tables"


class Scenario(Table):
    """Everything about a run. Raises ScenarioError where settings that are fine alone do not fit together."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=64)] = Field(
        description="Short name: lower case letters, digits and hyphens, at most 64."
    )
    title: str = Field("", max_length=200, description="What it shows, in one line.")
    description: str = Field("", max_length=10_000, description="What it shows, at length.")
    seed: int = Field(1, ge=0, le=2**63 - 1, description="Seed of all random streams.")
    apps: Annotated[tuple[str, ...], Field(strict=False)] = Field(
        (), description="Applications the chain hosts; each has a table of its own."
    )
    execution: Literal["shared", "replicated"] = Field(
        "shared", description="Whether peers share one execution of each block or each repeats it."
    )
    run: RunSettings = Field(default_factory=RunSettings)
    chain: ChainSettings = Field(default_factory=ChainSettings)
    network: NetworkSettings = Field(default_factory=NetworkSettings)
    mining: MiningSettings = Field(default_factory=MiningSettings)
    checks: CheckSettings = Field(default_factory=CheckSettings)
    app_tables: dict[str, SerializeAsAny[BaseModel]] = Field(
        default_factory=dict,
        description="Settings of each application. In a file, `[<app>]` at the top level.",
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        problems = tuple(
            cross_problems(self.run, self.chain, self.network, self.mining, self.apps, self.app_tables)
        )
        if problems:
            raise ScenarioError(self.name, problems)
        return self

    def app_settings(self, app: str) -> BaseModel:
        """Settings of a hosted application. Raises KeyError."""
        return self.app_tables[app]

    def to_toml(self) -> str:
        """The resolved file: all settings, defaults included. Reading it gives an equal scenario."""
        table = self.model_dump(mode="json", exclude={_APP_TABLES})
        tables = {app: settings.model_dump(mode="json") for app, settings in self.app_tables.items()}
        return to_toml({**table, **tables})


RESERVED_APP_NAMES = frozenset(
    {*Scenario.model_fields, "bank", "scenario", "simulated_s", "wall_s", "note"},
)
"""Names no application can be hosted by: keys of every scenario or summary, and what every chain hosts."""


def load_scenario(
    name_or_path: str | Path,
    overrides: Mapping[str, object] | None = None,
    kits: Mapping[str, type[BaseModel]] | None = None,
) -> Scenario:
    """Read, override and check a scenario.

    Args:
        name_or_path: a bundled scenario's name, or a file's path (with a folder or the ending `.toml`).
        overrides: settings by dotted path; a text that is a TOML value is read as one.
        kits: settings model of each application that is installed.

    Raises:
        ScenarioError: it cannot be read, or something in it is wrong; all problems are listed.
    """
    source, table = _read(name_or_path)
    chosen = overrides or {}
    problems = tuple(problem for key, value in chosen.items() for problem in override(table, key, value))
    if problems:
        raise ScenarioError(source, problems)
    return scenario_from(table, kits or {}, source, chosen)


def scenario_from(
    table: Mapping[str, object],
    kits: Mapping[str, type[BaseModel]],
    source: str,
    overridden: Collection[str] = (),
) -> Scenario:
    """The scenario that a table, as read from TOML, describes. Raises ScenarioError with all problems.

    Args:
        table: the scenario's keys and tables.
        kits: settings model of each application that is installed.
        source: where it comes from, for messages.
        overridden: key paths whose values are not the file's.
    """
    names = [*(name for name in Scenario.model_fields if name != _APP_TABLES), *kits]
    problems = [
        Problem(key, Word("an unknown key"), listed(names), nearest_name(key, names), key in overridden)
        for key in table
        if key not in names
    ]
    own = {key: value for key, value in table.items() if key in Scenario.model_fields}
    hosted = own.get("apps", [])
    apps = [app for app in hosted if isinstance(app, str)] if isinstance(hosted, list | tuple) else []
    problems += _app_problems(table, apps, kits)
    tables: dict[str, BaseModel] = {}
    for app in apps:
        settings, wrong = validated(
            kits.get(app, Table), table.get(app, {}) if app in kits else {}, app, overridden
        )
        problems += wrong
        tables[app] = settings or Table()
    try:
        scenario, wrong = validated(Scenario, {**own, _APP_TABLES: tables}, "", overridden)
    except ScenarioError as error:
        scenario, wrong = None, list(error.problems)
    if scenario is None or problems:
        raise ScenarioError(source, (*problems, *wrong))
    return scenario


def bundled() -> list[tuple[str, str]]:
    """Name and title of each scenario that comes with the program, in name order."""
    found = []
    for entry in _folder().iterdir():
        if entry.name.endswith(_SUFFIX):
            table = tomllib.loads(entry.read_text("utf-8"))
            found.append((str(table["name"]), str(table["title"])))
    return sorted(found)


def _app_problems(
    table: Mapping[str, object], apps: Sequence[str], kits: Mapping[str, type[BaseModel]]
) -> Iterator[Problem]:
    installed = f"installed applications: {listed(sorted(kits)) if kits else 'none'}"
    for app in apps:
        if app in RESERVED_APP_NAMES:
            yield Problem("apps", app, "another name: every scenario, summary or chain has this one already")
        elif app not in kits:
            yield Problem("apps", app, installed, nearest_name(app, kits))
        elif apps.count(app) > 1:
            yield Problem("apps", list(apps), "each application once")
            return
    for app in kits:
        if app in table and app not in apps:
            yield Problem(app, Word("settings of an application the chain does not host"), f"{app!r} in apps")


def _read(name_or_path: str | Path) -> tuple[str, dict[str, object]]:
    """The scenario's source, for messages, and its table as read."""
    name = str(name_or_path)
    if isinstance(name_or_path, Path) or name.endswith(_SUFFIX) or "/" in name or Path(name).is_file():
        return name, _parse(name, Path(name))
    entry = _folder() / f"{name}{_SUFFIX}"
    if not entry.is_file():
        names = [known for known, _ in bundled()]
        allowed = f"a bundled scenario ({listed(names)}) or the path of a .toml file"
        raise ScenarioError(name, (Problem("", name, allowed, nearest_name(name, names)),))
    return name, _parse(name, entry)


def _parse(source: str, file: Traversable) -> dict[str, object]:
    try:
        with file.open("rb") as stream:
            data = stream.read(MAX_FILE_BYTES + 1)
        if len(data) > MAX_FILE_BYTES:
            raise _unreadable(source, f"more than {MAX_FILE_BYTES} bytes", "a smaller file")
        # Some editors put a byte order mark first; TOML has none.
        return tomllib.loads(data.decode().removeprefix("\ufeff"))
    except OSError as error:
        raise _unreadable(source, f"no readable file ({error.strerror})", "a scenario file") from None
    except UnicodeDecodeError as error:
        raise _unreadable(source, f"no text at byte {error.start}", "TOML in UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise _unreadable(source, f"a syntax error: {error}", "TOML") from None
    except RecursionError:
        raise _unreadable(source, "values nested too deep", "TOML") from None
    except ValueError as error:
        raise _unreadable(source, f"no file ({error})", "a scenario file") from None


def _unreadable(source: str, got: str, allowed: str) -> ScenarioError:
    return ScenarioError(source, (Problem("", Word(got), allowed),))


def _folder() -> Traversable:
    return files("sim") / "scenarios"
