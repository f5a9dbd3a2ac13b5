"""The text of a type's shape changes with the shape and with nothing else."""

from dataclasses import dataclass, make_dataclass
from enum import IntEnum
from typing import Annotated

from chain.codec import Amount, MaxLen, PublicKey
from chain.schema import describe_shape


class Kind(IntEnum):
    LOW = 1
    HIGH = 2


@dataclass(frozen=True, slots=True)
class Inner:
    owner: PublicKey
    amount: Amount


@dataclass(frozen=True, slots=True)
class Outer:
    inner: Inner | None
    names: tuple[Annotated[str, MaxLen(8)], ...]
    pair: tuple[int, bool]
    kind: Kind


def test_the_text_spells_out_nested_records_constraints_and_members():
    inner = "Inner(owner: bytes{Length(size=32)}, amount: int{Range(low=0, high=9223372036854775807)})"
    assert describe_shape(Outer) == (
        f"Outer(inner: {inner} | None, names: (str{{MaxLen(size=8)}}...), pair: (int, bool), kind: Kind[LOW=1, HIGH=2])"
    )


def test_a_change_deep_inside_changes_the_text():
    def outer(kind: object) -> type:
        inner = make_dataclass("Inner", [("value", kind)], frozen=True, slots=True)
        return make_dataclass("Outer", [("inner", tuple[inner, ...])], frozen=True, slots=True)

    assert describe_shape(outer(int)) == "Outer(inner: (Inner(value: int)...))"
    assert describe_shape(outer(int)) == describe_shape(outer(int)) != describe_shape(outer(Amount))
