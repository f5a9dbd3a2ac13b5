"""What coordination remembers: its records and tables."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from apps.coordination.actions import (
    MAX_VSPS,
    Ask,
    Decision,
    Grade,
    RequestName,
    Terms,
    Verdict,
    ZoneName,
)
from apps.coordination.commitment import CentiDbm, Measurement
from apps.coordination.stages import Cause, Stage, Steps
from chain.app import App
from chain.codec import U8, U32, U64, Amount, Hash, Height, MaxLen, PublicKey
from chain.context import View
from chain.table import Table

MAX_WORK = 8192
"""Most payments that one block's hook makes for requests that fall due; what is over waits for the next block."""
MAX_EXPIRED = 1024
"""Most licences that one block ends for their age."""
CLOSING_BASE = 16
"""What closing a request costs beside its payments, as so many of them."""


@dataclass(frozen=True, slots=True)
class ZoneRecord:
    """One coordination zone."""

    registrar: PublicKey
    terms: Terms
    certified: U32 = 0
    """Sharers that a quorum would grant, ever: a result counts if it knows all of them."""


@dataclass(frozen=True, slots=True)
class AgencyRecord:
    """What a zone knows of one of its agencies."""

    bond: Amount = 0
    """Held for it now."""
    locked_until: Height = 0
    """Last block in which one of its maps can be challenged."""
    deviations: U32 = 0
    """Grades and results that were not those of the quorum."""
    disproved: U32 = 0
    """Maps that a challenge disproved."""


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """One request."""

    zone: ZoneName
    buyer: PublicKey
    ask: Ask
    stage: Stage
    steps: Steps
    due_at: U64
    """Block at whose end the stage ends; 0 where closed."""
    began_at: Height
    """Block in which the stage began."""
    held: Amount
    """What its escrow holds."""
    delivered: U8 = 0
    """Owners that have delivered."""
    rewarded: U8 = 0
    """Of these, how many are paid."""
    grades_digest: Hash | None = None
    """Of the grades that a quorum agrees on."""
    result: Hash | None = None
    """Digest of the certified result."""
    decision: Decision | None = None
    """The certified result."""
    verdict: Verdict | None = None
    """What stands in the end: the certified verdict, or a denial for want of approval."""
    cause: Cause = Cause.OPEN


@dataclass(frozen=True, slots=True)
class Delivery:
    """What an owner delivered."""

    root: Hash
    points: U32
    vsps: Annotated[tuple[PublicKey, ...], MaxLen(MAX_VSPS)]
    delivered_at: Height
    grades: Annotated[tuple[Grade, ...], MaxLen(MAX_VSPS)] = ()
    """Of its participants, in their order, once a quorum agrees."""
    paid: Amount = 0
    """What went to owner and participants together."""
    paid_at: Height = 0
    """0 before it was."""


@dataclass(frozen=True, slots=True)
class GradeBallot:
    """The grades of one agency."""

    digest: Hash
    cast_at: Height


@dataclass(frozen=True, slots=True)
class ResultBallot:
    """The result of one agency."""

    digest: Hash
    decision: Decision
    cast_at: Height
    disproved: bool = False
    """A challenge showed that its map contradicts the data."""


@dataclass(frozen=True, slots=True)
class ProviderVote:
    """The vote of one provider."""

    approve: bool
    cast_at: Height


@dataclass(frozen=True, slots=True)
class Licence:
    """The right to transmit as asked, with the power that was granted."""

    zone: ZoneName
    holder: PublicKey
    ask: Ask
    power_cdbm: CentiDbm
    result: Hash
    """Digest of the result it rests on."""
    granted_at: Height
    expires_at: Height
    """Last block of the licence."""
    ended_at: Height = 0
    """0 while it is live."""
    revoked: bool = False
    """Whether it was ended before its time."""


@dataclass(frozen=True, slots=True)
class Sharer:
    """One who adds to the interference in a zone: licensed, or certified and being voted on."""

    request: RequestName
    ask: Ask
    power_cdbm: CentiDbm
    licensed: bool
    """False while the providers vote."""


@dataclass(frozen=True, slots=True)
class ShownPoint:
    """A committed measurement that somebody put on record."""

    measurement: Measurement
    shown_by: PublicKey
    shown_at: Height


@dataclass(frozen=True, slots=True)
class Mark:
    """Nothing: the key says it all."""


class CoordinationTables(App):
    """The tables. What belongs to a request and an account has the key (request, public key)."""

    name = "coordination"
    zones = Table(str, ZoneRecord)
    agencies = Table(tuple[str, bytes], AgencyRecord)
    """By (zone, agency): those that ever posted a bond or gave a result."""
    requests = Table(str, RequestRecord)
    deliveries = Table(tuple[str, bytes], Delivery)
    grade_ballots = Table(tuple[str, bytes], GradeBallot)
    result_ballots = Table(tuple[str, bytes], ResultBallot)
    votes = Table(tuple[str, bytes], ProviderVote)
    licences = Table(str, Licence)
    """By request, also after their end."""
    shown = Table(tuple[str, int, int], ShownPoint)
    """By (request, the owner's place in the zone's list, index)."""
    deadlines = Table(tuple[int, str], Mark)
    """(`due_at`, request) of every request that is not closed."""
    expiries = Table(tuple[int, str], Mark)
    """(`expires_at`, request) of every live licence."""
    sharing = Table(tuple[str, str], Mark)
    """(zone, request) of everyone who adds to the interference: `Sharer`."""

    def zone_of(self, view: View, record: RequestRecord) -> ZoneRecord:
        """The zone of a request."""
        zone = self.zones.get(view, record.zone)
        assert zone is not None
        return zone

    def live_licence(self, view: View, request: RequestName) -> Licence | None:
        """The licence of a request if it has neither expired nor been revoked."""
        licence = self.licences.get(view, request)
        return licence if licence is not None and not licence.ended_at else None

    def delivered(
        self, view: View, request: RequestName, terms: Terms
    ) -> Iterator[tuple[int, bytes, Delivery]]:
        """(place in the zone's list, owner, delivery) of every owner that has delivered, as the zone lists them."""
        for place, owner in enumerate(terms.owners):
            delivery = self.deliveries.get(view, (request, owner))
            if delivery is not None:
                yield place, owner, delivery
