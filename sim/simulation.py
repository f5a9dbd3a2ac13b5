"""The run itself: the network's clock drives mining, gossip and agents until the scenario says stop.

The gossip kernel runs by itself between two moments that need Python: a peer finds a block, the head of a peer with an
agent changes, an agent's timer rings. Everything is a function of the scenario and its seed.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush

from apps.agent import Decision
from apps.kit import PlacedMeasure
from apps.testing import wording
from chain.errors import ChainError, InvalidTransaction
from chain.invariants import broken_invariants
from chain.transaction import Transaction
from consensus.mempool import NotAdmitted
from sim.arrival import arrival_delays_us
from sim.host import US_PER_MS, Host
from sim.ledger import SharedLedger
from sim.network import OccurrenceKind
from sim.replicas import Replicas
from sim.world import World

SETTLING_US = 3_600 * 1_000_000
"""Longest time that messages under way at the end are given to arrive."""


class InvariantBroken(Exception):
    """A bug: an invariant of the ledger or of an application does not hold.

    Args: height, block id, ((where, sentence), ...).
    """

    def __str__(self) -> str:
        height, identifier, broken = self.args
        return "\n".join(
            wording.broken(where, f"block {height} ({identifier.hex()[:16]})", sentence)
            for where, sentence in broken
        )


@dataclass(slots=True)
class Submitted:
    """A transaction and where and when it entered the network."""

    transaction: Transaction
    host: Host
    time_us: int
    refusal: ChainError | None = None
    """Why no mempool took it; None where it was taken."""


@dataclass(slots=True)
class MiningLog:
    """The fractions of its computing power that a participant mined with, over time."""

    since_us: int = 0
    fraction: float = 0.0
    fraction_us: float = 0.0
    """Integral of the fraction over time."""

    def change(self, now_us: int, fraction: float) -> None:
        """From `now_us` on it mines with `fraction`."""
        self.fraction_us += self.fraction * (now_us - self.since_us)
        self.since_us, self.fraction = now_us, fraction

    def integral_us(self, now_us: int) -> float:
        """Integral of the fraction from the start until `now_us`."""
        return self.fraction_us + self.fraction * (now_us - self.since_us)


@dataclass(slots=True)
class Simulation:
    """One run in progress."""

    world: World
    ledger: SharedLedger
    replicas: Replicas | None = None
    on_block: Callable[[int], None] = lambda index: None
    """Called with the index of every block found, before the network goes on."""
    submitted: dict[bytes, Submitted] = field(default_factory=dict)
    """By transaction id, in the order of submission."""
    measures: list[PlacedMeasure] = field(default_factory=list)
    mining: dict[str, MiningLog] = field(default_factory=dict)
    _hosts_at: dict[int, list[Host]] = field(default_factory=dict)
    _host_mining_at: dict[int, Host] = field(default_factory=dict)
    _timers: list[tuple[int, int]] = field(default_factory=list)
    _ended_us: int | None = None

    def __post_init__(self) -> None:
        for host in self.world.hosts:
            self._hosts_at.setdefault(host.peer, []).append(host)
            if host.participant.hash_rate > 0:
                self._host_mining_at[host.peer] = host
                self.mining[host.participant.name] = MiningLog()
                self._set_mining(host, host.mining_fraction)

    @property
    def now_us(self) -> int:
        """Simulated time."""
        return self.world.network.now_us

    def start(self) -> None:
        """Wake every agent once on the genesis block."""
        for host in self.world.hosts:
            if host.agent is not None:
                self._wake(host)

    def is_over(self) -> bool:
        """Whether the scenario's stop rule is met."""
        run = self.world.scenario.run
        high_enough = run.blocks is not None and self.ledger.tip_height >= run.blocks
        return high_enough or (run.time is not None and self.now_us >= run.time * US_PER_MS)

    @property
    def done(self) -> float:
        """Share of the run that is over, 0 to 1, by whichever stop rule is nearer."""
        run = self.world.scenario.run
        by_height = self.ledger.tip_height / run.blocks if run.blocks is not None else 0.0
        by_time = self.ended_us / (run.time * US_PER_MS) if run.time is not None else 0.0
        return min(max(by_height, by_time), 1.0)

    def step(self) -> None:
        """Advance to the next moment that needs Python and deal with it."""
        run = self.world.scenario.run
        until = self._timers[0][0] if self._timers else self.now_us + SETTLING_US
        if run.time is not None:
            until = min(until, run.time * US_PER_MS)
        occurrence = self.world.network.advance(max(until, self.now_us))
        if occurrence.kind == OccurrenceKind.FOUND:
            self._mine(occurrence.peer)
        elif occurrence.kind == OccurrenceKind.HEAD:
            self._head_changed(occurrence.peer)
        elif occurrence.kind == OccurrenceKind.RECEIVED and self.replicas is not None:
            self.replicas.receive(occurrence.peer, occurrence.block, self.now_us)
        else:
            self._ring_timers()

    @property
    def ended_us(self) -> int:
        """When mining stopped; the present while it goes on."""
        return self.now_us if self._ended_us is None else self._ended_us

    def settle(self) -> None:
        """Stop all mining and let what is under way arrive; agents sleep."""
        self._ended_us = self.now_us
        for host in self._host_mining_at.values():
            self._set_mining(host, 0.0)
        network = self.world.network
        end = network.now_us + SETTLING_US
        while (occurrence := network.advance(end)).kind != OccurrenceKind.UNTIL:
            if self.replicas is not None and occurrence.kind == OccurrenceKind.RECEIVED:
                self.replicas.receive(occurrence.peer, occurrence.block, network.now_us)
            elif self.replicas is not None and occurrence.kind == OccurrenceKind.HEAD:
                self.replicas.head_moved(occurrence.peer, network.now_us)
        if self.replicas is not None:
            self.replicas.compare_all()

    def _mine(self, peer: int) -> None:
        network, host = self.world.network, self._host_mining_at[peer]
        parent, now_us = network.head_of(peer), network.now_us
        index = self.ledger.mine(parent, host.key.public, now_us, lambda tx: self._has_arrived(tx, peer))
        block = self.ledger.blocks[index]
        size = self.world.scenario.network.block_size or block.size
        known = network.add_block(parent, peer, block.work, size, self.ledger.next_difficulty(index))
        assert known == index, f"the network numbers block {index} as {known}"
        if self.replicas is not None:
            self.replicas.receive(peer, index, now_us)
        self._check_invariants(index)
        self.on_block(index)
        self._head_changed(peer)

    def _head_changed(self, peer: int) -> None:
        head = self.world.network.head_of(peer)
        if self.replicas is not None:
            self.replicas.head_moved(peer, self.now_us)
        height = self.ledger.blocks[head].block.header.height
        for host in self._hosts_at.get(peer, ()):
            if host.agent is not None and host.head != head and height >= host.next_height:
                self._wake(host)

    def _ring_timers(self) -> None:
        while self._timers and self._timers[0][0] <= self.now_us:
            time_us, number = heappop(self._timers)
            host = self.world.hosts[number]
            if host.next_time_us == time_us:
                self._wake(host)

    def _wake(self, host: Host) -> None:
        decision = host.wake(self.ledger, self.world.network.head_of(host.peer), self.now_us)
        if host.next_time_us is not None:
            heappush(self._timers, (host.next_time_us, host.number))
        if decision.mining_fraction is not None and host.participant.hash_rate > 0:
            self._set_mining(host, host.mining_fraction)
        self._submit(host, decision)
        self.measures += host.measures(decision, self.now_us)

    def _submit(self, host: Host, decision: Decision) -> None:
        for transaction in host.signed(self.ledger, decision, self.world.scenario.chain.fee):
            entry = Submitted(transaction, host, self.now_us)
            self.submitted[transaction.id] = entry
            try:
                self.ledger.submit(transaction)
            except (InvalidTransaction, NotAdmitted) as error:
                entry.refusal = error
                # The account's next transaction takes this nonce; the rest of the batch would leave a gap.
                host.next_nonce = transaction.nonce
                return

    def _has_arrived(self, transaction: Transaction, peer: int) -> bool:
        entry = self.submitted[transaction.id]
        delays = arrival_delays_us(self.world.graph, entry.host.peer, self.world.relay)
        return entry.time_us + int(delays[peer]) <= self.now_us

    def _set_mining(self, host: Host, fraction: float) -> None:
        self.mining[host.participant.name].change(self.now_us, fraction)
        self.world.network.set_hash_rate(host.peer, fraction * host.participant.hash_rate)

    def _check_invariants(self, index: int) -> None:
        every = self.world.scenario.checks.invariants_every
        header = self.ledger.blocks[index].block.header
        if not every or header.height % every:
            return
        view = self.ledger.view(index)
        if broken := tuple(broken_invariants(self.ledger.spec.registry, view)):
            raise InvariantBroken(header.height, header.id, broken)
