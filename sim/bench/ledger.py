"""The ledger's speed: importing blocks of signed transfers, against checking their signatures alone.

Both are timed in turn, block by block in the same process, so that the machine's mood falls on both alike.
Times are the process's own work (CPU time).
"""

import hashlib
import random
import resource
import sys
from collections.abc import Iterator
from statistics import median
from time import process_time

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from chain.bank import Transfer
from chain.block import Block
from chain.genesis import Born, found_chain, make_genesis
from chain.keys import SigningKey
from chain.params import ChainParams
from chain.registry import Registry
from chain.transaction import Transaction, sign
from consensus.node import Node
from sim.collector import calm_collector

INTERVAL_MS = 600_000
MINER = hashlib.sha256(b"miner").digest()
_BALANCE = 10**9


def run_ledger(
    accounts: int = 100_000, transactions: int = 1_000, blocks: int = 7, seed: int = 1
) -> list[dict[str, float]]:
    """Import `blocks` blocks of `transactions` transfers into a state of `accounts` accounts.

    An import decodes the bytes, computes the ids, checks each signature once, executes, and compares the
    roots of receipts and state. One row: accounts, transactions (a block), blocks, import_per_s and
    verify_per_s (transactions and signatures a second of CPU), ratio of the two, peak_mb (of the process).
    """
    draw = random.Random(seed)
    keys = [SigningKey.from_seed(draw.randbytes(32)) for _ in range(transactions)]
    born = _found(keys, accounts, draw)
    data = list(_encoded_blocks(born, keys, blocks, draw))
    import_s, verify_s = _race(Node(born), data)
    return [
        {
            "accounts": accounts,
            "transactions": transactions,
            "blocks": blocks,
            "import_per_s": transactions / import_s,
            "verify_per_s": transactions / verify_s,
            "ratio": verify_s / import_s,
            "peak_mb": _peak_mb(),
        }
    ]


def _race(node: Node, data: list[bytes]) -> tuple[float, float]:
    """Median seconds to import a block and to check its signatures alone; the first block is a warm-up."""
    imports_s, signatures_s = [], []
    _import(node, data[0])
    _verify(Block.from_bytes(data[0]).transactions)
    with calm_collector():
        for encoded in data[1:]:
            imports_s.append(_import(node, encoded))
            signatures_s.append(_verify(Block.from_bytes(encoded).transactions))
    return median(imports_s), median(signatures_s)


def _found(keys: list[SigningKey], accounts: int, draw: random.Random) -> Born:
    """A chain in which the keys and random other accounts own coins."""
    owners = [key.public for key in keys]
    owners += [draw.randbytes(32) for _ in range(accounts - len(keys))]
    registry = Registry()
    params = ChainParams("ledger-benchmark", max_block_bytes=4_000_000)
    return found_chain(
        make_genesis(params, {owner: _BALANCE + draw.randrange(_BALANCE) for owner in owners}, registry),
        registry,
    )


def _encoded_blocks(born: Born, keys: list[SigningKey], blocks: int, draw: random.Random) -> Iterator[bytes]:
    """A warm-up block and `blocks` more, each with one transfer of every key to a random account."""
    owners = [allocation.account for allocation in born.genesis.allocations]
    node = Node(born)
    for height in range(1, blocks + 2):
        for key in keys:
            transfer = Transfer(draw.choice(owners), draw.randrange(1, 1_000))
            names = born.spec.registry.encode_action(transfer)
            node.receive_transaction(
                sign(key, born.spec.chain_id, height - 1, draw.randrange(1, 100), *names)
            )
        now_ms = height * INTERVAL_MS
        block = node.build(MINER, now_ms)
        node.receive_block(block, now_ms)
        yield block.to_bytes()


def _import(node: Node, encoded: bytes) -> float:
    """Seconds to import a block from its bytes."""
    started = process_time()
    node.receive_block(Block.from_bytes(encoded), sys.maxsize)
    return process_time() - started


def _verify(transactions: tuple[Transaction, ...]) -> float:
    """Seconds that `cryptography` alone takes to check the signatures."""
    signed = [(entry.sender, entry.signature, entry.signing_bytes) for entry in transactions]
    started = process_time()
    for sender, signature, message in signed:
        Ed25519PublicKey.from_public_bytes(sender).verify(signature, message)
    return process_time() - started


def _peak_mb() -> float:
    """Most memory the process has held (Linux counts in kB, macOS in bytes)."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)
