"""What a participant keeps in mind between two looks at the chain: what it asked for, and which acquisition is on."""

from collections.abc import Iterable, Iterator, Sequence
from typing import cast

from apps.admm.state import AcquisitionRecord, Phase
from apps.agent import Fate, Status
from chain.context import View
from chain.records import Action

APP = "admm"
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


class Agenda:
    """Acquisitions one after the other, and how far the chain is with them."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self._next = 0

    def number(self, name: str) -> int:
        """Its place, counted from 1."""
        return self.names.index(name) + 1

    def current(self, view: View) -> str | None:
        """The first that is not settled; None where all are. A reorganisation may take it back."""
        while self._next > 0 and not _is_settled(view, self.names[self._next - 1]):
            self._next -= 1
        while self._next < len(self.names) and _is_settled(view, self.names[self._next]):
            self._next += 1
        return self.names[self._next] if self._next < len(self.names) else None

    def unsettled(self, view: View) -> Iterator[tuple[str, AcquisitionRecord]]:
        """Every acquisition that was opened and is not settled."""
        self.current(view)
        for name in self.names[self._next :]:
            record = record_of(view, name)
            if record is None:
                return
            if record.phase is not Phase.SETTLED:
                yield name, record


def record_of(view: View, name: str) -> AcquisitionRecord | None:
    """The acquisition as the chain has it."""
    return cast("AcquisitionRecord | None", view.query(APP, "acquisition", name))


def _is_settled(view: View, name: str) -> bool:
    record = record_of(view, name)
    return record is not None and record.phase is Phase.SETTLED
