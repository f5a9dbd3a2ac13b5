"""The set of applications of one chain, checked once, and the routes from bytes to their methods."""

import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, is_dataclass
from typing import ClassVar, TypeVar, get_type_hints

from chain.app import ANSWERS, EXECUTES, App
from chain.bank import Bank
from chain.codec import Codec, DecodeError, EncodeError, UnsupportedType, codec_for
from chain.context import Context, View
from chain.errors import InvalidTransaction, RegistrationError
from chain.hashing import sha256
from chain.records import MAX_EVENT_BYTES, MAX_NAME_BYTES, Action, Emitted, Event
from chain.schema import describe_shape
from chain.table import Table

_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
R = TypeVar("R", bound=Action | Event)


class UnknownAction(InvalidTransaction):
    """No application of this chain has such an action. Args: app, action, what exists."""

    rule: ClassVar[str] = "unknown-action"

    def __str__(self) -> str:
        app, action, known = self.args
        return f"{self.rule}: got {app}.{action}, expected one of {', '.join(known)}"


class MalformedAction(InvalidTransaction):
    """An action whose body is not the canonical encoding of its type.

    Args: app, action, the decoder's words.
    """

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
    handler: Callable[..., object]
    """The bound method: (context, typed action) -> None."""


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
        """The event as a receipt keeps it. Raises UndeclaredEvent, EncodeError."""
        name = type(event).__name__
        codec = self.events.get((app, name))
        if codec is None:
            raise UndeclaredEvent(app, name)
        body = codec.encode(event)
        if len(body) > MAX_EVENT_BYTES:
            allowed = f"at most {MAX_EVENT_BYTES} bytes"
            raise EncodeError("wrong-length", f"{app}.{name}", f"{len(body)} bytes", allowed)
        return Emitted(app, name, body)

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
        actions = sorted(describe_shape(kind) for kind, (name, _) in self.actions.items() if name == app)
        events = sorted(describe_shape(kind) for kind in known.emits)
        kept = sorted(
            f"{table.name}: {describe_shape(table.key_type)} -> {describe_shape(table.value_type)}"
            for table in tables_of(known)
        )
        return sha256(repr((app, known.version, actions, events, kept)).encode())

    def _register(self, app: App) -> None:
        where = type(app).__name__
        if not _NAME.fullmatch(app.name):
            raise RegistrationError(
                f"{where}: name {app.name!r} is not 1 to 32 lower case letters, digits and underscores"
            )
        for table in tables_of(app):
            _bind(f"{where}.{table.name}", table, app.name)
        for event in app.emits:
            if (app.name, event.__name__) in self.events:
                raise RegistrationError(f"{where}.emits: two events are called {event.__name__}")
            self.events[app.name, event.__name__] = _codec_of(f"{where}.emits", event, Event)
        for name, method in inspect.getmembers(app, callable):
            if hasattr(method, EXECUTES):
                self._add_action(app, f"{where}.{name}", method)
            if hasattr(method, ANSWERS):
                self._queries[app.name, name] = method

    def _add_action(self, app: App, where: str, method: Callable[..., object]) -> None:
        action = _action_of(where, method)
        codec = _codec_of(where, action, Action)
        if action in self.actions:
            raise RegistrationError(
                f"{where}: {action.__name__} already has a method in {self.actions[action][0]}"
            )
        key = (app.name, action.__name__)
        if key in self.routes:
            raise RegistrationError(f"{where}: two actions are called {action.__name__}")
        self.routes[key] = Route(codec, method)
        self.actions[action] = key


def tables_of(app: App) -> list[Table[object, object]]:
    """The tables of an application, in name order."""
    return [table for _, table in inspect.getmembers(type(app), lambda member: isinstance(member, Table))]


def _bind(where: str, table: Table[object, object], app: str) -> None:
    try:
        table.bind(app)
    except (RegistrationError, UnsupportedType) as error:
        raise RegistrationError(f"{where}: {error}") from None


def _action_of(where: str, method: Callable[..., object]) -> type[Action]:
    """The action type that the method's second parameter is annotated with."""
    try:
        hints = get_type_hints(method)
    except (NameError, TypeError) as error:
        raise RegistrationError(f"{where}: annotations cannot be resolved ({error})") from None
    hints.pop("return", None)
    kinds = list(hints.values())
    if len(kinds) != 2 or kinds[0] is not Context or not isinstance(kinds[1], type):
        raise RegistrationError(f"{where}: expected the parameters (self, ctx: Context, action: <an Action>)")
    return kinds[1]


def _codec_of(where: str, kind: type[R], base: type) -> Codec[R]:
    """The codec of an action or event type."""
    if not issubclass(kind, base):
        raise RegistrationError(f"{where}: {kind.__name__} is not a subclass of {base.__name__}")
    if not is_dataclass(kind) or "__slots__" not in kind.__dict__:
        raise RegistrationError(f"{where}: {kind.__name__} is not @dataclass(frozen=True, slots=True)")
    if len(kind.__name__.encode()) > MAX_NAME_BYTES:
        raise RegistrationError(f"{where}: the name {kind.__name__} is longer than {MAX_NAME_BYTES} bytes")
    try:
        return codec_for(kind)
    except UnsupportedType as error:
        raise RegistrationError(f"{where}: {error}") from None
