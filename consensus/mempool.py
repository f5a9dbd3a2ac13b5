"""The mempool: transactions that wait for a block. All of this is policy; no block is judged by it.

Each account has a queue by nonce. A transaction whose predecessors are missing waits in it and is not
selected before they are there. Across accounts the higher fee goes first, of equal fees the one that arrived
first. Over its byte limit the pool drops the cheapest queue tails, which leaves no gaps. A transaction that
came back from a disconnected block keeps the place that its first arrival gave it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from typing import ClassVar

from chain.accounts import Account, account_of
from chain.block import Block
from chain.errors import ChainError
from chain.refusals import WrongNonce
from chain.state import Reader
from chain.transaction import Transaction
from chain.transition import Authenticate, ChainSpec, check_transaction
from consensus.ranking import Entry, Ranking, SenderQueue
from consensus.selection import select_best

ARRIVALS_KEPT = 100_000


class NotAdmitted(ChainError):
    """A transaction that the pool does not take, though a block might."""

    rule: ClassVar[str] = "not-admitted"


class NonceTooFarAhead(NotAdmitted):
    """Args: nonce got, highest one taken now."""

    rule: ClassVar[str] = "nonce-too-far-ahead"

    def __str__(self) -> str:
        return f"{self.rule}: got {self.args[0]}, expected at most {self.args[1]} before earlier ones confirm"


class ReplacementFeeTooLow(NotAdmitted):
    """Another transaction waits with this nonce and is not outbid.

    Args: fee got, least fee that replaces it.
    """

    rule: ClassVar[str] = "replacement-fee-too-low"

    def __str__(self) -> str:
        return f"{self.rule}: got {self.args[0]}, expected at least {self.args[1]}"


class MempoolFull(NotAdmitted):
    """The pool is full of transactions that pay more. Args: fee got, pool's limit in bytes."""

    rule: ClassVar[str] = "mempool-full"

    def __str__(self) -> str:
        return f"{self.rule}: fee {self.args[0]} buys no place within {self.args[1]} bytes"


@dataclass(frozen=True, slots=True)
class MempoolPolicy:
    """What a node's pool takes."""

    max_bytes: int = 20_000_000
    """Sum of the encodings it holds."""
    per_sender: int = 256
    """Nonces from the account's next one on that it takes."""
    replacement_percent: int = 10
    """By how much a transaction must outbid the one whose nonce it takes; it is one base unit at least."""

    def least_replacement_fee(self, fee: int) -> int:
        """The fee that replaces a transaction that pays `fee`."""
        return fee + max(1, -(-fee * self.replacement_percent // 100))


class Mempool:
    """The waiting transactions of one node, or of many that see the same ones (see `select`)."""

    def __init__(self, spec: ChainSpec, policy: MempoolPolicy) -> None:
        self._spec = spec
        self._policy = policy
        self._queues: dict[bytes, SenderQueue] = {}
        self._by_id: dict[bytes, Entry] = {}
        self._ranked = Ranking()
        self._tails = Ranking()
        self._arrivals = 0
        self._confirmed: dict[bytes, int] = {}
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._by_id)

    def __contains__(self, transaction_id: bytes) -> bool:
        return transaction_id in self._by_id

    def __iter__(self) -> Iterator[Transaction]:
        """Transactions in order of preference."""
        return (entry.transaction for entry in self._ranked)

    @property
    def bytes_held(self) -> int:
        """Sum of the encodings."""
        return self._bytes

    def add(self, transaction: Transaction, state: Reader, authenticate: Authenticate) -> None:
        """Take a transaction that may become valid on `state`; one that is there already changes nothing.

        Raises what `check_transaction` raises (WrongNonce only for a replayed nonce), WrongSignature,
        NotAdmitted. What is refused leaves the pool as it was.
        """
        if transaction.id in self._by_id:
            return
        self._check(transaction, account_of(state, transaction.sender))
        waiting = self._waiting(transaction)
        if waiting is not None:
            least = self._policy.least_replacement_fee(waiting.transaction.fee)
            if transaction.fee < least:
                raise ReplacementFeeTooLow(transaction.fee, least)
        authenticate(transaction)
        if waiting is not None:
            self._remove(waiting)
        self._insert(self._entry(transaction))
        evicted = self._evict()
        if transaction.id not in self._by_id:
            # It pays nothing, so it may push nothing out either: neither what was
            # cheaper nor what it was to replace.
            for entry in [*evicted, *([] if waiting is None else [waiting])]:
                if entry.transaction is not transaction:
                    self._insert(entry)
            raise MempoolFull(transaction.fee, self._policy.max_bytes)

    def follow(self, disconnected: Sequence[Block], connected: Sequence[Block], state: Reader) -> None:
        """Follow a move of the head: blocks that left (newest first), blocks that joined (oldest first), the
        new state.

        What left comes back if it is still valid, what joined goes, and with it whatever its nonces made
        obsolete.
        """
        restored: list[Transaction] = []
        for block in reversed(disconnected):
            restored += [transaction for transaction in block.transactions if self._restore(transaction)]
        for block in connected:
            for transaction in block.transactions:
                self._confirm(transaction)
        for transaction in restored:
            entry = self._by_id.get(transaction.id)
            if entry is not None and account_of(state, transaction.sender).balance < transaction.fee:
                self._remove(entry)
        self._evict()

    def select(
        self,
        state: Reader,
        max_bytes: int,
        eligible: Callable[[Transaction], bool] | None = None,
        extra: Iterable[Transaction] = (),
    ) -> list[Transaction]:
        """Transactions for a block on `state`, in the order to apply them; their encodings take at most
        `max_bytes`.

        One pool can serve a peer whose head is not the pool's: `state` is then that of the peer's head,
        `eligible` says which transactions have reached the peer, and `extra` are those of the blocks that are
        on the pool's chain but not on the peer's. The answer is that of a pool of the peer's own.
        """
        absent = {transaction.id: transaction for transaction in extra if transaction.id not in self._by_id}
        returned = sorted(self._entry(transaction) for transaction in absent.values())
        ranked = merge(self._ranked, returned) if returned else self._ranked
        return select_best(ranked, state, max_bytes, eligible)

    def _check(self, transaction: Transaction, account: Account) -> None:
        """Every rule of admission but replacement and signature.

        The sender must be able to pay all its waiting fees together: offers nobody can pay would hold places for free.
        """
        if transaction.nonce < account.nonce:
            raise WrongNonce(transaction.nonce, account.nonce)
        highest = account.nonce + self._policy.per_sender - 1
        if transaction.nonce > highest:
            raise NonceTooFarAhead(transaction.nonce, highest)
        waiting, queue = self._waiting(transaction), self._queues.get(transaction.sender)
        promised = queue.fees if queue is not None else 0
        replaced = waiting.transaction.fee if waiting is not None else 0
        left = max(0, account.balance - promised + replaced)
        check_transaction(self._spec, Account(left, transaction.nonce), transaction)

    def _waiting(self, transaction: Transaction) -> Entry | None:
        """What waits with the same sender and nonce."""
        queue = self._queues.get(transaction.sender)
        return None if queue is None else queue.get(transaction.nonce)

    def _entry(self, transaction: Transaction) -> Entry:
        """An entry with the transaction's first arrival, or a new one."""
        arrival = self._confirmed.get(transaction.id)
        return Entry(-transaction.fee, self._new_arrival() if arrival is None else arrival, transaction)

    def _new_arrival(self) -> int:
        self._arrivals += 1
        return self._arrivals

    def _insert(self, entry: Entry) -> None:
        transaction = entry.transaction
        queue = self._queues.setdefault(transaction.sender, SenderQueue())
        before = queue.tail()
        queue.put(entry)
        self._by_id[transaction.id] = entry
        self._ranked.add(entry)
        self._bytes += len(transaction.encoded)
        self._update_tail(before, queue.tail())

    def _remove(self, entry: Entry) -> None:
        transaction = entry.transaction
        queue = self._queues[transaction.sender]
        before = queue.tail()
        queue.remove(transaction.nonce)
        del self._by_id[transaction.id]
        self._ranked.remove(entry)
        self._bytes -= len(transaction.encoded)
        self._update_tail(before, queue.tail())
        if not len(queue):
            del self._queues[transaction.sender]

    def _update_tail(self, before: Entry | None, after: Entry | None) -> None:
        if before is after:
            return
        if before is not None:
            self._tails.remove(before)
        if after is not None:
            self._tails.add(after)

    def _evict(self) -> list[Entry]:
        """Drop the cheapest tails until the rest fits; gives what was dropped."""
        dropped: list[Entry] = []
        while self._bytes > self._policy.max_bytes:
            dropped.append(self._tails.worst())
            self._remove(dropped[-1])
        return dropped

    def _restore(self, transaction: Transaction) -> bool:
        """Put a disconnected transaction back, unless a newer one with its nonce has come in its place."""
        if self._waiting(transaction) is not None:
            return False
        self._insert(self._entry(transaction))
        return True

    def _confirm(self, transaction: Transaction) -> None:
        entry = self._by_id.get(transaction.id)
        arrival = self._new_arrival() if entry is None else entry.arrival
        self._confirmed.setdefault(transaction.id, arrival)
        if len(self._confirmed) > ARRIVALS_KEPT:
            del self._confirmed[next(iter(self._confirmed))]
        # Nonces confirm one after the other: no lower one can be waiting.
        obsolete = self._waiting(transaction)
        if obsolete is not None:
            self._remove(obsolete)
