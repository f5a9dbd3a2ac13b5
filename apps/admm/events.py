"""What happened in an acquisition: the events in its receipts.

Bandwidth is in Hz; what carries `microhertz` in its description is in millionths of a hertz.
"""

from dataclasses import dataclass

from apps.admm.actions import AcquisitionName, Terms
from apps.admm.scientific import Scientific
from chain.codec import U32, U64, Hz, PublicKey
from chain.records import Event


@dataclass(frozen=True, slots=True)
class AcquisitionOpened(Event):
    """Bandwidth is offered on these terms."""

    acquisition: AcquisitionName
    owner: PublicKey
    terms: Terms


@dataclass(frozen=True, slots=True)
class OperatorAdmitted(Event):
    """An operator takes part from here on."""

    acquisition: AcquisitionName
    operator: PublicKey


@dataclass(frozen=True, slots=True)
class OperatorExpelled(Event):
    """An operator takes part no longer."""

    acquisition: AcquisitionName
    operator: PublicKey


@dataclass(frozen=True, slots=True)
class BandwidthResized(Event):
    """There is another bandwidth to split."""

    acquisition: AcquisitionName
    bandwidth: Hz


@dataclass(frozen=True, slots=True)
class RoundsStarted(Event):
    """A first round is open; every later one opens with the close of the one before."""

    acquisition: AcquisitionName
    round: U32
    operators: U32


@dataclass(frozen=True, slots=True)
class RoundsStopped(Event):
    """No round is open any more: the last operator was expelled, or nobody answered for too long."""

    acquisition: AcquisitionName
    round: U32


@dataclass(frozen=True, slots=True)
class BandwidthSubmitted(Event):
    """An operator's answer counts."""

    acquisition: AcquisitionName
    round: U32
    operator: PublicKey
    bandwidth: Hz


@dataclass(frozen=True, slots=True)
class OperatorSilent(Event):
    """An operator did not answer in a round; its last answer stands."""

    acquisition: AcquisitionName
    round: U32
    operator: PublicKey


@dataclass(frozen=True, slots=True)
class RoundClosed(Event):
    """The answers of a round are aggregated: there is a new split and there are new duals."""

    acquisition: AcquisitionName
    round: U32
    operators: U32
    answered: U32
    """How many of them answered in this round."""
    primal: U64
    """Norm of answers minus split, microhertz, rounded down."""
    dual: U64
    """Norm of the change of the split, microhertz, rounded down."""
    threshold: U64
    """What the projection takes off, microhertz, rounded up; times the penalty it is the price."""
    penalty: Scientific
    """Of the next round, W/Hz^2."""


@dataclass(frozen=True, slots=True)
class LicenceGranted(Event):
    """An operator holds a slice of the band."""

    acquisition: AcquisitionName
    operator: PublicKey
    start: Hz
    """Where the slice begins, from the lower end of the band."""
    bandwidth: Hz
    price: Scientific
    """Dual price of the bandwidth, W/Hz."""


@dataclass(frozen=True, slots=True)
class AcquisitionSettled(Event):
    """The split stands; licences are granted."""

    acquisition: AcquisitionName
    round: U32
    converged: bool
    """False where the rounds were used up first."""
    bandwidth: Hz
    """Sum of the licences."""
