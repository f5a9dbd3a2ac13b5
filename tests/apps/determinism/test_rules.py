"""The other rules beyond their planted faults: arithmetic, imports, effects, the escape, and their page."""

import re
import subprocess
import sys
from pathlib import Path
from textwrap import indent

import pytest

from apps.determinism import RULES, lint_app
from apps.determinism.imports import ALLOWED
from tests.apps.determinism.planting import Plant, app_in, lint_planted, package

PAGE = Path(__file__).parents[3] / "docs" / "determinism.md"
BODIES = {
    "amount = 1e3": ["HZ101"],
    "amount = 2j": ["HZ101"],
    "amount: float = 1": [],
    "amount = complex(1)": ["HZ102"],
    "amount = list(map(float, (1, 2)))": ["HZ102"],
    "amount = float.fromhex('1')": ["HZ102"],
    "isinstance(amount, (int, float)) or isinstance(amount, float)": [],
    "amount /= 2": ["HZ103"],
    "amount = operator.truediv(1, 2)": ["HZ103"],
    "amount = -amount // 2 % 3 * 2**3 - 10 ** amount": [],
    "amount = pow(2, -1)": ["HZ104"],
    "amount = pow(3, -1, 7)": [],
    "amount = int(amount) + round(amount)": [],
    "sorted((1, 2), key=hash)": ["HZ122"],
    "amount = action.__hash__()": ["HZ122"],
    "sorted((1, 2), key=id)": ["HZ123"],
    "id = 3; amount = id": [],
    "amount = action.id if ctx is None else 1": [],
    "with open('x') as file: pass": ["HZ141"],
    "ctx.open(1); self.input(2)": [],
    "input()": ["HZ141"],
    "exec('1')": ["HZ142"],
    "__import__('os')": ["HZ142"],
    "getattr(ctx, 'height')": [],
    "try: pass\nexcept: pass": ["HZ143"],
    "try: pass\nexcept (ValueError, RecursionError): pass": ["HZ143"],
    "try: pass\nexcept Exception:\n    amount = 1\n    raise": [],
    "try: pass\nexcept ValueError: pass": [],
    "with suppress(Exception): pass": ["HZ143"],
    "async def later(): pass": ["HZ116"],
}
IMPORTS = {
    "import random as dice": ["HZ111"],
    "from secrets import token_bytes, randbelow": ["HZ111"],
    "from datetime import datetime": ["HZ112"],
    "import os.path": ["HZ113"],
    "from pathlib import Path": ["HZ113"],
    "import numpy.random": ["HZ115"],
    "import scipy, pandas": ["HZ115", "HZ115"],
    "from decimal import Decimal": ["HZ115"],
    "from concurrent.futures import ThreadPoolExecutor": ["HZ116"],
    "import asyncio": ["HZ116"],
    "from consensus import mempool": ["HZ117"],
    "import sim.runner": ["HZ117"],
    "from apps import kit": ["HZ117"],
    "from apps.lease.rent import payment_for": ["HZ117"],
    "import someone_elses": ["HZ118"],
    "import pickle": ["HZ142"],
    "from . import actions": [],
    "from .state import Lot": [],
    "import importing.state": [],
    "import collections.abc, dataclasses, enum, functools, hashlib, itertools, operator, typing": [],
    "from chain.fixed import Fixed": [],
}


@pytest.mark.parametrize("body", BODIES)
def test_what_an_action_computes(tmp_path: Path, body: str) -> None:
    above = "import operator\nfrom contextlib import suppress"
    found = lint_planted(tmp_path, Plant("", body, above))
    assert [finding.code for finding in found] == BODIES[body]


@pytest.mark.parametrize("line", IMPORTS)
def test_what_on_chain_code_imports(tmp_path: Path, line: str) -> None:
    # Inside a function, so that nothing is imported when the module is.
    plant = Plant("", above=f"def never():\n    {line}")
    sources = {"app": plant.source("importing"), "actions": "", "state": "Lot = int\n"}
    with package(tmp_path, "importing", sources):
        found = lint_app(app_in("importing.app"))
    assert [finding.code for finding in found] == IMPORTS[line]


def test_hashes_are_defined_with_the_builtin(tmp_path: Path) -> None:
    above = "class Book:\n    def __hash__(self):\n        return hash(1)"
    assert lint_planted(tmp_path, Plant("", above=above)) == []


@pytest.mark.parametrize(
    ("comment", "found"),
    [
        ("# hertzchain: allow HZ103 both are whole", []),
        (
            "# hertzchain: allow HZ101,HZ103 both are whole",
            ["HZ100 allows HZ101, which this line does not break"],
        ),
        (
            "# hertzchain: allow HZ103",
            ["HZ100 allows HZ103 without a reason", "HZ103 `/` makes a float: 4 / 2"],
        ),
        (
            "# hertzchain: allow HZ199 why",
            ["HZ100 allows HZ199, which is no rule", "HZ103 `/` makes a float: 4 / 2"],
        ),
        ("# hertzchain: allow", ["HZ100 allows nothing, which is no rule", "HZ103 `/` makes a float: 4 / 2"]),
    ],
)
def test_the_escape_excuses_one_line_from_one_rule_with_a_reason(
    tmp_path: Path, comment: str, found: list[str]
) -> None:
    findings = lint_planted(tmp_path, Plant("", f"amount = int(4 / 2)  {comment}"))
    assert sorted(f"{one.code} {one.message.split(';')[0]}" for one in findings) == found


def test_the_escape_reaches_its_own_line_only(tmp_path: Path) -> None:
    body = "amount = 4 / 2  # hertzchain: allow HZ103 whole\namount = int(4 / 2)"
    assert [finding.code for finding in lint_planted(tmp_path, Plant("", body))] == ["HZ103"]


def test_the_escape_may_end_the_statement_it_excuses(tmp_path: Path) -> None:
    body = "amount = (\n    4 / 2\n)\namount = int(\n    4\n    / 2  # hertzchain: allow HZ103 whole\n)"
    found = lint_planted(tmp_path, Plant("", body))
    assert [(finding.code, finding.message.split(";")[0]) for finding in found] == [
        ("HZ103", "`/` makes a float: 4 / 2")
    ]


def test_the_page_has_a_heading_for_every_rule_and_no_other() -> None:
    headings = re.findall(r"^### (HZ\d+) (.+)$", PAGE.read_text(), re.MULTILINE)
    assert headings == [(code, rule.title) for code, rule in RULES.items()]


@pytest.mark.parametrize("code", RULES)
def test_the_page_shows_the_fault_and_a_remedy_that_has_none(tmp_path: Path, code: str) -> None:
    section = PAGE.read_text().partition(f"### {code} ")[2].partition("\n### ")[0]
    (example,) = re.findall(r"^```python\n(.+?)^```", section, re.MULTILINE | re.DOTALL)
    wrong, right = example.removeprefix("# wrong\n").split("# right\n")
    for name, lines, expected in (("wrong", wrong, [code]), ("right", right, [])):
        # What a module or class keeps stands there as it is; all else is never run.
        above = (
            lines
            if code.startswith("HZ13")
            else "def example(ctx, action, amount):\n" + indent(lines, "    ")
        )
        records = "@dataclass(frozen=True, slots=True)\nclass Total:\n    amount: int\n\n\n"
        found = lint_planted(tmp_path / name, Plant("", above=records + above))
        assert [finding.code for finding in found] == expected


def test_the_page_lists_what_may_be_imported() -> None:
    section = PAGE.read_text().partition("### HZ118")[2].partition("```")[0].partition("standard library:")[2]
    listed = re.findall(r"`(\w+)`", section)
    assert set(listed) == ALLOWED - {"__future__", "chain", "typing_extensions"}


def test_the_nets_do_not_load_numpy() -> None:
    code = "import sys, apps.determinism; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
