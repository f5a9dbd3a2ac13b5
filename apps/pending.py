"""What an agent keeps in mind between two looks at the chain: the actions it asked for, and how they fared."""

from collections import Counter
from collections.abc import Iterable

from apps.agent import Fate, Status
from chain.records import Action

PATIENCE_BLOCKS = 10
"""After so many blocks without news of an action its sender looks at the chain and asks again."""
MOST_REFUSALS = 3
"""An action that was refused so often is not due any more."""


class Pending:
    """Actions whose fate is open, with the height at which they were asked for."""

    def __init__(self) -> None:
        self._asked_at: dict[Action, int] = {}
        self._refusals: Counter[Action] = Counter()

    def note(self, fates: Iterable[Fate], height: int) -> None:
        """Take in what became of them; what a reorganisation took out is on its way again."""
        for fate in fates:
            if fate.status is Status.UNCONFIRMED:
                self._asked_at[fate.action] = height
            else:
                self._asked_at.pop(fate.action, None)
                self._refusals[fate.action] += fate.status is Status.REFUSED

    def sent(self, actions: Iterable[Action], height: int) -> None:
        """Remember these."""
        self._asked_at.update(dict.fromkeys(actions, height))

    def due(self, wanted: Iterable[Action], height: int) -> tuple[Action, ...]:
        """Those of the wanted that are neither on their way nor refused too often; they count as sent from here on."""
        awaited = set(self.awaited(height))
        chosen = tuple(
            action for action in wanted if action not in awaited and self._refusals[action] < MOST_REFUSALS
        )
        self.sent(chosen, height)
        return chosen

    def refused_for_good(self, action: Action) -> bool:
        """Whether it was refused so often that it is not due any more."""
        return self._refusals[action] >= MOST_REFUSALS

    def awaited(self, height: int) -> list[Action]:
        """Those sent less than the patience ago; older ones are forgotten."""
        for action in [a for a, asked in self._asked_at.items() if height - asked >= PATIENCE_BLOCKS]:
            del self._asked_at[action]
        return list(self._asked_at)
