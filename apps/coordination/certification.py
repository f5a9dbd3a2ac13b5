"""How agencies certify: ballots on grades and on results, the quorum, and who deviates from it.

A ballot that comes after the quorum, while money is still held, changes nothing any more: it is compared and recorded.
"""

from dataclasses import replace

from apps.coordination.actions import Decision, Grade, Terms, Verdict
from apps.coordination.errors import AlreadyDone, StaleAggregate, WrongGradeCount
from apps.coordination.events import (
    AgencyDeviated,
    GradesAgreed,
    GradesCast,
    ResultCast,
    ResultCertified,
)
from apps.coordination.quorum import agreed, grades_digest, out_of_reach, result_digest
from apps.coordination.settlement import decide, end_undecided, move
from apps.coordination.stages import Cause, Stage
from apps.coordination.state import (
    AgencyRecord,
    CoordinationTables,
    GradeBallot,
    Mark,
    RequestRecord,
    ResultBallot,
    ZoneRecord,
)
from chain.context import Context, View


def cast_grades(
    tables: CoordinationTables, ctx: Context, request: str, record: RequestRecord, grades: tuple[Grade, ...]
) -> None:
    """An agency's grades. Raises AlreadyDone, WrongGradeCount."""
    terms = tables.zone_of(ctx, record).terms
    given = tables.grade_ballots.get(ctx, (request, ctx.sender))
    ctx.require(given is None, AlreadyDone(request, "ch_grade", ctx.sender))
    expected = sum(len(delivery.vsps) for _, _, delivery in tables.delivered(ctx, request, terms))
    ctx.require(len(grades) == expected, WrongGradeCount(request, len(grades), expected))
    digest = grades_digest(request, grades)
    tables.grade_ballots.set(ctx, (request, ctx.sender), GradeBallot(digest, ctx.height))
    ctx.emit(GradesCast(request, ctx.sender, digest))
    if record.grades_digest is not None:
        _compare(tables, ctx, request, record.zone, "ch_grade", ctx.sender, digest, record.grades_digest)
        return
    digests = _grade_digests(tables, ctx, request, terms)
    found = agreed(list(digests.values()), terms.quorum)
    if found is not None:
        _agree(tables, ctx, request, record, digests, grades)
    elif out_of_reach(list(digests.values()), len(terms.agencies) - len(digests), terms.quorum):
        end_undecided(tables, ctx, request, record, Cause.NO_AGREEMENT)


def cast_result(
    tables: CoordinationTables, ctx: Context, request: str, record: RequestRecord, decision: Decision
) -> None:
    """An agency's result, already checked for sense. Raises StaleAggregate, AlreadyDone."""
    zone = tables.zone_of(ctx, record)
    current = record.decision.aggregate if record.decision else zone.certified
    stale = StaleAggregate(request, decision.aggregate, current)
    ctx.require(decision.aggregate == current, stale)
    given = tables.result_ballots.get(ctx, (request, ctx.sender))
    anew = given is None or (given.decision.aggregate != current and not given.disproved)
    ctx.require(anew, AlreadyDone(request, "ch_data", ctx.sender))
    assert record.grades_digest is not None
    roots = [delivery.root for _, _, delivery in tables.delivered(ctx, request, zone.terms)]
    digest = result_digest(request, roots, record.grades_digest, decision)
    tables.result_ballots.set(ctx, (request, ctx.sender), ResultBallot(digest, decision, ctx.height))
    _lock_bond(tables, ctx, record.zone, zone.terms)
    ctx.emit(ResultCast(request, ctx.sender, digest))
    if record.result is None:
        count_results(tables, ctx, request, record)
    else:
        _compare(tables, ctx, request, record.zone, "ch_data", ctx.sender, digest, record.result)


def count_results(tables: CoordinationTables, ctx: Context, request: str, record: RequestRecord) -> None:
    """Certify the result of a quorum if there is one, and end the request if there can be none any more."""
    zone = tables.zone_of(ctx, record)
    ballots = ballots_of(tables, ctx, request, zone.terms)
    counted = {
        agency: ballot
        for agency, ballot in ballots.items()
        if ballot.decision.aggregate == zone.certified and not ballot.disproved
    }
    digests = [ballot.digest for ballot in counted.values()]
    found = agreed(digests, zone.terms.quorum)
    if found is not None:
        _certify(tables, ctx, request, record, zone, counted, found)
        return
    done = len(counted) + sum(ballot.disproved for ballot in ballots.values())
    if out_of_reach(digests, len(zone.terms.agencies) - done, zone.terms.quorum):
        end_undecided(tables, ctx, request, record, Cause.NO_AGREEMENT)


def ballots_of(
    tables: CoordinationTables, view: View, request: str, terms: Terms
) -> dict[bytes, ResultBallot]:
    """The results given for a request, by agency, in the order of the zone's list."""
    found = {agency: tables.result_ballots.get(view, (request, agency)) for agency in terms.agencies}
    return {agency: ballot for agency, ballot in found.items() if ballot is not None}


def supporters(
    tables: CoordinationTables, view: View, request: str, record: RequestRecord, terms: Terms
) -> int:
    """How many agencies stand behind the certified result with a map that nobody has disproved."""
    ballots = ballots_of(tables, view, request, terms).values()
    return sum(ballot.digest == record.result and not ballot.disproved for ballot in ballots)


def _agree(
    tables: CoordinationTables,
    ctx: Context,
    request: str,
    record: RequestRecord,
    digests: dict[bytes, bytes],
    grades: tuple[Grade, ...],
) -> None:
    """The ballot just cast completed the quorum, so its grades are the quorum's."""
    digest = digests[ctx.sender]
    ctx.emit(GradesAgreed(request, digest, *(grades.count(grade) for grade in Grade)))
    for agency, other in digests.items():
        _compare(tables, ctx, request, record.zone, "ch_grade", agency, other, digest)
    terms = tables.zone_of(ctx, record).terms
    left = grades
    for _, owner, delivery in list(tables.delivered(ctx, request, terms)):
        count = len(delivery.vsps)
        tables.deliveries.set(ctx, (request, owner), replace(delivery, grades=left[:count]))
        left = left[count:]
    steps = replace(record.steps, ch_grade=ctx.height)
    graded = replace(record, stage=Stage.DECIDING, steps=steps, grades_digest=digest)
    move(tables, ctx, request, graded, terms.deadlines.decision_blocks)


def _certify(
    tables: CoordinationTables,
    ctx: Context,
    request: str,
    record: RequestRecord,
    zone: ZoneRecord,
    counted: dict[bytes, ResultBallot],
    digest: bytes,
) -> None:
    decision = next(ballot.decision for ballot in counted.values() if ballot.digest == digest)
    record = replace(record, result=digest, decision=decision)
    ctx.emit(
        ResultCertified(
            request=request,
            digest=digest,
            verdict=decision.verdict,
            power_cdbm=decision.power_cdbm,
            margin_cdb=decision.margin_cdb,
            limit_x_cm=decision.limit_x_cm,
            limit_y_cm=decision.limit_y_cm,
            points_used=decision.points_used,
        )
    )
    for agency, ballot in counted.items():
        _compare(tables, ctx, request, record.zone, "ch_data", agency, ballot.digest, digest)
    if decision.verdict is not Verdict.DENY:
        tables.zones.set(ctx, record.zone, replace(zone, certified=zone.certified + 1))
        tables.sharing.set(ctx, (record.zone, request), Mark())
    if decision.verdict is not Verdict.DENY and zone.terms.unanimity:
        voting = replace(record, stage=Stage.VOTING)
        move(tables, ctx, request, voting, zone.terms.deadlines.vote_blocks)
    else:
        decide(tables, ctx, request, record, decision.verdict, Cause.CERTIFIED)


def _grade_digests(tables: CoordinationTables, view: View, request: str, terms: Terms) -> dict[bytes, bytes]:
    found = {agency: tables.grade_ballots.get(view, (request, agency)) for agency in terms.agencies}
    return {agency: ballot.digest for agency, ballot in found.items() if ballot is not None}


def _compare(
    tables: CoordinationTables,
    ctx: Context,
    request: str,
    zone: str,
    step: str,
    agency: bytes,
    digest: bytes,
    certified: bytes,
) -> None:
    """Record an agency that deviates."""
    if digest == certified:
        return
    known = tables.agencies.get(ctx, (zone, agency)) or AgencyRecord()
    tables.agencies.set(ctx, (zone, agency), replace(known, deviations=known.deviations + 1))
    ctx.emit(AgencyDeviated(request, agency, step, digest, certified))


def _lock_bond(tables: CoordinationTables, ctx: Context, zone: str, terms: Terms) -> None:
    known = tables.agencies.get(ctx, (zone, ctx.sender)) or AgencyRecord()
    until = ctx.height + terms.deadlines.challenge_blocks
    tables.agencies.set(ctx, (zone, ctx.sender), replace(known, locked_until=until))
