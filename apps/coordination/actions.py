"""What can be asked of frequency coordination: the six functions of the paper, and what a zone needs beside them.

A zone and a request each have a name of their own. Money is in base units, deadlines are in blocks.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Annotated

from apps.coordination.commitment import CentiDb, CentiDbm, Cm, MapPoint, Measurement, Proof
from chain.codec import U16, U32, Amount, Hash, Hz, MaxLen, PublicKey, Range
from chain.params import SHARECOIN
from chain.records import Action

MAX_AGENCIES = 16
MAX_OWNERS = 16
MAX_PROVIDERS = 32
MAX_VSPS = 256
"""Most voluntary sensing participants of one owner in one request."""
MAX_POINTS = 10**7
"""Most measurements of one owner in one request."""
MAX_PRICE = 10**6 * SHARECOIN
Blocks = Annotated[int, Range(1, 10**6)]
"""How long a stage lasts."""
LicenceBlocks = Annotated[int, Range(1, 10**8)]
"""How long a licence lasts."""
ZoneName = Annotated[str, MaxLen(32)]
RequestName = Annotated[str, MaxLen(32)]


class Grade(IntEnum):
    """How good a voluntary sensing participant's measurements are; the classes of the paper's LTE conditions."""

    EXCELLENT = 0
    GOOD = 1
    FAIR = 2
    EDGE = 3


class Verdict(StrEnum):
    """What is decided on a request."""

    GRANT = "grant"
    REDUCE = "reduce"
    """Granted with less power than asked for."""
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How many blocks each step may take, counted from the block of the step before."""

    request_blocks: Blocks
    """From the payment to `tx_data`."""
    data_blocks: Blocks
    """From `tx_data` to the last owner's `rx_data`."""
    grade_blocks: Blocks
    """From complete data to agreement on the grades."""
    decision_blocks: Blocks
    """From the grades to a certified result."""
    vote_blocks: Blocks
    """From a certified result to the last provider's vote."""
    reward_blocks: Blocks
    """From the decision to the owners' `rew_coin`; then the hook pays."""
    challenge_blocks: Blocks
    """From an agency's `ch_data` to the end of the time in which its map can be challenged."""


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle, both corners belonging to it."""

    x_min_cm: Cm
    y_min_cm: Cm
    x_max_cm: Cm
    y_max_cm: Cm


@dataclass(frozen=True, slots=True)
class Band:
    """A frequency band."""

    start: Hz
    end: Hz


@dataclass(frozen=True, slots=True)
class GradeRewards:
    """What a participant gets by its grade: within the budget, and for a worse grade never more than for a better."""

    excellent: Amount
    good: Amount
    fair: Amount
    edge: Amount

    def of(self, grade: Grade) -> int:
        """For this grade."""
        return (self.excellent, self.good, self.fair, self.edge)[grade]


@dataclass(frozen=True, slots=True)
class Terms:
    """How a zone is coordinated. Numbers are in the range of their types; see also `apps.coordination.checks`."""

    agencies: Annotated[tuple[PublicKey, ...], MaxLen(MAX_AGENCIES)]
    """The certification agencies (CA-MINER)."""
    quorum: Annotated[int, Range(1, MAX_AGENCIES)]
    """So many of them must give the same result; more than half."""
    owners: Annotated[tuple[PublicKey, ...], MaxLen(MAX_OWNERS)]
    """The sensing owners (SS-OWNER), all of whom are asked for data."""
    min_owners: Annotated[int, Range(1, MAX_OWNERS)]
    """So many of them must have delivered by the deadline."""
    providers: Annotated[tuple[PublicKey, ...], MaxLen(MAX_PROVIDERS)]
    """The incumbent radio service providers (RSP)."""
    unanimity: bool
    """Whether every provider must approve what the agencies would grant."""
    providers_revoke: bool
    """Whether a single provider may revoke a licence, beside the registrar and the holder."""
    price: Annotated[int, Range(1, MAX_PRICE)]
    """The deposit, shared by the owners."""
    pay_on_denial: bool
    """Whether owners that delivered are paid for a denial too, as in the paper."""
    vsp_budget: Annotated[int, Range(0, MAX_PRICE)]
    """Part of the price that owners may have to hand on to their participants, at most the price."""
    grade_rewards: GradeRewards
    bond: Annotated[int, Range(0, MAX_PRICE)]
    """What an agency must have deposited to act; 0 for none."""
    map_tolerance_cdb: U16
    """How far a map may be from a measurement it is built on, hundredths of a dB."""
    min_points: Annotated[int, Range(3, MAX_POINTS)]
    """Least measurements of one owner, and least that a map is built on."""
    max_licence_blocks: LicenceBlocks
    deadlines: Deadlines
    area: Area
    """Where requests may be placed."""
    band: Band
    """Within which they may ask for spectrum."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What a buyer wants to transmit."""

    x_cm: Cm
    y_cm: Cm
    height_cm: Cm
    """Of the antenna."""
    band: Band
    power_cdbm: CentiDbm
    """Wanted power."""
    min_power_cdbm: CentiDbm
    """With less the service is of no use."""
    licence_blocks: LicenceBlocks
    """How long the licence is to last from the decision on."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What an agency found: the result whose digest must be that of a quorum."""

    verdict: Verdict
    power_cdbm: CentiDbm
    """Granted; for a denial, the most that could be (the lowest value there is where nothing could)."""
    margin_cdb: CentiDb
    """SINR less its threshold at the limiting place with that power, or for a denial with the least that serves."""
    limit_x_cm: Cm
    """The limiting place: where the margin is least."""
    limit_y_cm: Cm
    map_root: Hash
    """Root over the map, see `apps.coordination.commitment`."""
    map_leaves: U32
    """How many leaves that tree has."""
    points_used: U32
    """How many measurements the map is built on."""
    aggregate: U32
    """The zone's count of certified sharers that were taken into account, `ZoneRecord.certified`."""


@dataclass(frozen=True, slots=True)
class OpenZone(Action):
    """Set up coordination on these terms; the sender becomes the registrar."""

    zone: ZoneName
    """A name not in use."""
    terms: Terms


@dataclass(frozen=True, slots=True)
class PostBond(Action):
    """An agency deposits the bond of a zone."""

    zone: ZoneName


@dataclass(frozen=True, slots=True)
class WithdrawBond(Action):
    """An agency takes its bond back, once none of its maps can be challenged any more."""

    zone: ZoneName


@dataclass(frozen=True, slots=True)
class PayCoin(Action):
    """`pay_coin()`: a buyer (FB-USER) pays the deposit for a decision on what it asks."""

    request: RequestName
    """A name not in use."""
    zone: ZoneName
    deposit: Amount
    """The zone's price."""
    ask: Ask


@dataclass(frozen=True, slots=True)
class TxData(Action):
    """`tx_data()`: an agency asks the owners for measurements."""

    request: RequestName


@dataclass(frozen=True, slots=True)
class RxData(Action):
    """`rx_data()`: an owner delivers: it commits to its measurements, which go to the agencies off chain."""

    request: RequestName
    root: Hash
    """Root over its `Measurement` records."""
    points: Annotated[int, Range(3, MAX_POINTS)]
    """How many these are."""
    vsps: Annotated[tuple[PublicKey, ...], MaxLen(MAX_VSPS)]
    """Who measured, each once: the accounts that may earn by grade."""


@dataclass(frozen=True, slots=True)
class ChGrade(Action):
    """`ch_grade()`: an agency grades all participants."""

    request: RequestName
    grades: Annotated[tuple[Grade, ...], MaxLen(MAX_OWNERS * MAX_VSPS)]
    """Of the participants of all owners that delivered: owners as the zone lists them, then as `rx_data` does."""


@dataclass(frozen=True, slots=True)
class ChData(Action):
    """`ch_data()`: an agency gives its result."""

    request: RequestName
    decision: Decision


@dataclass(frozen=True, slots=True)
class Vote(Action):
    """A provider approves what the agencies would grant, or does not."""

    request: RequestName
    result: Hash
    """Digest of the result that is voted on."""
    approve: bool


@dataclass(frozen=True, slots=True)
class RewCoin(Action):
    """`rew_coin()`: an owner withdraws its share; its participants are paid in the same step."""

    request: RequestName


@dataclass(frozen=True, slots=True)
class ShowPoint(Action):
    """Put one committed measurement on record, with the proof that it is one."""

    request: RequestName
    owner: PublicKey
    """Whose measurement it is."""
    index: U32
    """Its place among those of the owner, from 0."""
    measurement: Measurement
    proof: Proof


@dataclass(frozen=True, slots=True)
class Challenge(Action):
    """Show that an agency's map contradicts a measurement it claims to be built on."""

    request: RequestName
    agency: PublicKey
    owner: PublicKey
    index: U32
    measurement: Measurement
    proof: Proof
    """That the measurement is number `index` of the owner's."""
    map_point: MapPoint
    map_proof: Proof
    """That the map says so at that measurement's place."""


@dataclass(frozen=True, slots=True)
class RevokeLicence(Action):
    """End a licence before its time: the registrar, the holder, or a provider where the zone lets it."""

    request: RequestName
