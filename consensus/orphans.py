"""Blocks whose parent has not arrived: a small pool from which the oldest gives way."""

from collections import OrderedDict

from chain.block import Block

ORPHANS_KEPT = 128


class OrphanPool:
    """At most `capacity` blocks, found by their parent."""

    def __init__(self, capacity: int = ORPHANS_KEPT) -> None:
        self.capacity = capacity
        self._blocks: OrderedDict[bytes, Block] = OrderedDict()
        self._children: dict[bytes, list[bytes]] = {}

    def __contains__(self, block_id: bytes) -> bool:
        return block_id in self._blocks

    def __len__(self) -> int:
        return len(self._blocks)

    def add(self, block: Block) -> None:
        """Keep `block`; when the pool is full, the one that came first is dropped."""
        if block.id in self._blocks:
            return
        if len(self._blocks) >= self.capacity:
            self._drop(next(iter(self._blocks)))
        self._blocks[block.id] = block
        self._children.setdefault(block.header.previous, []).append(block.id)

    def take_children(self, parent: bytes) -> list[Block]:
        """Remove the blocks that name `parent` as previous; they are given in the order they came."""
        return [self._blocks.pop(block_id) for block_id in self._children.pop(parent, [])]

    def _drop(self, block_id: bytes) -> None:
        parent = self._blocks.pop(block_id).header.previous
        siblings = self._children[parent]
        siblings.remove(block_id)
        if not siblings:
            del self._children[parent]
