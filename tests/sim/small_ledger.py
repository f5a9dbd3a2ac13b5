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
from sim.run_folder import RunFolder, RunStatus
from sim.scenario import Scenario
from sim.settings import RunSettings
from sim.store import LedgerStore

INTERVAL_MS = 60_000
ALICE, BOB, MINER = (SigningKey.from_seed(sha256(name)) for name in (b"alice", b"bob", b"miner"))
STORAGE = Scenario(name="storage", run=RunSettings(blocks=10))


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
    head = blocks[-1].block
    run = RunFolder.create(path, STORAGE, born.genesis)
    for found in blocks:
        run.store.append(found.block, found.work, found.found_us)
    run.store.set_head(head.id)
    chain = {
        "head": head.id.hex(),
        "state_root": head.roots.state.hex(),
        "height": head.header.height,
        "blocks_mined": len(blocks),
        "transactions": head.header.height,
    }
    run.write_summary({"chain": chain})
    run.close(RunStatus.COMPLETE)
    return run.path


def only_bank(names: Sequence[str]) -> Registry:
    """Where nothing but the bank is installed."""
    if names:
        raise LookupError(f"no application {names[0]!r} is installed")
    return Registry()
