"""The authenticated map that holds the state: an immutable, path-copying crit-bit tree over byte strings.

A map is never changed: `updated` gives a new one that shares every untouched node with the old, so that
snapshots and forks cost nothing. Nodes cache their hash, so a new root costs one hash for each changed
node. `chain.trie_proof` describes the tree and what its root commits to.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from hashlib import sha256 as _new_sha256
from typing import Final

from chain.trie_proof import EMPTY_ROOT, PRESENCE_MASK, Step, TrieProof, branch_head, leaf_head

_UNHASHED: Final = b""
_cached_branch_head = lru_cache(maxsize=4096)(branch_head)


class _Leaf:
    """A key and its value. Hashed when it is made, never changed."""

    __slots__ = ("hash", "key", "value")

    def __init__(self, key: bytes, value: bytes) -> None:
        self.key = key
        self.value = value
        self.hash = _new_sha256(leaf_head(key) + value).digest()


class _Branch:
    """Where the keys below differ. Unhashed it belongs to a running edit, hashed it is frozen."""

    __slots__ = ("hash", "head", "index", "left", "mask", "right")

    def __init__(self, index: int, mask: int, head: bytes, left: "_Node", right: "_Node") -> None:
        self.index = index
        self.mask = mask
        self.head = head
        self.left = left
        self.right = right
        self.hash = _UNHASHED


_Node = _Leaf | _Branch


class Trie:
    """Immutable map from `bytes` to `bytes` with a 32-byte root; two maps are equal when their roots are.

    Keys may be prefixes of one another. The root depends on the keys and values alone, not on their history.
    """

    __slots__ = ("_size", "_top")

    def __init__(self) -> None:
        self._top: _Node | None = None
        self._size = 0

    @property
    def root(self) -> bytes:
        """Hash of the whole map, 32 bytes."""
        return EMPTY_ROOT if self._top is None else self._top.hash

    def __len__(self) -> int:
        return self._size

    def __eq__(self, other: object) -> bool:
        return self.root == other.root if isinstance(other, Trie) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.root)

    def get(self, key: bytes) -> bytes | None:
        """The value of `key`, or None."""
        node = self._top
        if node is None:
            return None
        size = len(key)
        while isinstance(node, _Branch):
            index = node.index
            node = node.right if index < size and (key[index] | 256) & node.mask else node.left
        return node.value if node.key == key else None

    def scan(self, prefix: bytes = b"", start: bytes | None = None) -> Iterator[tuple[bytes, bytes]]:
        """Keys (and values) beginning with `prefix` and not below `start`, in ascending bytewise order."""
        top = _subtree(self._top, prefix)
        if top is None:
            return
        waiting = [top] if start is None or start <= prefix else _from(top, start)
        while waiting:
            node = waiting.pop()
            while isinstance(node, _Branch):
                waiting.append(node.right)
                node = node.left
            yield node.key, node.value

    def updated(self, changes: Mapping[bytes, bytes | None]) -> "Trie":
        """The map after `changes`; None deletes a key, and deleting an absent key does nothing.

        Each changed node is copied at most once and hashed exactly once, however many changes it lies above.
        """
        edit = _Edit(self._top, self._size)
        for key, value in changes.items():
            if value is None:
                edit.delete(key)
            else:
                edit.put(key, value)
        if edit.top is self._top:
            return self
        _freeze(edit.top)
        result = Trie()
        result._top, result._size = edit.top, edit.size
        return result

    def proof(self, key: bytes) -> TrieProof:
        """Evidence of the value of `key`, or of its absence, that anyone can check who knows the root."""
        if self._top is None:
            return TrieProof((), None)
        path: list[_Branch] = []
        leaf = _descend(self._top, key, path)
        below: list[_Node] = [*path[1:], leaf] if path else []
        steps = tuple(
            Step(branch.index, branch.mask, _other_side(branch, child).hash)
            for branch, child in zip(path, below, strict=True)
        )
        return TrieProof(steps, (leaf.key, leaf.value))


class _Edit:
    """A tree in the making: frozen branches are copied before they change, unhashed ones change in place.

    Above an unhashed branch there are only unhashed ones, so the copying of a path ends at the first of them.
    """

    __slots__ = ("size", "top")

    def __init__(self, top: _Node | None, size: int) -> None:
        self.top = top
        self.size = size

    def put(self, key: bytes, value: bytes) -> None:
        """Insert or overwrite."""
        if self.top is None:
            self.top = _Leaf(key, value)
            self.size = 1
            return
        path: list[_Branch] = []
        found = _descend(self.top, key, path)
        if found.key != key:
            self._insert(path, found, _Leaf(key, value))
        elif found.value != value:
            self._replace(path, found, _Leaf(found.key, value))

    def delete(self, key: bytes) -> None:
        """Remove, when present: the leaf's branch gives way to its other side."""
        if self.top is None:
            return
        path: list[_Branch] = []
        found = _descend(self.top, key, path)
        if found.key != key:
            return
        self.size -= 1
        if path:
            parent = path.pop()
            self._replace(path, parent, _other_side(parent, found))
        else:
            self.top = None

    def _insert(self, path: list[_Branch], found: _Leaf, leaf: _Leaf) -> None:
        index, mask = _critical_position(found.key, leaf.key)
        below: _Node = found
        while path and _is_above(index, mask, path[-1]):
            below = path.pop()
        head = _cached_branch_head(index, mask)
        sides = (below, leaf) if leaf.key > found.key else (leaf, below)
        self._replace(path, below, _Branch(index, mask, head, *sides))
        self.size += 1

    def _replace(self, path: list[_Branch], old: _Node, new: _Node) -> None:
        """Put `new` where `old` hangs under the last branch of `path` (from the top down)."""
        for branch in reversed(path):
            left, right = branch.left, branch.right
            if left is old:
                left = new
            else:
                right = new
            if not branch.hash:
                branch.left, branch.right = left, right
                return
            old = branch
            new = _Branch(branch.index, branch.mask, branch.head, left, right)
        self.top = new


def _descend(node: _Node, key: bytes, path: list[_Branch]) -> _Leaf:
    """The leaf to which the bits of `key` lead; the branches passed are appended to `path`."""
    size = len(key)
    while isinstance(node, _Branch):
        path.append(node)
        index = node.index
        node = node.right if index < size and (key[index] | 256) & node.mask else node.left
    return node


def _critical_position(one: bytes, other: bytes) -> tuple[int, int]:
    """Byte index and mask of the first position in which two different keys differ."""
    common = min(len(one), len(other))
    difference = int.from_bytes(one[:common], "big") ^ int.from_bytes(other[:common], "big")
    if not difference:
        return common, PRESENCE_MASK
    bit = difference.bit_length() - 1
    return common - 1 - bit // 8, 1 << bit % 8


def _is_above(index: int, mask: int, branch: _Branch) -> bool:
    """Whether a position comes before that of `branch`."""
    return index < branch.index or (index == branch.index and mask > branch.mask)


def _other_side(branch: _Branch, child: _Node) -> _Node:
    return branch.right if branch.left is child else branch.left


def _freeze(top: _Node | None) -> None:
    """Hash every unhashed branch below and including `top`, children first."""
    unhashed: list[_Branch] = []
    waiting = [top] if isinstance(top, _Branch) and not top.hash else []
    while waiting:
        branch = waiting.pop()
        unhashed.append(branch)
        left, right = branch.left, branch.right
        if not left.hash and isinstance(left, _Branch):
            waiting.append(left)
        if not right.hash and isinstance(right, _Branch):
            waiting.append(right)
    new_sha256 = _new_sha256
    for branch in reversed(unhashed):
        branch.hash = new_sha256(branch.head + branch.left.hash + branch.right.hash).digest()


def _subtree(node: _Node | None, prefix: bytes) -> _Node | None:
    """The node over exactly the keys that begin with `prefix`."""
    size = len(prefix)
    while isinstance(node, _Branch) and node.index < size:
        node = node.right if (prefix[node.index] | 256) & node.mask else node.left
    leaf = node
    while isinstance(leaf, _Branch):
        leaf = leaf.left
    return node if leaf is not None and leaf.key.startswith(prefix) else None


def _from(top: _Node, start: bytes) -> list[_Node]:
    """Subtrees over exactly the keys under `top` that are not below `start`, the last one first."""
    path: list[_Branch] = []
    found = _descend(top, start, path)
    below: _Node = found
    if found.key != start:
        index, mask = _critical_position(found.key, start)
        while path and _is_above(index, mask, path[-1]):
            below = path.pop()
    subtrees: list[_Node] = []
    children: list[_Node] = [*path[1:], below] if path else []
    for branch, child in zip(path, children, strict=True):
        if child is branch.left:
            subtrees.append(branch.right)
    if found.key >= start:
        subtrees.append(below)
    return subtrees
