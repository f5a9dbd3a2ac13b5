"""What can be asked of an acquisition: its owner's actions and its operators' answers.

Bandwidth is in Hz. An acquisition is named by its owner, an operator by its public key.
"""

from dataclasses import dataclass
from typing import Annotated

from apps.admm.scientific import Scientific
from chain.codec import U32, Hz, MaxLen, PublicKey
from chain.records import Action

MAX_ADMITTED = 256
"""Most operators that one action admits."""
AcquisitionName = Annotated[str, MaxLen(32)]


@dataclass(frozen=True, slots=True)
class Terms:
    """How an acquisition is run. What each may be is in `apps.admm.state.LIMITS`."""

    bandwidth: Hz
    """All there is to split, W."""
    penalty: Scientific
    """Of the first round, nu, W/Hz^2."""
    relaxation_ppm: U32
    """Over-relaxation in millionths; 1,000,000 is none."""
    tolerance_ppb: U32
    """Relative size of both residuals, in billionths, from which on a round has converged.

    Answers are whole hertz: less than about 1 Hz for each operator, relative to the bandwidth, may never be met.
    """
    round_blocks: U32
    """Blocks after that which opens a round in which it can be answered."""
    max_rounds: U32
    """The round after which the split stands, converged or not."""
    balancing_rounds: U32
    """Last round after which the penalty may be doubled or halved; 0 where it is fixed."""


@dataclass(frozen=True, slots=True)
class OpenAcquisition(Action):
    """Offer bandwidth to operators; the sender becomes the owner."""

    acquisition: AcquisitionName
    """A name not in use."""
    terms: Terms


@dataclass(frozen=True, slots=True)
class AdmitOperators(Action):
    """The owner lets operators take part. In a round that is open they owe an answer like all others."""

    acquisition: AcquisitionName
    operators: Annotated[tuple[PublicKey, ...], MaxLen(MAX_ADMITTED)]


@dataclass(frozen=True, slots=True)
class ExpelOperator(Action):
    """The owner takes an operator out; its share is free when the next round closes."""

    acquisition: AcquisitionName
    operator: PublicKey


@dataclass(frozen=True, slots=True)
class StartRounds(Action):
    """The owner opens the first round."""

    acquisition: AcquisitionName


@dataclass(frozen=True, slots=True)
class ResizeBandwidth(Action):
    """The owner changes how much there is to split, from the next close of a round on."""

    acquisition: AcquisitionName
    bandwidth: Hz


@dataclass(frozen=True, slots=True)
class SubmitBandwidth(Action):
    """An operator's answer in the open round: the solution w of its own problem."""

    acquisition: AcquisitionName
    round: U32
    bandwidth: int
    """May be negative on the wire, so that the application can refuse it by name."""
