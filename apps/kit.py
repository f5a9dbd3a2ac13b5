"""Kits: the off-chain half of an application, as a simulator needs it.

A kit turns a scenario's settings into participants before the run and into a summary after it. It is found through the
entry-point group `hertzchain.agents` under the application's name.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
from pydantic import BaseModel

from apps.agent import Agent, Measure
from chain.context import View
from chain.records import Event

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]
S = TypeVar("S", bound=BaseModel, contravariant=True)


@dataclass(frozen=True, slots=True)
class Participant:
    """Someone with an account: a node operator, a user, a miner."""

    name: str
    role: str
    """A word for tables: `micro-operator`, `user`."""
    agent: Agent | None
    """Its software; None for one who only mines."""
    balance: int
    """Base units at genesis."""
    hash_rate: float = 0.0
    """Hashes per second if all its computing power mined; 0 for one who never mines."""
    mining_fraction: float = 1.0
    """Share of the hash rate that mines when the run begins."""


@dataclass(frozen=True, slots=True)
class Population:
    """Who takes part on an application's behalf."""

    participants: tuple[Participant, ...]
    """Those with a hash rate get a peer of their own; the others share the remaining peers."""
    subsidy: int | None = None
    """Block subsidy in base units, where the settings fix it."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a kit may know of the network when it makes its population."""

    miners_hash_rate: float
    """Hashes per second of all dedicated miners together."""
    target_interval_ms: int
    draw: np.random.Generator
    """The kit's own random stream."""
    account: Callable[[str], bytes]
    """Public key that the participant of a name will have."""


@dataclass(frozen=True, slots=True)
class MainBlock:
    """A block of the best chain at the end of the run."""

    height: int
    time_ms: int
    miner: str
    """Participant's name."""
    reward: int
    """Base units."""


@dataclass(frozen=True, slots=True)
class PlacedEvent:
    """An event of the best chain at the end of the run."""

    height: int
    app: str
    event: Event


@dataclass(frozen=True, slots=True)
class PlacedMeasure:
    """A measure an agent reported."""

    time_ms: int
    participant: str
    measure: Measure


@dataclass(frozen=True, slots=True)
class Miner:
    """What one participant's mining came to."""

    mining_fraction: float
    """Mean share of its computing power that mined."""
    hash_share: float
    """Its share of all hashes computed during the run."""
    blocks_found: int
    """Including those that went stale."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finished run, as the best chain tells it."""

    accounts: Mapping[str, bytes]
    """Participant's name -> public key."""
    blocks: Sequence[MainBlock]
    """From height 1 upward."""
    events: Iterable[PlacedEvent]
    measures: Sequence[PlacedMeasure]
    miners: Mapping[str, Miner]
    """Of every participant with a hash rate."""
    view: View | None = None
    """The best chain's state at the end, to ask for balances and by query; None where there is no chain to ask."""


@dataclass(frozen=True, slots=True)
class ReportTable:
    """A table for the screen, cells as they are shown."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    """A sentence below the table."""


@dataclass(frozen=True, slots=True)
class Line:
    """One curve of a chart: points (x, y), or what is not a number where there is none."""

    label: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    colour: int = 0
    """Lines of one number share a colour, say a quantity and what it should be."""
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class ReportChart:
    """A figure of a run, without saying how it is drawn."""

    name: str
    """Of its file: lower case letters, digits and hyphens."""
    title: str
    x_label: str
    y_label: str
    lines: tuple[Line, ...]
    log_y: bool = False


@dataclass(frozen=True, slots=True)
class MarkedPoints:
    """Points on a map, as (x, y) in its axes' units."""

    label: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    marker: str = "o"
    """As matplotlib names it: `o` a circle, `x` a cross, `^` a triangle, `*` a star, `s` a square."""
    colour: int = 0
    """A number of the palette, as of lines."""


@dataclass(frozen=True, slots=True)
class MapChart:
    """A figure of one value over a plane: square pixels in colours, a colour bar with the unit, points on top."""

    name: str
    """Of its file: lower case letters, digits and hyphens."""
    title: str
    x_label: str
    y_label: str
    value_label: str
    """Of the colour bar, with the unit."""
    extent: tuple[float, float, float, float]
    """Left, right, bottom and top edge, in the axes' units."""
    values: tuple[tuple[float, ...], ...]
    """Rows from bottom to top, each from left to right; what is not a number stays blank."""
    points: tuple[MarkedPoints, ...] = ()
    around_zero: bool = False
    """Whether the sign matters: two colours that meet at 0."""


class Kit(Protocol, Generic[S]):
    """The off-chain half of an application."""

    @property
    def settings(self) -> type[BaseModel]:
        """Model of the application's table in a scenario."""

    def populate(self, settings: S, surroundings: Surroundings) -> Population:
        """The participants the settings describe."""

    def summarise(self, settings: S, outcome: Outcome) -> Mapping[str, Json]:
        """The application's part of `summary.json`."""

    def tables(self, summary: Mapping[str, Any]) -> Sequence[ReportTable]:
        """What a user wants to see of that summary after a run."""

    def charts(self, summary: Mapping[str, Any]) -> Sequence[ReportChart | MapChart]:
        """The figures of that summary."""
