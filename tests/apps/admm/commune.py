"""An owner and its operators on an in-memory chain: what they decide on one head is in the next block."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from apps.admm.acquisition_kit import ADMM_KIT
from apps.admm.app import Admm
from apps.admm.settings import AdmmSettings
from apps.agent import Decision, Fate, SeenBlock, Status, Update
from apps.kit import MainBlock, Outcome, Participant, PlacedEvent, PlacedMeasure, Surroundings
from apps.testing import DevChain, account_of
from chain.records import Action
from tests.apps.strict_chain import StrictChain

INTERVAL_MS = 15_000
RNG = np.random.default_rng(1)


def settings_of(**table: Any) -> AdmmSettings:
    return AdmmSettings.model_validate(table)


def participants_of(settings: AdmmSettings) -> tuple[Participant, ...]:
    return ADMM_KIT.populate(settings, Surroundings(12e9, INTERVAL_MS, RNG, account_of)).participants


def six(faulty: int | None = None, **fault: object) -> list[dict[str, object]]:
    """The paper's six operators, one of which (counted from 1) has a fault."""
    operators = [operator.model_dump(exclude_none=True) for operator in AdmmSettings().operators]
    if faulty is not None:
        operators[faulty - 1] |= fault
    return operators


@dataclass(slots=True)
class Resident:
    """A participant and what its agent has not heard yet."""

    participant: Participant
    next_height: int = 0
    fates: list[Fate] = field(default_factory=list)


class Commune:
    """The population of some settings; `live` runs it."""

    def __init__(self, settings: AdmmSettings, check: bool = True) -> None:
        self.settings = settings
        self.residents = [Resident(participant) for participant in participants_of(settings)]
        funds = {resident.participant.name: resident.participant.balance for resident in self.residents}
        self.chain = StrictChain(Admm(), balances=funds, interval_ms=INTERVAL_MS, check_every_block=check)
        self.measures: list[PlacedMeasure] = []

    def live(self, blocks: int = 1, extra: Mapping[str, Action] | None = None) -> None:
        """So many blocks; `extra` actions (by sender) follow those of the agents in the first of them."""
        for _ in range(blocks):
            queue = [(resident, action) for resident in self.residents for action in self._decided(resident)]
            asked = [(resident.participant.name, action) for resident, action in queue]
            receipts = self.chain.block([*asked, *(extra or {}).items()])
            assert all(receipt.succeeded for receipt in receipts[len(queue) :])
            for (resident, action), receipt in zip(queue, receipts, strict=False):
                status = Status.CONFIRMED if receipt.succeeded else Status.REFUSED
                resident.fates.append(Fate(action, status, receipt))
            extra = None

    def outcome(self) -> Outcome:
        """The run so far, as a kit sees it."""
        return Outcome(
            accounts={r.participant.name: account_of(r.participant.name) for r in self.residents},
            blocks=[MainBlock(h, h * INTERVAL_MS, "miner", 0) for h in range(1, self.chain.height + 1)],
            events=[PlacedEvent(*placed) for placed in self.chain.events],
            measures=self.measures,
            miners={},
        )

    def summary(self) -> Any:
        """What the kit says of it."""
        return ADMM_KIT.summarise(self.settings, self.outcome())

    def _decided(self, resident: Resident) -> tuple[Action, ...]:
        agent, name = resident.participant.agent, resident.participant.name
        if agent is None or self.chain.height < resident.next_height:
            return ()
        update = update_of(self.chain, name, *resident.fates)
        resident.fates = []
        decision: Decision = agent.decide(update, RNG)
        resident.next_height = decision.next_height or 0
        self.measures += [PlacedMeasure(update.time_ms, name, measure) for measure in decision.measures]
        return decision.actions


def update_of(chain: DevChain, who: str, *fates: Fate, disconnected: tuple[SeenBlock, ...] = ()) -> Update:
    """What an agent learns that wakes at the chain's head."""
    return Update(chain.view.time_ms, account_of(who), 0.0, chain.view, (), disconnected, fates)
