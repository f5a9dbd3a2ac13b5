"""The block template: from transactions that may be valid to a block that is."""

from collections.abc import Iterable
from dataclasses import dataclass

from chain.block import HEADER_BYTES, Block, Coinbase, Header, transactions_root
from chain.context import Environment
from chain.errors import InvalidTransaction
from chain.records import Receipt
from chain.state import Overlay
from chain.transaction import Transaction
from chain.transition import (
    Authenticate,
    ChainSpec,
    Executed,
    apply_transaction,
    pay_miner,
    roots_of,
    run_hooks,
)
from chain.trie import Trie
from consensus.difficulty import Ancestry
from consensus.headers import median_time_ms

BLOCK_OVERHEAD_BYTES = HEADER_BYTES + 192
"""At least what a block's encoding takes besides its transactions: header, roots, coinbase, prefixes."""
TRANSACTION_OVERHEAD_BYTES = 3
"""At least what a transaction takes besides its own encoding."""


@dataclass(frozen=True, slots=True)
class Template:
    """A block without its proof, and what executing it gave."""

    block: Block
    executed: Executed


def room_for_transactions(spec: ChainSpec) -> int:
    """Bytes of a block that transactions may fill, `TRANSACTION_OVERHEAD_BYTES` included for each."""
    return max(0, spec.params.max_block_bytes - BLOCK_OVERHEAD_BYTES)


def block_time_ms(spec: ChainSpec, ancestry: Ancestry, now_ms: int) -> int:
    """The time for a child of `ancestry.parent`: the clock's, or the earliest allowed if that is later."""
    return max(now_ms, median_time_ms(ancestry, spec.params.time.median_blocks) + 1)


def build_block(
    spec: ChainSpec,
    authenticate: Authenticate,
    parent: Header,
    state: Trie,
    miner: bytes,
    time_ms: int,
    bits: int,
    transactions: Iterable[Transaction],
) -> Template:
    """A block on `parent`, whose state is `state`, with nonce 0.

    Transactions are taken in the order given; those that are invalid there or do not fit any more are left
    out.
    """
    environment = Environment(parent.height + 1, time_ms)
    draft = Overlay(state)
    receipts = run_hooks(spec, draft, environment, "begin_block")
    taken = _apply_valid(spec, authenticate, draft, environment, transactions, receipts)
    receipts += run_hooks(spec, draft, environment, "end_block")
    fees = sum(transaction.fee for transaction in taken)
    reward = pay_miner(spec, draft, environment.height, miner, fees)
    executed = Executed(state.updated(draft.writes), tuple(receipts), reward)
    coinbase = Coinbase(miner, reward)
    roots = roots_of(transactions_root(coinbase, taken), executed)
    header = Header(parent.id, roots.commitment(), time_ms, bits, environment.height, 0)
    return Template(Block(header, roots, coinbase, tuple(taken)), executed)


def _apply_valid(
    spec: ChainSpec,
    authenticate: Authenticate,
    draft: Overlay,
    environment: Environment,
    transactions: Iterable[Transaction],
    receipts: list[Receipt],
) -> list[Transaction]:
    """Apply what is valid and fits; receipts are appended. Gives the transactions taken."""
    room = room_for_transactions(spec)
    taken: list[Transaction] = []
    for transaction in transactions:
        size = len(transaction.encoded) + TRANSACTION_OVERHEAD_BYTES
        if size > room:
            continue
        try:
            receipt = apply_transaction(spec, draft, environment, transaction, authenticate)
        except InvalidTransaction:
            continue
        receipts.append(receipt)
        taken.append(transaction)
        room -= size
    return taken
