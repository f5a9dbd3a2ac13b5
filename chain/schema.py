"""A stable text for the shape of a type, so that a chain can commit to what its applications exchange and
store.

The text depends on names and constraints alone: not on the Python version, not on the module a class lives
in.
"""

from dataclasses import fields, is_dataclass
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Union, get_args, get_origin, get_type_hints


def describe_shape(kind: object) -> str:
    """Shape of a type that the codec knows: `Lot(holder: bytes{Length(size=32)}, bids: (int...))`."""
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return f"{describe_shape(parts[0])}{{{', '.join(map(repr, parts[1:]))}}}"
    if origin in (Union, UnionType):
        return f"{' | '.join(describe_shape(part) for part in parts if part is not NoneType)} | None"
    if origin is tuple:
        items = [describe_shape(part) for part in parts if part is not ...]
        return f"({', '.join(items)}{'...' if ... in parts else ''})"
    if isinstance(kind, type) and is_dataclass(kind):
        return _describe_record(kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return f"{kind.__name__}[{', '.join(f'{member.name}={member.value!r}' for member in kind)}]"
    return kind.__name__ if isinstance(kind, type) else repr(kind)


def _describe_record(kind: type) -> str:
    hints = get_type_hints(kind, include_extras=True)
    encoded = [field.name for field in fields(kind) if field.init]
    return f"{kind.__name__}({', '.join(f'{name}: {describe_shape(hints[name])}' for name in encoded)})"
