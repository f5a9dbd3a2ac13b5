"""A full node: block tree, executor and mempool in one place. Time and randomness are arguments."""

from dataclasses import replace

from chain.block import Block, Header
from chain.context import Environment, View
from chain.genesis import Born
from chain.transaction import Transaction
from chain.transition import ChainSpec
from chain.trie import Trie
from consensus.blocktree import BlockTree, TipChange
from consensus.difficulty import next_bits
from consensus.executor import Executor, SharedExecutor
from consensus.mempool import Mempool, MempoolPolicy
from consensus.proof import ProofScheme, scheme_for
from consensus.template import block_time_ms, build_block, room_for_transactions


class Node:
    """The reference node: takes blocks and transactions, follows the best chain, builds blocks."""

    def __init__(
        self,
        born: Born,
        executor: Executor | None = None,
        proof: ProofScheme | None = None,
        policy: MempoolPolicy | None = None,
    ) -> None:
        self.executor: Executor = executor or SharedExecutor(born)
        self.tree = BlockTree(born, self.executor)
        self.mempool = Mempool(born.spec, policy or MempoolPolicy())
        self._proof = proof or scheme_for(born.spec.params.proof)

    @property
    def spec(self) -> ChainSpec:
        """The chain's rules."""
        return self.executor.spec

    @property
    def head(self) -> Header:
        """Header of the last block of the best chain."""
        return self.tree.head

    @property
    def state(self) -> Trie:
        """State after the head."""
        return self.executor.result(self.head.id).state

    def view(self, block_id: bytes | None = None) -> View:
        """The chain as of a block, by default the head. Raises UnknownBlock."""
        header = self.head if block_id is None else self.tree.headers.header(block_id)
        environment = Environment(header.height, header.time_ms)
        return self.spec.view(self.executor.result(header.id).state, environment)

    def receive_block(self, block: Block, now_ms: int) -> TipChange | None:
        """Take in a block; the mempool follows the head. Raises what `BlockTree.add` raises."""
        change = self.tree.add(block, now_ms)
        if change is not None:
            self.mempool.follow(change.disconnected, change.connected, self.state)
        return change

    def receive_transaction(self, transaction: Transaction) -> None:
        """Take a transaction into the mempool. Raises what `Mempool.add` raises."""
        self.mempool.add(transaction, self.state, self.executor.authenticate)

    def build(self, miner: bytes, now_ms: int, nonce: int = 0) -> Block:
        """A block on the head, its proof searched from `nonce` on; the node has yet to receive it."""
        branch, state = self.tree.branch(), self.state
        template = build_block(
            self.spec,
            self.executor.authenticate,
            branch.parent,
            state,
            miner,
            block_time_ms(self.spec, branch, now_ms),
            next_bits(self.spec.params.difficulty, branch),
            self.mempool.select(state, room_for_transactions(self.spec)),
        )
        block = replace(template.block, header=self._proof.seal(template.block.header, nonce))
        self.executor.adopt(block, template.executed)
        return block
