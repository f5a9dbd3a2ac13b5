"""Which waiting transactions a block should carry: the best-paying ones whose predecessors are in."""

from collections.abc import Callable, Iterable

from chain.accounts import account_of
from chain.state import Reader
from chain.transaction import Transaction
from consensus.ranking import Entry

SMALLEST_TRANSACTION_BYTES = 144
"""No transaction is encoded in less: chain id, sender and signature take 134, the other fields the rest."""


def select_best(
    ranked: Iterable[Entry],
    state: Reader,
    max_bytes: int,
    eligible: Callable[[Transaction], bool] | None = None,
) -> list[Transaction]:
    """Transactions to try on `state`, in the order to try them; their encodings take at most `max_bytes`.

    Greedy: always the best of those whose nonce is next and whose fee the sender's balance at `state` covers.
    One that does not fit, or that `eligible` refuses, holds back its sender's later ones. `ranked` must be in
    order.
    """
    selection = _Selection(state, max_bytes, eligible)
    for entry in ranked:
        if selection.room < SMALLEST_TRANSACTION_BYTES:
            break
        selection.offer(entry)
    return selection.chosen


class _Selection:
    """A selection in progress. What is deferred ranks above everything still to be offered."""

    def __init__(self, state: Reader, room: int, eligible: Callable[[Transaction], bool] | None) -> None:
        self.chosen: list[Transaction] = []
        self.room = room
        self._state = state
        self._eligible = eligible
        self._next: dict[bytes, tuple[int, int]] = {}
        self._deferred: dict[tuple[bytes, int], Entry] = {}

    def offer(self, entry: Entry) -> None:
        """Take `entry` if it may come now, and then what waited for it; defer it if its turn is later."""
        transaction = entry.transaction
        if self._eligible is not None and not self._eligible(transaction):
            return
        if transaction.nonce > self._expected(transaction.sender)[0]:
            self._deferred.setdefault((transaction.sender, transaction.nonce), entry)
        while self._take(transaction):
            follower = self._deferred.pop((transaction.sender, transaction.nonce + 1), None)
            if follower is None:
                return
            transaction = follower.transaction

    def _take(self, transaction: Transaction) -> bool:
        nonce, balance = self._expected(transaction.sender)
        size = len(transaction.encoded)
        if transaction.nonce != nonce or transaction.fee > balance or size > self.room:
            return False
        self._next[transaction.sender] = nonce + 1, balance - transaction.fee
        self.chosen.append(transaction)
        self.room -= size
        return True

    def _expected(self, sender: bytes) -> tuple[int, int]:
        """Nonce of the sender's next transaction, and what is left of its balance for fees."""
        known = self._next.get(sender)
        if known is None:
            account = account_of(self._state, sender)
            known = self._next[sender] = account.nonce, account.balance
        return known
