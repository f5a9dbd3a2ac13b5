"""Measurements under dispute: shown with a proof, and held against the map of an agency that claims to use them.

What is proved is that a map contradicts data that the agency itself says it is built on. An agency that marks as used
what its map reproduces within the tolerance, and nothing else, cannot be disproved.
"""

from dataclasses import replace

from apps.coordination.actions import Challenge, ShowPoint, Terms
from apps.coordination.certification import count_results, supporters
from apps.coordination.commitment import mismatch
from apps.coordination.errors import AlreadyDone, NoBallot, NotDelivered, NotDisproved, ProofMismatch, TooLate
from apps.coordination.events import AgencyDisproved, PointShown
from apps.coordination.settlement import end_undecided, revoke
from apps.coordination.shares import bond_label
from apps.coordination.stages import Cause, Stage
from apps.coordination.state import AgencyRecord, CoordinationTables, RequestRecord, ResultBallot, ShownPoint
from chain.context import Context


def show(tables: CoordinationTables, ctx: Context, record: RequestRecord, action: ShowPoint) -> None:
    """Put a committed measurement on record. Raises NotDelivered, AlreadyDone, ProofMismatch."""
    terms = tables.zone_of(ctx, record).terms
    place, _ = _check_measurement(tables, ctx, terms, action)
    key = (action.request, place, action.index)
    shown = tables.shown.get(ctx, key)
    if shown is not None:
        raise AlreadyDone(action.request, "showing of this measurement", shown.shown_by)
    measured = action.measurement
    tables.shown.set(ctx, key, ShownPoint(measured, ctx.sender, ctx.height))
    ctx.emit(
        PointShown(
            request=action.request,
            owner=action.owner,
            index=action.index,
            shown_by=ctx.sender,
            x_cm=measured.x_cm,
            y_cm=measured.y_cm,
            rss_cdbm=measured.rss_cdbm,
        )
    )


def challenge(tables: CoordinationTables, ctx: Context, record: RequestRecord, action: Challenge) -> None:
    """Disprove an agency's map: it loses its bond, and its ballot counts no more.

    Raises NoBallot, AlreadyDone, TooLate, NotDelivered, ProofMismatch, NotDisproved.
    """
    terms = tables.zone_of(ctx, record).terms
    ballot = _open_ballot(tables, ctx, terms, action)
    _, offset = _check_measurement(tables, ctx, terms, action)
    decision = ballot.decision
    leaf = offset + action.index
    words = mismatch(decision.map_root, action.map_point, leaf, decision.map_leaves, action.map_proof)
    ctx.require(not words, ProofMismatch(action.request, "the map at that place", words))
    _check_contradiction(action, terms.map_tolerance_cdb)
    tables.result_ballots.set(ctx, (action.request, action.agency), replace(ballot, disproved=True))
    bond = _take_bond(tables, ctx, record, action.agency)
    ctx.emit(
        AgencyDisproved(
            request=action.request,
            agency=action.agency,
            challenger=ctx.sender,
            owner=action.owner,
            index=action.index,
            measured_cdbm=action.measurement.rss_cdbm,
            mapped_cdbm=action.map_point.rss_cdbm,
            bond=bond,
        )
    )
    _count_again(tables, ctx, action.request, record, terms)


def _open_ballot(tables: CoordinationTables, ctx: Context, terms: Terms, action: Challenge) -> ResultBallot:
    """A ballot that can be challenged."""
    ballot = tables.result_ballots.get(ctx, (action.request, action.agency))
    if ballot is None:
        raise NoBallot(action.request, action.agency)
    ctx.require(not ballot.disproved, AlreadyDone(action.request, "disproof", action.agency))
    last = ballot.cast_at + terms.deadlines.challenge_blocks
    ctx.require(ctx.height <= last, TooLate(action.request, ctx.height, last))
    return ballot


def _check_measurement(
    tables: CoordinationTables, ctx: Context, terms: Terms, action: ShowPoint | Challenge
) -> tuple[int, int]:
    """(place of the owner in the zone's list, number of measurements that come before its own)."""
    offset = 0
    for place, owner, delivery in tables.delivered(ctx, action.request, terms):
        if owner == action.owner:
            words = mismatch(delivery.root, action.measurement, action.index, delivery.points, action.proof)
            ctx.require(not words, ProofMismatch(action.request, "the measurement", words))
            return place, offset
        offset += delivery.points
    raise NotDelivered(action.request, action.owner)


def _check_contradiction(action: Challenge, tolerance: int) -> None:
    measured, mapped = action.measurement, action.map_point
    elsewhere = (measured.x_cm, measured.y_cm) != (mapped.x_cm, mapped.y_cm)
    difference = abs(measured.rss_cdbm - mapped.rss_cdbm)
    if not elsewhere and not (mapped.used and difference > tolerance):
        raise NotDisproved(action.request, difference, tolerance)


def _take_bond(tables: CoordinationTables, ctx: Context, record: RequestRecord, agency: bytes) -> int:
    """Half of it, rounded down, is the challenger's, the rest the buyer's; so nobody gains by challenging himself."""
    known = tables.agencies.get(ctx, (record.zone, agency)) or AgencyRecord()
    label = bond_label(record.zone, agency)
    ctx.release(known.bond // 2, label, ctx.sender)
    ctx.release(known.bond - known.bond // 2, label, record.buyer)
    tables.agencies.set(ctx, (record.zone, agency), replace(known, bond=0, disproved=known.disproved + 1))
    return known.bond


def _count_again(
    tables: CoordinationTables, ctx: Context, request: str, record: RequestRecord, terms: Terms
) -> None:
    """A result that has lost its quorum does not stand: no vote on it, no licence."""
    if record.stage is Stage.DECIDING:
        count_results(tables, ctx, request, record)
    if record.result is None or supporters(tables, ctx, request, record, terms) >= terms.quorum:
        return
    if record.stage is Stage.VOTING:
        end_undecided(tables, ctx, request, record, Cause.MAP_DISPROVED)
    licence = tables.live_licence(ctx, request)
    if licence is not None:
        revoke(tables, ctx, request, licence, ctx.sender)
