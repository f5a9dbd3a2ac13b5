"""What an acquisition remembers: its records and tables, and the limits within which they work.

Answers and licences are whole hertz. The iterates, split z and scaled dual u, are whole microhertz: finer than
any answer, and 100 GHz of them still fit a 64-bit integer with room for what lies can do to a dual.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final

from apps.admm.actions import AcquisitionName, Terms
from apps.admm.scientific import Scientific
from chain.app import App
from chain.codec import U32, U64, Height, Hz, PublicKey, Range
from chain.context import View
from chain.table import Table

MICROHERTZ_PER_HZ = 10**6
MAX_OPERATORS = 4096
"""Most operators of one acquisition."""
MAX_OPERATORS_CLOSED = 8192
"""Most work that one block does to close rounds, in operators: what is over this waits for the next block."""
CLOSING_BASE = 16
"""What closing a round costs beside its operators, as so many of them."""
MAX_IDLE_ROUNDS = 3
"""After so many rounds in a row that nobody answered the rounds stop until the owner starts them again."""
MAX_DUAL = 2**62
"""Microhertz beyond which a dual does not go, on either side of 0."""
MAX_DOUBLINGS = 64
LIMITS: Final[dict[str, tuple[int, int]]] = {
    "bandwidth": (1, 10**11),
    "penalty.significand": (1, 10**18 - 1),
    "penalty.exponent": (-80, 60),
    "relaxation_ppm": (1_000_000, 1_900_000),
    "tolerance_ppb": (0, 10**9),
    "round_blocks": (1, 10**6),
    "max_rounds": (1, 10**6),
    "balancing_rounds": (0, 10**6),
}
"""Lowest and highest value of each of the terms, by its name in `Terms`."""

Microhertz = Annotated[int, Range(-MAX_DUAL, MAX_DUAL)]


class Phase(StrEnum):
    """How far an acquisition is."""

    GATHERING = "gathering"
    """The owner admits operators; no round is open."""
    RUNNING = "running"
    """A round is open."""
    SETTLED = "settled"
    """The split stands and licences are granted."""


@dataclass(frozen=True, slots=True)
class AcquisitionRecord:
    """One acquisition."""

    owner: PublicKey
    terms: Terms
    phase: Phase = Phase.GATHERING
    round: U32 = 0
    """The open round; otherwise the last that was; 0 before the first."""
    opened_at: Height = 0
    """Block that opened the round."""
    due_at: U64 = 0
    """Block at whose end the open round closes; 0 where none is open."""
    members: U32 = 0
    missing: U32 = 0
    """Members that have not answered in the open round."""
    doublings: Annotated[int, Range(-MAX_DOUBLINGS, MAX_DOUBLINGS)] = 0
    """How often the penalty was doubled, less how often it was halved."""
    split_bandwidth: Hz = 0
    """What there was to split when a round last closed."""
    closed_at: Height = 0
    """Block that last closed a round."""
    idle_rounds: U32 = 0
    """Rounds closed in a row, and last, that nobody answered."""
    settled_at: Height = 0
    converged: bool = False
    licensed: Hz = 0
    """Sum of the licences."""

    @property
    def penalty(self) -> Scientific:
        """Penalty of the open round, nu, W/Hz^2."""
        return self.terms.penalty.doubled(self.doublings)

    @property
    def last_block(self) -> int:
        """Height of the last block in which the open round can be answered."""
        return self.opened_at + self.terms.round_blocks

    @property
    def closing_cost(self) -> int:
        """Work of closing the open round, in operators."""
        return self.members + CLOSING_BASE


@dataclass(frozen=True, slots=True)
class Operator:
    """What the iteration knows of one operator."""

    bandwidth: Hz = 0
    """Its last answer, w."""
    split: Microhertz = 0
    """Its share when a round last closed, z."""
    dual: Microhertz = 0
    """Its scaled dual, u; times the penalty it is the price of its bandwidth."""
    answered: U32 = 0
    """Last round it answered in; 0 before it did."""
    silent_rounds: U32 = 0
    """Closed rounds in which it did not answer."""


@dataclass(frozen=True, slots=True)
class Licence:
    """The right of an operator to a slice of the band."""

    bandwidth: Hz
    start: Hz
    """Where the slice begins, from the lower end of the band."""
    price: Scientific
    """Dual price of the bandwidth, W/Hz: the same in every licence of an acquisition."""
    round: U32
    """The round that settled it."""
    converged: bool
    granted_at: Height


@dataclass(frozen=True, slots=True)
class Mark:
    """Nothing: the key says it all."""


class AcquisitionTables(App):
    """The tables. An operator's key, and a licence's, is (acquisition, public key)."""

    name = "admm"
    acquisitions = Table(str, AcquisitionRecord)
    operators = Table(tuple[str, bytes], Operator)
    licences = Table(tuple[str, bytes], Licence)
    deadlines = Table(tuple[int, str], Mark)
    """(`due_at`, acquisition) of every open round, so that a block touches only what falls due in it."""

    def members(self, view: View, acquisition: AcquisitionName) -> Iterator[tuple[bytes, Operator]]:
        """(public key, operator) of everyone who takes part, by key."""
        for (name, key), operator in self.operators.scan(view, (acquisition, b"")):
            if name != acquisition:
                return
            yield key, operator

    def granted(self, view: View, acquisition: AcquisitionName) -> Iterator[tuple[bytes, Licence]]:
        """(public key, licence) of every licence of an acquisition, by key."""
        for (name, key), licence in self.licences.scan(view, (acquisition, b"")):
            if name != acquisition:
                return
            yield key, licence
