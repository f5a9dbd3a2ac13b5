"""The block tree: every valid block a node has seen, the orphans that wait for their parent, and the head.

A block is checked and executed when it connects to its parent, whether or not it becomes the head. So every
block of the tree is valid, a reorganisation of any depth only moves the head, and a block that fails leaves
the head where it was: on the best of the valid tips.
"""

from collections import deque
from dataclasses import dataclass
from typing import ClassVar

from chain.block import Block, ForeignBody, Header
from chain.errors import InvalidBlock
from chain.genesis import Born
from chain.transition import check_content
from consensus.executor import Executor
from consensus.fork_choice import prefers
from consensus.headers import TimeTooNew, check_claimed_proof, check_clock, check_header_rules, check_params
from consensus.headertree import Branch, HeaderTree, UnknownBlock
from consensus.orphans import ORPHANS_KEPT, OrphanPool

REFUSALS_KEPT = 10_000
_PASSING = (TimeTooNew, ForeignBody)
"""Refusals of what was received, not of the block that its id names: the same id may be accepted later."""


class InvalidAncestor(InvalidBlock):
    """A block on top of a refused one. Args: id of the parent, in words why the branch was refused."""

    rule: ClassVar[str] = "invalid-ancestor"

    def __str__(self) -> str:
        parent, reason = self.args
        return f"{self.rule}: parent {parent.hex()[:16]} stands on a refused branch ({reason})"


@dataclass(frozen=True, slots=True)
class TipChange:
    """A move of the head. A plain extension disconnects nothing."""

    disconnected: tuple[Block, ...]
    """Blocks that left the best chain, newest first."""
    connected: tuple[Block, ...]
    """Blocks that joined it, oldest first; the last one is the head."""


class BlockTree:
    """All valid blocks from genesis on, stale ones too. The order of calls is the order of arrival."""

    def __init__(self, born: Born, executor: Executor, orphans: int = ORPHANS_KEPT) -> None:
        check_params(born.spec.params)
        self._params = born.spec.params
        self._executor = executor
        self._headers = HeaderTree(born.block.header)
        self._blocks = {born.block.id: born.block}
        self._head = born.block.header
        self._orphans = OrphanPool(orphans)
        self._refused: dict[bytes, InvalidBlock] = {}

    def __contains__(self, block_id: bytes) -> bool:
        return block_id in self._blocks

    def __len__(self) -> int:
        """Number of valid blocks, genesis included."""
        return len(self._blocks)

    @property
    def head(self) -> Header:
        """Header of the last block of the best chain."""
        return self._head

    @property
    def headers(self) -> HeaderTree:
        """Headers of all valid blocks, to be read only."""
        return self._headers

    @property
    def orphans(self) -> int:
        """Number of blocks that wait for their parent."""
        return len(self._orphans)

    def block(self, block_id: bytes) -> Block:
        """A valid block. Raises UnknownBlock."""
        block = self._blocks.get(block_id)
        if block is None:
            raise UnknownBlock(block_id)
        return block

    def branch(self, block_id: bytes | None = None) -> Branch:
        """The branch that ends at a block, by default the best chain. Raises UnknownBlock."""
        return self._headers.branch(self._head.id if block_id is None else block_id)

    def on_best_chain(self, block_id: bytes) -> bool:
        """Whether a block is valid and an ancestor of the head, or the head itself."""
        if block_id not in self._blocks:
            return False
        height = self._headers.header(block_id).height
        return height <= self._head.height and self.branch().ancestor(height).id == block_id

    def refusal(self, block_id: bytes) -> InvalidBlock | None:
        """Why a block was refused for good, as far as it is remembered."""
        return self._refused.get(block_id)

    def add(self, block: Block, now_ms: int) -> TipChange | None:
        """Take in a block, and the orphans that waited for it. `now_ms` is the receiver's clock.

        Gives the move of the head, if it moved. A known block changes nothing. A refused orphan is dropped
        and remembered without a word to whoever brought its parent. Raises InvalidBlock: what `check_header`
        and `Executor.execute` raise, of an orphan `check_claimed_proof` and `check_content`, and
        InvalidAncestor; all but TimeTooNew and ForeignBody are remembered.
        """
        if block.id in self._blocks:
            return None
        self._check_standing(block)
        if block.header.previous not in self._blocks:
            self._hold(block)
            return None
        self._connect(block, now_ms)
        return self._choose_head([block, *self._connect_orphans(block, now_ms)])

    def _check_standing(self, block: Block) -> None:
        """Refuse what was refused before, and what stands on it."""
        refusal = self._refused.get(block.id)
        if refusal is not None:
            raise type(refusal)(*refusal.args)
        refusal = self._refused.get(block.header.previous)
        if refusal is not None:
            raise self._refuse(block.id, _inherited(block.header.previous, refusal))

    def _hold(self, block: Block) -> None:
        """Keep an orphan, after the checks that need no parent."""
        try:
            check_claimed_proof(block.header, self._params)
            check_content(self._executor.spec, block)
        except ForeignBody:
            raise
        except InvalidBlock as error:
            raise self._refuse(block.id, error) from None
        self._orphans.add(block)

    def _connect(self, block: Block, now_ms: int) -> None:
        """Check and execute a block whose parent is in the tree, and put it there."""
        try:
            check_header_rules(block.header, self._headers.branch(block.header.previous), self._params)
            check_clock(block.header, self._params.time, now_ms)
            self._executor.execute(block)
        except _PASSING:
            raise
        except InvalidBlock as error:
            raise self._refuse(block.id, error) from error
        self._headers.add(block.header)
        self._blocks[block.id] = block

    def _connect_orphans(self, parent: Block, now_ms: int) -> list[Block]:
        """Connect what waited for `parent`, in the order it came; gives the blocks that are valid."""
        waiting = deque(self._orphans.take_children(parent.id))
        connected: list[Block] = []
        while waiting:
            block = waiting.popleft()
            try:
                self._connect(block, now_ms)
            except InvalidBlock:
                continue
            connected.append(block)
            waiting.extend(self._orphans.take_children(block.id))
        return connected

    def _refuse(self, block_id: bytes, error: InvalidBlock) -> InvalidBlock:
        """Remember a refusal, drop the orphans above it, and give the error."""
        # A copy: the error that is raised holds on to the stack, and with it to the state.
        self._refused[block_id] = type(error)(*error.args)
        waiting = [(block_id, orphan) for orphan in self._orphans.take_children(block_id)]
        while waiting:
            parent, orphan = waiting.pop()
            self._refused[orphan.id] = _inherited(parent, error)
            waiting += [(orphan.id, child) for child in self._orphans.take_children(orphan.id)]
        while len(self._refused) > REFUSALS_KEPT:
            del self._refused[next(iter(self._refused))]
        return error

    def _choose_head(self, added: list[Block]) -> TipChange | None:
        best = self._head.id
        for block in added:
            if prefers(self._headers.candidate(best), self._headers.candidate(block.id)):
                best = block.id
        if best == self._head.id:
            return None
        fork = self._headers.fork(self._head.id, best).id
        left = [self._blocks[header.id] for header in self._headers.path(fork, self._head.id)]
        joined = [self._blocks[header.id] for header in self._headers.path(fork, best)]
        self._head = self._headers.header(best)
        return TipChange(tuple(reversed(left)), tuple(joined))


def _inherited(parent: bytes, error: InvalidBlock) -> InvalidAncestor:
    reason = error.args[1] if isinstance(error, InvalidAncestor) else str(error)
    return InvalidAncestor(parent, reason)
