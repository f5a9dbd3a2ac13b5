"""Finds what is to be checked: an installed application, a folder as the scaffold writes it, or a module."""

import re
import sys
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

APPS, KITS = "hertzchain.apps", "hertzchain.agents"
"""Groups of entry points."""
_PROJECT = "pyproject.toml"
_MODULE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*(:[A-Za-z_]\w*)?", re.ASCII)


class UnknownSubject(LookupError):
    """Nothing that could be checked. Args: what was asked for, why it is none, the installed applications."""

    rule: ClassVar[str] = "no-such-application"

    def __str__(self) -> str:
        asked, why, installed = self.args
        near = get_close_matches(asked, installed, 1)
        return (
            f"{self.rule}: got {asked!r}, {why}; expected an installed application "
            f"({', '.join(sorted(installed)) or 'there is none'}), a folder with {_PROJECT}, or a module such as "
            f"lottery.app{f'; did you mean {near[0]!r}?' if near else ''}"
        )


@dataclass(frozen=True, slots=True)
class Subject:
    """An application to be checked. Nothing of it is imported yet."""

    app: str
    """`module:Class`, or a module that has one application."""
    name: str | None = None
    """The name it is registered under; None where it is not registered."""
    kit: str | None = None
    """`module:OBJECT`; None where no kit is registered."""
    folder: Path | None = None
    """Where its modules are looked for first; None for one that is installed."""

    def __str__(self) -> str:
        place = "installed" if self.folder is None else f"in {self.folder}"
        return f"{self.name or self.app} ({self.app}, {place})"


def subjects_of(asked: str, apps: Mapping[str, str], kits: Mapping[str, str]) -> list[Subject]:
    """What `asked` stands for; a folder may hold several applications.

    Args:
        asked: a name, a folder, `module` or `module:Class`.
        apps: installed applications, name -> `module:Class`.
        kits: their kits, name -> `module:OBJECT`.

    Raises:
        UnknownSubject: it stands for nothing.
    """
    if asked in apps:
        return [Subject(apps[asked], asked, kits.get(asked))]
    if Path(asked).is_dir():
        return _in_folder(asked, apps)
    if not _MODULE.fullmatch(asked):
        raise UnknownSubject(asked, "which is no folder and no name of a module", tuple(apps))
    subject = Subject(asked, folder=Path.cwd())
    top = asked.partition(":")[0].partition(".")[0]
    with reachable([subject]):
        if find_spec(top) is None:
            raise UnknownSubject(asked, f"and found no application, folder or module {top!r}", tuple(apps))
    name = next((name for name, value in apps.items() if value == asked), None)
    return [Subject(asked, name, kits.get(name or ""), Path.cwd())]


@contextmanager
def reachable(subjects: Sequence[Subject]) -> Iterator[None]:
    """Let the modules of these applications be imported, here and in processes that take over `sys.path`."""
    before = list(sys.path)
    sys.path[:0] = dict.fromkeys(str(subject.folder) for subject in subjects if subject.folder is not None)
    try:
        yield
    finally:
        sys.path[:] = before


def _in_folder(asked: str, installed: Collection[str]) -> list[Subject]:
    folder = Path(asked).resolve()
    try:
        table = tomllib.loads((folder / _PROJECT).read_text("utf-8"))
    except FileNotFoundError:
        raise UnknownSubject(asked, f"a folder without {_PROJECT}", tuple(installed)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UnknownSubject(asked, f"whose {_PROJECT} cannot be read ({error})", tuple(installed)) from None
    groups = _table(_table(table, "project"), "entry-points")
    apps, kits = _table(groups, APPS), _table(groups, KITS)
    if not apps:
        why = f'whose {_PROJECT} has no [project.entry-points."{APPS}"]'
        raise UnknownSubject(asked, why, tuple(installed))
    source = folder / "src" if (folder / "src").is_dir() else folder
    return [
        Subject(str(value), name, str(kits[name]) if name in kits else None, source)
        for name, value in apps.items()
    ]


def _table(table: Mapping[str, object], key: str) -> Mapping[str, object]:
    found = table.get(key)
    return found if isinstance(found, dict) else {}
