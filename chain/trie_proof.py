"""What a state root commits to, and how to check one key against it without the map.

The map is a crit-bit tree. A key is read as a string of positions: for each byte index in turn a presence
bit (mask 0x100: does the key have this byte?), then the byte's bits from 0x80 down to 0x01. A branch stands
at the first position in which the keys below it differ, keys with the bit set on its right; positions grow
on every path downwards and keys ascend bytewise from left to right.

    leaf hash   = SHA-256(0x00, key length as u32, key, value)
    branch hash = SHA-256(0x01, byte index as u32, mask as u16, left hash, right hash)

(big-endian; the empty map has the SHA-256 of nothing). Branches commit to their position, so the way a key
takes is fixed by the root: a leaf with another key at its end proves the key absent.
"""

import struct
from dataclasses import dataclass
from typing import ClassVar

from chain.errors import ChainError
from chain.hashing import HASH_BYTES, sha256

EMPTY_ROOT = sha256(b"")
"""Root of the map without keys."""
PRESENCE_MASK = 0x100
"""Mask of the position that tells whether a key has a byte at an index at all."""

_pack_leaf_head = struct.Struct(">cI").pack
_pack_branch_head = struct.Struct(">cIH").pack
_MASKS = frozenset(PRESENCE_MASK >> bit for bit in range(9))


class InvalidProof(ChainError):
    """A proof that does not prove what it is offered for. Args: what was checked, got, expected."""

    rule: ClassVar[str] = "invalid-state-proof"

    def __str__(self) -> str:
        what, got, expected = (arg.hex() if isinstance(arg, bytes) else arg for arg in self.args)
        return f"{self.rule}: {what}: got {got}, expected {expected}"


def leaf_head(key: bytes) -> bytes:
    """Everything hashed into a leaf but its value."""
    return _pack_leaf_head(b"\x00", len(key)) + key


def branch_head(byte_index: int, mask: int) -> bytes:
    """Everything hashed into a branch but the hashes of its two sides (7 bytes)."""
    return _pack_branch_head(b"\x01", byte_index, mask)


def goes_right(key: bytes, byte_index: int, mask: int) -> bool:
    """Whether `key` has the bit at this position."""
    return byte_index < len(key) and bool((key[byte_index] | PRESENCE_MASK) & mask)


@dataclass(frozen=True, slots=True)
class Step:
    """One branch on the way from the root to a leaf. The side taken is no field: the key decides it."""

    byte_index: int
    """Index of the key's byte that is looked at."""
    mask: int
    """Which bit of it: 0x100 (presence) or 0x80 down to 0x01."""
    sibling: bytes
    """Hash of the side not taken (32 bytes)."""


@dataclass(frozen=True, slots=True)
class TrieProof:
    """The way a key takes through the map and the leaf at its end: proof of its value or of its absence."""

    steps: tuple[Step, ...]
    """Branches, from the root down."""
    leaf: tuple[bytes, bytes] | None
    """Key and value found at the end; None when the map is empty."""

    def verify(self, root: bytes, key: bytes) -> bytes | None:
        """The value `key` has in the map with this root, or None when it has none.

        Raises InvalidProof when the proof shows neither.
        """
        if self.leaf is None:
            self._check_empty(root)
            return None
        found_key, value = self.leaf
        self._check_way(key, found_key)
        found = self._root_from(leaf_head(found_key) + value, key)
        if found != root:
            raise InvalidProof("root", found, root)
        return value if found_key == key else None

    def _check_empty(self, root: bytes) -> None:
        if self.steps:
            raise InvalidProof("steps in an empty map", len(self.steps), 0)
        if root != EMPTY_ROOT:
            raise InvalidProof("root", EMPTY_ROOT, root)

    def _check_way(self, key: bytes, found_key: bytes) -> None:
        """Steps must be well formed, in order, and lead both keys to one leaf, as they do in every map."""
        last = (-1, 0)
        for step in self.steps:
            if step.mask not in _MASKS or not 0 <= step.byte_index < 2**32:
                raise InvalidProof("position", (step.byte_index, step.mask), "a u32 and one of nine bits")
            if len(step.sibling) != HASH_BYTES:
                raise InvalidProof("sibling length", len(step.sibling), HASH_BYTES)
            position = (step.byte_index, -step.mask)
            if position <= last:
                raise InvalidProof(
                    "position", (step.byte_index, step.mask), "a later one than the branch above"
                )
            last = position
            at = (step.byte_index, step.mask)
            if goes_right(key, *at) != goes_right(found_key, *at):
                raise InvalidProof("leaf", found_key, "a key that takes the same way")

    def _root_from(self, leaf: bytes, key: bytes) -> bytes:
        node = sha256(leaf)
        for step in reversed(self.steps):
            head = branch_head(step.byte_index, step.mask)
            if goes_right(key, step.byte_index, step.mask):
                node = sha256(head + step.sibling + node)
            else:
                node = sha256(head + node + step.sibling)
        return node
