"""What the pages show is what happens: code blocks are run as they stand, links lead somewhere, words exist."""

import ast
import shlex
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

import sim
from sim.cli import app
from tests.page_run import run_page
from tests.pages import LANGUAGES, ROLES, ROOT, all_pages, anchors_of, blocks_of, links_of, prose_of

PAGES = all_pages()
RUN_WHOLE = [ROOT / "README.md", *sorted((ROOT / "docs/guides").glob("*.md"))]
SPECIFICATIONS = [page for page in PAGES if page.parent.parent.name in ("apps", "examples")]
WITH_PYTHON = [page for page in SPECIFICATIONS if any(one.language == "python" for one in blocks_of(page))]
FIRST = ROOT / "docs/guides/first-application.md"
COMMANDS = [
    (block, shlex.split(line, comments=True))
    for page in [*RUN_WHOLE, *SPECIFICATIONS]
    for block in blocks_of(page)
    for line in block.code.splitlines()
    if block.language == "sh" and line.startswith("hertzchain ")
]
GROUPS = ("app", "bench", "reproduce")
"""Commands that have commands of their own."""


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


def shortened(words: Sequence[str]) -> Sequence[str] | None:
    """The same with less of it; None for what takes minutes however small, of which only the words are checked.

    TX becomes a transaction of the run that is named before it, a refused one if there is any.
    """
    match list(words[1:]):
        case ["explain", folder, "TX"]:
            sent = sim.load(folder).transactions
            return [
                *words[:-1],
                sent.sort_values("status", key=lambda status: status != "failed", kind="stable")["id"].iloc[
                    0
                ],
            ]
        case ["bench" | "reproduce", *_]:
            return None
        case ["run", scenario, *_] if not scenario.endswith(".toml"):
            return [*words, "--set", "run.blocks=10"]
        case ["app", "check", *_]:
            return [*words, "--sequences", "2"]
    return words


@pytest.mark.parametrize("page", RUN_WHOLE, ids=named)
def test_what_a_page_shows_is_what_happens(page, tmp_path, monkeypatch):
    # `app check` executes one chain with everything again, not some of its parts too: that takes most of the time.
    monkeypatch.setattr("apps.appcheck.sequences._MOST_CHAINS", 0)
    run_page(blocks_of(page), tmp_path, shortened)


@pytest.mark.parametrize("page", WITH_PYTHON, ids=named)
def test_the_python_of_a_specification_runs(page, tmp_path):
    run_page([block for block in blocks_of(page) if block.language == "python"], tmp_path, shortened)


@pytest.mark.parametrize(("block", "words"), COMMANDS, ids=[shlex.join(words) for _, words in COMMANDS])
def test_a_command_exists_with_its_options_and_files(block, words):
    path = words[1 : 3 if words[1] in GROUPS else 2]
    shown = CliRunner().invoke(app, [*path, "--help"], env={"COLUMNS": "200"})
    assert shown.exit_code == 0, block
    for word in words[1:]:
        assert not word.startswith("--") or word in shown.output, block
        assert not word.startswith("examples/") or (ROOT / word).exists(), block


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_code_block_says_what_it_is(page):
    blocks = blocks_of(page)
    assert page.read_text().count("\n```") + page.read_text().startswith("```") == 2 * len(blocks)
    assert not [str(one) for one in blocks if one.language not in LANGUAGES or one.role not in ROLES]
    assert not [str(one) for one in blocks if one.role and one.language != "text"]


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_to_a_file_and_a_heading(page):
    for file, heading in links_of(page):
        target = page.parent / file if file else page
        assert target.exists(), file
        assert not heading or heading in anchors_of(target), f"{file}#{heading}"


def test_every_page_is_reached_from_the_readme():
    reached, waiting = set[Path](), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached and page.suffix == ".md":
            reached.add(page)
            waiting += [(page.parent / file).resolve() for file, _ in links_of(page) if file]
    assert [named(page) for page in PAGES if page not in reached and page.name != "CHANGELOG.md"] == []


def test_the_first_guide_shows_the_greeter_as_it_is():
    shown = [block.code for block in blocks_of(FIRST) if block.language == "python"]
    up_to_the_class = next(number for number, code in enumerate(shown, 1) if "class Greeter" in code)
    greeter = ast.parse((ROOT / "examples/greeter/greeter/app.py").read_text())
    without_docstring = ast.Module(greeter.body[1:], [])
    assert ast.unparse(ast.parse("\n".join(shown[:up_to_the_class]))) == ast.unparse(without_docstring)


def test_nothing_waits_to_be_filled_in():
    assert not [named(page) for page in PAGES if "@@" in prose_of(page)]
