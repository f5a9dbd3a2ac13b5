"""What a `DevChain` remembers: its blocks, each knowing the one before, and the state at its head. All immutable."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, Self

from apps.testing.refusal import Attempt
from chain.context import Environment
from chain.records import Event, Failure, Receipt
from chain.transaction import Transaction
from chain.trie import Trie


class Happened(NamedTuple):
    """An event and where it happened."""

    height: int
    app: str
    event: Event


class HookFailure(NamedTuple):
    """A block hook that refused: it alone was rolled back."""

    height: int
    app: str
    hook: str
    """`begin_block` or `end_block`."""
    failure: Failure


@dataclass(frozen=True, slots=True)
class DevBlock:
    """A block of a `DevChain`: what was asked for and what came of it. The genesis block has the defaults."""

    id: bytes
    """Commits to the state, the time, the transactions and the block before."""
    parent: Self | None = field(default=None, compare=False, repr=False)
    height: int = 0
    time_ms: int = 0
    miner: bytes = bytes(32)
    reward: int = 0
    """Base units: subsidy and fees."""
    transactions: tuple[Transaction, ...] = field(default=(), repr=False)
    receipts: tuple[Receipt, ...] = field(default=(), repr=False)
    """In the order of execution, those of hooks among them."""
    events: tuple[tuple[str, Event], ...] = ()
    """(application, event) in the order they happened."""
    attempts: tuple[Attempt, ...] = field(default=(), compare=False, repr=False)
    """One for each transaction."""

    @property
    def hook_failures(self) -> Iterator[HookFailure]:
        """The hooks that refused in this block."""
        for receipt in self.receipts:
            if receipt.failure is not None and receipt.origin.startswith(b"hook/"):
                _, app, hook = receipt.origin.decode().split("/")
                yield HookFailure(self.height, app, hook, receipt.failure)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A moment of a `DevChain`: keep it, and assign it to `dev.state` to return there."""

    chain_id: bytes
    trie: Trie = field(repr=False)
    """The state at the head."""
    head: DevBlock
    delay_ms: int = 0
    """How much later than usual the next block will be."""

    @property
    def root(self) -> bytes:
        """The state root: equal where the states are."""
        return self.trie.root

    @property
    def environment(self) -> Environment:
        """Height and time of the head."""
        return Environment(self.head.height, self.head.time_ms)

    def blocks(self, after: int = -1) -> list[DevBlock]:
        """The blocks above height `after`, oldest first."""
        found: list[DevBlock] = []
        block: DevBlock | None = self.head
        while block is not None and block.height > after:
            found.append(block)
            block = block.parent
        return found[::-1]
