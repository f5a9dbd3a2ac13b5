"""Finds installed applications and their kits by entry point.

Installed is not enabled: a scenario names what it hosts.
"""

from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, TypeVar, cast

from chain.registry import Registry

if TYPE_CHECKING:
    from pydantic import BaseModel

    from apps.kit import Kit
    from chain.app import App

APPS = "hertzchain.apps"
KITS = "hertzchain.agents"
T = TypeVar("T")


class UnknownApp(LookupError):
    """No installed distribution offers an application of this name. Args: name, what is installed."""

    def __str__(self) -> str:
        name, known = self.args
        return f"no application {name!r} is installed; installed are {', '.join(known) or 'none'}"


class AmbiguousApp(LookupError):
    """Two distributions offer an application of one name. Args: name, the two values."""

    def __str__(self) -> str:
        name, first, second = self.args
        return f"two installed distributions offer an application {name!r}: {first} and {second}"


def app_names() -> tuple[str, ...]:
    """Names of the installed applications."""
    return tuple(sorted({entry.name for entry in entry_points(group=APPS)}))


def registry_for(names: Sequence[str]) -> Registry:
    """A registry that hosts the named applications. Raises UnknownApp, AmbiguousApp, RegistrationError."""
    return Registry(cast("type[App]", _load(APPS, name))() for name in names if name != "bank")


def kit_for(name: str) -> "Kit[BaseModel]":
    """The off-chain half of an application. Raises UnknownApp, AmbiguousApp."""
    return cast("Kit[BaseModel]", _load(KITS, name))


class KitSettings(Mapping[str, "type[BaseModel]"]):
    """The model of each installed application's scenario table; a kit is loaded when its model is asked for."""

    def __init__(self) -> None:
        self._names = sorted({entry.name for entry in entry_points(group=KITS)})

    def __getitem__(self, name: str) -> "type[BaseModel]":
        if name not in self._names:
            raise KeyError(name)
        return kit_for(name).settings

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def _load(group: str, name: str) -> object:
    found: dict[str, EntryPoint] = {entry.value: entry for entry in entry_points(group=group, name=name)}
    if not found:
        raise UnknownApp(name, app_names())
    if len(found) > 1:
        raise AmbiguousApp(name, *sorted(found)[:2])
    return found.popitem()[1].load()
