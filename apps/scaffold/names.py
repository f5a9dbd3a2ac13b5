"""The names of a new application, all made from one, and what that one may be."""

import builtins
import keyword
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from typing import ClassVar

from chain.records import MAX_NAME_BYTES

_WELL_FORMED = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_FOLDERS = ("tests",)
"""What lies beside the package."""
_OF_THE_LEDGER = ("bank",)
"""Applications that every chain hosts."""


class UnusableName(ValueError):
    """A name that no application can have."""

    rule: ClassVar[str] = "unusable-name"


class MalformedName(UnusableName):
    """Not the letters that a name is made of. Args: name."""

    rule: ClassVar[str] = "malformed-name"

    def __str__(self) -> str:
        return (
            f"{self.rule}: got {self.args[0]!r}, expected 1 to {MAX_NAME_BYTES} lower case letters, digits and single "
            "underscores between them, a letter first: it names the package, the application and its table in a "
            "scenario (--into names the folder to write into)"
        )


class NameTaken(UnusableName):
    """A name that something else has. Args: name, what has it."""

    rule: ClassVar[str] = "name-taken"

    def __str__(self) -> str:
        name, taken_by = self.args
        return f"{self.rule}: got {name!r}, which is {taken_by}; expected a name that nothing else has"


@dataclass(frozen=True, slots=True)
class AppNames:
    """What things are called that belong to one application."""

    name: str
    """Package, application, entry points, scenario table: `spectrum_pool`."""

    @property
    def title(self) -> str:
        """In sentences: `Spectrum pool`."""
        return self.name.replace("_", " ").capitalize()

    @property
    def class_name(self) -> str:
        """The application's class: `SpectrumPool`."""
        return "".join(word.capitalize() for word in self.name.split("_"))

    @property
    def constant(self) -> str:
        """Beginning of constants: `SPECTRUM_POOL`."""
        return self.name.upper()

    @property
    def hyphenated(self) -> str:
        """The scenario, and the distribution behind `hertzchain-`: `spectrum-pool`."""
        return self.name.replace("_", "-")

    @property
    def distribution(self) -> str:
        """What pip installs: `hertzchain-spectrum-pool`."""
        return f"hertzchain-{self.hyphenated}"


def usable_names(name: str, taken: Mapping[str, str], class_names: frozenset[str]) -> AppNames:
    """The names of a new application.

    Args:
        name: what it is to be called.
        taken: names it must not have, each with what has it.
        class_names: classes that its modules have or import under these names.

    Raises:
        MalformedName: other letters, or too many.
        NameTaken: Python, something installed or the scaffold itself uses the name.
    """
    if not _WELL_FORMED.fullmatch(name) or len(name) > MAX_NAME_BYTES:
        raise MalformedName(name)
    names = AppNames(name)
    taken_by = taken.get(name) or _taken_by(names, class_names)
    if taken_by:
        raise NameTaken(name, taken_by)
    return names


def _taken_by(names: AppNames, class_names: frozenset[str]) -> str:
    """What has the name already; empty where nothing has."""
    name, own_class = names.name, names.class_name
    if keyword.iskeyword(name):
        return "a keyword of Python"
    if name in sys.stdlib_module_names or name in sys.builtin_module_names:
        return "a module of Python's standard library"
    if name in _OF_THE_LEDGER:
        return "an application of the ledger itself"
    if name in _FOLDERS:
        return "a folder beside the package"
    if own_class in class_names or hasattr(builtins, own_class):
        return f"written {own_class} as a class, and the application's modules have another {own_class}"
    if _is_module(name):
        return "an installed module"
    return "an installed distribution" if _is_distribution(names.distribution) else ""


def _is_module(name: str) -> bool:
    # A folder without __init__.py counts as a module too, but gives way to any package of its name.
    spec = find_spec(name)
    return spec is not None and spec.origin is not None


def _is_distribution(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True
