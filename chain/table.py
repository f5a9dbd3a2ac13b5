"""Typed, ordered tables: how an application keeps its state.

A table lives below `<app>/<table>/` in the state map. Keys are encoded so that the byte order is the key
order, so a scan is sorted the way its keys are.
"""

from collections.abc import Callable, Iterator
from typing import ClassVar, Generic, Protocol, TypeVar, cast, get_args, get_origin

from chain.codec import Codec, codec_for
from chain.errors import AppError, RegistrationError
from chain.state import Overlay, Reader

K = TypeVar("K")
V = TypeVar("V")
_END = b"\x00"


class KeyOutOfRange(AppError):
    """A table key that has no ordered encoding. Args: table, key got, what is allowed."""

    rule: ClassVar[str] = "key-out-of-range"

    def __str__(self) -> str:
        table, got, allowed = self.args
        return f"{self.rule}: table {table} got {got!r}, expected {allowed}"


class ForeignTable(Exception):
    """A bug in an application: it writes to another one's table. Args: table, its application, the writer."""

    def __str__(self) -> str:
        table, owner, writer = self.args
        return f"{writer} wrote to the table {table}, which belongs to {owner}"


class HasState(Protocol):
    """What a table reads from: a view of the chain."""

    @property
    def state(self) -> Reader:
        """The state that is read."""


class HasDraft(Protocol):
    """What a table writes to: the context of an execution."""

    @property
    def state(self) -> Overlay:
        """The layer that is written."""

    @property
    def app(self) -> str:
        """The application that writes."""


class Table(Generic[K, V]):
    """A mapping from keys to records in an application's own namespace: `lots = Table(str, Lot)`.

    Keys are `str` (without NUL), `int` (0 to 2**64 - 1), `bytes` or a tuple of these, given as
    `Table(tuple[str, int], V)`. Bytes inside a tuple come last or before integers only, and in the second
    case the scan is in key order where they all have one length.
    """

    def __init__(self, key: type[K], value: type[V]) -> None:
        self.key_type = key
        self.value_type = value
        self.name = ""
        self._app = ""
        self._prefix = b""
        self._values: Codec[V] | None = None
        self._parts: tuple[type, ...] = ()

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def bind(self, app: str) -> None:
        """Place the table into the namespace of `app` and build its codecs (the registry does this)."""
        prefix = f"{app}/{self.name}/".encode()
        if self._prefix not in (b"", prefix):
            raise RegistrationError(
                f"the table already is {self._prefix.decode()}; another application needs its own"
            )
        self._parts = _key_parts(self.key_type)
        self._app = app
        self._prefix = prefix
        self._values = codec_for(self.value_type)

    def get(self, view: HasState, key: K) -> V | None:
        """The record at `key`, None where there is none."""
        data = view.state.get(self._path(key))
        return None if data is None else self._codec().decode(data)

    def set(self, ctx: HasDraft, key: K, value: V) -> None:
        """Write the record at `key`. Raises ForeignTable, KeyOutOfRange, EncodeError."""
        self._check_owner(ctx)
        ctx.state.set(self._path(key), self._codec().encode(value))

    def delete(self, ctx: HasDraft, key: K) -> None:
        """Remove the record at `key`; an absent one is no error. Raises ForeignTable, KeyOutOfRange."""
        self._check_owner(ctx)
        ctx.state.delete(self._path(key))

    def scan(self, view: HasState, start: K | None = None) -> Iterator[tuple[K, V]]:
        """All (key, record) pairs in key order, from `start` on. Writing inside the loop is allowed."""
        first = None if start is None else self._path(start)
        skip = len(self._prefix)
        for path, data in view.state.scan(self._prefix, first):
            yield self._unpath(path[skip:]), self._codec().decode(data)

    def holds(self, path: bytes) -> bool:
        """Whether the key `path` of the state map lies in this table."""
        return path.startswith(self._prefix)

    def key_at(self, path: bytes) -> K | None:
        """The key whose record stands at `path` of the state map; None where the table has no such key."""
        try:
            key = self._unpath(path.removeprefix(self._prefix))
            return key if self._path(key) == path else None
        except (UnicodeDecodeError, KeyOutOfRange):
            return None

    def record(self, data: bytes) -> V:
        """The record that the state map keeps as `data`. Raises DecodeError."""
        return self._codec().decode(data)

    def _check_owner(self, ctx: HasDraft) -> None:
        if ctx.app != self._app:
            raise ForeignTable(self.name, self._app, ctx.app)

    def _codec(self) -> Codec[V]:
        assert self._values is not None, f"table {self.name} belongs to an application that is not registered"
        return self._values

    def _path(self, key: K) -> bytes:
        if len(self._parts) == 1:
            return self._prefix + self._part(self._parts[0], key, last=True)
        values = cast("tuple[object, ...]", key)
        if not isinstance(values, tuple) or len(values) != len(self._parts):
            raise KeyOutOfRange(self.name, key, f"a tuple of {len(self._parts)}")
        final = len(values) - 1
        return self._prefix + b"".join(
            self._part(kind, value, last=i == final)
            for i, (kind, value) in enumerate(zip(self._parts, values, strict=True))
        )

    def _part(self, kind: type, value: object, last: bool) -> bytes:
        if type(value) is not kind:
            raise KeyOutOfRange(self.name, value, kind.__name__)
        encoded = _ENCODE[kind](value)
        if encoded is None:
            raise KeyOutOfRange(
                self.name, value, "0 to 2**64 - 1" if kind is int else "Unicode text without NUL"
            )
        return encoded + _END if kind is str and not last else encoded

    def _unpath(self, path: bytes) -> K:
        parts: list[object] = []
        for i, kind in enumerate(self._parts):
            last = i == len(self._parts) - 1
            if kind is int:
                parts.append(int.from_bytes(path[:8]))
                path = path[8:]
            elif kind is str:
                text, _, path = (path, b"", b"") if last else path.partition(_END)
                parts.append(text.decode())
            else:
                width = len(path) if last else len(path) - self._tail_bytes(i)
                parts.append(path[:width])
                path = path[width:]
        return cast("K", parts[0] if len(parts) == 1 else tuple(parts))

    def _tail_bytes(self, index: int) -> int:
        return 8 * sum(1 for kind in self._parts[index + 1 :] if kind is int)


def _key_parts(key_type: type) -> tuple[type, ...]:
    parts = get_args(key_type) if get_origin(key_type) is tuple else (key_type,)
    if get_origin(key_type) is tuple and len(parts) < 2:
        raise RegistrationError(f"{key_type} has fewer than two parts; use the part itself")
    for part in parts:
        if part not in (str, int, bytes):
            raise RegistrationError(f"{part} is no key type; use str, int, bytes or a tuple of them")
    for i, part in enumerate(parts):
        if part is bytes and any(later is not int for later in parts[i + 1 :]):
            raise RegistrationError("bytes inside a key come last, or before integers only")
    return parts


def _encode_text(value: object) -> bytes | None:
    try:
        data = cast("str", value).encode()
    except UnicodeEncodeError:
        return None
    return None if _END in data else data


def _encode_int(value: object) -> bytes | None:
    number = cast("int", value)
    return number.to_bytes(8) if 0 <= number < 2**64 else None


_ENCODE: dict[type, Callable[[object], bytes | None]] = {
    str: _encode_text,
    int: _encode_int,
    bytes: lambda value: cast("bytes", value),
}
