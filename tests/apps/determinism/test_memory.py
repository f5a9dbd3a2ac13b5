"""The rules on memory: what outlives an action outside the state is found, what does not is left alone."""

from pathlib import Path

import pytest

from apps.determinism import lint_app
from tests.apps.determinism.planting import Plant, app_in, lint_planted, package

GLOBALS = {
    "LOG = []": ["HZ131"],
    "LOG: dict[str, int] = {}": ["HZ131"],
    "LOG = dict[str, int]()": ["HZ131"],
    "LOG = {x: 1 for x in (1, 2)}": ["HZ131"],
    "LOG = (1, [2])": ["HZ131"],
    "from collections import deque\nLOG = deque()": ["HZ131"],
    "import collections\nLOG = collections.Counter()": ["HZ131"],
    "from itertools import count as numbers\nLOG = numbers()": ["HZ131"],
    "if True:\n    LOG = []": ["HZ131"],
    "from typing import Final\nLOG: Final = {1: 2}": [],
    "from typing import Final\nLOG: Final[dict[int, int]] = {1: 2}": [],
    "from collections.abc import Mapping\nLOG: Mapping[int, int] = {1: 2}": [],
    "from types import MappingProxyType\nLOG = MappingProxyType({1: 2})": [],
    "LOG = (1, 2)\nLEVELS = frozenset({1})\n__all__ = ['LOG']": [],
    "def deque(): ...\nLOG = deque()": [],
    "class map: ...\nLOG = map()": [],
    "def fresh():\n    log = []\n    log.append(1)\n    return log": [],
    "def note(log=[]): ...": ["HZ135"],
    "def note(*, log={}): ...": ["HZ135"],
    "note = lambda log=set(): log": ["HZ135"],
    "def note(log=(), other=None, n=0): ...": [],
    "from functools import lru_cache\n@lru_cache(maxsize=9)\ndef held(view): ...": ["HZ136"],
    "from functools import cache\n@cache\ndef held(state: Context): ...": ["HZ136"],
    "from functools import cache\n@cache\ndef square(n): return n * n": [],
}
WRITES = {
    "LOG[1] = 2": ["HZ133"],
    "LOG[1] += 2": ["HZ133"],
    "del LOG[1]": ["HZ133"],
    "LOG.update({1: 2})": ["HZ133"],
    "LOG.setdefault(1, 2)": ["HZ133"],
    "Planted.last = 1": ["HZ133"],
    "helper.calls = 1": ["HZ133"],
    "for LOG[0] in (1, 2): pass": ["HZ133"],
    "LOG = {}\nLOG[1] = 2\nLOG.update({})": [],
    "LOG.get(1)\nLOG.copy()": [],
    "self.last = 1": ["HZ134"],
    "self.last += 1": ["HZ134"],
    "self.a.b[1] = 1": ["HZ134"],
    "self.last, x = 1, 2": ["HZ134"],
    "type(self).last = 1": ["HZ134"],
    "setattr(self, 'last', 1)": ["HZ134"],
    "del self.last": ["HZ134"],
    "x: int = self.totals.get(ctx, b'')": [],
    "book = Book()\nbook.last = 1\nbook.pages.append(1)": [],
    "def inner(n):\n    self.last = n": ["HZ134"],
}


@pytest.mark.parametrize("above", GLOBALS)
def test_what_a_module_keeps_is_constant(tmp_path: Path, above: str) -> None:
    found = lint_planted(tmp_path, Plant("", above=above))
    assert [finding.code for finding in found] == GLOBALS[above]


@pytest.mark.parametrize("body", WRITES)
def test_an_action_writes_to_tables_and_its_own_variables_only(tmp_path: Path, body: str) -> None:
    above = (
        "from typing import Final\n\nLOG: Final = {}\n\n\ndef helper(): ...\n\n\n"
        "class Book:\n    def __init__(self):\n        self.pages = []\n\n"
        "    def turn(self):\n        self.at = 1\n"
    )
    found = lint_planted(tmp_path, Plant("", body, above))
    assert [finding.code for finding in found] == WRITES[body]


def test_a_constant_of_another_module_may_not_be_changed_either(tmp_path: Path) -> None:
    sources = {
        "app": Plant("", "TOP.append(1)", "from changed.rules import TOP").source("changed"),
        "rules": "from typing import Final\n\nTOP: Final = [1]\n",
    }
    with package(tmp_path, "changed", sources):
        assert [finding.code for finding in lint_app(app_in("changed.app"))] == ["HZ133"]


@pytest.mark.parametrize(
    ("members", "codes"),
    [
        ("seen = []\n", ["HZ132"]),
        ("seen: dict[int, int] = {}\n", ["HZ132"]),
        ("from typing import Final\nseen: Final[list[int]] = []\n", []),
        (
            "import typing as t\nseen: t.ClassVar[t.Mapping[int, int]] = {}\n",
            [],
        ),
        ("__slots__ = ['a']\nemits = ()\nfee = 3\n", []),
        ("def __init__(self, fee=3):\n    self.fee = fee\n", []),
        ("def __init__(self):\n    self.seen = []\n", ["HZ132"]),
        ("def end_block(self, ctx):\n    self.seen = ctx.height\n", ["HZ134"]),
        ("@classmethod\ndef note(cls):\n    cls.seen = 1\n", ["HZ134"]),
        ("@staticmethod\ndef note(book):\n    book.seen = 1\n", []),
    ],
)
def test_an_application_keeps_settings_and_nothing_that_changes(
    tmp_path: Path, members: str, codes: list[str]
) -> None:
    assert [finding.code for finding in lint_planted(tmp_path, Plant("", members=members))] == codes
