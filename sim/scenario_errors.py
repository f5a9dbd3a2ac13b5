"""What is wrong with a scenario, in the author's words: where, what was got, what is allowed, nearest."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time
from difflib import get_close_matches

_SHOWN_CHARACTERS = 80


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a scenario."""

    path: str
    """Key path in the file, such as `network.peers`; empty for the file as a whole."""
    got: object
    allowed: str
    """What may stand there instead, in words."""
    nearest: str = ""
    """The allowed name or text that is closest to what was got; empty where none is close."""
    overridden: bool = False
    """Whether the value came from an override, not from the file."""
    meaning: str = ""
    """What the setting is for."""

    def lines(self) -> list[str]:
        """The problem as indented lines."""
        place = f"{self.path}{' (overridden)' if self.overridden else ''}"
        first = [f"  {place}:"] if place else []
        hint = [f"    did you mean: {self.nearest}"] if self.nearest else []
        meaning = [f"    it means: {self.meaning}"] if self.meaning else []
        return [*first, f"    got:      {_shown(self.got)}", f"    expected: {self.allowed}", *hint, *meaning]


class ScenarioError(Exception):
    """A scenario that cannot be run. Args: its file or name, the problems (all that were found)."""

    def __init__(self, source: str, problems: tuple[Problem, ...]) -> None:
        super().__init__(source, problems)

    @property
    def source(self) -> str:
        """File or name of the scenario."""
        return str(self.args[0])

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything that is wrong, in the file's order of tables."""
        problems: tuple[Problem, ...] = self.args[1]
        return problems

    def __str__(self) -> str:
        count = len(self.problems)
        title = f"scenario {self.source}: {count} problem{'s' if count > 1 else ''}"
        return "\n".join([title, *(line for problem in self.problems for line in problem.lines())])


@dataclass(frozen=True, slots=True)
class Word:
    """A `got` that is said, not quoted: `an unknown key`, `nothing`."""

    text: str


def nearest_name(got: str, known: Iterable[str]) -> str:
    """The name that `got` was probably meant to be, or ""."""
    names = {name.lower(): name for name in known}
    close = get_close_matches(got.lower().replace("-", "_"), [name.replace("-", "_") for name in names], 1)
    spelled = {name.lower().replace("-", "_"): name for name in names.values()}
    return spelled[close[0]] if close else ""


def listed(names: Iterable[str]) -> str:
    """`a`, `a or b`, `a, b or c`."""
    *rest, last = names
    return f"{', '.join(rest)} or {last}" if rest else last


def _shown(value: object) -> str:
    if isinstance(value, Word):
        return value.text
    text = _as_written(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[: _SHOWN_CHARACTERS - 3]}..."


def _as_written(value: object) -> str:
    """The value as a scenario file has it, not as Python does."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_as_written, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key} = {_as_written(item)}' for key, item in value.items())}}}"
    return value.isoformat() if isinstance(value, date | time) else repr(value)
