"""The rules that the lint holds on-chain code to: one code each, with what to do instead.

`docs/determinism.md` has a heading for every code: the bug the rule prevents and the remedy.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

PAGE = "docs/determinism.md"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule."""

    title: str
    """What it is about, as in its heading."""
    remedy: str
    """What to do instead; the second half of its messages."""


RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        "HZ100": Rule(
            "The escape comment",
            "expected `# hertzchain: allow HZ1xx why it is safe here` on the line it excuses",
        ),
        "HZ101": Rule("Float literals", "use whole numbers of a smaller unit, or chain.fixed.Fixed"),
        "HZ102": Rule("float() and complex()", "use int, or chain.fixed.Fixed"),
        "HZ103": Rule(
            "True division", "use //, or chain.fixed.divide and mul_div, which name their rounding"
        ),
        "HZ104": Rule("Negative powers", "multiply the other side, or use chain.fixed.mul_div"),
        "HZ111": Rule("Randomness", "draw in an agent and send it in an action, or hash what is on chain"),
        "HZ112": Rule("Clocks", "use ctx.height or ctx.time_ms"),
        "HZ113": Rule("The machine", "keep what the rules need in tables or in the action"),
        "HZ114": Rule("UUIDs", "number things with a counter in a table, or let the sender name them"),
        "HZ115": Rule(
            "Inexact mathematics", "use integers or chain.fixed.Fixed; mathematics belongs in agents"
        ),
        "HZ116": Rule("Threads and coroutines", "carry an action out in one go"),
        "HZ117": Rule("Off-chain code", "move what both sides need into an on-chain module"),
        "HZ118": Rule(
            "Other imports",
            "on-chain code imports chain, its own modules and the deterministic standard library",
        ),
        "HZ121": Rule("The order of a set", "use sorted(...), or a tuple or dict, which keep their order"),
        "HZ122": Rule("hash()", "use chain.hashing.sha256 of encoded bytes"),
        "HZ123": Rule("id()", "compare by value, or number things with a counter in a table"),
        "HZ131": Rule(
            "Mutable globals", "use a tuple, frozenset or Final constant; what changes belongs in a table"
        ),
        "HZ132": Rule(
            "Mutable class attributes", "use a tuple or Final constant; what changes belongs in a table"
        ),
        "HZ133": Rule("Writing to globals", "write to a table"),
        "HZ134": Rule(
            "Memory in the application", "write to a table: the object outlives blocks that are undone"
        ),
        "HZ135": Rule("Mutable defaults", "default to None or a tuple"),
        "HZ136": Rule("Cached views of the state", "read the table every time"),
        "HZ141": Rule("Input and output", "emit an event, or let an agent do it"),
        "HZ142": Rule("Code made at run time", "write the code out, so that it can be read and checked"),
        "HZ143": Rule("Catching everything", "catch the AppError that is meant"),
    }
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of on-chain code that breaks a rule."""

    code: str
    """`HZ1xx`, a key of `RULES`."""
    path: str
    """File, relative to the current folder where it lies below that."""
    line: int
    column: int
    """Of the first character, from 1."""
    message: str
    """What was found; what to do instead."""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.code} {self.message}"
