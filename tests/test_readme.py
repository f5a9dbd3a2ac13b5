"""What the README shows is run: its Python blocks as they stand, its commands as far as their words go."""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sim.cli import app

README = (Path(__file__).parent.parent / "README.md").read_text()
PYTHON = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
COMMANDS = [line.split("#")[0].strip() for line in README.splitlines() if line.startswith("hertzchain ")]


@pytest.mark.parametrize("block", PYTHON)
def test_a_python_block_of_the_readme_runs_as_written(block, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    exec(compile(block, "README.md", "exec"), {})
    assert capsys.readouterr().out


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_readme_exists_with_its_options(command):
    words = shlex.split(command)[1:]
    path = words[:2] if words[0] in ("bench", "reproduce") else words[:1]
    shown = CliRunner().invoke(app, [*path, "--help"], env={"COLUMNS": "200"})
    assert shown.exit_code == 0
    for option in (word for word in words if word.startswith("--")):
        assert option in shown.output


def test_nothing_in_the_readme_waits_to_be_filled_in():
    assert "@@" not in README


def test_files_that_the_readme_points_to_exist():
    root = Path(__file__).parent.parent
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    assert targets
    assert not [target for target in targets if not (root / target).exists()]
