"""What the ledger of an unfinished run tells: its blocks, what came of them, and a summary, up to a damage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chain.errors import ChainError
from chain.genesis import Born, found_chain
from chain.transition import Executed, apply_block
from chain.trie import Trie
from sim.chain_rows import ExecutedBlock
from sim.folders import ResultsError
from sim.plugins import registry_for
from sim.run_folder import RunStatus
from sim.store import Damage, LedgerStore, StoredBlock, StoreError

_US_PER_S = 1_000_000
_MS_PER_S = 1_000


@dataclass(frozen=True, slots=True)
class Recovered:
    """The readable part of a ledger."""

    blocks: tuple[StoredBlock, ...]
    """In the order they were found, up to the first damage."""
    main: tuple[StoredBlock, ...]
    """The best chain among them, from height 1."""
    damage: str
    """What ended the reading; empty where all was read."""


def recover(ledger: Path) -> Recovered:
    """Read as much of a ledger as is whole. Never raises for a damaged one: it is then short, and says so."""
    blocks: list[StoredBlock] = []
    damage = ""
    try:
        with LedgerStore.open(ledger) as store:
            for found in store.scan():
                if isinstance(found, Damage):
                    damage = f"block number {found.number}: {found.details}"
                    break
                blocks.append(found)
    except StoreError as error:
        damage = str(error)
    return Recovered(tuple(blocks), _best_chain(blocks), damage)


def founded(ledger: Path) -> Born:
    """The beginning of a ledger's chain. Raises ResultsError: unreadable, or an application is not installed."""
    try:
        with LedgerStore.open(ledger) as store:
            genesis = store.genesis
        return found_chain(genesis, registry_for([app.name for app in genesis.apps]))
    except StoreError as error:
        raise ResultsError(str(ledger), f"{error.rule}: {error.details}") from None
    except (LookupError, ChainError) as error:
        raise ResultsError(str(ledger), f"the run cannot be repeated: {error}") from None


def executed(ledger: Path, born: Born, main: Sequence[StoredBlock]) -> list[ExecutedBlock]:
    """The best chain with its receipts, by running it again from genesis. Raises ResultsError."""
    chain: list[ExecutedBlock] = []
    state = born.state
    for stored in main:
        result = _apply(ledger, born, state, stored)
        state = result.state
        chain.append(ExecutedBlock(stored.block, stored.found_us, result.receipts))
    return chain


def state_after(ledger: Path, born: Born, main: Sequence[StoredBlock], height: int) -> Trie:
    """The state at a height of the best chain, by running it again from genesis. Raises ResultsError."""
    state = born.state
    for stored in main[:height]:
        state = _apply(ledger, born, state, stored).state
    return state


def _apply(ledger: Path, born: Born, state: Trie, stored: StoredBlock) -> Executed:
    try:
        return apply_block(born.spec, state, stored.block)
    except ChainError as error:
        details = f"the block at height {stored.block.header.height} is not valid: {error}"
        raise ResultsError(str(ledger), details) from None


def summary(recovered: Recovered, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a run's summary that its ledger tells, with a `note` that says so."""
    mined, main = len(recovered.blocks), recovered.main
    head = main[-1].block if main else None
    note = _note(manifest, len(main))
    return {
        "scenario": manifest.get("scenario"),
        "seed": manifest.get("seed"),
        "note": f"{note}, up to a damage: {recovered.damage}" if recovered.damage else note,
        "simulated_s": recovered.blocks[-1].found_us / _US_PER_S if mined else 0.0,
        "chain": {
            "height": len(main),
            "blocks_mined": mined,
            "stale_rate": 1 - len(main) / mined if mined else 0.0,
            "mean_interval_s": head.header.time_ms / _MS_PER_S / len(main) if head else None,
            "head": head.id.hex() if head else None,
            "state_root": head.roots.state.hex() if head else None,
            "transactions": sum(len(stored.block.transactions) for stored in main),
        },
    }


def _note(manifest: Mapping[str, Any], height: int) -> str:
    if manifest.get("status") == RunStatus.RUNNING:
        how = "the run did not finish: it was killed, or is still going on"
    else:
        how = f"the run ended with an error ({manifest.get('error')})"
    kept = f"the ledger is whole up to height {height}, and this is what it holds"
    return f"{how}; {kept}; transactions that no block took, and what agents reported, are lost"


def _best_chain(blocks: list[StoredBlock]) -> tuple[StoredBlock, ...]:
    """The branch with most work, first found; only blocks that reach down to height 1 count."""
    rooted: dict[bytes, StoredBlock] = {}
    best: StoredBlock | None = None
    for stored in blocks:
        header = stored.block.header
        if header.height == 1 or header.previous in rooted:
            rooted[header.id] = stored
            best = stored if best is None or stored.work > best.work else best
    chain: list[StoredBlock] = []
    while best is not None:
        chain.append(best)
        best = rooted.get(best.block.header.previous)
    return tuple(reversed(chain))
