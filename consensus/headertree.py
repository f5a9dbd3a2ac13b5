"""The tree of headers: parents, cumulative work, arrival order and fast ancestors. It checks nothing.

Every header keeps a second, longer link to an ancestor (Bitcoin's skip list), so that the ancestor at any
height is found in a logarithmic number of steps on any branch. Links are places in a list, not references:
the tree pickles flat.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from chain.block import Header
from chain.errors import ChainError
from consensus.compact import work_of_bits
from consensus.fork_choice import Candidate


class UnknownBlock(ChainError):
    """A block id that is not in the tree. Args: id."""

    rule: ClassVar[str] = "unknown-block"

    def __str__(self) -> str:
        return f"{self.rule}: {self.args[0].hex()}"


class NoSuchAncestor(ChainError):
    """A height that a branch does not have. Args: height asked for, height of the branch."""

    rule: ClassVar[str] = "no-such-ancestor"

    def __str__(self) -> str:
        return f"{self.rule}: got height {self.args[0]}, expected 0 to {self.args[1]}"


@dataclass(frozen=True, slots=True)
class _Node:
    header: Header
    work: int
    parent: int
    skip: int


@dataclass(frozen=True, slots=True)
class Branch:
    """The branch that ends at one header: the `Ancestry` of its children."""

    tree: "HeaderTree"
    parent: Header

    def ancestor(self, height: int) -> Header:
        """Header at `height` on this branch. Raises NoSuchAncestor."""
        return self.tree.ancestor(self.parent.id, height)


class HeaderTree:
    """Headers by id, from genesis on. Whoever adds one has checked it."""

    def __init__(self, genesis: Header) -> None:
        self._nodes = [_Node(genesis, work_of_bits(genesis.bits), 0, 0)]
        self._places = {genesis.id: 0}

    def __contains__(self, block_id: bytes) -> bool:
        return block_id in self._places

    def __len__(self) -> int:
        return len(self._nodes)

    def __iter__(self) -> Iterator[Header]:
        """Headers in the order they were added."""
        return (node.header for node in self._nodes)

    def header(self, block_id: bytes) -> Header:
        """Raises UnknownBlock."""
        return self._nodes[self._place(block_id)].header

    def candidate(self, block_id: bytes) -> Candidate:
        """What fork choice needs: the work from genesis to this block, and its place in the order of adding.

        Raises UnknownBlock.
        """
        place = self._place(block_id)
        return Candidate(self._nodes[place].work, place)

    def add(self, header: Header) -> None:
        """Add a checked header whose parent is known; a known one is left as it is. Raises UnknownBlock."""
        if header.id in self._places:
            return
        parent = self._place(header.previous)
        work = self._nodes[parent].work + work_of_bits(header.bits)
        skip = self._walk(parent, _skip_height(header.height))
        self._places[header.id] = len(self._nodes)
        self._nodes.append(_Node(header, work, parent, skip))

    def branch(self, block_id: bytes) -> Branch:
        """The branch that ends at a block. Raises UnknownBlock."""
        return Branch(self, self.header(block_id))

    def ancestor(self, block_id: bytes, height: int) -> Header:
        """Header at `height` on the branch that ends at a block, in O(log height).

        Raises UnknownBlock, NoSuchAncestor.
        """
        place = self._place(block_id)
        top = self._nodes[place].header.height
        if not 0 <= height <= top:
            raise NoSuchAncestor(height, top)
        return self._nodes[self._walk(place, height)].header

    def fork(self, one: bytes, other: bytes) -> Header:
        """The last block that two branches share. Raises UnknownBlock."""
        places = self._place(one), self._place(other)
        height = min(self._nodes[place].header.height for place in places)
        a, b = (self._walk(place, height) for place in places)
        while a != b:
            node, twin = self._nodes[a], self._nodes[b]
            # Blocks of one height have skip links of one height, so both sides stay level.
            a, b = (node.parent, twin.parent) if node.skip == twin.skip else (node.skip, twin.skip)
        return self._nodes[a].header

    def path(self, ancestor: bytes, block_id: bytes) -> list[Header]:
        """Headers after `ancestor` up to and including `block_id`, oldest first.

        Raises UnknownBlock, NoSuchAncestor.
        """
        place, end = self._place(block_id), self._place(ancestor)
        headers: list[Header] = []
        while place != end:
            node = self._nodes[place]
            if node.header.height <= self._nodes[end].header.height:
                raise NoSuchAncestor(self._nodes[end].header.height, self.header(block_id).height)
            headers.append(node.header)
            place = node.parent
        return headers[::-1]

    def _place(self, block_id: bytes) -> int:
        place = self._places.get(block_id)
        if place is None:
            raise UnknownBlock(block_id)
        return place

    def _walk(self, place: int, height: int) -> int:
        """Place of the ancestor at `height`, which must not be above `place`."""
        nodes = self._nodes
        node = nodes[place]
        here = node.header.height
        while here > height:
            skip, skip_before = _skip_height(here), _skip_height(here - 1)
            # The parent's link is the better one when it leads almost as far without passing the goal.
            if skip == height or (skip > height and not (skip_before < skip - 2 and skip_before >= height)):
                place = node.skip
            else:
                place = node.parent
            node = nodes[place]
            here = node.header.height
        return place


def _skip_height(height: int) -> int:
    """Height that the second link of a block at `height` leads to (Bitcoin Core, `GetSkipHeight`)."""
    if height < 2:
        return 0
    if height & 1:
        lower = _without_lowest_bit(_without_lowest_bit(height - 1))
        return lower + 1
    return _without_lowest_bit(height)


def _without_lowest_bit(number: int) -> int:
    return number & (number - 1)
