"""Re-validates the ledger of a run from genesis with the rules a node uses, and says what is wrong where."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from chain.accounts import supply_of
from chain.context import Environment
from chain.errors import ChainError, InvalidBlock
from chain.genesis import Born, found_chain
from chain.invariants import broken_invariants
from chain.records import Receipt
from chain.registry import Registry
from consensus.blocktree import BlockTree
from consensus.executor import SharedExecutor
from sim.chain_rows import ExecutedBlock, block_rows, event_rows, transaction_rows
from sim.run_folder import LEDGER
from sim.store import Damage, LedgerStore, StoredBlock, StoreError
from sim.verify_documents import Documents
from sim.verify_report import Finding, VerifyReport
from sim.verify_tables import ExpectedTables, table_findings

__all__ = ["Finding", "VerifyReport", "verify"]

RegistryFor = Callable[[Sequence[str]], Registry]
Progress = Callable[[int, int], None]
_BUILT_IN = "bank"
_US_PER_MS = 1_000
_MS_PER_S = 1_000
_REST = (
    "figures, network and mining numbers of the summary and the applications' part of it; "
    "settings of the scenario that genesis does not hold"
)


def _no_progress(done: int, total: int) -> None:
    """Nobody watches."""


def verify(folder: str | Path, registry_for: RegistryFor, progress: Progress = _no_progress) -> VerifyReport:
    """Validate every block of the run in `folder`, in the order of finding, and compare the rest with them.

    Nothing that a file can hold makes it raise: whatever is wrong becomes a finding.

    Args:
        folder: a run's folder; only its `chain.db` is needed, what else is there is compared with it.
        registry_for: gives a registry that hosts the named applications; raises LookupError for an unknown one.
        progress: called with the number of blocks dealt with and their total.
    """
    path = Path(folder)
    fault = _folder_fault(path)
    if fault is not None:
        return VerifyReport(path, (fault,))
    documents = Documents(path)
    try:
        with LedgerStore.open(path / LEDGER) as store:
            check = _Check(_born(store, registry_for))
            check.run(store, progress)
    except (StoreError, ChainError, _NotHosted) as error:
        findings = (*documents.findings, _finding_of(error))
        return VerifyReport(
            path, findings, status=documents.status, not_checked=("the ledger's blocks", _REST)
        )
    return _report(check, documents)


def _folder_fault(path: Path) -> Finding | None:
    try:
        if not path.exists():
            return Finding("no-such-folder", "no such folder")
        if not path.is_dir():
            return Finding("no-such-folder", "got a file, expected the folder of a run")
        next(path.iterdir(), None)
    except OSError as error:
        return Finding("unreadable", error.strerror or str(error))
    return None


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
        self.kept: list[StoredBlock] = []
        """The valid blocks, in the order of finding."""
        self._receipts: dict[bytes, tuple[Receipt, ...]] = {}

    def tables(self, main: Sequence[bytes], names: Mapping[bytes, str]) -> ExpectedTables:
        """The tables that the ledger with the best chain `main` gives."""
        by_id = {stored.block.id: stored for stored in self.kept}
        chain = [
            ExecutedBlock(by_id[found].block, by_id[found].found_us, self._receipts[found]) for found in main
        ]
        return ExpectedTables(
            blocks=block_rows(self.born.block, self.kept, set(main), names),
            transactions=list(transaction_rows(chain, names)),
            events=event_rows(self.born.spec.registry, chain),
            named=bool(names),
        )

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
        self.kept.append(found)
        self._receipts[block.id] = self.executor.result(block.id).receipts
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


def _report(check: _Check, documents: Documents) -> VerifyReport:
    tree, head = check.tree, check.tree.block(check.head)
    main = [header.id for header in tree.headers.path(check.born.block.id, check.head)]
    state = check.executor.result(check.head).state
    view = check.born.spec.view(state, Environment(head.header.height, head.header.time_ms))
    broken = tuple(
        f"{where}: {sentence}" for where, sentence in broken_invariants(check.born.spec.registry, view)
    )
    mined, transactions = len(tree) - 1, sum(len(tree.block(found).transactions) for found in main)
    computed = {
        "head": check.head.hex(),
        "state_root": state.root.hex(),
        "height": head.header.height,
        "blocks_mined": mined,
        "transactions": transactions,
        "supply": supply_of(state),
        "stale_rate": 1 - len(main) / mined if mined else 0.0,
        "mean_interval_s": head.header.time_ms / _MS_PER_S / len(main) if main else None,
    }
    miners = {stored.block.coinbase.miner for stored in check.kept}
    compare_tables = documents.finished and not check.findings
    findings = (
        *documents.findings,
        *check.findings,
        *(Finding("broken-invariant", sentence) for sentence in broken),
        *documents.against_ledger(check.born.genesis, miners, computed),
        *(table_findings(documents.folder, check.tables(main, documents.names)) if compare_tables else ()),
    )
    checked, not_checked = _scope(documents, tables=compare_tables)
    return VerifyReport(
        folder=documents.folder,
        findings=findings,
        blocks=mined,
        stale=mined - len(main),
        unreachable=check.unreachable,
        transactions=transactions,
        height=head.header.height,
        head=check.head,
        state_root=state.root,
        status=documents.status,
        checked=checked,
        not_checked=not_checked,
    )


def _scope(documents: Documents, *, tables: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What was checked and what was not, in words."""
    checked = ["every block of the ledger, from genesis, by the rules a node uses"]
    not_checked = []
    if documents.names_found:
        checked.append(f"{', '.join(documents.names_found)} against the ledger and each other")
    if tables:
        checked.append("the tables of blocks, of the best chain's transactions and of its events")
        not_checked.append("metrics; transactions that no block took; times of propagation and submission")
    elif documents.finished:
        not_checked.append("the tables, as the ledger has problems")
    if not documents.alone:
        not_checked.append(_REST)
    return tuple(checked), tuple(not_checked)
