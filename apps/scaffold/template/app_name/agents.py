"""What a player's software does: it looks at the round and raises the leader while that is worth it."""

from collections.abc import Iterable, Iterator
from typing import cast

import numpy as np
from apps.agent import Decision, Fate, Measure, Status, Update

from app_name.actions import Stake
from app_name.state import Round, closing_height

REFUSED = "refused"
"""Name of the measure in which a player reports a refused stake; the key is its head's height."""


class Player:
    """Raises the leader by a fixed step, up to a limit that it draws anew for each round."""

    def __init__(self, step: int, highest_limit: int) -> None:
        self.step = step
        """Base units by which it raises."""
        self.highest_limit = highest_limit
        """Base units that its limit never exceeds."""
        self._closes_at = 0
        self._limit = 0
        self._waiting = False

    def decide(self, update: Update, rng: np.random.Generator) -> Decision:
        """Stake where somebody else leads and the limit allows it."""
        measures = tuple(self._refusals(update.fates, update.view.height))
        self._draw_limit(closing_height(update.view.height + 1), rng)
        now = cast("Round", update.view.query("app_name", "next_round"))
        amount = now.stake + self.step
        affordable = amount <= min(self._limit, update.view.balance(update.account))
        if self._waiting or now.leader == update.account or not affordable:
            return Decision(measures=measures)
        self._waiting = True
        return Decision((Stake(amount),), measures=measures)

    def _refusals(self, fates: Iterable[Fate], height: int) -> Iterator[Measure]:
        for fate in fates:
            self._waiting = fate.status is Status.UNCONFIRMED
            if fate.status is Status.REFUSED:
                yield Measure(REFUSED, 1.0, height)

    def _draw_limit(self, closes_at: int, rng: np.random.Generator) -> None:
        if closes_at != self._closes_at:
            self._closes_at = closes_at
            self._limit = int(rng.integers(0, self.highest_limit, endpoint=True))
