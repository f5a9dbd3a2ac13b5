"""What the ledger of an unfinished run tells: its blocks and a summary, up to the last whole block."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from consensus.compact import difficulty_of_bits
from sim.parquet import Row
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


def block_rows(recovered: Recovered) -> list[Row]:
    """Rows of the table of blocks, as far as the ledger knows them; a miner is its public key."""
    main = {stored.block.id for stored in recovered.main}
    return [
        {
            "number": stored.number,
            "id": stored.block.id.hex(),
            "parent": stored.block.header.previous.hex(),
            "height": stored.block.header.height,
            "miner": stored.block.coinbase.miner.hex(),
            "time_ms": stored.block.header.time_ms,
            "found_s": stored.found_us / _US_PER_S,
            "difficulty": difficulty_of_bits(stored.block.header.bits),
            "reward": stored.block.coinbase.reward,
            "transactions": len(stored.block.transactions),
            "size_bytes": stored.block.size,
            "stale": stored.block.id not in main,
        }
        for stored in recovered.blocks
    ]


def summary(recovered: Recovered, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a run's summary that its ledger tells, with a `note` that says so."""
    mined, main = len(recovered.blocks), recovered.main
    head = main[-1].block if main else None
    note = f"the run wrote no summary (status {manifest.get('status')}); this is what its ledger holds"
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
