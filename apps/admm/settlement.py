"""How rounds open and close on chain, and how the split of the last one becomes licences.

Licences are whole hertz. Rounding rules: each share is rounded down; the hertz that the sum of the shares, itself
rounded down, has more than they do go, one each, to the largest remainders, ties to the smaller key. So a licence is
less than 1 Hz away from its share, and all together never exceed the bandwidth. The slices lie side by side from the
lower end of the band, in the order of the operators' keys; a share of 0 Hz gets no licence.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate

from apps.admm.events import (
    AcquisitionSettled,
    LicenceGranted,
    OperatorSilent,
    RoundClosed,
    RoundsStopped,
)
from apps.admm.rounds import Aggregation, aggregate
from apps.admm.state import (
    MAX_IDLE_ROUNDS,
    MAX_OPERATORS_CLOSED,
    MICROHERTZ_PER_HZ,
    AcquisitionRecord,
    AcquisitionTables,
    Licence,
    Mark,
    Operator,
    Phase,
)
from chain.context import Context

MICRO = -6
"""The power of ten in a microhertz."""


def whole_hertz(split: Sequence[int]) -> list[int]:
    """Shares in microhertz (in key order) as whole hertz, by the rounding rules above."""
    whole = [share // MICROHERTZ_PER_HZ for share in split]
    left = sum(split) // MICROHERTZ_PER_HZ - sum(whole)
    by_remainder = sorted(range(len(split)), key=lambda index: -(split[index] % MICROHERTZ_PER_HZ))
    for index in by_remainder[:left]:
        whole[index] += 1
    return whole


def slices(split: Sequence[int]) -> list[tuple[int, int]]:
    """(start, bandwidth) of each share's slice, Hz, side by side; a share of 0 Hz has an empty one."""
    whole = whole_hertz(split)
    return list(zip(accumulate(whole, initial=0), whole, strict=False))


def open_round(tables: AcquisitionTables, ctx: Context, name: str, record: AcquisitionRecord) -> None:
    """Let every member answer the next round, from the next block on."""
    opened = replace(
        record,
        phase=Phase.RUNNING,
        round=record.round + 1,
        opened_at=ctx.height,
        due_at=ctx.height + record.terms.round_blocks,
        missing=record.members,
    )
    tables.acquisitions.set(ctx, name, opened)
    tables.deadlines.set(ctx, (opened.due_at, name), Mark())


def reschedule(tables: AcquisitionTables, ctx: Context, name: str, record: AcquisitionRecord) -> None:
    """Keep a running acquisition whose members or answers have changed: with none missing it closes now."""
    due_at = record.last_block if record.missing else min(record.last_block, ctx.height)
    if due_at != record.due_at:
        tables.deadlines.delete(ctx, (record.due_at, name))
        tables.deadlines.set(ctx, (due_at, name), Mark())
    tables.acquisitions.set(ctx, name, replace(record, due_at=due_at))


def stop_rounds(tables: AcquisitionTables, ctx: Context, name: str, record: AcquisitionRecord) -> None:
    """Go back to gathering operators, with no round open."""
    tables.deadlines.delete(ctx, (record.due_at, name))
    stopped = replace(record, phase=Phase.GATHERING, due_at=0, missing=0, idle_rounds=0)
    tables.acquisitions.set(ctx, name, stopped)
    ctx.emit(RoundsStopped(name, record.round))


def close_due_rounds(tables: AcquisitionTables, ctx: Context) -> None:
    """Close every round that is due, the longest due first, as far as one block may."""
    # All is read before anything is written: a scan looks through everything the block has written so far.
    for name, record, members in list(_due(tables, ctx)):
        _close_round(tables, ctx, name, record, members)


def _due(
    tables: AcquisitionTables, ctx: Context
) -> Iterator[tuple[str, AcquisitionRecord, list[tuple[bytes, Operator]]]]:
    left = MAX_OPERATORS_CLOSED
    for (due_at, name), _ in tables.deadlines.scan(ctx):
        record = tables.acquisitions.get(ctx, name)
        assert record is not None
        left -= record.closing_cost
        if due_at > ctx.height or left < 0:
            return
        yield name, record, list(tables.members(ctx, name))


def _close_round(
    tables: AcquisitionTables,
    ctx: Context,
    name: str,
    record: AcquisitionRecord,
    members: Sequence[tuple[bytes, Operator]],
) -> None:
    keys = [key for key, _ in members]
    done = aggregate([operator for _, operator in members], record.terms, record.round, record.doublings)
    for key, operator in zip(keys, done.operators, strict=True):
        tables.operators.set(ctx, (name, key), operator)
        if operator.answered != record.round:
            ctx.emit(OperatorSilent(name, record.round, key))
    tables.deadlines.delete(ctx, (record.due_at, name))
    closed = replace(
        record,
        doublings=done.doublings,
        split_bandwidth=record.terms.bandwidth,
        closed_at=ctx.height,
        idle_rounds=0 if done.answered else record.idle_rounds + 1,
    )
    ctx.emit(
        RoundClosed(
            acquisition=name,
            round=record.round,
            operators=record.members,
            answered=done.answered,
            primal=done.primal,
            dual=done.dual,
            threshold=done.threshold,
            penalty=closed.penalty,
        )
    )
    if done.settled:
        _settle(tables, ctx, name, closed, keys, done)
    elif closed.idle_rounds == MAX_IDLE_ROUNDS:
        stop_rounds(tables, ctx, name, closed)
    else:
        open_round(tables, ctx, name, closed)


def _settle(
    tables: AcquisitionTables,
    ctx: Context,
    name: str,
    record: AcquisitionRecord,
    keys: Sequence[bytes],
    done: Aggregation,
) -> None:
    price = record.penalty.times(done.threshold, MICRO)
    shares = slices([operator.split for operator in done.operators])
    for key, (start, bandwidth) in zip(keys, shares, strict=True):
        if bandwidth:
            licence = Licence(bandwidth, start, price, record.round, done.converged, ctx.height)
            tables.licences.set(ctx, (name, key), licence)
            ctx.emit(LicenceGranted(name, key, start, bandwidth, price))
    licensed = sum(bandwidth for _, bandwidth in shares)
    settled = replace(
        record,
        phase=Phase.SETTLED,
        due_at=0,
        missing=0,
        settled_at=ctx.height,
        converged=done.converged,
        licensed=licensed,
    )
    tables.acquisitions.set(ctx, name, settled)
    ctx.emit(AcquisitionSettled(name, record.round, done.converged, licensed))
