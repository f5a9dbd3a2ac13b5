"""A record with a field of every type the codec knows, and a hypothesis strategy for it."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Annotated

from hypothesis import strategies as st

from chain.codec import U8, U64, Amount, Hash, MaxLen
from chain.fixed import RAW_MAX, RAW_MIN, Fixed


class Phase(IntEnum):
    OFF = 0
    ON = 1


class Band(StrEnum):
    LOW = "low"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Point:
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Inner:
    point: Point
    label: Annotated[str, MaxLen(8)] | None


@dataclass(frozen=True, slots=True)
class Everything:
    number: int
    counter: U64
    amount: Amount
    flag: bool
    text: str
    blob: Annotated[bytes, MaxLen(300)]
    digest: Hash
    items: Annotated[tuple[Inner, ...], MaxLen(20)]
    pair: tuple[U8, str]
    missing: bytes | None
    phase: Phase
    band: Band
    price: Fixed


def everything() -> st.SearchStrategy[Everything]:
    """Any valid `Everything`."""
    integers = st.integers(-(2**63), 2**63 - 1)
    inner = st.builds(Inner, st.builds(Point, integers, integers), st.none() | st.text(max_size=2))
    return st.builds(
        Everything,
        number=integers,
        counter=st.integers(0, 2**64 - 1),
        amount=st.integers(0, 2**63 - 1),
        flag=st.booleans(),
        text=st.text(max_size=64),
        blob=st.binary(max_size=300),
        digest=st.binary(min_size=32, max_size=32),
        items=st.lists(inner, max_size=20).map(tuple),
        pair=st.tuples(st.integers(0, 255), st.text(max_size=8)),
        missing=st.none() | st.binary(max_size=8),
        phase=st.sampled_from(Phase),
        band=st.sampled_from(Band),
        price=st.integers(RAW_MIN, RAW_MAX).map(Fixed),
    )
