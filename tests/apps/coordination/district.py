"""The population of some settings on an in-memory chain: what agents decide on one head is in the next block."""

from typing import Any

import numpy as np

from apps.coordination.app import Coordination
from apps.coordination.coordination_kit import COORDINATION_KIT
from apps.coordination.settings import CoordinationSettings
from apps.coordination.state import RequestRecord
from apps.kit import MainBlock, Miner, Outcome, PlacedEvent, PlacedMeasure, Surroundings
from apps.testing import account_of
from chain.errors import AppError
from chain.params import SHARECOIN
from tests.apps.strict_chain import StrictChain

INTERVAL_MS = 15_000
FEE = SHARECOIN // 100
OWNER: dict[str, object] = {"measurements": 60, "vsps": 6}
"""Few measurements and the quickest fit: agents that take milliseconds."""
QUICK: dict[str, object] = {"method": "nnls"}


def settings_of(**table: Any) -> CoordinationSettings:
    """Settings of a small zone, but for what `table` says."""
    return CoordinationSettings.model_validate({"owners": [OWNER], "map": QUICK, **table})


class District:
    """Everybody of some settings; `live` runs them."""

    def __init__(self, settings: CoordinationSettings, fee: int = FEE, seed: int = 1) -> None:
        self.settings, self.seed = settings, seed
        surroundings = Surroundings(1e9, INTERVAL_MS, np.random.default_rng(seed), account_of)
        self.participants = COORDINATION_KIT.populate(settings, surroundings).participants
        funds = {one.name: one.balance for one in self.participants}
        self.chain = StrictChain(Coordination(), balances=funds, interval_ms=INTERVAL_MS, subsidy=0, fee=fee)
        self.agents = {one.name: one.agent for one in self.participants if one.agent is not None}
        self.measures: list[PlacedMeasure] = []

    def live(self, blocks: int = 1) -> "District":
        """So many blocks."""
        self.measures += self.chain.play(self.agents, blocks, self.seed)
        return self

    def request(self, name: str) -> RequestRecord:
        """A request as the chain has it."""
        record = self.chain.query(Coordination.request, name)
        assert record is not None
        return record

    def has(self, name: str) -> bool:
        """Whether a request was paid for."""
        return self.chain.query(Coordination.request, name) is not None

    def balance(self, name: str) -> int:
        """Base units of somebody."""
        return self.chain.view.balance(account_of(name))

    def reported(self, name: str) -> list[tuple[str, float]]:
        """(participant, value) of every measure of that name."""
        return [(one.participant, one.measure.value) for one in self.measures if one.measure.name == name]

    def refused(self) -> list[AppError]:
        """Every refusal by the application on the best chain."""
        errors = [attempt.error for block in self.chain.state.blocks() for attempt in block.attempts]
        return [error for error in errors if isinstance(error, AppError)]

    def outcome(self) -> Outcome:
        """The run so far, as a kit sees it."""
        height = self.chain.height
        return Outcome(
            accounts={one.name: account_of(one.name) for one in self.participants},
            blocks=[MainBlock(h, h * INTERVAL_MS, "miner", 0) for h in range(1, height + 1)],
            events=[PlacedEvent(*placed) for placed in self.chain.events],
            measures=self.measures,
            miners={one.name: Miner(1.0, 1.0, 0) for one in self.participants if one.hash_rate > 0},
            view=self.chain.view,
        )

    def summary(self) -> Any:
        """What the kit says of it."""
        return COORDINATION_KIT.summarise(self.settings, self.outcome())
