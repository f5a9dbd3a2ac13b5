"""A small ledger for tests of storage: transfers on a chain with one stale block, made by a real node."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from chain.bank import Transfer
from chain.block import Block
from chain.genesis import Born, found_chain, make_genesis
from chain.hashing import sha256
from chain.keys import SigningKey
from chain.params import SHARECOIN, ChainParams, DifficultyParams, RewardParams
from chain.registry import Registry
from chain.transaction import sign
from consensus.node import Node
from sim.chain_rows import block_rows, event_rows, transaction_rows
from sim.recovery import executed, recover
from sim.run_folder import LEDGER, RunFolder, RunStatus
from sim.scenario import Scenario
from sim.settings import ChainSettings, RunSettings
from sim.store import LedgerStore

INTERVAL_MS = 60_000
ALICE, BOB, MINER = (SigningKey.from_seed(sha256(name)) for name in (b"alice", b"bob", b"miner"))
STORAGE = Scenario(
    name="storage",
    run=RunSettings(blocks=10),
    chain=ChainSettings.model_validate({"difficulty": "fixed", "interval": "60s", "subsidy": 1}),
)


@dataclass(frozen=True, slots=True)
class Found:
    """A block as a run would store it."""

    block: Block
    work: int
    found_us: int


def small_chain() -> Born:
    """A chain that hosts nothing but the bank."""
    registry = Registry()
    params = ChainParams(
        "storage", difficulty=DifficultyParams(target_interval_ms=INTERVAL_MS), reward=RewardParams(SHARECOIN)
    )
    funds = {ALICE.public: 1_000 * SHARECOIN, BOB.public: SHARECOIN}
    return found_chain(make_genesis(params, funds, registry), registry)


def found_blocks(born: Born, stale_at: int | None = 3) -> Iterator[Found]:
    """Blocks without end, in the order a run finds them: a transfer in each, and one stale sibling."""
    node = Node(born)
    height = 0
    while True:
        height += 1
        now_ms = height * INTERVAL_MS
        rivals = [node.build(BOB.public, now_ms)] if height == stale_at else []
        names = born.spec.registry.encode_action(Transfer(BOB.public, height))
        node.receive_transaction(sign(ALICE, born.spec.chain_id, height - 1, 10, *names))
        for block in (node.build(MINER.public, now_ms), *rivals):
            node.receive_block(block, now_ms)
            yield Found(block, node.tree.headers.candidate(block.id).work, now_ms * 1_000)


def first_blocks(born: Born, count: int) -> list[Found]:
    """The first `count` of `found_blocks`."""
    blocks = found_blocks(born)
    return [next(blocks) for _ in range(count)]


def write_ledger(path: Path, born: Born, blocks: list[Found], head: Block | None = None) -> None:
    """A ledger file of these blocks, closed."""
    with LedgerStore.create(path, born.genesis) as store:
        for found in blocks:
            store.append(found.block, found.work, found.found_us)
        if head is not None:
            store.set_head(head.id)


def finished_run(path: Path, born: Born, blocks: list[Found]) -> Path:
    """The folder of a run that ended with these blocks, the last of them the head."""
    run = RunFolder.create(path, STORAGE, born.genesis)
    for found in blocks:
        run.store.append(found.block, found.work, found.found_us)
    run.store.set_head(blocks[-1].block.id)
    recovered = recover(path / LEDGER)
    main = recovered.main
    chain = executed(path / LEDGER, born, main)
    ids = {stored.block.id for stored in main}
    run.write_table("blocks", block_rows(born.block, recovered.blocks, ids, {}))
    run.write_table("transactions", transaction_rows(chain, {}))
    run.write_table("metrics", [])
    for name, rows in event_rows(born.spec.registry, chain).items():
        run.write_events(name, rows)
    run.write_summary({"scenario": STORAGE.name, "seed": STORAGE.seed, "chain": chain_summary(blocks)})
    run.close(RunStatus.COMPLETE)
    return run.path


def chain_summary(blocks: list[Found]) -> dict[str, object]:
    """The chain's part of the summary of a run that ended with these blocks."""
    head = blocks[-1].block
    height = head.header.height
    return {
        "head": head.id.hex(),
        "state_root": head.roots.state.hex(),
        "height": height,
        "blocks_mined": len(blocks),
        "transactions": height,
        # Fees move coins, they make none.
        "supply": (1_001 + height) * SHARECOIN,
        "stale_rate": 1 - height / len(blocks),
        "mean_interval_s": INTERVAL_MS / 1_000,
    }


def only_bank(names: Sequence[str]) -> Registry:
    """Where nothing but the bank is installed."""
    if names:
        raise LookupError(f"no application {names[0]!r} is installed")
    return Registry()
