"""What was done to a `DevChain`, as lines of Python that do it again."""

import inspect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import is_dataclass
from enum import Enum

from apps.testing.keys import with_names
from apps.testing.shapes import field_names
from chain.app import App
from chain.errors import ChainError
from chain.fixed import Fixed
from chain.records import Action

_INDENT = "    "


class Script:
    """The lines, and the imports they need."""

    def __init__(self, apps: Iterable[App], options: Mapping[str, object]) -> None:
        """Begin with the founding of the chain; the options are those of `DevChain`."""
        self._imports: dict[str, tuple[str, str]] = {"DevChain": ("apps.testing", "DevChain")}
        arguments = [self._app(app) for app in apps]
        arguments += [f"{name}={self._literal(value)}" for name, value in options.items()]
        self._lines = [f"dev = DevChain({', '.join(arguments)})"]

    def execute(self, sender: str, action: Action) -> None:
        """`sender` asks for `action`."""
        self._lines.append(f"dev.execute({self._literal(sender)}, {self._literal(action)})")

    def block(self, asked: Sequence[tuple[str, Action]]) -> None:
        """All of this is asked for in one block."""
        self._lines.append(f"dev.block([{', '.join(self._literal((*one,)) for one in asked)}])")

    def mine(self, blocks: int) -> None:
        """So many empty blocks."""
        self._lines.append(f"dev.mine({blocks})")

    def advance(self, seconds: int) -> None:
        """The next block comes that much later."""
        self._lines.append(f"dev.advance({seconds:_})")

    def refused(self, error: ChainError | None) -> None:
        """The last line was refused with this error."""
        line = self._lines.pop()
        self._lines += [f"with dev.refuses({self._class(type(error))}):", _INDENT + line]

    def hook_refused(self) -> None:
        """A hook refused, in the last line or before."""
        self._lines.append("assert dev.hook_failures == []")

    @property
    def text(self) -> str:
        """Imports and lines."""
        modules: dict[str, list[str]] = {}
        for local, (module, name) in self._imports.items():
            modules.setdefault(module, []).append(name if local == name else f"{name} as {local}")
        imports = [f"from {module} import {', '.join(sorted(modules[module]))}" for module in sorted(modules)]
        return "\n".join([*imports, "", *self._lines]) + "\n"

    def _class(self, kind: type) -> str:
        """The expression for a class, which is imported; one inside a function cannot be."""
        if "<locals>" in kind.__qualname__:
            return kind.__name__
        outer, dot, inner = kind.__qualname__.partition(".")
        local = outer
        while self._imports.setdefault(local, (kind.__module__, outer)) != (kind.__module__, outer):
            local += "_"
        return local + dot + inner

    def _app(self, app: App) -> str:
        """The constructor of an application, as far as its attributes tell what it was given."""
        given = []
        for name, parameter in inspect.signature(type(app)).parameters.items():
            value = vars(app).get(name, vars(app).get(f"_{name}", parameter.default))
            if value is not parameter.default and value != parameter.default:
                given.append(f"{name}={self._literal(value)}")
        return f"{self._class(type(app))}({', '.join(given)})"

    def _literal(self, value: object) -> str:
        if isinstance(value, Enum):
            return f"{self._class(type(value))}.{value.name}"
        if isinstance(value, Fixed):
            return f'{self._class(Fixed)}.from_str("{value}")'
        if is_dataclass(value) and not isinstance(value, type):
            parts = [f"{name}={self._literal(getattr(value, name))}" for name in field_names(type(value))]
            return f"{self._class(type(value))}({', '.join(parts)})"
        if isinstance(value, tuple):
            items = ", ".join(map(self._literal, value))
            return f"({items},)" if len(value) == 1 else f"({items})"
        if isinstance(value, Mapping):
            return f"{{{', '.join(f'{self._literal(k)}: {self._literal(v)}' for k, v in value.items())}}}"
        return _plain(value)


def _plain(value: object) -> str:
    if type(value) is int:
        return f"{value:_}"
    if type(value) is bytes and value and not any(value):
        return f"bytes({len(value)})"
    text = with_names(repr(value))
    if text.startswith("'") and '"' not in text:
        return f'"{text[1:-1]}"'
    return (
        text.replace("dev.account('", 'dev.account("').replace("')", '")') if type(value) is bytes else text
    )
