"""How far a request is: what it waits for, which of the paper's functions have taken effect, why it ended."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from chain.codec import Height


class Stage(StrEnum):
    """What a request waits for."""

    PAID = "paid"
    """An agency's `tx_data`."""
    COLLECTING = "collecting"
    """The owners' `rx_data`."""
    GRADING = "grading"
    """`ch_grade` of a quorum."""
    DECIDING = "deciding"
    """`ch_data` of a quorum."""
    VOTING = "voting"
    """The providers' votes."""
    REWARDING = "rewarding"
    """The owners' `rew_coin`."""
    CLOSED = "closed"
    """Nothing; no money is held any more."""


class Cause(StrEnum):
    """Why a request was decided, or ended undecided."""

    OPEN = "open"
    """It has not been yet."""
    CERTIFIED = "certified"
    """Decided as the agencies found, with every provider's approval where that is required."""
    PROVIDER_REFUSED = "provider-refused"
    """Denied: a provider voted against it."""
    VOTE_MISSING = "vote-missing"
    """Denied: a provider did not vote in time."""
    NOT_REQUESTED = "not-requested"
    """Undecided: no agency asked for data in time."""
    DATA_MISSING = "data-missing"
    """Undecided: too few owners delivered in time."""
    NOT_GRADED = "not-graded"
    """Undecided: no quorum of grades in time."""
    NOT_CERTIFIED = "not-certified"
    """Undecided: no quorum of results in time."""
    NO_AGREEMENT = "no-agreement"
    """Undecided: too few agencies are left to make a quorum."""
    MAP_DISPROVED = "map-disproved"
    """Undecided: the certified result lost its quorum to a challenge before the votes were in."""


@dataclass(frozen=True, slots=True)
class Status:
    """Which of the paper's functions have taken effect for a request: its NO and YES."""

    pay_coin: bool
    tx_data: bool
    rx_data: bool
    ch_grade: bool
    ch_data: bool
    rew_coin: bool

    def words(self) -> tuple[tuple[str, str], ...]:
        """(function, "YES" or "NO") in the order of the functions, as the paper shows them."""
        return tuple((name, "YES" if getattr(self, name) else "NO") for name in STEPS)


STEPS: Final[tuple[str, ...]] = ("pay_coin", "tx_data", "rx_data", "ch_grade", "ch_data", "rew_coin")
"""The paper's functions, in their order."""


@dataclass(frozen=True, slots=True)
class Steps:
    """In which block each of the paper's functions took effect; 0 where it has not."""

    pay_coin: Height = 0
    tx_data: Height = 0
    rx_data: Height = 0
    """The data are complete."""
    ch_grade: Height = 0
    """A quorum agrees on the grades."""
    ch_data: Height = 0
    """The decision stands."""
    rew_coin: Height = 0
    """The last owner is paid."""

    def status(self) -> Status:
        """The same as NO and YES."""
        return Status(*(getattr(self, name) > 0 for name in STEPS))
