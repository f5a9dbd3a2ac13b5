"""Reading and writing the state: an immutable map below, layers of uncommitted writes above it.

A block writes into one `Overlay` over the parent's `Trie`, a transaction into another over that one. Dropping
a layer is a rollback; merging it downward is acceptance; only the block's layer reaches the trie, once.
"""

from collections.abc import Iterator
from heapq import merge
from typing import Protocol


class Reader(Protocol):
    """Anything that holds a state: a `Trie`, or layers of writes over one."""

    def get(self, key: bytes) -> bytes | None:
        """The value at `key`, None where there is none."""

    def scan(self, prefix: bytes = b"", start: bytes | None = None) -> Iterator[tuple[bytes, bytes]]:
        """Pairs whose key begins with `prefix`, ascending, from `start` on."""


class ReadOnly:
    """A reader and nothing more, whatever lies below it."""

    __slots__ = ("_base",)

    def __init__(self, base: Reader) -> None:
        self._base = base

    def get(self, key: bytes) -> bytes | None:
        """The value at `key`."""
        return self._base.get(key)

    def scan(self, prefix: bytes = b"", start: bytes | None = None) -> Iterator[tuple[bytes, bytes]]:
        """Pairs whose key begins with `prefix`, ascending, from `start` on."""
        return self._base.scan(prefix, start)


class Overlay:
    """Writes over a reader, not yet part of it."""

    __slots__ = ("base", "writes")

    def __init__(self, base: Reader) -> None:
        self.base = base
        self.writes: dict[bytes, bytes | None] = {}

    def get(self, key: bytes) -> bytes | None:
        """The newest value at `key`."""
        writes = self.writes
        return writes[key] if key in writes else self.base.get(key)

    def set(self, key: bytes, value: bytes) -> None:
        """Write `value` at `key`."""
        self.writes[key] = value

    def delete(self, key: bytes) -> None:
        """Remove `key`; an absent key is no error."""
        self.writes[key] = None

    def scan(self, prefix: bytes = b"", start: bytes | None = None) -> Iterator[tuple[bytes, bytes]]:
        """Pairs below `prefix` in key order, this layer's writes over the base's.

        The writes are those of the moment the scan begins: a loop over a scan may write.
        """
        first = prefix if start is None else start
        own = {key: value for key, value in self.writes.items() if key.startswith(prefix) and key >= first}
        below = ((key, value) for key, value in self.base.scan(prefix, start) if key not in own)
        mine = ((key, own[key]) for key in sorted(own))
        for key, value in merge(below, mine):
            if value is not None:
                yield key, value

    def merge_down(self) -> None:
        """Move the writes into the layer below, which must be an overlay."""
        assert isinstance(self.base, Overlay)
        self.base.writes.update(self.writes)
        self.writes.clear()
