"""What a generated action can take up: the values in the state of a `DevChain`, in its latest events and actions."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from apps.testing.devchain import DevChain
from apps.testing.keys import account_of
from apps.testing.refusal import Attempt
from apps.testing.shapes import Leaf, Named, fits, leaves_of
from chain.bank import Bank
from chain.registry import tables_of

_ROWS = 12
"""Most records that are looked at in one table."""
_BLOCKS = 6
"""Newest blocks whose events and actions are looked at."""
Sighting = tuple[Named, ...]
"""Values that were met together: a record and its key, an event, an action and its sender."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What there is to see at the head of a chain."""

    sightings: tuple[Sighting, ...] = ()
    """Records first."""
    numbers: tuple[int, ...] = ()
    """Every integer of the records, ascending."""
    height: int = 0
    """Of the next block."""
    time_ms: int = 0
    """Of the next block."""

    def called(self, name: str, leaf: Leaf) -> list[object]:
        """The values of the fields of this name that fit, each once."""
        return once(
            found.value
            for sighting in self.sightings
            for found in sighting
            if found.name == name and fits(leaf, found.value)
        )

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
        (*leaves_of(key), *leaves_of(record))
        for app in dev.registry.apps.values()
        if not isinstance(app, Bank)
        for table in tables_of(app)
        for key, record in islice(table.scan(dev.view), _ROWS)
    ]
    numbers = {value for record in records for _, value in record if type(value) is int}
    return Seen(
        tuple(records) + tuple(_lately(dev)),
        tuple(sorted(numbers)),
        dev.height + 1,
        dev.next_time_ms,
    )


def fitting(leaf: Leaf, name: str, sighting: Sighting) -> list[object]:
    """What a field could take from values that were met together: those of its name, else of a key, else any."""
    right = [found for found in sighting if fits(leaf, found.value)]
    for names in ((name,), ("",)):
        if chosen := [found.value for found in right if found.name in names]:
            return once(chosen)
    return once(found.value for found in right)


def once(values: "Iterator[object] | list[object]") -> list[object]:
    """Each value once, in order; `1` and `True` are two values."""
    return list({(type(value), value): value for value in values}.values())


def objections(attempt: Attempt | None) -> Sighting:
    """The values that the refusal of an action names; none where it was carried out."""
    if attempt is None or attempt.error is None:
        return ()
    return tuple(leaves_of(attempt.error.args))


def _lately(dev: DevChain) -> Iterator[Sighting]:
    for block in reversed(dev.state.blocks(dev.height - _BLOCKS)):
        for _, event in block.events:
            yield tuple(leaves_of(event))
        for attempt in block.attempts:
            yield (Named("", account_of(attempt.sender)), *leaves_of(attempt.action))
