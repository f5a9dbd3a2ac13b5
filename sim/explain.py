"""Explains one transaction of a run: what it asked for, what came of it, and what it changed in the state.

The state is not kept, so the run's blocks are executed again from genesis to the one that took the transaction.
Every block must give the roots that its header commits to; signatures are not checked again, `verify` does that.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from chain.accounts import ACCOUNTS
from chain.block import Block
from chain.context import Environment
from chain.errors import ChainError
from chain.places import Place, place_of, record_at
from chain.records import Action, Event, Receipt
from chain.registry import Registry
from chain.state import Overlay
from chain.transaction import Transaction
from chain.transition import Executed, apply_block, apply_transaction, run_hooks
from chain.trie import Trie
from consensus.executor import ExecutionDiverged
from sim.explain_find import Found, RunRecords, Submission, Taken
from sim.folders import ResultsError
from sim.run_folder import LEDGER

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Change:
    """A key of the state map whose value a transaction changed."""

    path: bytes
    place: Place | None
    """What the key stands for; None where no application's table has it."""
    before: object
    """The record; None where there was none."""
    after: object
    """The record; None where there is none now."""


@dataclass(frozen=True, slots=True)
class Execution:
    """What a transaction did in a block."""

    taken: Taken
    on_best_chain: bool
    action: Action
    receipt: Receipt
    events: tuple[tuple[str, Event], ...]
    """(application, event), in the order they were emitted."""
    changes: tuple[Change, ...]
    """The bank's keys first, the sender's account first among them. Block hooks and the miner's pay not included."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that is known of one transaction of a run."""

    id: bytes
    submission: Submission | None
    """Its row in the table of transactions; None where the run has no tables."""
    execution: Execution | None
    """On the best chain, else in the first block found that took it; None where no block did."""
    others: tuple[Taken, ...]
    """Further blocks that took it: rivals of the one it was executed in."""
    head_height: int
    names: Mapping[bytes, str]
    """Public key -> participant's name."""
    limits: tuple[str, ...]
    """What the run's files cannot tell, a clause each."""

    @property
    def status(self) -> str:
        """As in the table of transactions: confirmed, failed, pending (no block of the best chain) or rejected."""
        if self.execution is not None and self.execution.on_best_chain:
            return "confirmed" if self.execution.receipt.succeeded else "failed"
        return "pending" if self.submission is None else self.submission.status


def _no_progress(done: int, total: int) -> None:
    """Nobody watches."""


def explain(folder: str | Path, transaction: str, progress: Progress = _no_progress) -> Explanation:
    """Explain the transaction whose id begins with `transaction`.

    Args:
        folder: a run's folder, finished or not; without tables only transactions in blocks are known.
        transaction: 4 to 64 hexadecimal digits.
        progress: called with the number of blocks executed and their total.

    Raises:
        MalformedTransactionId, AmbiguousTransaction, UnknownTransaction: see `sim.explain_find`.
        ResultsError: the folder is none of a run, or its blocks do not give what their headers say.
        AppCrashed, ExecutionDiverged: an application is faulty.
    """
    run = RunRecords(Path(folder))
    found = run.find(transaction)
    return Explanation(
        id=found.id,
        submission=found.submission,
        execution=_execution(run, found, progress) if found.taken else None,
        others=found.taken[1:],
        head_height=len(run.ledger.main),
        names=run.names,
        limits=run.limits,
    )


def _execution(run: RunRecords, found: Found, progress: Progress) -> Execution:
    taken = found.taken[0]
    block, transaction = taken.stored.block, taken.transaction
    registry = run.born.spec.registry
    state = _state_before(run, block, progress)
    whole = _apply(run, state, block).receipts
    expected = next(one for one in whole if one.origin == transaction.id)
    receipt, draft, layer = _apply_alone(run, state, taken)
    if receipt != expected:
        raise ExecutionDiverged(block.header.height, block.id, receipt, expected)
    return Execution(
        taken=taken,
        on_best_chain=block.id in run.main,
        action=registry.decode_action(transaction.app, transaction.action, transaction.body),
        receipt=receipt,
        events=tuple((emitted.app, registry.decode_event(emitted)) for emitted in receipt.events),
        changes=_changes(registry, draft, layer, transaction.sender),
    )


def _state_before(run: RunRecords, block: Block, progress: Progress) -> Trie:
    """The state of the block's parent. Raises ResultsError, AppCrashed."""
    by_id = {stored.block.id: stored.block for stored in run.ledger.blocks}
    branch = [block]
    while branch[-1].header.height > 1:
        parent = by_id.get(branch[-1].header.previous)
        if parent is None:
            details = f"got no parent of the block at height {branch[-1].header.height}, expected one"
            raise ResultsError(str(run.folder / LEDGER), details)
        branch.append(parent)
    state, before = run.born.state, branch[:0:-1]
    for done, earlier in enumerate(before, 1):
        state = _apply(run, state, earlier).state
        progress(done, len(before))
    return state


def _apply(run: RunRecords, state: Trie, block: Block) -> Executed:
    try:
        return apply_block(run.born.spec, state, block, _trusted)
    except ChainError as error:
        details = f"the block at height {block.header.height} is not valid: {error}"
        raise ResultsError(str(run.folder / LEDGER), details) from None


def _apply_alone(run: RunRecords, state: Trie, taken: Taken) -> tuple[Receipt, Overlay, Overlay]:
    """The receipt, the state just before the transaction, and a layer over it with what it wrote."""
    spec, block = run.born.spec, taken.stored.block
    environment = Environment(block.header.height, block.header.time_ms)
    draft = Overlay(state)
    run_hooks(spec, draft, environment, "begin_block")
    for earlier in block.transactions[: taken.position]:
        apply_transaction(spec, draft, environment, earlier, _trusted)
    layer = Overlay(draft)
    return apply_transaction(spec, layer, environment, taken.transaction, _trusted), draft, layer


def _trusted(transaction: Transaction) -> None:
    """The signature counts as checked."""


def _changes(registry: Registry, before: Overlay, after: Overlay, sender: bytes) -> tuple[Change, ...]:
    changed = (path for path, data in after.writes.items() if before.get(path) != data)
    return tuple(
        Change(
            path,
            place_of(registry, path),
            record_at(registry, before, path),
            record_at(registry, after, path),
        )
        for path in sorted(changed, key=lambda path: _order(path, sender))
    )


def _order(path: bytes, sender: bytes) -> tuple[int, bytes]:
    return 0 if path == ACCOUNTS + sender else 1 if path.startswith(b"bank/") else 2, path
