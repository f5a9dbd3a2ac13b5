"""Proof kinds, and the search for a nonce.

A header's id is read as a big-endian integer and must not be above the target (Bitcoin reads its double
SHA-256 little-endian).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import ClassVar, Protocol

from chain.block import Header
from chain.errors import ChainError
from chain.params import ProofKind
from consensus.compact import target_from_bits

NONCE_BYTES = 8
NONCES = 1 << 8 * NONCE_BYTES
"""Number of nonces of a header."""
_CHUNK = 1 << 20
_LAST_BYTES = tuple(bytes((value,)) for value in range(256))
_NONCE = struct.Struct(">Q")


class NonceSpaceExhausted(ChainError):
    """No nonce from `start` to the last meets the target. Args: header height, start."""

    rule: ClassVar[str] = "nonce-space-exhausted"

    def __str__(self) -> str:
        height, start = self.args
        tried = f"none of the nonces {start} to {NONCES - 1}"
        return f"{self.rule}: header {height}: got {tried}, expected one to meet the target"


class SearchBackend(Protocol):
    """A way to try nonces fast. All backends give the same answer: the lowest nonce that meets the target."""

    def search(self, header: Header, target: int, start: int, count: int) -> int | None:
        """First nonce in [start, start + count) under which `header` meets `target`, else None.

        The header's own nonce and bits are not read. Nonces past 2**64 - 1 do not exist and are not tried.
        """
        ...


class ProofScheme(Protocol):
    """What a chain takes as proof that the work its headers claim was done."""

    def holds(self, header: Header) -> bool:
        """Whether the header proves the work its `bits` claim. Raises BadCompactTarget."""
        ...

    def seal(self, header: Header, start: int = 0) -> Header:
        """The header with a nonce, from `start` on, for which `holds`. Raises NonceSpaceExhausted."""
        ...


@dataclass(frozen=True, slots=True)
class HashlibSearch:
    """The reference backend: `hashlib`, re-hashing only the tail from a copy of the hash before it."""

    def search(self, header: Header, target: int, start: int, count: int) -> int | None:
        """See `SearchBackend.search`."""
        # Byte strings of one length compare as the big-endian integers they spell.
        limit = target.to_bytes(32, "big")
        fixed = sha256(header.to_bytes()[:-NONCE_BYTES])
        for first, last_bytes in _rows(start, min(start + count, NONCES)):
            head = fixed.copy()
            head.update(_NONCE.pack(first)[:-1])
            copy = head.copy
            for last_byte in last_bytes:
                inner = copy()
                inner.update(last_byte)
                if sha256(inner.digest()).digest() <= limit:
                    return first & -256 | last_byte[0]
        return None


def _rows(start: int, stop: int) -> Iterator[tuple[int, tuple[bytes, ...]]]:
    """[start, stop) as runs of nonces that differ in the last byte only: (first nonce, the last bytes)."""
    while start < stop:
        end = min((start | 255) + 1, stop)
        yield start, _LAST_BYTES[start & 255 : (end - 1 & 255) + 1]
        start = end


@dataclass(frozen=True, slots=True)
class Sha256d:
    """The nonce is really searched and really checked."""

    backend: SearchBackend = field(default_factory=HashlibSearch)

    def holds(self, header: Header) -> bool:
        """Whether the id, as a big-endian integer, is not above the target. Raises BadCompactTarget."""
        return int.from_bytes(header.id, "big") <= target_from_bits(header.bits)

    def seal(self, header: Header, start: int = 0) -> Header:
        """Search in bounded chunks, so that an interrupt is answered whatever the backend."""
        target = target_from_bits(header.bits)
        for first in range(start, NONCES, _CHUNK):
            nonce = self.backend.search(header, target, first, _CHUNK)
            if nonce is not None:
                return replace(header, nonce=nonce)
        raise NonceSpaceExhausted(header.height, start)


@dataclass(frozen=True, slots=True)
class Simulated:
    """The header carries the difficulty; that the work was done is the simulator's word."""

    def holds(self, header: Header) -> bool:
        """True for every header with a valid compact target. Raises BadCompactTarget."""
        return target_from_bits(header.bits) > 0

    def seal(self, header: Header, start: int = 0) -> Header:
        """The header with nonce `start`."""
        return replace(header, nonce=start)


_HASHLIB_SHA256D = Sha256d()
_SIMULATED = Simulated()


def scheme_for(kind: ProofKind) -> ProofScheme:
    """The scheme of a chain's proof kind, with the reference backend."""
    return _HASHLIB_SHA256D if kind is ProofKind.SHA256D else _SIMULATED
