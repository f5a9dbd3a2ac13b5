"""A lease market's population on an in-memory chain: hash rates draw the next miner, nobody is far away."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from apps.agent import Decision, Fate, SeenBlock, Status, Update
from apps.kit import MainBlock, Miner, Outcome, Participant, PlacedEvent, PlacedMeasure, Surroundings
from apps.lease.app import Lease
from apps.lease.market import LEASE_KIT
from apps.lease.settings import LeaseSettings
from apps.testing import account_of
from chain.hashing import sha256
from chain.records import Action
from tests.apps.strict_chain import StrictChain

MINERS = "miner"
MINERS_HASH_RATE = 1e9
INTERVAL_MS = 60_000


@dataclass(slots=True)
class Resident:
    """A participant, its stream and what its agent has not seen yet."""

    participant: Participant
    rng: np.random.Generator
    mining_fraction: float
    next_height: int = 0
    seen: int = 0
    fates: list[Fate] = field(default_factory=list)
    mined: float = 0.0
    """Sum of its mining fraction over the blocks."""


class Village:
    """The population of some settings; `live` runs it."""

    def __init__(self, settings: LeaseSettings, seed: int, check: bool = True) -> None:
        self.settings = settings
        self.rng = np.random.default_rng(seed)
        population = LEASE_KIT.populate(
            settings, Surroundings(MINERS_HASH_RATE, INTERVAL_MS, self.rng, account_of)
        )
        assert population.subsidy is not None
        self.residents = [
            Resident(participant, np.random.default_rng([seed, i]), participant.mining_fraction)
            for i, participant in enumerate(population.participants)
        ]
        funds = {resident.participant.name: resident.participant.balance for resident in self.residents}
        self.chain = StrictChain(
            Lease(),
            balances=funds,
            interval_ms=INTERVAL_MS,
            subsidy=population.subsidy,
            check_every_block=check,
        )
        self.blocks: list[SeenBlock] = []
        self.miners: list[str] = []
        self.measures: list[PlacedMeasure] = []
        self.time_ms = 0.0

    def live(self, blocks: int) -> None:
        """So many blocks, each agent waking as it wished."""
        for _ in range(blocks):
            queue = [pair for resident in self.residents for pair in self._wake(resident)]
            self._mine(queue)

    def outcome(self) -> Outcome:
        """The run so far, as a kit sees it."""
        height = len(self.blocks)
        hashes = {r.participant.name: r.participant.hash_rate * r.mined for r in self.residents}
        total = sum(hashes.values()) + MINERS_HASH_RATE * height
        return Outcome(
            accounts={name: account_of(name) for name in hashes},
            blocks=[
                MainBlock(block.height, block.time_ms, miner, block.reward)
                for block, miner in zip(self.blocks, self.miners, strict=True)
            ],
            events=[PlacedEvent(*placed) for placed in self.chain.events],
            measures=self.measures,
            miners={
                r.participant.name: Miner(
                    r.mined / height,
                    hashes[r.participant.name] / total,
                    self.miners.count(r.participant.name),
                )
                for r in self.residents
                if r.participant.hash_rate > 0
            },
        )

    def summary(self) -> Mapping[str, object]:
        """What the kit says of it."""
        return LEASE_KIT.summarise(self.settings, self.outcome())

    def _wake(self, resident: Resident) -> Iterable[tuple[Resident, Action]]:
        agent, chain = resident.participant.agent, self.chain
        if agent is None or chain.height < resident.next_height:
            return
        update = Update(
            time_ms=int(self.time_ms),
            account=account_of(resident.participant.name),
            hash_rate=resident.participant.hash_rate,
            view=chain.view,
            connected=tuple(self.blocks[resident.seen :]),
            disconnected=(),
            fates=tuple(resident.fates),
        )
        resident.seen, resident.fates = len(self.blocks), []
        decision: Decision = agent.decide(update, resident.rng)
        resident.next_height = decision.next_height or 0
        if decision.mining_fraction is not None:
            resident.mining_fraction = decision.mining_fraction
        for measure in decision.measures:
            self.measures.append(PlacedMeasure(update.time_ms, resident.participant.name, measure))
        for action in decision.actions:
            yield resident, action

    def _mine(self, queue: list[tuple[Resident, Action]]) -> None:
        chain, names = self.chain, [MINERS]
        rates = [MINERS_HASH_RATE]
        for resident in self.residents:
            resident.mined += resident.mining_fraction
            names.append(resident.participant.name)
            rates.append(resident.participant.hash_rate * resident.mining_fraction)
        difficulty = MINERS_HASH_RATE * INTERVAL_MS / 1000
        self.time_ms += self.rng.exponential(1000 * difficulty / sum(rates))
        miner = str(self.rng.choice(names, p=np.array(rates) / sum(rates)))
        receipts = chain.block(
            [(resident.participant.name, action) for resident, action in queue], miner=miner
        )
        for (resident, action), receipt in zip(queue, receipts, strict=True):
            status = Status.CONFIRMED if receipt.succeeded else Status.REFUSED
            resident.fates.append(Fate(action, status, receipt))
        block = SeenBlock(
            id=sha256(str(chain.height).encode()),
            height=chain.height,
            time_ms=int(self.time_ms),
            miner=account_of(miner),
            reward=chain.spec.params.reward.subsidy,
            difficulty=difficulty,
            events=chain.state.head.events,
        )
        self.blocks.append(block)
        self.miners.append(miner)
