"""Loads installed applications and their kits by entry point, and refuses those that cannot be used.

Installed is not enabled: a scenario names what it hosts, and only that is imported.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import cast

from pydantic import BaseModel

from apps.kit import Json, Kit
from chain.app import App
from chain.errors import RegistrationError
from chain.registration import check_app
from chain.registry import Registry
from sim.bare_kit import BareKit
from sim.plugin_entries import APPS, KITS, Plugin, installed, installed_names
from sim.plugin_errors import (
    AmbiguousPlugin,
    KitWithoutApp,
    MalformedPlugin,
    NotImportable,
    UnknownApp,
    cause_of,
)
from sim.scenario import RESERVED_APP_NAMES

_BUILT_IN = "bank"
_KIT_METHODS = ("populate", "summarise", "tables", "charts")


def app_names() -> tuple[str, ...]:
    """Names of the installed applications."""
    return installed_names(APPS)


def registry_for(names: Sequence[str]) -> Registry:
    """A registry that hosts the named applications. Raises UnknownApp, PluginError, RegistrationError."""
    plugins = [_app_plugin(name) for name in names if name != _BUILT_IN]
    apps = [_made(plugin) for plugin in plugins]
    try:
        return Registry(apps)
    except RegistrationError as error:
        raise _with_origin(error, zip(apps, plugins, strict=True)) from None


def app_for(name: str) -> App:
    """An application as it is installed. Raises UnknownApp, PluginError, RegistrationError."""
    return _made(_app_plugin(name))


def kit_for(name: str) -> Kit[BaseModel]:
    """The off-chain half of an application; where it brings none, one without participants.

    Raises UnknownApp, PluginError.
    """
    plugin = _kit_plugin(name)
    if plugin is None:
        return cast("Kit[BaseModel]", BareKit(_app_plugin(name).name))
    return _checked_kit(plugin)


def origins(names: Sequence[str]) -> dict[str, Json]:
    """Where the named applications and their kits come from: distribution, version and object of each.

    Raises UnknownApp, AmbiguousPlugin, KitWithoutApp.
    """
    return {name: {"app": _origin(_app_plugin(name)), "kit": _origin(_kit_plugin(name))} for name in names}


class KitSettings(Mapping[str, type[BaseModel]]):
    """The model of each installed application's scenario table; both are loaded when the model is asked for.

    That raises PluginError, RegistrationError where one of them cannot be used.
    """

    def __init__(self) -> None:
        found = {*installed_names(APPS), *installed_names(KITS)} - RESERVED_APP_NAMES
        self._names = sorted(found)

    def __getitem__(self, name: str) -> type[BaseModel]:
        if name not in self._names:
            raise KeyError(name)
        app_for(name)
        return kit_for(name).settings

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def _app_plugin(name: str) -> Plugin:
    found = _only(APPS, name)
    if found is None:
        kit = _kit_plugin(name)
        raise UnknownApp(name, app_names()) if kit is None else KitWithoutApp(kit)
    return found


def _kit_plugin(name: str) -> Plugin | None:
    return _only(KITS, name)


def _only(group: str, name: str) -> Plugin | None:
    found = installed(group, name)
    if len(found) > 1:
        raise AmbiguousPlugin(found)
    return found[0] if found else None


def _origin(plugin: Plugin | None) -> Json:
    if plugin is None:
        return None
    return {"distribution": plugin.distribution, "version": plugin.version, "object": plugin.value}


def _loaded(plugin: Plugin) -> object:
    if not plugin.well_formed:
        raise NotImportable(plugin, f"{plugin.value!r}, which names no object as `module:object`")
    try:
        return plugin.load()
    # A module may raise anything while it is imported; SystemExit is what it raises where it is a script.
    except (Exception, SystemExit) as error:
        raise NotImportable(plugin, cause_of(error)) from error


def _made(plugin: Plugin) -> App:
    """The application itself, with its interface, name and distribution checked."""
    kind = _loaded(plugin)
    if not isinstance(kind, type) or not issubclass(kind, App):
        to_do = f"name the application's class in {plugin.group}"
        raise MalformedPlugin(plugin, _said(kind), "a subclass of chain.app.App", to_do)
    try:
        app = kind()
    except Exception as error:
        to_do = "give every parameter of its __init__ a default: a chain hosts what the class alone makes"
        raise MalformedPlugin(plugin, cause_of(error), f"{kind.__name__}() makes it", to_do) from error
    try:
        check_app(app)
    except RegistrationError as error:
        raise _with_origin(error, [(app, plugin)]) from None
    if app.name != plugin.name:
        got, expected = f"{kind.__name__}.name = {app.name!r}", f"{plugin.name!r}, as it is installed"
        to_do = f"write one name in {kind.__name__}.name, {APPS}, {KITS} and the scenario"
        raise MalformedPlugin(plugin, got, expected, to_do)
    return app


def _with_origin(error: RegistrationError, hosted: Iterable[tuple[App, Plugin]]) -> RegistrationError:
    """The error with the distribution whose application is at fault."""
    fault, where, expected, to_do = error.args
    for app, plugin in hosted:
        own = f"{type(app).__module__}:{type(app).__name__}"
        if where == own or where.startswith(f"{own}."):
            return RegistrationError(fault, f"{where} of {plugin.origin}", expected, to_do)
    return error


def _checked_kit(plugin: Plugin) -> Kit[BaseModel]:
    kit = _loaded(plugin)
    if isinstance(kit, type):
        to_do = f"assign {kit.__name__}() to a constant of its module and name that in {plugin.group}"
        raise MalformedPlugin(plugin, _said(kit), "a kit, which is an object", to_do)
    missing = [method for method in _KIT_METHODS if not callable(getattr(kit, method, None))]
    settings = getattr(kit, "settings", None)
    if not isinstance(settings, type) or not issubclass(settings, BaseModel):
        missing.insert(0, "settings (a pydantic model)")
    if missing:
        got, to_do = f"{_said(kit)} without {', '.join(missing)}", "write what is missing"
        raise MalformedPlugin(plugin, got, "a kit with all that apps.kit.Kit lists", to_do)
    return cast("Kit[BaseModel]", kit)


def _said(found: object) -> str:
    if isinstance(found, type):
        return f"the class {found.__name__}"
    return f"an object of type {type(found).__name__}"
