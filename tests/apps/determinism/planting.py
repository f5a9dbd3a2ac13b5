"""Small applications written to a folder, one of them for each rule with a fault that only this rule finds."""

import importlib
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent

from apps.determinism import Finding, lint_app
from chain.app import App

_TEMPLATE = """\
from dataclasses import dataclass

from chain.app import App, execute
from chain.context import Context
from chain.records import Action
from chain.table import Table
{above}

@dataclass(frozen=True, slots=True)
class Add(Action):
    amount: int


@dataclass(frozen=True, slots=True)
class Total:
    amount: int


class Planted(App):
    name = "{name}"
    totals = Table(bytes, Total)
{members}
    @execute
    def add(self, ctx: Context, action: Add) -> None:
        amount = action.amount
{body}
        self.totals.set(ctx, ctx.sender, Total(amount))
"""


@dataclass(frozen=True, slots=True)
class Plant:
    """What is planted, and the message that must be found on the line marked with `# HERE`."""

    found: str
    body: str = "pass  # HERE"
    """Lines of the action's method."""
    above: str = ""
    """Lines below the imports."""
    members: str = ""
    """Lines of the application's class."""

    def source(self, name: str) -> str:
        """The module."""
        return _TEMPLATE.format(
            name=name,
            above=self.above,
            body=indent(self.body, " " * 8),
            members=indent(self.members, " " * 4),
        )


@contextmanager
def package(folder: Path, name: str, sources: Mapping[str, str]) -> Iterator[None]:
    """A package `name` in `folder` that can be imported; its modules by name, with their sources."""
    inside = folder / name
    inside.mkdir(parents=True)
    for module, source in {"__init__": "", **sources}.items():
        (inside / f"{module}.py").write_text(source)
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        for loaded in [one for one in sys.modules if one == name or one.startswith(f"{name}.")]:
            del sys.modules[loaded]


def lint_planted(folder: Path, plant: Plant) -> list[Finding]:
    """What the lint finds in an application with these lines."""
    with package(folder, "planted_alone", {"app": plant.source("alone")}):
        return lint_app(app_in("planted_alone.app"))


def app_in(module: str, name: str = "Planted") -> type[App]:
    """The application class of a module."""
    found: object = getattr(importlib.import_module(module), name)
    assert isinstance(found, type)
    assert issubclass(found, App)
    return found


PLANTS: Mapping[str, Plant] = {
    "HZ100": Plant(
        "allows HZ103 without a reason; expected `# hertzchain: allow HZ1xx why it is safe here` "
        "on the line it excuses",
        "amount = amount // 2  # hertzchain: allow HZ103",
    ),
    "HZ101": Plant(
        "float literal 0.5; use whole numbers of a smaller unit, or chain.fixed.Fixed",
        "amount = int(amount * 0.5)  # HERE",
    ),
    "HZ102": Plant(
        "float() makes a float: float(amount); use int, or chain.fixed.Fixed",
        "amount = int(float(amount))  # HERE",
    ),
    "HZ103": Plant(
        "`/` makes a float: amount / 3; use //, or chain.fixed.divide and mul_div, which name their rounding",
        "amount = int(amount / 3)  # HERE",
    ),
    "HZ104": Plant(
        "a negative power makes a float: 2 ** (-1); multiply the other side, or use chain.fixed.mul_div",
        "amount = int(amount * 2**-1)  # HERE",
    ),
    "HZ111": Plant(
        "imports random; draw in an agent and send it in an action, or hash what is on chain",
        "amount = random.Random(7).randint(0, amount)",
        "import random  # HERE",
    ),
    "HZ112": Plant(
        "imports time; use ctx.height or ctx.time_ms",
        "amount += int(time.time() < 0)",
        "import time  # HERE",
    ),
    "HZ113": Plant(
        "imports os; keep what the rules need in tables or in the action",
        "amount += len(os.environ.get('NOT_SET_ANYWHERE', ''))",
        "import os  # HERE",
    ),
    "HZ114": Plant(
        "imports uuid; number things with a counter in a table, or let the sender name them",
        "amount += uuid.uuid4().version",
        "import uuid  # HERE",
    ),
    "HZ115": Plant(
        "imports math; use integers or chain.fixed.Fixed; mathematics belongs in agents",
        "amount = math.floor(math.sqrt(amount))",
        "import math  # HERE",
    ),
    "HZ116": Plant(
        "imports threading; carry an action out in one go",
        "with threading.Lock():\n    amount += 1",
        "import threading  # HERE",
    ),
    "HZ117": Plant(
        "imports apps.testing.keys, which is off chain; move what both sides need into an on-chain module",
        "amount += len(account_of('nobody'))",
        "from apps.testing.keys import account_of  # HERE",
    ),
    "HZ118": Plant(
        "imports json; on-chain code imports chain, its own modules and the deterministic standard library",
        "amount = json.loads(json.dumps(amount))",
        "import json  # HERE",
    ),
    "HZ121": Plant(
        "loops over a set: {3, 1, 2}; use sorted(...), or a tuple or dict, which keep their order",
        "for step in {3, 1, 2}:  # HERE\n    amount = 2 * amount + step",
    ),
    "HZ122": Plant(
        "hash() differs between processes; use chain.hashing.sha256 of encoded bytes",
        "amount = hash(amount)  # HERE",
    ),
    "HZ123": Plant(
        "id() is an address in memory; compare by value, or number things with a counter in a table",
        "amount += len({id(action): amount})  # HERE",
    ),
    "HZ131": Plant(
        "mutable global: SEEN = []; use a tuple, frozenset or Final constant; what changes belongs in a table",
        "note(SEEN, amount)",
        "SEEN = []  # HERE\n\n\ndef note(seen, amount):\n    seen.append(amount)",
    ),
    "HZ132": Plant(
        "mutable class attribute: seen = []; use a tuple or Final constant; what changes belongs in a table",
        "self.seen.append(amount)",
        members="seen = []  # HERE\n",
    ),
    "HZ133": Plant(
        "global LAST; write to a table",
        "global LAST  # HERE\nLAST = amount",
        "LAST = 0",
    ),
    "HZ134": Plant(
        "self.last = amount; write to a table: the object outlives blocks that are undone",
        "self.last = amount  # HERE",
        members="last = 0\n",
    ),
    "HZ135": Plant(
        "a default that outlives the call: []; default to None or a tuple",
        "note(amount)",
        "def note(amount, seen=[]):  # HERE\n    seen.append(amount)",
    ),
    "HZ136": Plant(
        "@cache on held() keeps answers of another state; read the table every time",
        "amount += held(ctx)",
        "import functools\n\n\n@functools.cache  # HERE\ndef held(ctx):\n    return 0",
    ),
    "HZ141": Plant(
        "print() writes to the terminal; emit an event, or let an agent do it",
        "print(amount)  # HERE",
    ),
    "HZ142": Plant(
        "eval() runs code made at run time; write the code out, so that it can be read and checked",
        "amount = eval('amount + 1', {}, {'amount': amount})  # HERE",
    ),
    "HZ143": Plant(
        "`except Exception` hides crashes that depend on the machine; catch the AppError that is meant",
        "try:\n    amount += 1\nexcept Exception:  # HERE\n    amount = 0",
    ),
}
