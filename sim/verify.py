"""Re-validates the ledger of a run from genesis with the rules a node uses, and says what is wrong where."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from chain.accounts import broken_invariants, supply_of
from chain.context import Environment
from chain.errors import ChainError, InvalidBlock
from chain.genesis import Born, found_chain
from chain.registry import Registry
from consensus.blocktree import BlockTree
from consensus.executor import SharedExecutor
from sim.run_folder import LEDGER, MANIFEST, SUMMARY, RunStatus
from sim.store import Damage, LedgerStore, StoredBlock, StoreError
from sim.verify_report import Finding, VerifyReport

__all__ = ["Finding", "VerifyReport", "verify"]

RegistryFor = Callable[[Sequence[str]], Registry]
Progress = Callable[[int, int], None]
_BUILT_IN = "bank"
_US_PER_MS = 1_000


def _no_progress(done: int, total: int) -> None:
    """Nobody watches."""


def verify(folder: str | Path, registry_for: RegistryFor, progress: Progress = _no_progress) -> VerifyReport:
    """Validate every block of the run in `folder`, in the order of finding, and compare with its summary.

    Nothing that a file can hold makes it raise: whatever is wrong becomes a finding.

    Args:
        folder: a run's folder; only its `chain.db` is needed.
        registry_for: gives a registry that hosts the named applications; raises LookupError for an unknown one.
        progress: called with the number of blocks dealt with and their total.
    """
    path = Path(folder)
    documents = _Documents(path)
    try:
        with LedgerStore.open(path / LEDGER) as store:
            check = _Check(_born(store, registry_for))
            check.run(store, progress)
    except (StoreError, ChainError, _NotHosted) as error:
        return VerifyReport(path, (*documents.findings, _finding_of(error)), status=documents.status)
    return _report(check, documents)


class _NotHosted(Exception):
    """The chain hosts an application that is not installed. Args: the finder's words."""

    rule = "unknown-app"


def _finding_of(error: StoreError | ChainError | _NotHosted) -> Finding:
    return Finding(error.rule, error.details if isinstance(error, StoreError) else str(error))


def _born(store: LedgerStore, registry_for: RegistryFor) -> Born:
    """The chain's beginning. Raises StoreError, ChainError, _NotHosted."""
    genesis = store.genesis
    try:
        registry = registry_for([app.name for app in genesis.apps if app.name != _BUILT_IN])
    except LookupError as error:
        raise _NotHosted(str(error)) from None
    return found_chain(genesis, registry)


class _Check:
    """A verification in progress: the blocks that held up so far, and what did not."""

    def __init__(self, born: Born) -> None:
        self.born = born
        self.executor = SharedExecutor(born)
        self.tree = BlockTree(born, self.executor)
        self.findings: list[Finding] = []
        self.unreachable = 0
        self.head = born.block.id

    def run(self, store: LedgerStore, progress: Progress) -> None:
        """Validate every block of the ledger, then its head and its file."""
        total = store.count
        for done, found in enumerate(store.scan(), 1):
            self._take(found)
            progress(min(done, total), total)
        self._choose_head(store.named_head)
        self.findings += (Finding("damaged-file", fault) for fault in store.faults())

    def _take(self, found: StoredBlock | Damage) -> None:
        if isinstance(found, Damage):
            self.findings.append(Finding("damaged", found.details, found.number))
        elif found.block.header.previous not in self.tree:
            self._count_unreachable(found)
        elif found.block.id in self.tree:
            self._blame(found, "repeated", "got a block the ledger holds already, expected a new one")
        else:
            self._validate(found)

    def _count_unreachable(self, found: StoredBlock) -> None:
        self.unreachable += 1
        # After another finding the missing parent follows from that; before one it is itself the fault.
        if not self.findings:
            previous = found.block.header.previous.hex()
            expected = "expected genesis or a block before this one"
            self._blame(found, "unknown-parent", f"got {previous}, {expected}")

    def _validate(self, found: StoredBlock) -> None:
        block = found.block
        try:
            self.tree.add(block, found.found_us // _US_PER_MS)
        except InvalidBlock as error:
            self._blame(found, error.rule, str(error))
            return
        work = self.tree.headers.candidate(block.id).work
        if found.work != work:
            self._blame(found, "wrong-work", f"got {found.work}, expected {work}")

    def _blame(self, found: StoredBlock, rule: str, message: str) -> None:
        block = found.block
        self.findings.append(Finding(rule, message, found.number, block.header.height, block.id))

    def _choose_head(self, named: bytes | None) -> None:
        """Take the ledger's head if it may be one, else the best valid block."""
        headers, best = self.tree.headers, self.tree.head.id
        self.head = best
        if named is None:
            return
        if named in headers and headers.candidate(named).work == headers.candidate(best).work:
            self.head = named
            return
        expected = f"expected {best.hex()}, the valid block with most work"
        self.findings.append(Finding("wrong-head", f"got {named.hex()}, {expected}"))


class _Documents:
    """The manifest and the summary beside the ledger, where there are any."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.findings: list[Finding] = []
        self.manifest = self._read(folder / MANIFEST)
        self.summary = self._read(folder / SUMMARY)
        self.status = str(self.manifest.get("status", "unknown"))
        if self.status == RunStatus.COMPLETE and not (folder / SUMMARY).exists():
            message = f"got no {SUMMARY}, expected one: the run is complete"
            self.findings.append(Finding("no-summary", message))

    def _read(self, path: Path) -> Mapping[str, Any]:
        try:
            value = json.loads(path.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError) as error:
            self.findings.append(Finding("unreadable", f"{path.name}: {error}"))
            return {}
        if isinstance(value, dict):
            return value
        self.findings.append(Finding("unreadable", f"{path.name}: got no JSON object, expected one"))
        return {}

    def contradictions(self, computed: Mapping[str, object]) -> Iterator[Finding]:
        """Where the summary's chain differs from what was computed."""
        chain = self.summary.get("chain", {})
        if not isinstance(chain, dict):
            yield Finding("unreadable", f"{SUMMARY}: chain: got no table, expected one")
            return
        for name, expected in computed.items():
            if name in chain and chain[name] != expected:
                message = f"{SUMMARY}: chain.{name}: got {chain[name]}, expected {expected}"
                yield Finding("wrong-summary", message)


def _report(check: _Check, documents: _Documents) -> VerifyReport:
    tree, head = check.tree, check.tree.block(check.head)
    main = [tree.block(header.id) for header in tree.headers.path(check.born.block.id, check.head)]
    state = check.executor.result(check.head).state
    view = check.born.spec.view(state, Environment(head.header.height, head.header.time_ms))
    broken = (*broken_invariants(state), *check.born.spec.registry.broken_invariants(view))
    transactions = sum(len(block.transactions) for block in main)
    computed = {
        "head": check.head.hex(),
        "state_root": state.root.hex(),
        "height": head.header.height,
        "blocks_mined": len(tree) - 1,
        "transactions": transactions,
        "supply": supply_of(state),
    }
    findings = (
        *documents.findings,
        *check.findings,
        *(Finding("broken-invariant", sentence) for sentence in broken),
        *documents.contradictions(computed),
    )
    return VerifyReport(
        folder=documents.folder,
        findings=findings,
        blocks=len(tree) - 1,
        stale=len(tree) - 1 - len(main),
        unreachable=check.unreachable,
        transactions=transactions,
        height=head.header.height,
        head=check.head,
        state_root=state.root,
        status=documents.status,
    )
