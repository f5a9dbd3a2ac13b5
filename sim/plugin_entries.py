"""Plug-ins as their distributions declare them: entry points, each with the distribution it comes from."""

from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points

APPS = "hertzchain.apps"
"""Group of the applications: subclasses of `App`, each under its own name."""
KITS = "hertzchain.agents"
"""Group of their kits, each under its application's name."""


@dataclass(frozen=True, slots=True)
class Plugin:
    """An application or a kit, as an installed distribution declares it."""

    group: str
    name: str
    value: str
    """Where it is: `lottery.app:Lottery`."""
    distribution: str
    version: str

    @property
    def origin(self) -> str:
        """The distribution with its version: `hertzchain-lottery 0.1.0`."""
        return f"{self.distribution} {self.version}"

    @property
    def kind(self) -> str:
        """What it is, in a word."""
        return "kit" if self.group == KITS else "application"

    @property
    def module(self) -> str:
        """The module it is in."""
        return self.value.partition(":")[0].strip()

    @property
    def declaration(self) -> str:
        """The line of a `pyproject.toml` that declares it."""
        return f'{self.name} = "{self.value}"'

    def load(self) -> object:
        """Import it. Raises whatever its module raises, and AttributeError where the module has no such object."""
        return self._entry.load()

    @property
    def well_formed(self) -> bool:
        """Whether the declared value is a module and an object in it."""
        return bool(EntryPoint.pattern.fullmatch(self.value)) and bool(self._entry.attr)

    @property
    def _entry(self) -> EntryPoint:
        return EntryPoint(self.name, self.value, self.group)


def installed(group: str, name: str) -> tuple[Plugin, ...]:
    """What is installed under a name, by distribution; nothing of it is imported."""
    found = {_plugin(entry) for entry in entry_points(group=group, name=name)}
    return tuple(sorted(found, key=lambda plugin: (plugin.distribution, plugin.value)))


def installed_names(group: str) -> tuple[str, ...]:
    """The names under which something is installed, in order."""
    return tuple(sorted({entry.name for entry in entry_points(group=group)}))


def _plugin(entry: EntryPoint) -> Plugin:
    made_by = entry.dist
    name, version = (made_by.name, made_by.version) if made_by else ("an unnamed distribution", "")
    return Plugin(entry.group, entry.name, entry.value, name, version)
