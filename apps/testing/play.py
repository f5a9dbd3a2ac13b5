"""Agents on a `DevChain`: each decides on every head it wants to see, what it decides stands in the next block."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from apps.agent import Agent, Decision, Fate, SeenBlock, Status, Update
from apps.kit import PlacedMeasure
from apps.testing.blocks import Request
from apps.testing.keys import account_of
from apps.testing.snapshot import DevBlock, Snapshot
from chain.context import View
from chain.hashing import sha256


class Stage(Protocol):
    """The chain that agents play on, as far as they need it."""

    fee: int

    @property
    def state(self) -> Snapshot:
        """This moment."""

    @property
    def view(self) -> View:
        """The head, read only."""

    @property
    def next_time_ms(self) -> int:
        """Time that the next block will have."""

    def block_of(self, requests: Sequence[Request]) -> object:
        """Make a block of these requests."""


@dataclass(slots=True)
class Resident:
    """An agent on a chain, and what it knows of it."""

    name: str
    agent: Agent
    rng: np.random.Generator
    seen: Snapshot
    """The chain when it last woke."""
    next_height: int = 0
    next_time_ms: int | None = None
    again: list[Request] = field(default_factory=list)
    """Its requests that a reorganisation has taken out: the next block has them again, as from a mempool."""

    def decide(self, dev: Stage, time_ms: int) -> Decision:
        """Wake at `time_ms` and decide."""
        left, joined = _path(self.seen, dev.state)
        update = Update(
            time_ms=time_ms,
            account=account_of(self.name),
            hash_rate=0.0,
            view=dev.view,
            connected=tuple(map(_seen, joined)),
            disconnected=tuple(map(_seen, left)),
            fates=tuple(self._fates(left, joined)),
        )
        self.again = [request for block in reversed(left) for request in _requests(block, self.name)]
        self.seen = dev.state
        decision = self.agent.decide(update, self.rng)
        self.next_height = decision.next_height or 0
        self.next_time_ms = decision.next_time_ms
        return decision

    def _fates(self, left: Sequence[DevBlock], joined: Sequence[DevBlock]) -> Iterator[Fate]:
        for block in left:
            for request in _requests(block, self.name):
                yield Fate(request.action, Status.UNCONFIRMED, None)
        for block in joined:
            for attempt in block.attempts:
                if attempt.sender == self.name:
                    status = Status.CONFIRMED if attempt.error is None else Status.REFUSED
                    yield Fate(attempt.action, status, attempt.receipt)


def play(
    dev: Stage, residents: dict[str, Resident], agents: Mapping[str, Agent], blocks: int, seed: int
) -> list[PlacedMeasure]:
    """Let agents (by name) play for so many blocks; `residents` are those who played before, by name.

    Gives what they measured. Raises ActionRefused, AppCrash, InvariantBroken as `DevChain.block_of` does.
    """
    for name, agent in agents.items():
        if name not in residents or residents[name].agent is not agent:
            stream = np.random.default_rng([seed, *sha256(name.encode())])
            residents[name] = Resident(name, agent, stream, dev.state)
    present = [residents[name] for name in agents]
    measures: list[PlacedMeasure] = []
    for _ in range(blocks):
        requests: list[Request] = []
        for resident, time_ms in _wakings(dev, present):
            decision = resident.decide(dev, time_ms)
            fee = dev.fee if decision.fee is None else decision.fee
            requests += resident.again
            requests += [Request(resident.name, action, fee) for action in decision.actions]
            measures += [PlacedMeasure(time_ms, resident.name, measure) for measure in decision.measures]
        dev.block_of(requests)
    return measures


def _wakings(dev: Stage, present: Sequence[Resident]) -> Iterator[tuple[Resident, int]]:
    """Who wakes before the next block and when: first at the head, in order, then by the clock."""
    for resident in present:
        if dev.state.head.height >= resident.next_height:
            yield resident, dev.state.head.time_ms
    now = dev.state.head.time_ms
    while True:
        waiting = [
            (max(resident.next_time_ms, now), number)
            for number, resident in enumerate(present)
            if resident.next_time_ms is not None
        ]
        if not waiting or min(waiting)[0] >= dev.next_time_ms:
            return
        now, number = min(waiting)
        present[number].next_time_ms = None
        yield present[number], now
        # An agent that asks for this very moment again would never let it pass.
        now += 1


def _path(old: Snapshot, new: Snapshot) -> tuple[list[DevBlock], list[DevBlock]]:
    """The blocks that left the chain between two moments, newest first, and those that joined it, oldest first."""
    left: list[DevBlock] = []
    joined: list[DevBlock] = []
    one, other = old.head, new.head
    while one.id != other.id:
        higher, passed = (one, left) if one.height >= other.height else (other, joined)
        passed.append(higher)
        assert higher.parent is not None, "snapshots of one chain have its genesis in common"
        if higher is one:
            one = higher.parent
        else:
            other = higher.parent
    return left, joined[::-1]


def _requests(block: DevBlock, name: str) -> list[Request]:
    """What somebody asked for in a block."""
    return [
        Request(name, attempt.action, transaction.fee)
        for attempt, transaction in zip(block.attempts, block.transactions, strict=True)
        if attempt.sender == name
    ]


def _seen(block: DevBlock) -> SeenBlock:
    return SeenBlock(block.id, block.height, block.time_ms, block.miner, block.reward, 1.0, block.events)
