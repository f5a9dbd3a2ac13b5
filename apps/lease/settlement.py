"""How leases, services and orders end, and who gets the money that was held for them."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

from apps.lease.events import LeaseExpired, LeaseWithdrawn, OrderExpired, ServiceEnded
from apps.lease.rent import earned, lease_label, next_instalment, order_label
from apps.lease.state import LeaseTables, Mark, RunningLease, Service
from chain.context import Context
from chain.table import Table

K = TypeVar("K", bound=tuple[int, *tuple[object, ...]])


def settle_due(tables: LeaseTables, ctx: Context) -> None:
    """Everything that falls due in this block. A service ends before the lease it uses."""
    for _, operator, lease, sequence in _due(tables.service_due, ctx):
        service = tables.services.get(ctx, (operator, lease, sequence))
        assert service is not None
        _end_service(tables, ctx, operator, lease, sequence, service)
    for due, lessee, number in _due(tables.rent_due, ctx):
        tables.rent_due.delete(ctx, (due, lessee, number))
        _pay_instalment(tables, ctx, lessee, number)
    for due, operator, sequence in _due(tables.order_due, ctx):
        tables.order_due.delete(ctx, (due, operator, sequence))
        _expire_order(tables, ctx, operator, sequence)


def withdraw_lease(
    tables: LeaseTables, ctx: Context, lessee: bytes, number: int, lease: RunningLease
) -> None:
    """End a lease and the services on it now; each payer gets back what the payee has not earned."""
    for sequence, service in tables.services_on(ctx, lessee, number):
        _end_service(tables, ctx, lessee, number, sequence, service)
    elapsed = ctx.height - lease.opened_at
    rent = _pay_rent(tables, ctx, lessee, number, lease)
    ctx.release(lease.payment - rent, lease_label(lessee, number), lessee)
    # The instalment of this very block, if there is one, is still to come: hooks run after the transactions.
    due = lease.opened_at + next_instalment(max(elapsed - 1, 0), lease.blocks)
    tables.rent_due.delete(ctx, (due, lessee, number))
    _remove_lease(tables, ctx, lessee, number, lease)
    ctx.emit(LeaseWithdrawn(lease.lot, lessee, number, rent, lease.payment - rent))


def _due(table: Table[K, Mark], ctx: Context) -> Iterator[K]:
    for key, _ in table.scan(ctx):
        if key[0] > ctx.height:
            return
        yield key


def _end_service(
    tables: LeaseTables, ctx: Context, operator: bytes, lease: int, sequence: int, service: Service
) -> None:
    order, label = service.order, order_label(sequence)
    paid = earned(order.payment, ctx.height - service.started_at, order.blocks)
    ctx.release(paid, label, operator)
    if paid < order.payment:
        ctx.release(order.payment - paid, label, order.user)
    tables.services.delete(ctx, (operator, lease, sequence))
    tables.service_due.delete(ctx, (service.ends_at, operator, lease, sequence))
    used = tables.leases.get(ctx, (operator, lease))
    assert used is not None
    tables.leases.set(ctx, (operator, lease), replace(used, sold=used.sold - order.bandwidth))
    ctx.emit(ServiceEnded(operator, order.user, order.number, lease, paid, order.payment - paid))


def _pay_instalment(tables: LeaseTables, ctx: Context, lessee: bytes, number: int) -> None:
    lease = tables.leases.get(ctx, (lessee, number))
    assert lease is not None
    _pay_rent(tables, ctx, lessee, number, lease)
    if ctx.height < lease.ends_at:
        due = lease.opened_at + next_instalment(ctx.height - lease.opened_at, lease.blocks)
        tables.rent_due.set(ctx, (due, lessee, number), Mark())
    else:
        _remove_lease(tables, ctx, lessee, number, lease)
        ctx.emit(LeaseExpired(lease.lot, lessee, number, lease.payment))


def _pay_rent(tables: LeaseTables, ctx: Context, lessee: bytes, number: int, lease: RunningLease) -> int:
    """Release what has been earned since the last instalment; gives all that has been earned."""
    lot, label = tables.lots.get(ctx, lease.lot), lease_label(lessee, number)
    assert lot is not None
    rent = earned(lease.payment, ctx.height - lease.opened_at, lease.blocks)
    released = lease.payment - ctx.escrow(tables.name, label)
    ctx.release(rent - released, label, lot.owner)
    return rent


def _remove_lease(tables: LeaseTables, ctx: Context, lessee: bytes, number: int, lease: RunningLease) -> None:
    lot = tables.lots.get(ctx, lease.lot)
    assert lot is not None
    tables.lots.set(ctx, lease.lot, replace(lot, leased=lot.leased - lease.bandwidth))
    tables.leases.delete(ctx, (lessee, number))


def _expire_order(tables: LeaseTables, ctx: Context, operator: bytes, sequence: int) -> None:
    waiting = tables.orders.get(ctx, (operator, sequence))
    assert waiting is not None
    order = waiting.order
    ctx.release(order.payment, order_label(sequence), order.user)
    tables.orders.delete(ctx, (operator, sequence))
    ctx.emit(OrderExpired(operator, order.user, order.number, order.payment))
