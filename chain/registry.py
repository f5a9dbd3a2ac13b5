"""The set of applications of one chain, checked once, and the routes from bytes to their methods."""

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import ClassVar

from chain.app import ANSWERS, EXECUTES, App
from chain.bank import Bank
from chain.codec import Codec, DecodeError, EncodeError
from chain.context import View
from chain.errors import InvalidTransaction
from chain.hashing import sha256
from chain.records import MAX_EVENT_BYTES, Action, Emitted, Event
from chain.registration import Part, action_of, check_app, check_query, codec_of
from chain.schema import describe_shape
from chain.table import Table


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
    """No application of this chain answers such a query. Args: app, query, what exists."""

    def __str__(self) -> str:
        app, query, known = self.args
        return f"no query {app}.{query}, expected one of {', '.join(known)}"


@dataclass(frozen=True, slots=True)
class Route:
    """Where an action goes: its codec and the method that carries it out."""

    codec: Codec[Action]
    handler: Callable[..., object]
    """The bound method: (context, typed action) -> None."""


class Registry:
    """The applications of a chain, in name order; `bank` is always among them."""

    def __init__(self, apps: Iterable[App] = ()) -> None:
        listed: list[App] = [Bank(), *apps]
        for app in listed:
            check_app(app)
        self.apps: dict[str, App] = {}
        for app in sorted(listed, key=lambda app: app.name):
            if app.name in self.apps:
                other = type(self.apps[app.name]).__name__
                raise Part(type(app), "name").refused(
                    f"two applications are called {app.name!r}, this one and {other}",
                    "one application of each name on a chain",
                    "rename one of them, or host it once",
                )
            self.apps[app.name] = app
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
        return self.answer(app, name)(view, *arguments)

    def answer(self, app: str, name: str) -> Callable[..., object]:
        """The bound method of a query: (view, *arguments) -> answer. Raises UnknownQuery."""
        found = self._queries.get((app, name))
        if found is None:
            raise UnknownQuery(app, name, sorted(f"{a}.{n}" for a, n in self._queries))
        return found

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
        for table in tables_of(app):
            Part(type(app), table.name).bind(table, app.name)
        for event in app.emits:
            part = Part(type(app), "emits")
            codec = codec_of(part, event, Event)
            if (app.name, event.__name__) in self.events:
                raise part.refused(
                    f"two events are called {event.__name__}",
                    "a name of its own for every event of an application",
                    "rename one of them, or list it once",
                )
            self.events[app.name, event.__name__] = codec
        for name, method in inspect.getmembers(app, callable):
            if hasattr(method, EXECUTES):
                self._add_action(app, Part(type(app), name), method)
            if hasattr(method, ANSWERS):
                check_query(Part(type(app), name), method)
                self._queries[app.name, name] = method

    def _add_action(self, app: App, part: Part, method: Callable[..., object]) -> None:
        action = action_of(part, method)
        codec = codec_of(part, action, Action)
        key = (app.name, action.__name__)
        if action in self.actions:
            fault = f"{action.__name__} already has a method in {self.actions[action][0]}"
            raise part.refused(fault, "one @execute method for each action", "remove one of the two methods")
        if key in self.routes:
            raise part.refused(
                f"two actions are called {action.__name__}",
                "a name of its own for every action of an application",
                "rename one of them",
            )
        self.routes[key] = Route(codec, method)
        self.actions[action] = key


def tables_of(app: App) -> list[Table[object, object]]:
    """The tables of an application, in name order."""
    return [table for _, table in inspect.getmembers(type(app), lambda member: isinstance(member, Table))]
