"""The graded examples: their own tests, every check, their scenarios, and that their pages name every refusal."""

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from typer.testing import CliRunner

import sim
from apps.appcheck.interface import errors_of
from sim.cli import app
from tests.editable import importing_more, install

ROOT = Path(__file__).parent.parent
FOLDERS = [ROOT / "examples" / name for name in ("greeter", "names", "auction", "exchange")]
SCENARIOS = {"greeter": 10, "auction": 25, "exchange": 25}
"""Example -> blocks of its run."""
each = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


@pytest.fixture(scope="module", autouse=True)
def _all_installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with importing_more():
        install(tmp_path_factory.mktemp("site"), *FOLDERS)
        yield


def tool(*command: str) -> str:
    """What a tool says that succeeds, the examples being importable."""
    paths = os.pathsep.join([*map(str, FOLDERS), str(ROOT)])
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": paths, "MYPYPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def check(folder: Path, sequences: int) -> None:
    said = CliRunner().invoke(app, ["app", "check", str(folder), "--sequences", str(sequences)])
    verdicts = {
        line[:4].strip() for line in said.output.splitlines()[1:] if re.match(r"[A-Za-z]+ +\w+: ", line)
    }
    assert (said.exit_code, verdicts) == (0, {"ok"}), said.output


def test_the_tests_of_every_example_are_green():
    said = tool("pytest", *map(str, FOLDERS), "-p", "no:cacheprovider", "-W", "error::UserWarning")
    assert int(re.findall(r"(\d+) passed", said)[0]) > 100, said


@each
def test_every_example_passes_every_check(folder, monkeypatch):
    # The chain that joins all sequences is executed again, not some of them alone too: that takes most of the time.
    monkeypatch.setattr("apps.appcheck.sequences._MOST_CHAINS", 0)
    check(folder, sequences=3)


@pytest.mark.slow
@each
def test_every_example_passes_every_check_with_many_sequences(folder):
    check(folder, sequences=50)


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_of_an_installed_example_runs(tmp_path, name):
    scenario = ROOT / "examples" / name / f"{name}.toml"
    blocks = {"run.blocks": SCENARIOS[name], "network.peers": 10}
    results = sim.load(sim.run(str(scenario), overrides=blocks, out=tmp_path / "out"))
    found = results.manifest["applications"][name]["app"]
    assert found["distribution"] == f"hertzchain-{name}"
    assert results.summary["chain"]["height"] == SCENARIOS[name]
    assert {
        "greeter": lambda summary: summary == {"participants": 0, "events": 0},
        "auction": lambda summary: summary["sold"] >= 1,
        "exchange": lambda summary: summary["sandwiches"] >= 1 and summary["earned"] > 0,
    }[name](results.summary[name])


@each
def test_the_page_of_an_example_names_every_refusal_of_its_own(folder):
    page = (folder / "README.md").read_text()
    groups = tomllib.loads((folder / "pyproject.toml").read_text())["project"]["entry-points"]
    for value in groups["hertzchain.apps"].values():
        module, _, name = value.partition(":")
        refusals = {error.rule for error in errors_of(getattr(import_module(module), name)())}
        assert refusals
        assert not {rule for rule in refusals if f"`{rule}`" not in page}


def test_a_complete_application_fits_into_forty_lines():
    assert len((ROOT / "examples/greeter/greeter/app.py").read_text().splitlines()) <= 40


@pytest.mark.slow
def test_the_examples_pass_strict_type_checking(tmp_path):
    packages = [str(folder / folder.name) for folder in FOLDERS]
    tool("mypy", "--strict", "--follow-imports=silent", "--cache-dir", str(tmp_path), *packages)
