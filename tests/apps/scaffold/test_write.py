import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path, PurePosixPath

import pytest

from apps.scaffold import AppNames, TargetExists, write_app
from apps.scaffold.render import TEMPLATE, render, template_files

ROOT = Path(__file__).resolve().parents[3]
LONGEST = "a_very_long_name_for_a_small_app"


def tool(*command: str, cwd: Path) -> str:
    path = os.pathsep.join([str(ROOT), *sys.path])
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": path, "MYPYPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_distribution_has_every_file_an_author_needs(tmp_path):
    folder = write_app("lottery", tmp_path, {})
    modules = ["__init__", "actions", "agents", "app", "errors", "events", "kit", "state"]
    assert {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} == {
        "README.md",
        "pyproject.toml",
        "lottery.toml",
        "tests/test_lottery.py",
        "lottery/py.typed",
        *(f"lottery/{module}.py" for module in modules),
    }


def test_no_name_of_the_template_is_left():
    names = AppNames("spectrum_pool")
    for path, text in render(names).items():
        assert not re.search(r"app[_ -]?name", f"{path}\n{text}", re.IGNORECASE), path


def test_the_template_is_what_is_rendered_under_its_own_name():
    assert render(TEMPLATE) == dict(template_files())


def test_application_kit_and_package_are_registered_under_the_name():
    table = tomllib.loads(render(AppNames("spectrum_pool"))[PurePosixPath("pyproject.toml")])
    assert table["project"]["name"] == "hertzchain-spectrum-pool"
    assert table["tool"]["setuptools"]["packages"] == ["spectrum_pool"]
    assert table["project"]["entry-points"] == {
        "hertzchain.apps": {"spectrum_pool": "spectrum_pool.app:SpectrumPool"},
        "hertzchain.agents": {"spectrum_pool": "spectrum_pool.kit:SPECTRUM_POOL_KIT"},
    }


def test_the_scenario_hosts_the_application_and_sets_it_up():
    table = tomllib.loads(render(AppNames("spectrum_pool"))[PurePosixPath("spectrum_pool.toml")])
    assert table["name"] == "spectrum-pool"
    assert table["apps"] == ["spectrum_pool"]
    assert "spectrum_pool" in table


@pytest.mark.parametrize("name", [TEMPLATE.name, "q", LONGEST])
def test_names_of_any_length_leave_the_code_linted_and_formatted(tmp_path, name):
    folder = write_app(name, tmp_path, {})
    own, root = folder / "pyproject.toml", ROOT / "pyproject.toml"
    for config in (own, root):
        tool("ruff", "format", "--check", "--no-cache", "--config", str(config), ".", cwd=folder)
    tool("ruff", "check", "--no-cache", ".", cwd=folder)
    # The project's own rules too, but for the order of imports, which depends on whose modules they are.
    strict = ["--config", str(root), "--ignore", "I001", "--ignore", "D1"]
    tool("ruff", "check", "--no-cache", *strict, ".", cwd=folder)


@pytest.mark.slow
def test_the_written_code_passes_strict_type_checking(tmp_path):
    folder = write_app(LONGEST, tmp_path, {})
    tool(
        "mypy",
        "--strict",
        "--follow-imports=silent",
        "--cache-dir",
        str(tmp_path),
        LONGEST,
        "tests",
        cwd=folder,
    )


def test_the_written_tests_are_green_where_they_lie(tmp_path):
    write_app("lottery", tmp_path, {})
    said = tool("pytest", "lottery", "-q", "-p", "no:cacheprovider", cwd=tmp_path)
    assert re.search(r"5 passed", said), said


def test_what_exists_is_never_touched(tmp_path):
    (tmp_path / "lottery").mkdir()
    (tmp_path / "lottery" / "thesis.txt").write_text("mine")
    with pytest.raises(TargetExists) as caught:
        write_app("lottery", tmp_path, {})
    assert str(caught.value) == (
        f"target-exists: {tmp_path / 'lottery'} exists, expected a path at which there is nothing: "
        "take another name, or another folder with --into"
    )
    assert [path.name for path in (tmp_path / "lottery").iterdir()] == ["thesis.txt"]


def test_a_file_or_a_dangling_link_of_the_name_is_not_touched_either(tmp_path):
    (tmp_path / "lottery").write_text("mine")
    (tmp_path / "raffle").symlink_to(tmp_path / "nowhere")
    for name in ("lottery", "raffle"):
        with pytest.raises(TargetExists):
            write_app(name, tmp_path, {})
    assert (tmp_path / "lottery").read_text() == "mine"
    assert not (tmp_path / "nowhere").exists()


def test_a_folder_that_does_not_exist_is_made(tmp_path):
    assert write_app("lottery", tmp_path / "a" / "b", {}) == tmp_path / "a" / "b" / "lottery"


def test_a_refused_name_leaves_nothing_behind(tmp_path):
    with pytest.raises(ValueError, match="name-taken"):
        write_app("json", tmp_path / "new", {})
    assert list(tmp_path.iterdir()) == []


def test_what_could_not_be_written_whole_is_removed(tmp_path, monkeypatch):
    written = []

    def full_disk(path, text, encoding):
        written.append(path)
        if len(written) == 4:
            raise OSError(28, "No space left on device")
        return path.open("w", encoding=encoding).write(text)

    monkeypatch.setattr(Path, "write_text", full_disk)
    with pytest.raises(OSError, match="No space left"):
        write_app("lottery", tmp_path, {})
    assert list(tmp_path.iterdir()) == []
