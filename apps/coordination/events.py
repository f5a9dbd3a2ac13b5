"""What happened in frequency coordination: the events in its receipts. Money is in base units."""

from dataclasses import dataclass
from typing import Final

from apps.coordination.actions import Grade, RequestName, Verdict, ZoneName
from apps.coordination.commitment import CentiDb, CentiDbm, Cm
from apps.coordination.stages import Cause
from chain.codec import U8, U32, Amount, Hash, Height, PublicKey
from chain.records import Event


@dataclass(frozen=True, slots=True)
class ZoneOpened(Event):
    """Requests can be made in a zone."""

    zone: ZoneName
    registrar: PublicKey
    price: Amount
    agencies: U8
    quorum: U8
    owners: U8
    providers: U8


@dataclass(frozen=True, slots=True)
class BondPosted(Event):
    """An agency may act in a zone."""

    zone: ZoneName
    agency: PublicKey
    amount: Amount


@dataclass(frozen=True, slots=True)
class BondReturned(Event):
    """An agency has its bond back."""

    zone: ZoneName
    agency: PublicKey
    amount: Amount


@dataclass(frozen=True, slots=True)
class CoinPaid(Event):
    """A request is made and its deposit held: status `pay_coin` is YES."""

    request: RequestName
    zone: ZoneName
    buyer: PublicKey
    deposit: Amount
    x_cm: Cm
    y_cm: Cm
    power_cdbm: CentiDbm


@dataclass(frozen=True, slots=True)
class DataRequested(Event):
    """The owners are asked for measurements: status `tx_data` is YES."""

    request: RequestName
    agency: PublicKey
    due_at: Height
    """Last block in which they can deliver."""


@dataclass(frozen=True, slots=True)
class DataReceived(Event):
    """One owner has delivered."""

    request: RequestName
    owner: PublicKey
    root: Hash
    points: U32
    vsps: U32


@dataclass(frozen=True, slots=True)
class DataComplete(Event):
    """No more data are waited for: status `rx_data` is YES."""

    request: RequestName
    owners: U8
    points: U32


@dataclass(frozen=True, slots=True)
class GradesCast(Event):
    """An agency has graded."""

    request: RequestName
    agency: PublicKey
    digest: Hash


@dataclass(frozen=True, slots=True)
class GradesAgreed(Event):
    """A quorum gave the same grades: status `ch_grade` is YES. How many participants have each:"""

    request: RequestName
    digest: Hash
    excellent: U32
    good: U32
    fair: U32
    edge: U32


@dataclass(frozen=True, slots=True)
class ResultCast(Event):
    """An agency has given its result."""

    request: RequestName
    agency: PublicKey
    digest: Hash


@dataclass(frozen=True, slots=True)
class ResultCertified(Event):
    """A quorum gave the same result."""

    request: RequestName
    digest: Hash
    verdict: Verdict
    power_cdbm: CentiDbm
    margin_cdb: CentiDb
    limit_x_cm: Cm
    limit_y_cm: Cm
    points_used: U32


@dataclass(frozen=True, slots=True)
class AgencyDeviated(Event):
    """An agency's grades or result are not those of the quorum."""

    request: RequestName
    agency: PublicKey
    step: str
    """`ch_grade` or `ch_data`."""
    digest: Hash
    certified: Hash


@dataclass(frozen=True, slots=True)
class ProviderVoted(Event):
    """A provider has voted."""

    request: RequestName
    provider: PublicKey
    approve: bool


@dataclass(frozen=True, slots=True)
class RequestDecided(Event):
    """The decision stands and is the buyer's: status `ch_data` is YES."""

    request: RequestName
    buyer: PublicKey
    verdict: Verdict
    power_cdbm: CentiDbm
    """As in the certified result; granted unless the verdict is a denial."""
    cause: Cause


@dataclass(frozen=True, slots=True)
class LicenceGranted(Event):
    """The buyer may transmit."""

    request: RequestName
    zone: ZoneName
    holder: PublicKey
    power_cdbm: CentiDbm
    expires_at: Height


@dataclass(frozen=True, slots=True)
class LicenceExpired(Event):
    """A licence has come to its end."""

    request: RequestName
    zone: ZoneName


@dataclass(frozen=True, slots=True)
class LicenceRevoked(Event):
    """A licence was ended before its time."""

    request: RequestName
    zone: ZoneName
    by: PublicKey
    """Who revoked it, or whose challenge took its quorum away."""


@dataclass(frozen=True, slots=True)
class OwnerRewarded(Event):
    """An owner has its share, less what its participants get. After the last one status `rew_coin` is YES."""

    request: RequestName
    owner: PublicKey
    amount: Amount
    asked: bool
    """True by `rew_coin`, False where it let the deadline pass."""


@dataclass(frozen=True, slots=True)
class VspRewarded(Event):
    """A voluntary sensing participant has its reward."""

    request: RequestName
    owner: PublicKey
    vsp: PublicKey
    grade: Grade
    amount: Amount


@dataclass(frozen=True, slots=True)
class CoinReturned(Event):
    """Money went back to the buyer: all of it, or the shares of owners that did not deliver."""

    request: RequestName
    buyer: PublicKey
    amount: Amount


@dataclass(frozen=True, slots=True)
class RequestClosed(Event):
    """Nothing is held for a request any more."""

    request: RequestName
    cause: Cause


@dataclass(frozen=True, slots=True)
class PointShown(Event):
    """A committed measurement is on record."""

    request: RequestName
    owner: PublicKey
    index: U32
    shown_by: PublicKey
    x_cm: Cm
    y_cm: Cm
    rss_cdbm: CentiDbm


@dataclass(frozen=True, slots=True)
class AgencyDisproved(Event):
    """An agency's map contradicts a measurement it claims to be built on; its bond is lost."""

    request: RequestName
    agency: PublicKey
    challenger: PublicKey
    owner: PublicKey
    index: U32
    measured_cdbm: CentiDbm
    mapped_cdbm: CentiDbm
    bond: Amount


EVENTS: Final[tuple[type[Event], ...]] = (
    AgencyDeviated,
    AgencyDisproved,
    BondPosted,
    BondReturned,
    CoinPaid,
    CoinReturned,
    DataComplete,
    DataReceived,
    DataRequested,
    GradesAgreed,
    GradesCast,
    LicenceExpired,
    LicenceGranted,
    LicenceRevoked,
    OwnerRewarded,
    PointShown,
    ProviderVoted,
    RequestClosed,
    RequestDecided,
    ResultCast,
    ResultCertified,
    VspRewarded,
    ZoneOpened,
)
"""All of them."""
