"""Hosts an agent at its peer: shows it what its node knows, signs what it decides, follows its transactions.

A host keeps no opinion of its own: the chain at the peer's head and the agent's decisions are all it acts on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from apps.agent import Agent, Decision, Fate, Status, Update
from apps.kit import Participant, PlacedMeasure
from chain.keys import SigningKey
from chain.records import Action
from chain.transaction import Transaction, sign
from sim.ledger import SharedLedger

US_PER_MS = 1_000


@dataclass(slots=True, eq=False)
class Host:
    """One participant at a peer, with its key and, where it has one, its agent."""

    number: int
    """Its place among the run's hosts."""
    participant: Participant
    key: SigningKey
    peer: int
    rng: np.random.Generator
    head: int = 0
    """Index of the block its agent saw last as head."""
    next_nonce: int = 0
    next_height: int = 0
    """The agent sleeps until its head is this high."""
    next_time_us: int | None = None
    mining_fraction: float = 0.0
    actions: dict[bytes, Action] = field(default_factory=dict)
    """Its own submitted actions by transaction id."""

    @property
    def agent(self) -> Agent | None:
        """The participant's software."""
        return self.participant.agent

    def wake(self, ledger: SharedLedger, head: int, now_us: int) -> Decision:
        """Let the agent decide on what happened since it last woke; `head` is the peer's."""
        assert self.agent is not None
        disconnected, connected = ledger.path(self.head, head)
        update = Update(
            time_ms=now_us // US_PER_MS,
            account=self.key.public,
            hash_rate=self.participant.hash_rate,
            view=ledger.view(head),
            connected=tuple(map(ledger.seen, connected)),
            disconnected=tuple(map(ledger.seen, disconnected)),
            fates=tuple(self._fates(ledger, disconnected, connected)),
        )
        self.head = head
        self.next_time_us = None
        decision = self.agent.decide(update, self.rng)
        self.next_height = decision.next_height if decision.next_height is not None else 0
        if decision.next_time_ms is not None:
            self.next_time_us = max(decision.next_time_ms * US_PER_MS, now_us + 1)
        if decision.mining_fraction is not None:
            self.mining_fraction = min(max(decision.mining_fraction, 0.0), 1.0)
        return decision

    def signed(self, ledger: SharedLedger, decision: Decision, usual_fee: int) -> Iterator[Transaction]:
        """The decision's actions as transactions, nonces in order; the nonce advances with each."""
        fee = usual_fee if decision.fee is None else decision.fee
        for action in decision.actions:
            names = ledger.spec.registry.encode_action(action)
            transaction = sign(self.key, ledger.spec.chain_id, self.next_nonce, fee, *names)
            self.actions[transaction.id] = action
            self.next_nonce += 1
            yield transaction

    def measures(self, decision: Decision, now_us: int) -> list[PlacedMeasure]:
        """The decision's measures, placed in time."""
        time_ms = now_us // US_PER_MS
        return [PlacedMeasure(time_ms, self.participant.name, measure) for measure in decision.measures]

    def _fates(
        self, ledger: SharedLedger, disconnected: Sequence[int], connected: Sequence[int]
    ) -> Iterator[Fate]:
        if not self.actions:
            return
        for index in disconnected:
            for transaction, _ in ledger.of_sender(index, self.key.public):
                yield Fate(self.actions[transaction.id], Status.UNCONFIRMED, None)
        for index in connected:
            for transaction, receipt in ledger.of_sender(index, self.key.public):
                status = Status.CONFIRMED if receipt.succeeded else Status.REFUSED
                yield Fate(self.actions[transaction.id], status, receipt)
