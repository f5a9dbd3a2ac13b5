"""The escape: `# hertzchain: allow HZ103 exact, both are powers of two` excuses one line from one rule."""

import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from apps.determinism.rules import RULES
from apps.determinism.scopes import Fault

_COMMENT = re.compile(r"#\s*hertzchain:\s*allow\b[\s:]*(?P<codes>[\w,]*)\s*(?P<reason>.*)")


@dataclass(frozen=True, slots=True)
class Allowance:
    """One such comment."""

    line: int
    column: int
    codes: tuple[str, ...]
    reason: str

    @property
    def objection(self) -> str | None:
        """What is wrong with the comment itself."""
        unknown = [code for code in self.codes if code not in RULES]
        if unknown or not self.codes:
            return f"allows {', '.join(unknown) or 'nothing'}, which is no rule"
        return None if self.reason else f"allows {', '.join(self.codes)} without a reason"


@dataclass(frozen=True, slots=True)
class Objection:
    """A fault of the comment itself. Code HZ100."""

    line: int
    column: int
    what: str


def read_allowances(source: str) -> tuple[Allowance, ...]:
    """Every such comment of a module."""
    return tuple(_read(source))


def excuse(faults: Iterable[Fault], allowances: Iterable[Allowance]) -> tuple[list[Fault], list[Objection]]:
    """The faults that nothing excuses, and what is wrong with the comments: one that excuses nothing misleads."""
    sound = {one: set[str]() for one in allowances if one.objection is None}
    objections = [
        Objection(one.line, one.column, one.objection) for one in allowances if one.objection is not None
    ]
    left = []
    for fault in faults:
        excuses = [one for one in sound if fault.code in one.codes and _covers(one, fault)]
        for one in excuses:
            sound[one].add(fault.code)
        if not excuses:
            left.append(fault)
    for one, used in sound.items():
        objections += [
            Objection(one.line, one.column, f"allows {code}, which this line does not break")
            for code in one.codes
            if code not in used
        ]
    return left, objections


def _covers(allowance: Allowance, fault: Fault) -> bool:
    first = getattr(fault.node, "lineno", 0)
    return allowance.line in (first, getattr(fault.node, "end_lineno", first))


def _read(source: str) -> Iterator[Allowance]:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        match = _COMMENT.match(token.string) if token.type == tokenize.COMMENT else None
        if match is not None:
            codes = tuple(code for code in match["codes"].split(",") if code)
            yield Allowance(token.start[0], token.start[1] + 1, codes, match["reason"].strip())
