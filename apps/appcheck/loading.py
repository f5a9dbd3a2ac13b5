"""Imports an application, and says in one message why that cannot be done."""

from importlib import import_module
from traceback import extract_tb
from typing import ClassVar

from chain.app import App
from chain.errors import in_full


class NotLoadable(Exception):
    """Something that cannot be imported or made. Args: rule, where, what was got, what was expected, what to do."""

    rule: ClassVar[str] = "not-importable"

    def __str__(self) -> str:
        rule, where, *rest = self.args
        return in_full(f"{rule}: {where}", *rest)


def load_app(value: str) -> App:
    """The application at `module:Class`, or the only one of a module, made without arguments. Raises NotLoadable."""
    kind = load_class(value)
    where = f"{kind.__module__}:{kind.__qualname__}"
    try:
        return kind()
    except Exception as error:
        raise NotLoadable(
            "not-constructible",
            where,
            in_one_line(error),
            f"that {kind.__name__}() makes the application",
            "give every argument of its constructor a default",
        ) from error


def load_class(value: str) -> type[App]:
    """The class itself. Raises NotLoadable."""
    module, _, attribute = value.partition(":")
    if not attribute:
        return _only_app(module)
    found = load_object(value)
    if not isinstance(found, type) or not issubclass(found, App):
        raise NotLoadable(
            "not-an-application",
            value,
            repr(found),
            "a subclass of chain.app.App",
            "name the application's class behind the colon",
        )
    return found


def load_object(value: str) -> object:
    """What is at `module:NAME`. Raises NotLoadable."""
    module, _, attribute = value.partition(":")
    found: object = _module(module)
    for part in attribute.split("."):
        if not hasattr(found, part):
            expected = f"that module {module} defines {attribute}"
            raise NotLoadable(
                NotLoadable.rule,
                value,
                f"no {part!r} in it",
                expected,
                "correct the entry point, or define the name",
            )
        found = getattr(found, part)
    return found


def _only_app(module: str) -> type[App]:
    members = vars(_module(module)).values()
    apps = dict.fromkeys(
        kind for kind in members if isinstance(kind, type) and issubclass(kind, App) and kind is not App
    )
    own = [kind for kind in apps if kind.__module__ == module] or list(apps)
    if len(own) != 1:
        names = ", ".join(kind.__name__ for kind in own) or "none"
        raise NotLoadable(
            "which-application",
            module,
            f"{len(own)} applications ({names})",
            "a module with one subclass of App",
            f"name the class: {module}:Lottery",
        )
    return own[0]


def _module(name: str) -> object:
    try:
        return import_module(name)
    # A module may do anything while it is imported; an exit would end the check without a word.
    except (Exception, SystemExit) as error:
        raise NotLoadable(
            NotLoadable.rule,
            name,
            in_one_line(error),
            "a module that can be imported",
            "correct it, or install what it needs",
        ) from error


def in_one_line(error: BaseException) -> str:
    """An error with the place it comes from."""
    told = " ".join(f"{type(error).__name__}: {error}".split())
    if isinstance(error, SyntaxError):
        return f"{type(error).__name__}: {error.msg} ({error.filename}, line {error.lineno})"
    own = [frame for frame in extract_tb(error.__traceback__) if "importlib" not in frame.filename]
    # The first frame is this file's.
    return f"{told} ({own[-1].filename}, line {own[-1].lineno})" if own[1:] else told
