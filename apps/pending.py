"""What an agent keeps in mind between two looks at the chain: the actions it asked for whose fate is open."""

from collections.abc import Iterable

from apps.agent import Fate, Status
from chain.records import Action

PATIENCE_BLOCKS = 10
"""After so many blocks without news of an action its sender looks at the chain and asks again."""


class Pending:
    """Actions whose fate is open, with the height at which they were asked for."""

    def __init__(self) -> None:
        self._asked_at: dict[Action, int] = {}

    def note(self, fates: Iterable[Fate], height: int) -> None:
        """Take in what became of them; what a reorganisation took out is on its way again."""
        for fate in fates:
            if fate.status is Status.UNCONFIRMED:
                self._asked_at[fate.action] = height
            else:
                self._asked_at.pop(fate.action, None)

    def sent(self, actions: Iterable[Action], height: int) -> None:
        """Remember these."""
        self._asked_at.update(dict.fromkeys(actions, height))

    def awaited(self, height: int) -> list[Action]:
        """Those sent less than the patience ago; older ones are forgotten."""
        for action in [a for a, asked in self._asked_at.items() if height - asked >= PATIENCE_BLOCKS]:
            del self._asked_at[action]
        return list(self._asked_at)
