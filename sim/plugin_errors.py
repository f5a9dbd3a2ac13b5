"""Why an installed application is not hosted: which distribution is at fault, and what to do about it."""

import traceback
from typing import ClassVar

from chain.errors import in_full
from sim.plugin_entries import APPS, KITS


class UnknownApp(LookupError):
    """No installed distribution offers an application of this name. Args: name, what is installed."""

    def __str__(self) -> str:
        name, known = self.args
        return f"no application {name!r} is installed; installed are {', '.join(known) or 'none'}"


class PluginError(LookupError):
    """An installed application, or its kit, that cannot be used. `rule` names what is wrong with it."""

    rule: ClassVar[str] = "plugin-error"


class AmbiguousPlugin(PluginError):
    """More than one application, or kit, is installed under one name. Args: the plug-ins."""

    rule: ClassVar[str] = "ambiguous-plugin"

    def __str__(self) -> str:
        first, *others = self.args[0]
        listed = [f"{plugin.value} of {plugin.origin}" for plugin in self.args[0]]
        names = sorted({plugin.distribution for plugin in others} - {first.distribution})
        remove = " or ".join(f"`pip uninstall {name}`" for name in [first.distribution, *names])
        return in_full(
            f"{self.rule}: more than one {first.kind} is installed as {first.name!r}",
            ", ".join(listed),
            f"one distribution that offers {first.name!r} in {first.group}",
            f"keep one of them: {remove}" if names else f"correct the entry points of {first.origin}",
        )


class NotImportable(PluginError):
    """The module of a plug-in cannot be imported, or lacks what it should have. Args: the plug-in, the cause."""

    rule: ClassVar[str] = "not-importable"

    def __str__(self) -> str:
        plugin, cause = self.args
        return in_full(
            f"{self.rule}: {plugin.value}, the {plugin.kind} {plugin.name!r} of {plugin.origin}",
            cause,
            f"a module {plugin.module} that can be imported, with that object in it",
            f'see what `python -c "import {plugin.module}"` says; install what is missing, or correct '
            f"{plugin.declaration} in {plugin.group}",
        )


class MalformedPlugin(PluginError):
    """A plug-in is not what its group is for. Args: the plug-in, what was got, what was expected, what to do."""

    rule: ClassVar[str] = "malformed-plugin"

    def __str__(self) -> str:
        plugin, got, expected, to_do = self.args
        headline = f"{self.rule}: {plugin.value}, the {plugin.kind} {plugin.name!r} of {plugin.origin}"
        return in_full(headline, got, expected, to_do)


class KitWithoutApp(PluginError):
    """A kit is installed under a name that no application has. Args: the kit's plug-in."""

    rule: ClassVar[str] = "kit-without-app"

    def __str__(self) -> str:
        kit = self.args[0]
        return in_full(
            f"{self.rule}: {kit.value} of {kit.origin} is the kit of an application {kit.name!r}",
            f"no {kit.name!r} in {APPS}",
            f"the application installed as {kit.name!r} too",
            f'declare `{kit.name} = "<module>:<class>"` in {APPS} beside its {KITS}, and install it again',
        )


def cause_of(error: BaseException) -> str:
    """An error in one line, with the place it comes from."""
    told = f"{type(error).__name__}: {error}"
    if isinstance(error, SyntaxError):
        return f"{type(error).__name__}: {error.msg} ({error.filename}, line {error.lineno})"
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith("<frozen ") and "importlib" not in frame.filename
    ]
    place = f" ({frames[-1].filename}, line {frames[-1].lineno})" if frames else ""
    return f"{' '.join(told.split())}{place}"
