"""What a check says: one line, and below it what is wrong and where."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

_INDENT = " " * 4
"""That of a function's body, so that lines of Python can be pasted into a test."""


class Verdict(StrEnum):
    """How a check ends."""

    OK = "ok"
    FAIL = "FAIL"
    SKIPPED = "skip"
    """Not made, because one before it failed."""


@dataclass(frozen=True, slots=True)
class Result:
    """One check of one application."""

    check: str
    """Its name: `registration`."""
    verdict: Verdict
    summary: str
    """What was looked at, or how much is wrong."""
    details: tuple[str, ...] = ()
    """What is wrong and where; with `ok`, what is worth knowing. A text may have several lines."""

    def lines(self) -> Iterator[str]:
        """As it is printed: the verdict first, the details indented below."""
        yield f"{self.verdict:<4}  {self.check}: {self.summary}"
        for detail in self.details:
            yield from (f"{_INDENT}{line}" for line in detail.splitlines())


def judged(check: str, faults: Iterable[str], passed: str, notes: Iterable[str] = ()) -> Result:
    """`passed` where there is no fault, else how many there are."""
    found = tuple(faults)
    if found:
        return Result(check, Verdict.FAIL, counted(len(found), "fault"), found)
    return Result(check, Verdict.OK, passed, tuple(notes))


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 query`, `2 queries`."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"
