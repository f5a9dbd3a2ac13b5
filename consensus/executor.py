"""Executors: who runs a block's content, and who remembers what came of it.

The transition is a pure function, so a block needs one execution in a process, however many simulated nodes
receive it: `SharedExecutor` is that one. `ReexecutingExecutor` runs every block again for its own node and
stops the run if it ever differs, which shows that sharing is an optimisation and not an assumption.
"""

from collections import OrderedDict
from typing import ClassVar, Protocol

from chain.block import Block
from chain.errors import ChainError, InvalidBlock
from chain.genesis import Born
from chain.transaction import Transaction
from chain.transition import ChainSpec, Executed, apply_block
from chain.trie import Trie
from consensus.signatures import SignatureCache

RECENT_STATES = 256
CHECKPOINT_BLOCKS = 1_024
_FAILURES_KEPT = 10_000


class NeverExecuted(ChainError):
    """The state after a block was asked for that this executor has not executed. Args: id."""

    rule: ClassVar[str] = "never-executed"

    def __str__(self) -> str:
        return f"{self.rule}: {self.args[0].hex()}"


class ExecutionDiverged(Exception):
    """Two executions of one block differ: an application is not deterministic, which stops the run.

    Args: height, block id, what this execution gave, what the shared one gave.
    """

    def __str__(self) -> str:
        height, identifier, own, shared = self.args
        return f"block {height} ({identifier.hex()}): this execution gave {own}, the shared one {shared}"


class Executor(Protocol):
    """Runs blocks whose parents it has run."""

    @property
    def spec(self) -> ChainSpec:
        """The chain's rules."""
        ...

    def authenticate(self, transaction: Transaction) -> None:
        """Raises WrongSignature unless the sender signed the transaction."""
        ...

    def execute(self, block: Block) -> Executed:
        """What the block does to its parent's state. Raises InvalidBlock, NeverExecuted (for the parent)."""
        ...

    def result(self, block_id: bytes) -> Executed:
        """State and receipts of a block executed before, whenever that was. Raises NeverExecuted."""
        ...

    def adopt(self, block: Block, executed: Executed) -> None:
        """Take over what building `block` on an executed parent gave."""
        ...


class SharedExecutor:
    """Executes each block once and each signature check once.

    Results are kept of the `recent` blocks used last and of every block whose height is a multiple of
    `checkpoint`; an older one is recomputed from the nearest kept ancestor when it is asked for. Failures are
    remembered as well. A body that its header does not commit to is refused but not remembered: it says
    nothing about the block of that id.
    """

    def __init__(
        self,
        born: Born,
        recent: int = RECENT_STATES,
        checkpoint: int = CHECKPOINT_BLOCKS,
        signatures: SignatureCache | None = None,
    ) -> None:
        self._spec = born.spec
        self._signatures = signatures or SignatureCache()
        self._recent_size = recent
        self._checkpoint = checkpoint
        self._blocks: dict[bytes, Block] = {born.block.id: born.block}
        self._pinned: dict[bytes, Executed] = {born.block.id: Executed(born.state, (), 0)}
        self._recent: OrderedDict[bytes, Executed] = OrderedDict()
        self._failures: dict[bytes, InvalidBlock] = {}
        self.executions = 0
        """Blocks run so far, those run again included."""

    @property
    def spec(self) -> ChainSpec:
        """The chain's rules."""
        return self._spec

    @property
    def signatures(self) -> SignatureCache:
        """The verdicts on signatures, which other executors of the process may share."""
        return self._signatures

    def authenticate(self, transaction: Transaction) -> None:
        """Raises WrongSignature unless the sender signed the transaction."""
        self._signatures.authenticate(transaction)

    def execute(self, block: Block) -> Executed:
        """See `Executor.execute`. A second call for a block gives what the first gave, error or result."""
        block.check_whole()
        failure = self._failures.get(block.id)
        if failure is not None:
            raise type(failure)(*failure.args)
        if block.id in self._blocks:
            return self.result(block.id)
        parent = self.result(block.header.previous)
        try:
            executed = self._run(parent.state, block)
        except InvalidBlock as error:
            self._remember_failure(block.id, error)
            raise
        self.adopt(block, executed)
        return executed

    def result(self, block_id: bytes) -> Executed:
        """See `Executor.result`."""
        known = self._lookup(block_id)
        if known is not None:
            return known
        missing: list[Block] = []
        while known is None:
            block = self._blocks.get(block_id)
            if block is None:
                raise NeverExecuted(block_id)
            missing.append(block)
            block_id = block.header.previous
            known = self._lookup(block_id)
        # Half of the place at most: a branch run again must not push out those that are in use.
        kept = max(1, self._recent_size // 2)
        for left in range(len(missing) - 1, -1, -1):
            known = self._run(known.state, missing[left])
            if left < kept:
                self._keep(missing[left], known)
        return known

    def adopt(self, block: Block, executed: Executed) -> None:
        """See `Executor.adopt`."""
        self._blocks[block.id] = block
        self._keep(block, executed)

    def _run(self, state: Trie, block: Block) -> Executed:
        self.executions += 1
        return apply_block(self._spec, state, block, self._signatures.authenticate)

    def _lookup(self, block_id: bytes) -> Executed | None:
        known = self._recent.get(block_id)
        if known is None:
            return self._pinned.get(block_id)
        self._recent.move_to_end(block_id)
        return known

    def _keep(self, block: Block, executed: Executed) -> None:
        if block.header.height % self._checkpoint == 0:
            self._pinned[block.id] = executed
            return
        self._recent[block.id] = executed
        if len(self._recent) > self._recent_size:
            self._recent.popitem(last=False)

    def _remember_failure(self, block_id: bytes, error: InvalidBlock) -> None:
        # A copy: the error that is raised holds on to the stack, and with it to the state.
        self._failures[block_id] = type(error)(*error.args)
        if len(self._failures) > _FAILURES_KEPT:
            del self._failures[next(iter(self._failures))]


class ReexecutingExecutor:
    """Executes every block itself and compares with the shared execution. Signature checks are shared.

    Its own results live in a private executor on the same genesis.
    """

    def __init__(self, born: Born, shared: SharedExecutor) -> None:
        self._shared = shared
        self._own = SharedExecutor(born, signatures=shared.signatures)

    @property
    def spec(self) -> ChainSpec:
        """The chain's rules."""
        return self._own.spec

    def authenticate(self, transaction: Transaction) -> None:
        """Raises WrongSignature unless the sender signed the transaction."""
        self._own.authenticate(transaction)

    def execute(self, block: Block) -> Executed:
        """See `Executor.execute`. Raises ExecutionDiverged where the two results or refusals differ."""
        own, shared = _attempt(self._own, block), _attempt(self._shared, block)
        if _words(own) != _words(shared):
            raise ExecutionDiverged(block.header.height, block.id, _words(own), _words(shared))
        if isinstance(own, InvalidBlock):
            raise own
        return own

    def result(self, block_id: bytes) -> Executed:
        """See `Executor.result`."""
        return self._own.result(block_id)

    def adopt(self, block: Block, executed: Executed) -> None:
        """Nothing is taken over: the block is run again when it is received."""


def _attempt(executor: Executor, block: Block) -> Executed | InvalidBlock:
    try:
        return executor.execute(block)
    except InvalidBlock as error:
        return error


def _words(outcome: Executed | InvalidBlock) -> str:
    if isinstance(outcome, InvalidBlock):
        return f"refusal {outcome}"
    return f"state root {outcome.state.root.hex()}"
