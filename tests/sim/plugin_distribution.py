"""Distributions outside the repository for tests of plug-ins: one to be built and installed, others as installed."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

APP = '''
"""Counts what everybody reports."""

from dataclasses import dataclass

from chain.app import App, execute, query
from chain.codec import U32
from chain.context import Context, View
from chain.records import Action, Event
from chain.table import Table


@dataclass(frozen=True, slots=True)
class Ping(Action):
    """Be counted."""


@dataclass(frozen=True, slots=True)
class Heard(Event):
    """Somebody was counted."""

    count: U32


class Beacon(App):
    """A counter."""

    name = "beacon"
    api = 1
    emits = (Heard,)
    counts = Table(str, int)

    @execute
    def ping(self, ctx: Context, action: Ping) -> None:
        """Count one more."""
        count = self.heard(ctx) + 1
        self.counts.set(ctx, "all", count)
        ctx.emit(Heard(count))

    @query
    def heard(self, view: View) -> int:
        """How often anybody was counted."""
        return self.counts.get(view, "all") or 0
'''
KIT = '''
"""Participants who ping at every block they see."""

from apps.agent import Decision
from apps.kit import Participant, Population
from pydantic import BaseModel, ConfigDict, Field

from beacon.app import Heard, Ping


class Settings(BaseModel):
    """The application's table of a scenario."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    beepers: int = Field(3, ge=1)


class Beeper:
    """Pings."""

    def decide(self, update, rng):
        """Once at every head."""
        return Decision((Ping(),))


class BeaconKit:
    """The off-chain half."""

    settings = Settings

    def populate(self, settings, surroundings):
        """The beepers."""
        names = [f"beeper-{number}" for number in range(settings.beepers)]
        return Population(tuple(Participant(name, "beeper", Beeper(), 10**9) for name in names))

    def summarise(self, settings, outcome):
        """How many pings were heard."""
        return {"heard": sum(isinstance(placed.event, Heard) for placed in outcome.events)}

    def tables(self, summary):
        """None."""
        return ()

    def charts(self, summary):
        """None."""
        return ()


BEACON_KIT = BeaconKit()
'''
PYPROJECT = """
[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "spectrum-beacon"
version = "1.2.3"

[project.entry-points."hertzchain.apps"]
beacon = "beacon.app:Beacon"

[project.entry-points."hertzchain.agents"]
beacon = "beacon.kit:BEACON_KIT"

[tool.setuptools]
packages = ["beacon"]
"""
SCENARIO = """
name = "ping"
apps = ["beacon"]

[run]
blocks = 12

[network]
peers = 8

[mining]
miners = 3
"""
BEACON_MODULES = {"beacon/__init__.py": "", "beacon/app.py": APP, "beacon/kit.py": KIT}
BEACON = {"beacon": "beacon.app:Beacon"}
BEACON_KIT = {"beacon": "beacon.kit:BEACON_KIT"}


def write_files(folder: Path, texts: Mapping[str, str]) -> None:
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def pip_install(source: Path, site: Path) -> None:
    """Build the distribution in `source` and install it into the folder `site`, with what is on this machine."""
    options = ("--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check")
    result = subprocess.run(
        [sys.executable, "-m", "pip", "install", *options, "--target", str(site), str(source)],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr


def lay_out(
    site: Path,
    distribution: str,
    version: str,
    apps: Mapping[str, str],
    kits: Mapping[str, str],
    modules: Mapping[str, str],
) -> None:
    """The files of a distribution as an installer leaves them in `site`."""
    groups = {"hertzchain.apps": apps, "hertzchain.agents": kits}
    declared = [
        line
        for group, entries in groups.items()
        for line in (f"[{group}]", *(f"{name} = {value}" for name, value in entries.items()))
    ]
    info = f"{distribution.replace('-', '_')}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n"
    texts = {f"{info}/METADATA": metadata, f"{info}/entry_points.txt": "\n".join(declared)}
    write_files(site, {**texts, **modules})


def hertzchain(*arguments: str, cwd: Path, site: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own, which finds what is installed in `site`."""
    paths = [str(site)] if site else []
    here = Path(__file__).resolve().parents[2]
    return subprocess.run(
        [sys.executable, "-c", "from sim.cli import main; main()", *arguments],
        cwd=cwd,
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([*paths, str(here)])},
    )
