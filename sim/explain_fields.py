"""The fields of a record, nested records flattened, and which of them differ between two records."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum

from chain.fixed import Fixed

Leaf = object
"""A field without fields of its own: a number, text, bytes, an enum's member, a tuple or None."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that differs."""

    name: str
    """Dotted where it lies in a nested record; empty for a value that is no record."""
    before: Leaf
    after: Leaf


def flat(record: object, prefix: str = "") -> dict[str, Leaf]:
    """Name -> value of a record's fields, those of nested records dotted; of another value, itself under `prefix`."""
    if isinstance(record, Fixed) or not is_dataclass(record) or isinstance(record, type):
        return {prefix: record}
    flattened: dict[str, Leaf] = {}
    for name in field_names(record):
        flattened |= flat(getattr(record, name), f"{prefix}.{name}" if prefix else name)
    return flattened


def field_names(record: object) -> tuple[str, ...]:
    """The fields that a record's encoding has; none of a value that is no record."""
    return tuple(field.name for field in fields(record) if field.init) if is_dataclass(record) else ()


def differences(before: object, after: object) -> Iterator[Difference]:
    """The fields that differ, in their order; a field that only one of the two has is None in the other."""
    old, new = flat(before), flat(after)
    for name in {**old, **new}:
        if old.get(name) != new.get(name):
            yield Difference(name, old.get(name), new.get(name))


def plain(value: object) -> object:
    """The value as JSON has it: bytes as hex, fixed point as decimal text, records as objects."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Fixed):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if is_dataclass(value):
        return {name: plain(getattr(value, name)) for name in field_names(value)}
    return value
