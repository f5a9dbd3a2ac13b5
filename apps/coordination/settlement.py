"""How a request goes from stage to stage, what its end is, and who gets the money that was held for it."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Final

from apps.coordination.actions import Verdict
from apps.coordination.events import (
    CoinReturned,
    DataComplete,
    LicenceExpired,
    LicenceGranted,
    LicenceRevoked,
    OwnerRewarded,
    RequestClosed,
    RequestDecided,
    VspRewarded,
)
from apps.coordination.shares import part_of, request_label, rewards_of
from apps.coordination.stages import Cause, Stage
from apps.coordination.state import (
    CLOSING_BASE,
    MAX_EXPIRED,
    MAX_WORK,
    CoordinationTables,
    Licence,
    Mark,
    RequestRecord,
)
from chain.context import Context, View


def move(tables: CoordinationTables, ctx: Context, request: str, record: RequestRecord, blocks: int) -> None:
    """Keep a request in its new stage, which may take so many blocks from here; 0 only where it is closed."""
    if record.due_at:
        tables.deadlines.delete(ctx, (record.due_at, request))
    due_at = ctx.height + blocks if blocks else 0
    if due_at:
        tables.deadlines.set(ctx, (due_at, request), Mark())
    tables.requests.set(ctx, request, replace(record, due_at=due_at, began_at=ctx.height))


def begin_grading(tables: CoordinationTables, ctx: Context, request: str, record: RequestRecord) -> None:
    """Wait for no more data."""
    terms = tables.zone_of(ctx, record).terms
    points = sum(delivery.points for _, _, delivery in tables.delivered(ctx, request, terms))
    ctx.emit(DataComplete(request, record.delivered, points))
    steps = replace(record.steps, rx_data=ctx.height)
    graded = replace(record, stage=Stage.GRADING, steps=steps)
    move(tables, ctx, request, graded, terms.deadlines.grade_blocks)


def decide(
    tables: CoordinationTables,
    ctx: Context,
    request: str,
    record: RequestRecord,
    verdict: Verdict,
    cause: Cause,
) -> None:
    """Let a verdict on a certified result stand: grant the licence, and give back what is nobody's share."""
    terms = tables.zone_of(ctx, record).terms
    assert record.decision is not None
    steps = replace(record.steps, ch_data=ctx.height)
    decided = replace(record, steps=steps, verdict=verdict, cause=cause)
    ctx.emit(RequestDecided(request, record.buyer, verdict, record.decision.power_cdbm, cause))
    if verdict is Verdict.DENY:
        tables.sharing.delete(ctx, (record.zone, request))
    else:
        _grant(tables, ctx, request, decided)
    if verdict is Verdict.DENY and not terms.pay_on_denial:
        _close(tables, ctx, request, decided)
        return
    owed = sum(
        part_of(terms.price, place, len(terms.owners))
        for place, _, _ in tables.delivered(ctx, request, terms)
    )
    decided = _give_back(ctx, request, decided, record.held - owed)
    rewarding = replace(decided, stage=Stage.REWARDING)
    move(tables, ctx, request, rewarding, terms.deadlines.reward_blocks)


def end_undecided(
    tables: CoordinationTables, ctx: Context, request: str, record: RequestRecord, cause: Cause
) -> None:
    """End a request without a decision: the buyer gets everything back."""
    tables.sharing.delete(ctx, (record.zone, request))
    _close(tables, ctx, request, replace(record, cause=cause))


def reward(
    tables: CoordinationTables, ctx: Context, request: str, record: RequestRecord, owner: bytes, asked: bool
) -> RequestRecord:
    """Pay an owner that delivered, and its participants; the request as it then is, closed after the last one."""
    terms = tables.zone_of(ctx, record).terms
    delivery = tables.deliveries.get(ctx, (request, owner))
    assert delivery is not None
    assert delivery.paid_at == 0
    share = part_of(terms.price, terms.owners.index(owner), len(terms.owners))
    left = share
    for vsp, grade, amount in rewards_of(delivery, terms):
        if amount:
            ctx.release(amount, request_label(request), vsp)
            ctx.emit(VspRewarded(request, owner, vsp, grade, amount))
            left -= amount
    ctx.release(left, request_label(request), owner)
    ctx.emit(OwnerRewarded(request, owner, left, asked))
    tables.deliveries.set(ctx, (request, owner), replace(delivery, paid=share, paid_at=ctx.height))
    record = replace(record, held=record.held - share, rewarded=record.rewarded + 1)
    if record.rewarded < record.delivered:
        tables.requests.set(ctx, request, record)
        return record
    steps = replace(record.steps, rew_coin=ctx.height)
    return _close(tables, ctx, request, replace(record, steps=steps))


def revoke(tables: CoordinationTables, ctx: Context, request: str, licence: Licence, by: bytes) -> None:
    """End a live licence now."""
    tables.licences.set(ctx, request, replace(licence, ended_at=ctx.height, revoked=True))
    tables.expiries.delete(ctx, (licence.expires_at, request))
    tables.sharing.delete(ctx, (licence.zone, request))
    ctx.emit(LicenceRevoked(request, licence.zone, by))


def settle_due(tables: CoordinationTables, ctx: Context) -> None:
    """End the licences and the stages that are due, the longest due first, as far as one block may."""
    # All is read before anything is written: a scan looks through everything the block has written so far.
    expired = list(_expired(tables, ctx))
    for request, record in list(_due(tables, ctx)):
        _end_stage(tables, ctx, request, record)
    for request, licence in expired:
        tables.licences.set(ctx, request, replace(licence, ended_at=ctx.height))
        tables.expiries.delete(ctx, (licence.expires_at, request))
        tables.sharing.delete(ctx, (licence.zone, request))
        ctx.emit(LicenceExpired(request, licence.zone))


def closing_cost(tables: CoordinationTables, view: View, request: str, record: RequestRecord) -> int:
    """Work of ending a request's stage, in payments; never more than `MAX_WORK`."""
    deliveries = tables.delivered(view, request, tables.zone_of(view, record).terms)
    return CLOSING_BASE + sum(1 + len(delivery.vsps) for _, _, delivery in deliveries)


def _expired(tables: CoordinationTables, ctx: Context) -> Iterator[tuple[str, Licence]]:
    for (expires_at, request), _ in islice(tables.expiries.scan(ctx), MAX_EXPIRED):
        if expires_at > ctx.height:
            return
        licence = tables.licences.get(ctx, request)
        assert licence is not None
        yield request, licence


def _due(tables: CoordinationTables, ctx: Context) -> Iterator[tuple[str, RequestRecord]]:
    left = MAX_WORK
    for (due_at, request), _ in tables.deadlines.scan(ctx):
        if due_at > ctx.height:
            return
        record = tables.requests.get(ctx, request)
        assert record is not None
        left -= closing_cost(tables, ctx, request, record)
        if left < 0:
            return
        yield request, record


def _end_stage(tables: CoordinationTables, ctx: Context, request: str, record: RequestRecord) -> None:
    terms = tables.zone_of(ctx, record).terms
    match record.stage:
        case Stage.COLLECTING if record.delivered >= terms.min_owners:
            begin_grading(tables, ctx, request, record)
        case Stage.VOTING:
            decide(tables, ctx, request, record, Verdict.DENY, Cause.VOTE_MISSING)
        case Stage.REWARDING:
            for _, owner, delivery in list(tables.delivered(ctx, request, terms)):
                if not delivery.paid_at:
                    record = reward(tables, ctx, request, record, owner, asked=False)
        case _:
            end_undecided(tables, ctx, request, record, _UNDECIDED[record.stage])


_UNDECIDED: Final[dict[Stage, Cause]] = {
    Stage.PAID: Cause.NOT_REQUESTED,
    Stage.COLLECTING: Cause.DATA_MISSING,
    Stage.GRADING: Cause.NOT_GRADED,
    Stage.DECIDING: Cause.NOT_CERTIFIED,
}


def _grant(tables: CoordinationTables, ctx: Context, request: str, record: RequestRecord) -> None:
    assert record.decision is not None
    assert record.result is not None
    power, expires_at = record.decision.power_cdbm, ctx.height + record.ask.licence_blocks
    licence = Licence(record.zone, record.buyer, record.ask, power, record.result, ctx.height, expires_at)
    tables.licences.set(ctx, request, licence)
    tables.expiries.set(ctx, (expires_at, request), Mark())
    ctx.emit(LicenceGranted(request, record.zone, record.buyer, power, expires_at))


def _give_back(ctx: Context, request: str, record: RequestRecord, amount: int) -> RequestRecord:
    if amount:
        ctx.release(amount, request_label(request), record.buyer)
        ctx.emit(CoinReturned(request, record.buyer, amount))
    return replace(record, held=record.held - amount)


def _close(tables: CoordinationTables, ctx: Context, request: str, record: RequestRecord) -> RequestRecord:
    """Whatever is still held goes back to the buyer."""
    closed = replace(_give_back(ctx, request, record, record.held), stage=Stage.CLOSED)
    move(tables, ctx, request, closed, 0)
    ctx.emit(RequestClosed(request, record.cause))
    return replace(closed, due_at=0, began_at=ctx.height)
