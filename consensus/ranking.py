"""Waiting transactions in order of preference: the higher fee first, of equal fees the earlier arrival."""

from bisect import bisect_left, insort
from collections.abc import Iterator
from typing import NamedTuple

from chain.transaction import Transaction


class Entry(NamedTuple):
    """A waiting transaction; entries sort best first."""

    negated_fee: int
    arrival: int
    """Place in the order of arrival, unique in its pool."""
    transaction: Transaction


class Ranking:
    """Entries in order. Finding a place takes O(log n), making room there one block move of pointers."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def add(self, entry: Entry) -> None:
        """Insert an entry that is not there yet."""
        insort(self._entries, entry)

    def remove(self, entry: Entry) -> None:
        """Remove an entry that is there."""
        place = bisect_left(self._entries, entry[:2])
        assert self._entries[place] is entry, "the entry is not in this ranking"
        del self._entries[place]

    def worst(self) -> Entry:
        """The last entry of a ranking that is not empty."""
        return self._entries[-1]


class SenderQueue:
    """The waiting transactions of one account by nonce; there may be gaps."""

    def __init__(self) -> None:
        self._nonces: list[int] = []
        self._entries: dict[int, Entry] = {}
        self.fees = 0
        """What they offer together."""

    def __len__(self) -> int:
        return len(self._nonces)

    def get(self, nonce: int) -> Entry | None:
        """The entry with this nonce."""
        return self._entries.get(nonce)

    def put(self, entry: Entry) -> None:
        """Add an entry whose nonce is free."""
        nonce = entry.transaction.nonce
        insort(self._nonces, nonce)
        self._entries[nonce] = entry
        self.fees += entry.transaction.fee

    def remove(self, nonce: int) -> None:
        """Remove the entry with this nonce, which must be there."""
        del self._nonces[bisect_left(self._nonces, nonce)]
        self.fees -= self._entries.pop(nonce).transaction.fee

    def tail(self) -> Entry | None:
        """The entry with the highest nonce: the only one that can go without leaving a gap."""
        return self._entries[self._nonces[-1]] if self._nonces else None
