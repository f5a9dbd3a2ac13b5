"""Carries out what a page shows, from top to bottom, in an empty folder: as a reader does who types it.

- `python`: one namespace for the whole page. What pytest would run of a block (`test_...`, `Test...`) is run.
- `sh`: line by line. `hertzchain` is called in this process, pytest in one of its own; `pip install -e` makes a
  folder's application known; `pip wheel` and make are only looked at. What fails says so: `# exit status 1`.
- `toml`: is read, and checked where it is a scenario.
- `diff`: the file named by `+++` is changed.
- `text output`, `text raises`: must be what the block before it has printed, and what the exception says that ended it;
  `...` stands for anything.
"""

import ast
import io
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from unittest import TestCase
from unittest.mock import patch

from apps.testing import DevChain
from apps.testing.watch import checking_afterwards
from sim.cli import main
from sim.plugins import KitSettings
from sim.scenario import load_scenario
from tests.editable import importing_more, install
from tests.pages import ROOT, Block

FIXTURES = {"dev_chain": DevChain}
Shorten = Callable[[Sequence[str]], Sequence[str] | None]
"""The words of a command line to the words that are called instead; None where it is not called."""


def run_page(blocks: Sequence[Block], folder: Path, shorten: Shorten) -> None:
    """Run all blocks of a page in `folder`. Raises AssertionError with the line of the page."""
    with _as_in_a_new_shell(folder):
        run = PageRun(folder, shorten)
        for block, after in zip(blocks, [*blocks[1:], None], strict=True):
            run.go_on(block, after.role if after else "")


class PageRun:
    """One page under way."""

    def __init__(self, folder: Path, shorten: Shorten) -> None:
        self.folder = folder
        self.shorten = shorten
        self.names: dict[str, object] = {"__name__": "__main__"}
        self.said = ""

    def go_on(self, block: Block, awaited: str) -> None:
        """Run the next block; `awaited` is the role of the one after it."""
        if block.role:
            assert _fits(block.code, self.said), f"{block}: expected\n{block.code}\ngot\n{self.said}"
            return
        carry_out = {"python": self.python, "sh": self.shell, "toml": self.toml, "diff": self.diff}
        printed, raised = io.StringIO(), ""
        try:
            with redirect_stdout(printed), redirect_stderr(printed):
                carry_out.get(block.language, lambda _: None)(block)
        except Exception as error:
            if awaited != "raises":
                error.add_note(f"in {block}, having printed:\n{printed.getvalue()}")
                raise
            raised = str(error)
        assert bool(raised) is (awaited == "raises"), f"{block}: expected an exception, nothing was raised"
        self.said = printed.getvalue() + raised

    def python(self, block: Block) -> None:
        """Execute the code, then what pytest would run of it."""
        tree = ast.parse("\n" * (block.line - 1) + block.code, str(block.page))
        exec(compile(tree, str(block.page), "exec"), self.names)
        for test in _tests(tree):
            if isinstance(self.names[test], type):
                _run_case(self.names[test])
            else:
                self._test(test)

    def _test(self, name: str) -> None:
        test = self.names[name]
        assert callable(test)
        wanted = test.__code__.co_varnames[: test.__code__.co_argcount]
        with checking_afterwards():
            test(**{fixture: FIXTURES[fixture] for fixture in wanted})

    def shell(self, block: Block) -> None:
        """Each line, or each of its commands."""
        for number, line in enumerate(block.code.replace("\\\n", "").splitlines(), block.line):
            command, _, comment = line.partition("#")
            expected = int((re.findall(r"exit status (\d+)", comment) or [0])[0])
            for part in command.split("&&"):
                if words := shlex.split(part):
                    got = self._call(words)
                    assert got == expected, f"line {number}: exit status {got}, expected {expected}: {part}"

    def _call(self, words: Sequence[str]) -> int:
        match words:
            case ["hertzchain", *_]:
                shortened = self.shorten(words)
                return 0 if shortened is None else _hertzchain(shortened)
            case ["python", "-m", "pytest", *rest]:
                return _pytest(rest)
            case ["python", "-m", "pip", "install", "-e", project]:
                inside = Path(project).exists()
                install(self.folder / "site", Path(project).resolve() if inside else ROOT / project)
            case ["make", target]:
                assert f"\n{target}:" in (ROOT / "Makefile").read_text(), f"no target {target}"
            case ["python", "-m", "pip", "wheel", "--no-deps", project]:
                # Without a slash pip would look for a distribution of that name in an index.
                assert project.startswith("./"), words
                assert (self.folder / project / "pyproject.toml").exists(), words
            case _:
                raise AssertionError(f"nobody knows how to run {shlex.join(words)}")
        return 0

    def toml(self, block: Block) -> None:
        """Read it; a scenario is checked with what is installed."""
        if "apps" in tomllib.loads(block.code):
            file = self.folder / "of-the-page.toml"
            file.write_text(block.code)
            load_scenario(file, {}, KitSettings())

    def diff(self, block: Block) -> None:
        """Replace the lines with a space or `-` in front by those with a space or `+`, once for each part."""
        header, *changes = re.split(r"^@@.*\n", block.code, flags=re.MULTILINE)
        (name,) = re.findall(r"^\+\+\+ (\S+)$", header, re.MULTILINE)
        file = self.folder / name
        text = file.read_text()
        for change in changes:
            lines = [(line[:1] or " ", line[1:]) for line in change.splitlines()]
            before = "".join(f"{line}\n" for sign, line in lines if sign in " -")
            after = "".join(f"{line}\n" for sign, line in lines if sign in " +")
            assert text.count(before) == 1, f"{name} has {text.count(before)} times\n{before}"
            text = text.replace(before, after)
        file.write_text(text)


def _hertzchain(words: Sequence[str]) -> int:
    with patch.object(sys, "argv", list(words)):
        try:
            main()
        except SystemExit as stop:
            return int(stop.code or 0)
    return 0


def _pytest(arguments: Sequence[str]) -> int:
    """In a process of its own; without generated sequences, which the scaffold's and the examples' tests run."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-k", "not any_sequence", *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path, str(ROOT)])},
        capture_output=True,
        text=True,
        check=False,
    )
    sys.stdout.write(done.stdout + done.stderr)
    return done.returncode


def _tests(tree: ast.Module) -> Iterator[str]:
    """Names of what pytest would run: functions called `test_...`, classes assigned to `Test...`."""
    for one in tree.body:
        if isinstance(one, ast.FunctionDef) and one.name.startswith("test_"):
            yield one.name
        if isinstance(one, ast.Assign):
            targets = [target.id for target in one.targets if isinstance(target, ast.Name)]
            yield from (name for name in targets if name.startswith("Test"))


def _run_case(kind: object) -> None:
    assert isinstance(kind, type)
    assert issubclass(kind, TestCase)
    for name in dir(kind):
        if name.startswith("test"):
            kind(name).debug()


def _fits(expected: str, got: str) -> bool:
    """Whether they are equal but for white space at the ends of lines.

    `...` stands for anything within a line and beyond it; alone in a line, also for nothing.
    """
    lines = [
        "(?:.*\n)?" if line == "..." else re.escape(line).replace(re.escape("..."), ".*?") + "\n"
        for line in _trimmed(expected).splitlines()
    ]
    return re.fullmatch("".join(lines), _trimmed(got) + "\n", re.DOTALL) is not None


def _trimmed(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


@contextmanager
def _as_in_a_new_shell(folder: Path) -> Iterator[None]:
    """In a folder, this environment on the PATH, with nothing imported or installed that later tests could find."""
    before, path = Path.cwd(), os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    os.chdir(folder)
    try:
        with patch.dict(os.environ, PATH=path), importing_more():
            sys.path.insert(0, str(folder))
            yield
    finally:
        os.chdir(before)
