"""The set of applications of one chain, checked once, and the routes from bytes to their methods."""

import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, is_dataclass
from typing import ClassVar, TypeVar, cast, get_type_hints

from chain.app import ANSWERS, EXECUTES, App
from chain.bank import Bank
from chain.codec import Codec, DecodeError, UnsupportedType, codec_for
from chain.context import Context, View
from chain.errors import InvalidTransaction, RegistrationError
from chain.hashing import sha256
from chain.records import Action, Emitted, Event
from chain.table import Table

_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
Handler = Callable[[Context, Action], None]
T = TypeVar("T")


class UnknownAction(InvalidTransaction):
    """No application of this chain has such an action. Args: app, action, what exists."""

    rule: ClassVar[str] = "unknown-action"

    def __str__(self) -> str:
        app, action, known = self.args
        return f"{self.rule}: got {app}.{action}, expected one of {', '.join(known)}"


class MalformedAction(InvalidTransaction):
    """An action whose body is not the canonical encoding of its type. Args: app, action, the decoder's words."""

    rule: ClassVar[str] = "malformed-action"

    def __str__(self) -> str:
        return f"{self.rule}: {self.args[0]}.{self.args[1]}: {self.args[2]}"


class UndeclaredEvent(Exception):
    """A bug in an application: it emitted an event type it does not list in `emits`. Args: app, event."""

    def __str__(self) -> str:
        return f"{self.args[0]} emitted {self.args[1]}, which its `emits` does not list"


class UnknownQuery(LookupError):
    """No application of this chain answers such a query. Args: app, query."""

    def __str__(self) -> str:
        return f"no query {self.args[0]}.{self.args[1]}"


@dataclass(frozen=True, slots=True)
class Route:
    """Where an action goes: its codec and the method that carries it out."""

    codec: Codec[Action]
    handler: Handler
    app: str


class Registry:
    """The applications of a chain, in name order; `bank` is always among them."""

    def __init__(self, apps: Iterable[App] = ()) -> None:
        listed = [Bank(), *apps]
        self.apps: dict[str, App] = {app.name: app for app in sorted(listed, key=lambda app: app.name)}
        if len(self.apps) < len(listed):
            names = sorted(app.name for app in listed)
            twice = next(name for name in names if names.count(name) > 1)
            raise RegistrationError(f"{twice}: two applications of this name")
        self.routes: dict[tuple[str, str], Route] = {}
        self.actions: dict[type[Action], tuple[str, str]] = {}
        self.events: dict[tuple[str, str], Codec[Event]] = {}
        self._queries: dict[tuple[str, str], Callable[..., object]] = {}
        for app in self.apps.values():
            self._register(app)

    def route(self, app: str, action: str) -> Route:
        """The route of an action. Raises UnknownAction."""
        found = self.routes.get((app, action))
        if found is None:
            raise UnknownAction(app, action, sorted(f"{a}.{n}" for a, n in self.routes))
        return found

    def decode_action(self, app: str, action: str, body: bytes) -> Action:
        """The typed action. Raises UnknownAction, MalformedAction."""
        try:
            return self.route(app, action).codec.decode(body)
        except DecodeError as error:
            raise MalformedAction(app, action, str(error)) from None

    def encode_action(self, action: Action) -> tuple[str, str, bytes]:
        """(app, action, body) of a typed action. Raises UnknownAction, EncodeError."""
        names = self.actions.get(type(action))
        if names is None:
            raise UnknownAction("?", type(action).__name__, sorted(f"{a}.{n}" for a, n in self.routes))
        return *names, self.routes[names].codec.encode(action)

    def encode_event(self, app: str, event: Event) -> Emitted:
        """The event as a receipt keeps it. Raises UndeclaredEvent."""
        name = type(event).__name__
        codec = self.events.get((app, name))
        if codec is None:
            raise UndeclaredEvent(app, name)
        return Emitted(app, name, codec.encode(event))

    def decode_event(self, emitted: Emitted) -> Event:
        """The typed event of a receipt."""
        return self.events[emitted.app, emitted.event].decode(emitted.body)

    def query(self, view: View, app: str, name: str, *arguments: object) -> object:
        """The answer of a query. Raises UnknownQuery."""
        answer = self._queries.get((app, name))
        if answer is None:
            raise UnknownQuery(app, name)
        return answer(view, *arguments)

    def broken_invariants(self, view: View) -> Iterator[str]:
        """One sentence for each application invariant that does not hold."""
        for app in self.apps.values():
            for sentence in app.invariants(view):
                yield f"{app.name}: {sentence}"

    def interface(self, app: str) -> bytes:
        """Digest of what an application offers (version, actions, events, tables), for genesis."""
        known = self.apps[app]
        actions = sorted(_signature(kind) for kind, (name, _) in self.actions.items() if name == app)
        events = sorted(_signature(kind) for kind in known.emits)
        kept = sorted(f"{t.name}:{t.key_type}:{_signature(t.value_type)}" for t in tables_of(known))
        return sha256(repr((app, known.version, actions, events, kept)).encode())

    def _register(self, app: App) -> None:
        where = type(app).__name__
        if not _NAME.fullmatch(app.name):
            raise RegistrationError(f"{where}: name {app.name!r} is not lower case letters, digits and underscores")
        for table in tables_of(app):
            _naming(f"{where}.{table.name}", lambda table=table: table.bind(app.name))
        for event in app.emits:
            _check_record(where, event, Event)
            self.events[app.name, event.__name__] = _naming(where, lambda event=event: codec_for(event))
        for name, method in inspect.getmembers(app, callable):
            if hasattr(method, EXECUTES):
                self._add_action(app, where, name, method)
            if hasattr(method, ANSWERS):
                self._queries[app.name, name] = method

    def _add_action(self, app: App, where: str, name: str, method: Handler) -> None:
        hints = get_type_hints(method)
        hints.pop("return", None)
        kinds = list(hints.values())
        if len(kinds) != 2 or kinds[0] is not Context or not isinstance(kinds[1], type):
            raise RegistrationError(f"{where}.{name}: expected the parameters (self, ctx: Context, action: <Action>)")
        action = kinds[1]
        _check_record(where, action, Action)
        key = (app.name, action.__name__)
        if key in self.routes:
            raise RegistrationError(f"{where}.{name}: {action.__name__} already has a method")
        if action in self.actions:
            raise RegistrationError(f"{where}.{name}: {action.__name__} already belongs to {self.actions[action][0]}")
        codec = _naming(where, lambda: codec_for(action))
        self.routes[key] = Route(cast("Codec[Action]", codec), method, app.name)
        self.actions[action] = key


def tables_of(app: App) -> list[Table[object, object]]:
    """The tables of an application, in name order."""
    return [table for _, table in inspect.getmembers(type(app), lambda member: isinstance(member, Table))]


def _check_record(where: str, kind: type, base: type) -> None:
    if not issubclass(kind, base):
        raise RegistrationError(f"{where}: {kind.__name__} is not a subclass of {base.__name__}")
    if not is_dataclass(kind) or "__slots__" not in kind.__dict__:
        raise RegistrationError(f"{where}: {kind.__name__} is not @dataclass(frozen=True, slots=True)")


def _naming(where: str, build: Callable[[], T]) -> T:
    try:
        return build()
    except UnsupportedType as error:
        raise RegistrationError(f"{where}: {error}") from None


def _signature(kind: object) -> str:
    hints = get_type_hints(kind, include_extras=True) if isinstance(kind, type) and is_dataclass(kind) else {}
    fields = ", ".join(f"{name}: {hint!r}" for name, hint in hints.items() if not name.startswith("_"))
    return f"{getattr(kind, '__name__', kind)!s}({fields})"
