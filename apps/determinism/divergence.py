"""Says where two executions of a trace part: the first transaction, the first key, both values."""

from collections.abc import Iterable
from dataclasses import dataclass

from apps.determinism.replay import AFTER, BEFORE, Step
from apps.determinism.rules import PAGE
from apps.determinism.trace import Trace
from chain.codec import DecodeError
from chain.places import BANK, Place, place_of, record_at
from chain.records import Receipt
from chain.registry import Registry
from chain.state import Overlay
from chain.transaction import Transaction
from chain.trie import Trie

_SHOWN_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Divergence:
    """Two executions of the same blocks that do not lead to the same state."""

    height: int
    """The block in which they part."""
    transaction: bytes | None
    """Id of the transaction; None for a block hook."""
    doing: str
    """The transaction or the hooks, in words."""
    key: str
    """First key that differs: `lottery.tickets['x']`; `receipt` where only what was answered differs."""
    values: tuple[tuple[str, str], tuple[str, str]]
    """(which execution, what it had there) of both."""

    def __str__(self) -> str:
        runs = [f"  {run}: {value}" for run, value in self.values]
        head = f"not-deterministic: block {self.height}, {self.doing}"
        remedy = f"  to do: look for the order of sets, hash(), id() and memory outside the state ({PAGE})"
        return "\n".join([head, f"  key: {self.key}", *runs, remedy])


class Comparison:
    """Names what it finds in the words of a trace's applications."""

    def __init__(self, trace: Trace, registry: Registry) -> None:
        self.trace = trace
        self.registry = registry

    def between(self, one: Step, other: Step, names: tuple[str, str]) -> Divergence:
        """How two different versions of the same step differ."""
        key, values = self._difference(one, other)
        return self.at(one.height, one.doing, key, ((names[0], values[0]), (names[1], values[1])))

    def at(
        self, height: int, doing: str, key: str, values: tuple[tuple[str, str], tuple[str, str]]
    ) -> Divergence:
        """A divergence at a step."""
        if doing in (BEFORE, AFTER):
            return Divergence(height, None, f"{doing} hooks", key, values)
        transaction = Transaction.from_bytes(self.trace.blocks[height - 1].transactions[int(doing)])
        action = self.registry.decode_action(transaction.app, transaction.action, transaction.body)
        words = f"transaction {doing} ({transaction.id.hex()[:16]}) {_short(action)}"
        return Divergence(height, transaction.id, words, key, values)

    def _difference(self, one: Step, other: Step) -> tuple[str, tuple[str, str]]:
        if one.crash != other.crash:
            return "crash", (one.crash or "went on", other.crash or "went on")
        first, second = dict(one.writes), dict(other.writes)
        for path in sorted(first.keys() | second.keys()):
            texts = self._written(first, path), self._written(second, path)
            if texts[0] != texts[1]:
                return self.key(path), texts
        return "receipt", (self.receipts(one.receipts), self.receipts(other.receipts))

    def key(self, path: bytes) -> str:
        """A key of the state map: `lottery.tickets['x']`."""
        place = place_of(self.registry, path)
        return f"{path!r}" if place is None else f"{place.app}.{place.table}{_index(place)}"

    def value(self, path: bytes, data: bytes) -> str:
        """The record that is kept there."""
        state = Overlay(Trie())
        state.set(path, data)
        try:
            return _short(record_at(self.registry, state, path))
        except DecodeError:
            return data.hex()

    def receipts(self, receipts: Iterable[Receipt]) -> str:
        """What was answered."""
        return "; ".join(map(self._receipt, receipts)) or "nothing"

    def _written(self, writes: dict[bytes, bytes | None], path: bytes) -> str:
        if path not in writes:
            return "not written"
        data = writes[path]
        return "deleted" if data is None else self.value(path, data)

    def _receipt(self, receipt: Receipt) -> str:
        if receipt.failure is not None:
            return f"refused: {receipt.failure.message}"
        events = [self.registry.decode_event(event) for event in receipt.events]
        return f"carried out, events {_short(tuple(events))}"


def _index(place: Place) -> str:
    """The key in brackets; accounts are shown as everywhere, by the first digits of their public key."""
    if place.key is None:
        return ""
    if place.app == BANK and isinstance(place.key, bytes):
        return f"[{place.key.hex()[:16]}]"
    return f"[{place.key!r}]"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[: _SHOWN_CHARACTERS - 3]}..."
