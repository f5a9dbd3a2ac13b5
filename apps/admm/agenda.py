"""Which acquisition is on: acquisitions one after the other, and how far the chain is with them."""

from collections.abc import Iterator, Sequence
from typing import cast

from apps.admm.state import AcquisitionRecord, Phase
from chain.context import View

APP = "admm"


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
