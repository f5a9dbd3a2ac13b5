"""Agents: what a participant's software does. An agent sees its node's view of the chain and decides.

It knows no simulator: the same agent runs against an in-memory chain in a unit test.

Floats are fine inside an agent. They reach the chain only as integers in the fields of an action.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np

from chain.context import View
from chain.records import Action, Event, Receipt


@dataclass(frozen=True, slots=True)
class SeenBlock:
    """A block as an agent sees it."""

    id: bytes
    height: int
    time_ms: int
    miner: bytes
    """Public key that the coinbase pays."""
    reward: int
    """Base units: subsidy and fees."""
    difficulty: float
    """Expected hashes to find it."""
    events: tuple[tuple[str, Event], ...]
    """(application, event) in the order they happened."""


class Status(StrEnum):
    """What became of a submitted transaction."""

    CONFIRMED = "confirmed"
    """In a block of the best chain, and carried out."""
    REFUSED = "refused"
    """In a block of the best chain; the application refused it, the fee is paid."""
    UNCONFIRMED = "unconfirmed"
    """A reorganisation took it out again; it waits for another block."""


@dataclass(frozen=True, slots=True)
class Fate:
    """News of one of the agent's own transactions."""

    action: Action
    status: Status
    receipt: Receipt | None


@dataclass(frozen=True, slots=True)
class Update:
    """Everything an agent learns when it wakes."""

    time_ms: int
    """Simulated time."""
    account: bytes
    """The agent's public key."""
    hash_rate: float
    """Hashes per second if all its computing power mined."""
    view: View
    """The chain at its node's head."""
    connected: tuple[SeenBlock, ...]
    """Blocks that joined its best chain since last time, oldest first."""
    disconnected: tuple[SeenBlock, ...]
    """Blocks that left it (a reorganisation), newest first."""
    fates: tuple[Fate, ...]


@dataclass(frozen=True, slots=True)
class Measure:
    """A private number worth keeping: it goes to `metrics.parquet`, never to the chain."""

    name: str
    value: float
    key: int = 0
    """Tells several measures of one name apart, say an order number."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What an agent wants done."""

    actions: tuple[Action, ...] = ()
    """To be signed and submitted in this order."""
    fee: int | None = None
    """Base units for each action; None means the network's usual fee."""
    mining_fraction: float | None = None
    """Share of its computing power that mines from now on (0 to 1); None leaves it."""
    next_height: int | None = None
    """Sleep until its head reaches this height; None means the next change of head."""
    next_time_ms: int | None = None
    """Wake at this simulated time too, head or no head."""
    measures: tuple[Measure, ...] = ()


class Agent(Protocol):
    """A participant's behaviour. It may keep memory of its own; randomness comes only from `rng`."""

    def decide(self, update: Update, rng: np.random.Generator) -> Decision:
        """React to what is new."""
