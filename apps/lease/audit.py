"""What must hold of the lease market after every block, checked against everything it keeps."""

from collections import Counter
from collections.abc import Iterator

from apps.lease.rent import earned, lease_label, next_instalment, order_label, settled_blocks
from apps.lease.state import LeaseTables
from chain.accounts import escrows
from chain.context import View


def broken_rules(tables: LeaseTables, view: View) -> Iterator[str]:
    """One sentence for each rule that does not hold; the view is that of a block's end."""
    yield from _broken_lots(tables, view)
    yield from _broken_leases(tables, view)
    yield from _broken_escrows(tables, view)
    yield from _broken_deadlines(tables, view)


def _broken_lots(tables: LeaseTables, view: View) -> Iterator[str]:
    leased: Counter[str] = Counter()
    for _, lease in tables.leases.scan(view):
        leased[lease.lot] += lease.bandwidth
    for name, lot in tables.lots.scan(view):
        if lot.leased != leased.pop(name, 0):
            yield f"lot {name!r} counts {lot.leased} Hz leased, which is not what its leases add up to"
        if lot.leased > lot.bandwidth:
            yield f"lot {name!r} has {lot.leased} Hz leased, more than the {lot.bandwidth} Hz listed"
    for name in leased:
        yield f"a lease runs on lot {name!r}, which is not listed"


def _broken_leases(tables: LeaseTables, view: View) -> Iterator[str]:
    sold: Counter[tuple[bytes, int]] = Counter()
    for (operator, number, _), service in tables.services.scan(view):
        sold[operator, number] += service.order.bandwidth
        lease = tables.leases.get(view, (operator, number))
        if lease is not None and service.ends_at > lease.ends_at:
            yield f"a service runs until {service.ends_at}, its lease {number} ends at {lease.ends_at}"
    for (lessee, number), lease in tables.leases.scan(view):
        where = f"lease {number} of {lessee.hex()[:16]}"
        if lease.sold != sold.pop((lessee, number), 0):
            yield f"{where} counts {lease.sold} Hz sold, which is not what its services add up to"
        if lease.sold > lease.bandwidth:
            yield f"{where} has {lease.sold} Hz sold, more than its {lease.bandwidth} Hz"
    for operator, number in sold:
        yield f"a service runs on lease {number} of {operator.hex()[:16]}, which does not exist"


def _broken_escrows(tables: LeaseTables, view: View) -> Iterator[str]:
    owed: dict[str, int] = {}
    for (lessee, number), lease in tables.leases.scan(view):
        settled = settled_blocks(view.height - lease.opened_at, lease.blocks)
        owed[lease_label(lessee, number)] = lease.payment - earned(lease.payment, settled, lease.blocks)
    for (_, sequence), waiting in tables.orders.scan(view):
        owed[order_label(sequence)] = waiting.order.payment
    for (_, _, sequence), service in tables.services.scan(view):
        owed[order_label(sequence)] = service.order.payment
    skip = len(tables.name) + 1
    held = {label[skip:]: amount for label, amount in escrows(view.state, tables.name)}
    for label in sorted(owed.keys() | held.keys()):
        if owed.get(label, 0) != held.get(label, 0):
            yield f"escrow {label} holds {held.get(label, 0)}, the market owes {owed.get(label, 0)} from it"


def _broken_deadlines(tables: LeaseTables, view: View) -> Iterator[str]:
    rents = {
        (lease.opened_at + next_instalment(view.height - lease.opened_at, lease.blocks), lessee, number)
        for (lessee, number), lease in tables.leases.scan(view)
    }
    services = {(service.ends_at, *key) for key, service in tables.services.scan(view)}
    orders = {(waiting.expires_at, *key) for key, waiting in tables.orders.scan(view)}
    kept = (
        ("rents", rents, {key for key, _ in tables.rent_due.scan(view)}),
        ("services", services, {key for key, _ in tables.service_due.scan(view)}),
        ("orders", orders, {key for key, _ in tables.order_due.scan(view)}),
    )
    for what, expected, found in kept:
        if found != expected:
            yield f"{len(expected ^ found)} deadlines of {what} are missing or stand where nothing is due"
        overdue = sum(key[0] <= view.height for key in expected)
        if overdue:
            yield f"{overdue} {what} are overdue at height {view.height}"
