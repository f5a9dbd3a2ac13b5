"""The ledger that all simulated peers share: every block of the run, numbered as the network numbers them.

State is immutable and execution is pure, so one copy of each block and one execution of it serve every peer; a
peer is only its head, a number. `sim.replicas` shows that separate full nodes reach the same.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from apps.agent import SeenBlock
from chain.block import Block
from chain.context import Environment, View
from chain.genesis import Born
from chain.records import Receipt
from chain.transaction import Transaction
from chain.transition import ChainSpec
from chain.trie import Trie
from consensus.blocktree import BlockTree
from consensus.compact import difficulty_of_bits, work_of_bits
from consensus.difficulty import next_bits
from consensus.executor import SharedExecutor
from consensus.mempool import Mempool, MempoolPolicy
from consensus.proof import scheme_for
from consensus.template import block_time_ms, build_block, room_for_transactions

US_PER_MS = 1_000
GENESIS = 0


@dataclass(slots=True, eq=False)
class Entry:
    """A block of the run."""

    block: Block
    parent: int
    """Index of its parent; genesis is its own."""
    found_us: int
    size: int
    """Bytes of its encoding."""
    work: int
    """Expected hashes it stands for, exact."""
    difficulty: float
    """The same as a float."""
    receipts: tuple[Receipt, ...]
    """What came of its transactions, and of hooks that had something to say."""
    seen: SeenBlock | None = None


class SharedLedger:
    """All blocks of a run, the pool of transactions, and the one executor."""

    def __init__(self, born: Born) -> None:
        self.spec: ChainSpec = born.spec
        self.executor = SharedExecutor(born)
        self.tree = BlockTree(born, self.executor)
        self.mempool = Mempool(born.spec, MempoolPolicy())
        self.blocks: list[Entry] = []
        self._index: dict[bytes, int] = {}
        self._scheme = scheme_for(born.spec.params.proof)
        self._enter(born.block, GENESIS, 0, ())

    @property
    def tip(self) -> int:
        """Index of the best block that anybody has found."""
        return self._index[self.tree.head.id]

    @property
    def tip_height(self) -> int:
        """Its height."""
        return self.tree.head.height

    def index_of(self, block_id: bytes) -> int:
        """Index of a block."""
        return self._index[block_id]

    def submit(self, transaction: Transaction) -> None:
        """Offer a transaction to the mempool. Raises InvalidTransaction."""
        self.mempool.add(transaction, self.state(self.tip), self.executor.authenticate)

    def mine(self, parent: int, miner: bytes, now_us: int, arrived: Callable[[Transaction], bool]) -> int:
        """Build, seal, check and execute a block on `parent` from what has `arrived` at the miner; give its index."""
        branch, state = self.tree.branch(self.blocks[parent].block.id), self.state(parent)
        now_ms = now_us // US_PER_MS
        room = room_for_transactions(self.spec)
        template = build_block(
            self.spec,
            self.executor.authenticate,
            branch.parent,
            state,
            miner,
            block_time_ms(self.spec, branch, now_ms),
            next_bits(self.spec.params.difficulty, branch),
            self.mempool.select(state, room, arrived, self._unpooled(parent)),
        )
        # A simulated proof takes any nonce; the number keeps the ids of otherwise equal blocks apart.
        header = self._scheme.seal(template.block.header, len(self.blocks))
        block = replace(template.block, header=header)
        self.executor.adopt(block, template.executed)
        change = self.tree.add(block, now_ms)
        index = self._enter(block, parent, now_us, template.executed.receipts)
        if change is not None:
            self.mempool.follow(change.disconnected, change.connected, self.state(index))
        return index

    def next_difficulty(self, index: int) -> float:
        """Expected hashes of a child of the block."""
        branch = self.tree.branch(self.blocks[index].block.id)
        return difficulty_of_bits(next_bits(self.spec.params.difficulty, branch))

    def cumulative_work(self, index: int) -> int:
        """Exact work from genesis to the block."""
        return self.tree.headers.candidate(self.blocks[index].block.id).work

    def state(self, index: int) -> Trie:
        """The state after a block."""
        return self.executor.result(self.blocks[index].block.id).state

    def view(self, index: int) -> View:
        """The chain as of a block."""
        header = self.blocks[index].block.header
        return self.spec.view(self.state(index), Environment(header.height, header.time_ms))

    def receipts_of(self, index: int) -> list[tuple[Transaction, Receipt]]:
        """The block's transactions with their receipts, in order."""
        by_origin = {receipt.origin: receipt for receipt in self.blocks[index].receipts}
        return [
            (transaction, by_origin[transaction.id]) for transaction in self.blocks[index].block.transactions
        ]

    def of_sender(self, index: int, account: bytes) -> list[tuple[Transaction, Receipt]]:
        """The block's transactions of one account with their receipts, in order."""
        block = self.blocks[index].block
        if all(transaction.sender != account for transaction in block.transactions):
            return []
        return [pair for pair in self.receipts_of(index) if pair[0].sender == account]

    def seen(self, index: int) -> SeenBlock:
        """The block as agents see it (made once)."""
        entry = self.blocks[index]
        if entry.seen is None:
            decode = self.spec.registry.decode_event
            events = tuple(
                (emitted.app, decode(emitted)) for receipt in entry.receipts for emitted in receipt.events
            )
            header, coinbase = entry.block.header, entry.block.coinbase
            entry.seen = SeenBlock(
                header.id,
                header.height,
                header.time_ms,
                coinbase.miner,
                coinbase.reward,
                entry.difficulty,
                events,
            )
        return entry.seen

    def path(self, start: int, end: int) -> tuple[list[int], list[int]]:
        """Blocks to disconnect, newest first, and to connect, oldest first, to get from one head to another."""
        leave, join = [], []
        while start != end:
            if self.blocks[start].block.header.height > self.blocks[end].block.header.height:
                leave.append(start)
                start = self.blocks[start].parent
            else:
                join.append(end)
                end = self.blocks[end].parent
        return leave, join[::-1]

    def best_chain(self) -> list[int]:
        """Indices of the best chain, from height 1 to the tip."""
        return self.path(GENESIS, self.tip)[1]

    def _unpooled(self, head: int) -> Sequence[Transaction]:
        """Transactions that the mempool has given up as confirmed, but that are not confirmed for a peer at `head`."""
        leave, _ = self.path(self.tip, head)
        return [transaction for index in leave for transaction in self.blocks[index].block.transactions]

    def _enter(self, block: Block, parent: int, found_us: int, receipts: tuple[Receipt, ...]) -> int:
        index = len(self.blocks)
        bits = block.header.bits
        size = len(block.to_bytes())
        entry = Entry(block, parent, found_us, size, work_of_bits(bits), difficulty_of_bits(bits), receipts)
        self.blocks.append(entry)
        self._index[block.id] = index
        return index
