"""What a generated action can take up: the values in the state of a `DevChain`, in its latest events and actions."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from apps.testing.devchain import DevChain
from apps.testing.keys import account_of
from apps.testing.refusal import Attempt
from apps.testing.shapes import Form, Leaf, Named, fields_of, fits, leaves_of
from chain.bank import Bank
from chain.registry import tables_of

_ROWS = 12
"""Most records that are looked at in one table."""
_BLOCKS = 6
"""Newest blocks whose events and actions are looked at."""
_KEY = "/"
"""Ends the name of a value that was part of a table's key: `lots/`."""
Sighting = tuple[Named, ...]
"""Values that were met together: a record and its key, an event, an action and its sender."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What there is to see at the head of a chain."""

    records: tuple[Sighting, ...] = ()
    lately: tuple[Sighting, ...] = ()
    """Events and actions, the newest first."""
    numbers: tuple[int, ...] = ()
    """Every integer of the records, ascending."""
    height: int = 0
    """Of the next block."""
    time_ms: int = 0
    """Of the next block."""

    _called: dict[tuple[str, Leaf], list[object]] = field(default_factory=dict, init=False)
    _like: dict[type, list[Sighting]] = field(default_factory=dict, init=False)

    def called(self, name: str, leaf: Leaf) -> list[object]:
        """The values that fit and stood in a field of this name or in a key, each once, the likeliest first."""
        if (name, leaf) not in self._called:
            right = [found for sighting in (*self.records, *self.lately) for found in sighting]
            likely = [found for found in right if _likeness(name, found.name)]
            self._called[name, leaf] = _likeliest_first(leaf, name, likely)
        return self._called[name, leaf]

    def like(self, form: Form) -> list[Sighting]:
        """The records in which most fields of a record `form` find a value."""
        if form.kind not in self._like:
            wanted = list(fields_of(form))
            scores = [sum(_fits_well(leaf, name, record) for name, leaf in wanted) for record in self.records]
            most = max(scores, default=0)
            self._like[form.kind] = [
                record for record, score in zip(self.records, scores, strict=True) if score == most
            ]
        return self._like[form.kind]

    def blocks_ahead(self, most: int) -> list[int]:
        """How many blocks to mine until heights that the state mentions, ascending."""
        ahead = (number - self.height + 1 for number in self.numbers)
        return [blocks for blocks in ahead if 0 < blocks <= most]

    def seconds_ahead(self, most: int) -> list[int]:
        """How many seconds to let pass until times in milliseconds that the state mentions, ascending."""
        ahead = (-((self.time_ms - number) // 1000) for number in self.numbers)
        return [seconds for seconds in ahead if 0 < seconds <= most]


def look_at(dev: DevChain) -> Seen:
    """What can be seen at the head of `dev`."""
    records = [
        (*leaves_of(key, table.name + _KEY), *leaves_of(record))
        for app in dev.registry.apps.values()
        if not isinstance(app, Bank)
        for table in tables_of(app)
        for key, record in islice(table.scan(dev.view), _ROWS)
    ]
    numbers = {value for record in records for _, value in record if type(value) is int}
    return Seen(
        tuple(records),
        tuple(_lately(dev)),
        tuple(sorted(numbers)),
        dev.height + 1,
        dev.next_time_ms,
    )


def fitting(leaf: Leaf, name: str, sighting: Sighting) -> list[object]:
    """What a field could take from values that were met together: those of its name, else of a key, else any."""
    most = max((_likeness(name, found.name) for found in sighting if fits(leaf, found.value)), default=0)
    return _likeliest_first(leaf, name, [found for found in sighting if _likeness(name, found.name) == most])


def _fits_well(leaf: Leaf, name: str, sighting: Sighting) -> bool:
    return any(_likeness(name, found.name) > 1 and fits(leaf, found.value) for found in sighting)


def once(values: "Iterator[object] | list[object]") -> list[object]:
    """Each value once, in order; `1` and `True` are two values."""
    return list({(type(value), value): value for value in values}.values())


def objections(attempt: Attempt | None) -> Sighting:
    """The values that the refusal of an action names; none where it was carried out."""
    if attempt is None or attempt.error is None:
        return ()
    return tuple(leaves_of(attempt.error.args))


def _likeness(name: str, other: str) -> int:
    """How sure it is that the field `name` means what stood at `other`: surely, as key of such a table, perhaps, no."""
    if name == other:
        return 3
    if not other.endswith(_KEY):
        return 0
    return 2 if other.startswith(name) else 1


def _likeliest_first(leaf: Leaf, name: str, found: list[Named]) -> list[object]:
    right = [one for one in found if fits(leaf, one.value)]
    return once(one.value for one in sorted(right, key=lambda one: -_likeness(name, one.name)))


def _lately(dev: DevChain) -> Iterator[Sighting]:
    for block in reversed(dev.state.blocks(dev.height - _BLOCKS)):
        for _, event in block.events:
            yield tuple(leaves_of(event))
        for attempt in block.attempts:
            yield (Named(_KEY, account_of(attempt.sender)), *leaves_of(attempt.action))
