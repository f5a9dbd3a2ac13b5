"""Merkle trees over lists, with inclusion and consistency proofs (RFC 6962, section 2.1).

Leaves and inner nodes are hashed under different prefixes, so that no inner node passes for a leaf. A tree
whose size is not a power of two is split at the largest power of two below it; level by level, that means
an odd last node moves up unchanged. Two choices the RFC leaves open: hashes that do not have 32 bytes are
refused, and nothing is ever consistent with the empty tree (such a proof would say nothing).
"""

from collections.abc import Sequence
from hashlib import sha256 as _new_sha256
from typing import ClassVar

from chain.errors import ChainError
from chain.hashing import HASH_BYTES, sha256

_LEAF = b"\x00"
_NODE = b"\x01"
EMPTY_ROOT = sha256(b"")
"""Root of a tree without leaves."""


class InvalidMerkleProof(ChainError):
    """A proof that does not prove what it is offered for. Args: what was checked, got, expected."""

    rule: ClassVar[str] = "invalid-merkle-proof"

    def __str__(self) -> str:
        what, got, expected = (arg.hex() if isinstance(arg, bytes) else arg for arg in self.args)
        return f"{self.rule}: {what}: got {got}, expected {expected}"


class NoSuchLeaf(ChainError):
    """A proof was asked for a leaf or a size that the tree does not have. Args: got, lowest, highest."""

    rule: ClassVar[str] = "no-such-leaf"

    def __str__(self) -> str:
        got, lowest, highest = self.args
        return f"{self.rule}: got {got}, expected {lowest} to {highest}"


def leaf_hash(leaf: bytes) -> bytes:
    """Hash of one leaf: SHA-256 of 0x00 and its bytes."""
    return sha256(_LEAF + leaf)


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """Merkle tree hash of `leaves` in order, 32 bytes (RFC 6962, section 2.1)."""
    if not leaves:
        return EMPTY_ROOT
    level = _leaf_level(leaves)
    while len(level) > 1:
        level = _level_above(level)
    return level[0]


def inclusion_proof(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """Siblings on the way from leaf `index` to the root, lowest first (RFC 6962, section 2.1.1).

    Raises NoSuchLeaf unless 0 <= index < len(leaves).
    """
    if not 0 <= index < len(leaves):
        raise NoSuchLeaf(index, 0, len(leaves) - 1)
    return tuple(_siblings(_levels(leaves), 0, index))


def verify_inclusion(root: bytes, leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> None:
    """Check that `leaf` is number `index` of the `size` leaves under `root`. Raises InvalidMerkleProof.

    That the leaf is there holds whatever `size` is claimed; its place holds only if `size` is known to be
    that of the tree: a root does not fix the number of its leaves.
    """
    verify_hash_inclusion(root, leaf_hash(leaf), index, size, proof)


def verify_hash_inclusion(
    root: bytes, hashed_leaf: bytes, index: int, size: int, proof: Sequence[bytes]
) -> None:
    """As `verify_inclusion`, for a leaf known by its hash only (RFC 9162, section 2.1.3.2).

    The caller must know that `hashed_leaf` is the hash of a leaf: an inner node's hash has a proof too.
    Raises InvalidMerkleProof.
    """
    _check_lengths((hashed_leaf, *proof))
    if not 0 <= index < size:
        raise InvalidMerkleProof("leaf index", index, f"0 to {size - 1}")
    node, last, found = index, size - 1, hashed_leaf
    for sibling in proof:
        if last == 0:
            raise InvalidMerkleProof("proof length", len(proof), "fewer hashes")
        if node & 1 or node == last:
            found = sha256(_NODE + sibling + found)
            node, last = _up_to_right_child(node, last)
        else:
            found = sha256(_NODE + found + sibling)
        node, last = node >> 1, last >> 1
    _check_complete(last, len(proof))
    _check_root("root", found, root)


def consistency_proof(leaves: Sequence[bytes], old_size: int) -> tuple[bytes, ...]:
    """Hashes showing that the first `old_size` leaves have not changed since (RFC 6962, section 2.1.2).

    Raises NoSuchLeaf unless 1 <= old_size <= len(leaves).
    """
    if not 1 <= old_size <= len(leaves):
        raise NoSuchLeaf(old_size, 1, len(leaves))
    if old_size == len(leaves):
        return ()
    levels = _levels(leaves)
    height, node = 0, old_size - 1
    while node & 1:
        height, node = height + 1, node >> 1
    whole_old_tree = node == 0
    start = [] if whole_old_tree else [levels[height][node]]
    return tuple(start + _siblings(levels, height, node))


def verify_consistency(
    old_root: bytes, old_size: int, new_root: bytes, new_size: int, proof: Sequence[bytes]
) -> None:
    """Check that the `new_size` leaves under `new_root` begin with the `old_size` leaves under `old_root`.

    RFC 9162, section 2.1.4.2. Raises InvalidMerkleProof.
    """
    _check_lengths(proof)
    if not 1 <= old_size <= new_size:
        raise InvalidMerkleProof("old size", old_size, f"1 to {new_size}")
    if old_size == new_size:
        if proof:
            raise InvalidMerkleProof("proof length", len(proof), 0)
        _check_root("old root", old_root, new_root)
        return
    if not proof:
        raise InvalidMerkleProof("proof length", 0, "more hashes")
    path = [old_root, *proof] if old_size & (old_size - 1) == 0 else list(proof)
    found_old, found_new = _climb_both(path, old_size - 1, new_size - 1)
    _check_root("old root", found_old, old_root)
    _check_root("new root", found_new, new_root)


def _climb_both(path: Sequence[bytes], node: int, last: int) -> tuple[bytes, bytes]:
    """Roots of the old and the new tree that a consistency proof leads to, from the last old leaf `node`."""
    node, last = _up_to_left_child(node, last)
    found_old = found_new = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise InvalidMerkleProof("proof length", len(path), "fewer hashes")
        if node & 1 or node == last:
            found_old = sha256(_NODE + sibling + found_old)
            found_new = sha256(_NODE + sibling + found_new)
            node, last = _up_to_right_child(node, last)
        else:
            found_new = sha256(_NODE + found_new + sibling)
        node, last = node >> 1, last >> 1
    _check_complete(last, len(path))
    return found_old, found_new


def _up_to_right_child(node: int, last: int) -> tuple[int, int]:
    """Climb over the levels at which an odd last node moves up without a sibling."""
    while node and not node & 1:
        node, last = node >> 1, last >> 1
    return node, last


def _up_to_left_child(node: int, last: int) -> tuple[int, int]:
    """Climb while `node` is a right child: its parent is then the root of a larger full subtree."""
    while node & 1:
        node, last = node >> 1, last >> 1
    return node, last


def _leaf_level(leaves: Sequence[bytes]) -> list[bytes]:
    new_sha256 = _new_sha256
    return [new_sha256(_LEAF + leaf).digest() for leaf in leaves]


def _level_above(level: list[bytes]) -> list[bytes]:
    new_sha256 = _new_sha256
    pairs = zip(level[::2], level[1::2], strict=False)
    above = [new_sha256(_NODE + left + right).digest() for left, right in pairs]
    if len(level) & 1:
        above.append(level[-1])
    return above


def _levels(leaves: Sequence[bytes]) -> list[list[bytes]]:
    levels = [_leaf_level(leaves)]
    while len(levels[-1]) > 1:
        levels.append(_level_above(levels[-1]))
    return levels


def _siblings(levels: list[list[bytes]], height: int, node: int) -> list[bytes]:
    """Siblings met when climbing from `node` of level `height`; a node moving up unchanged meets none."""
    path = []
    for level in levels[height:]:
        if node ^ 1 < len(level):
            path.append(level[node ^ 1])
        node >>= 1
    return path


def _check_lengths(hashes: Sequence[bytes]) -> None:
    for item in hashes:
        if len(item) != HASH_BYTES:
            raise InvalidMerkleProof("hash length", len(item), HASH_BYTES)


def _check_complete(levels_left: int, length: int) -> None:
    if levels_left:
        raise InvalidMerkleProof("proof length", length, "more hashes")


def _check_root(what: str, found: bytes, root: bytes) -> None:
    if found != root:
        raise InvalidMerkleProof(what, found, root)
