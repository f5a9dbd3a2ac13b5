"""Valid blocks on any parent, and blocks that break one rule, for tests of the tree, the executors and the node."""

from collections.abc import Iterable
from dataclasses import replace

from chain.block import Block, transactions_root
from chain.context import Environment, View
from chain.genesis import Born
from chain.params import ChainParams, DifficultyParams, RewardParams
from chain.transaction import Transaction
from consensus.difficulty import next_bits
from consensus.executor import SharedExecutor
from consensus.headertree import HeaderTree
from consensus.proof import scheme_for
from consensus.template import block_time_ms, build_block
from tests.chain.sample_app import MINER

INTERVAL_MS = 600_000
NOW_MS = 10**12
"""A clock that is past every block's time."""
EASY_BITS = 0x207FFFFF
PARAMS = ChainParams("blocks", difficulty=DifficultyParams(genesis_bits=EASY_BITS), reward=RewardParams(100))


class Quarry:
    """Makes valid blocks on any block it has made; it knows no head."""

    def __init__(self, born: Born) -> None:
        self.born = born
        self.executor = SharedExecutor(born)
        self.headers = HeaderTree(born.block.header)
        self.made = [born.block]

    def block(
        self,
        parent: Block,
        transactions: Iterable[Transaction] = (),
        miner: bytes = MINER,
        salt: int = 0,
        after_ms: int = INTERVAL_MS,
    ) -> Block:
        """A valid block on `parent`, `after_ms` later; `salt` tells twins apart."""
        branch = self.headers.branch(parent.id)
        spec = self.born.spec
        template = build_block(
            spec,
            self.executor.authenticate,
            parent.header,
            self.executor.result(parent.id).state,
            miner,
            block_time_ms(spec, branch, parent.header.time_ms + after_ms),
            next_bits(spec.params.difficulty, branch),
            transactions,
        )
        header = scheme_for(spec.params.proof).seal(template.block.header, salt)
        block = replace(template.block, header=header)
        self.executor.adopt(block, template.executed)
        self.headers.add(header)
        self.made.append(block)
        return block

    def chain(
        self, parent: Block, length: int, miner: bytes = MINER, salt: int = 0, after_ms: int = INTERVAL_MS
    ) -> list[Block]:
        """`length` blocks in a row."""
        blocks = []
        for _ in range(length):
            parent = self.block(parent, miner=miner, salt=salt, after_ms=after_ms)
            blocks.append(parent)
        return blocks

    def nonce(self, parent: Block, account: bytes) -> int:
        """Next nonce of an account after `parent`."""
        return self.view(parent).nonce(account)

    def view(self, block: Block) -> View:
        """The chain as of a block."""
        state = self.executor.result(block.id).state
        return self.born.spec.view(state, Environment(block.header.height, block.header.time_ms))


def resealed(block: Block, **changes: object) -> Block:
    """The block with other header fields."""
    return replace(block, header=replace(block.header, **changes))


def recommitted(block: Block, **changes: object) -> Block:
    """The block with other contents, and roots and a header that commit to them."""
    block = replace(block, **changes)
    roots = replace(block.roots, transactions=transactions_root(block.coinbase, block.transactions))
    return resealed(replace(block, roots=roots), commitment=roots.commitment())
