"""The lease market on chain: spectrum is listed and leased; service is offered, ordered and served.

A lease or service that begins in block h runs in the blocks h + 1 to h + n. Its payer puts all of it into
escrow; the payee earns floor(payment * elapsed / n) of it.
"""

from collections.abc import Iterator
from dataclasses import replace

from apps.lease import settlement
from apps.lease.actions import (
    ListSpectrum,
    OpenLease,
    OrderService,
    PostOffer,
    RepriceSpectrum,
    ResizeSpectrum,
    ServeOrders,
    WithdrawLease,
    WithdrawOffer,
)
from apps.lease.audit import broken_rules
from apps.lease.errors import (
    BelowLeased,
    LotExists,
    NoOffer,
    NoSuchLease,
    NoSuchLot,
    NotEnoughSpectrum,
    NothingToServe,
    NotOfferer,
    NotOwner,
    NotPositive,
    NumberUsed,
    OfferMoved,
    PriceAboveLimit,
)
from apps.lease.events import (
    LeaseExpired,
    LeaseOpened,
    LeaseWithdrawn,
    OfferPosted,
    OfferWithdrawn,
    OrderExpired,
    ServiceEnded,
    ServiceOrdered,
    ServiceStarted,
    SpectrumListed,
    SpectrumRepriced,
    SpectrumResized,
)
from apps.lease.rent import lease_label, next_instalment, order_label, payment_for
from apps.lease.state import (
    Counter,
    LeaseTables,
    Lot,
    Mark,
    Offer,
    Order,
    RunningLease,
    Service,
    WaitingOrder,
)
from chain.app import execute, query
from chain.context import Context, View
from chain.table import Table

ORDER_LIFETIME_BLOCKS = 20
"""Blocks after its own in which an order can be served; then the user has its money back."""


class Lease(LeaseTables):
    """Network operators lease spectrum to micro-operators, who serve users with it."""

    emits = (
        SpectrumListed,
        SpectrumRepriced,
        SpectrumResized,
        LeaseOpened,
        LeaseExpired,
        LeaseWithdrawn,
        OfferPosted,
        OfferWithdrawn,
        ServiceOrdered,
        ServiceStarted,
        ServiceEnded,
        OrderExpired,
    )

    @execute
    def list_spectrum(self, ctx: Context, action: ListSpectrum) -> None:
        """Put a lot on the market. Raises NotPositive, LotExists."""
        _require_positive(bandwidth=action.bandwidth)
        ctx.require(self.lots.get(ctx, action.lot) is None, LotExists(action.lot))
        self.lots.set(ctx, action.lot, Lot(ctx.sender, action.bandwidth, action.unit_price))
        ctx.emit(SpectrumListed(action.lot, ctx.sender, action.bandwidth, action.unit_price))

    @execute
    def reprice_spectrum(self, ctx: Context, action: RepriceSpectrum) -> None:
        """Change the price of new leases. Raises NoSuchLot, NotOwner."""
        lot = _own_lot(self, ctx, action.lot)
        self.lots.set(ctx, action.lot, replace(lot, unit_price=action.unit_price))
        ctx.emit(SpectrumRepriced(action.lot, action.unit_price))

    @execute
    def resize_spectrum(self, ctx: Context, action: ResizeSpectrum) -> None:
        """Change what can be leased at a time. Raises NoSuchLot, NotOwner, BelowLeased."""
        lot = _own_lot(self, ctx, action.lot)
        ctx.require(action.bandwidth >= lot.leased, BelowLeased(action.bandwidth, lot.leased))
        self.lots.set(ctx, action.lot, replace(lot, bandwidth=action.bandwidth))
        ctx.emit(SpectrumResized(action.lot, action.bandwidth))

    @execute
    def open_lease(self, ctx: Context, action: OpenLease) -> None:
        """Lease spectrum, the whole rent into escrow.

        Raises NotPositive, NoSuchLot, PriceAboveLimit, NotEnoughSpectrum, NumberUsed, InsufficientBalance.
        """
        _require_positive(bandwidth=action.bandwidth, blocks=action.blocks)
        lot, key = _lot(self, ctx, action.lot), (ctx.sender, action.lease)
        asked, price, blocks = action.bandwidth, lot.unit_price, action.blocks
        ctx.require(price <= action.max_unit_price, PriceAboveLimit(price, action.max_unit_price))
        ctx.require(asked <= lot.free, NotEnoughSpectrum(asked, lot.free))
        _take_number(ctx, self.next_leases, action.lease)
        payment = payment_for(asked, price, blocks)
        ctx.hold(payment, lease_label(*key))
        self.leases.set(ctx, key, RunningLease(action.lot, asked, price, blocks, payment, ctx.height))
        self.rent_due.set(ctx, (ctx.height + next_instalment(0, blocks), *key), Mark())
        self.lots.set(ctx, action.lot, replace(lot, leased=lot.leased + asked))
        ctx.emit(LeaseOpened(action.lot, *key, lot.owner, asked, price, blocks, payment))

    @execute
    def withdraw_lease(self, ctx: Context, action: WithdrawLease) -> None:
        """The owner takes a lease back; what has not run is refunded. Raises NoSuchLease, NotOwner."""
        lease = _lease(self, ctx, action.lessee, action.lease)
        _own_lot(self, ctx, lease.lot)
        settlement.withdraw_lease(self, ctx, action.lessee, action.lease, lease)

    @execute
    def post_offer(self, ctx: Context, action: PostOffer) -> None:
        """Offer service under a name, or change the offer. Raises NotPositive, NotOfferer."""
        _require_positive(unit_price=action.unit_price)
        if self.offers.get(ctx, action.offer) is not None:
            _own_offer(self, ctx, action.offer)
        terms = (ctx.sender, action.unit_price, action.mining_fraction_ppm)
        self.offers.set(ctx, action.offer, Offer(*terms))
        ctx.emit(OfferPosted(action.offer, *terms))

    @execute
    def withdraw_offer(self, ctx: Context, action: WithdrawOffer) -> None:
        """Take no further orders. Raises NoOffer, NotOfferer."""
        _own_offer(self, ctx, action.offer)
        self.offers.delete(ctx, action.offer)
        ctx.emit(OfferWithdrawn(action.offer, ctx.sender))

    @execute
    def order_service(self, ctx: Context, action: OrderService) -> None:
        """Order at the operator's offer, the whole price into escrow.

        Raises NotPositive, NoOffer, OfferMoved, NumberUsed, InsufficientBalance.
        """
        _require_positive(bandwidth=action.bandwidth, blocks=action.blocks)
        offer = _offer(self, ctx, action.offer)
        seen = (action.unit_price, action.mining_fraction_ppm)
        now = (offer.unit_price, offer.mining_fraction_ppm)
        ctx.require(seen == now, OfferMoved(*seen, *now))
        _take_number(ctx, self.next_orders, action.order)
        payment = payment_for(action.bandwidth, action.unit_price, action.blocks)
        sequence = (self.sequence.get(ctx, "orders") or Counter()).next
        self.sequence.set(ctx, "orders", Counter(sequence + 1))
        ctx.hold(payment, order_label(sequence))
        asked, expires_at = (action.bandwidth, action.blocks), ctx.height + ORDER_LIFETIME_BLOCKS
        order = Order(ctx.sender, action.order, *asked, offer.mining_fraction_ppm, payment)
        self.orders.set(ctx, (offer.operator, sequence), WaitingOrder(order, expires_at))
        self.order_due.set(ctx, (expires_at, offer.operator, sequence), Mark())
        parties = (offer.operator, ctx.sender, action.order)
        ctx.emit(ServiceOrdered(action.offer, *parties, *asked, *seen, payment))

    @execute
    def serve_orders(self, ctx: Context, action: ServeOrders) -> None:
        """Serve waiting orders, oldest first: each that fits what is left of the lease.

        Raises NoSuchLease, NothingToServe.
        """
        lease = _lease(self, ctx, ctx.sender, action.lease)
        left, unsold = lease.ends_at - ctx.height, lease.unsold
        for sequence, waiting in self.orders_waiting(ctx, ctx.sender):
            order = waiting.order
            if order.bandwidth <= unsold and order.blocks <= left:
                unsold -= order.bandwidth
                self._start_service(ctx, action.lease, sequence, waiting)
        ctx.require(unsold < lease.unsold, NothingToServe(action.lease, unsold, left))
        self.leases.set(ctx, (ctx.sender, action.lease), replace(lease, sold=lease.bandwidth - unsold))

    def end_block(self, ctx: Context) -> None:
        """End services, pay rents, expire leases and orders: what is due, nothing else is looked at."""
        settlement.settle_due(self, ctx)

    def invariants(self, view: View) -> Iterator[str]:
        """Leased <= listed, sold <= leased, escrow = obligations, and every deadline where it belongs."""
        return broken_rules(self, view)

    @query
    def listing(self, view: View, lot: str) -> Lot | None:
        """A lot on the market."""
        return self.lots.get(view, lot)

    @query
    def free_bandwidth(self, view: View, lot: str) -> int:
        """What can be leased of a lot now, Hz; 0 where there is no such lot."""
        found = self.lots.get(view, lot)
        return 0 if found is None else found.free

    @query
    def lease(self, view: View, lessee: bytes, number: int) -> RunningLease | None:
        """A lease that runs."""
        return self.leases.get(view, (lessee, number))

    @query
    def leases_of(self, view: View, lessee: bytes) -> tuple[tuple[int, RunningLease], ...]:
        """(number, lease) of every lease of an account."""
        return tuple(self.leases_held(view, lessee))

    @query
    def offer(self, view: View, name: str) -> Offer | None:
        """The offer of this name."""
        return self.offers.get(view, name)

    @query
    def pending_orders(self, view: View, operator: bytes) -> tuple[Order, ...]:
        """The orders that wait for an operator, oldest first."""
        return tuple(waiting.order for _, waiting in self.orders_waiting(view, operator))

    @query
    def next_lease(self, view: View, lessee: bytes) -> int:
        """Smallest number the account's next lease may have."""
        return (self.next_leases.get(view, lessee) or Counter()).next

    @query
    def next_order(self, view: View, user: bytes) -> int:
        """Smallest number the account's next order may have."""
        return (self.next_orders.get(view, user) or Counter()).next

    def _start_service(self, ctx: Context, lease: int, sequence: int, waiting: WaitingOrder) -> None:
        order, operator = waiting.order, ctx.sender
        self.orders.delete(ctx, (operator, sequence))
        self.order_due.delete(ctx, (waiting.expires_at, operator, sequence))
        service = Service(order, ctx.height)
        self.services.set(ctx, (operator, lease, sequence), service)
        self.service_due.set(ctx, (service.ends_at, operator, lease, sequence), Mark())
        sold = (order.bandwidth, order.blocks, order.payment, order.mining_fraction_ppm)
        ctx.emit(ServiceStarted(operator, order.user, order.number, lease, *sold))


def _lot(tables: LeaseTables, ctx: Context, name: str) -> Lot:
    lot = tables.lots.get(ctx, name)
    if lot is None:
        raise NoSuchLot(name)
    return lot


def _own_lot(tables: LeaseTables, ctx: Context, name: str) -> Lot:
    lot = _lot(tables, ctx, name)
    ctx.require(lot.owner == ctx.sender, NotOwner(name, ctx.sender, lot.owner))
    return lot


def _lease(tables: LeaseTables, ctx: Context, lessee: bytes, number: int) -> RunningLease:
    lease = tables.leases.get(ctx, (lessee, number))
    if lease is None:
        raise NoSuchLease(lessee, number)
    return lease


def _offer(tables: LeaseTables, ctx: Context, name: str) -> Offer:
    offer = tables.offers.get(ctx, name)
    if offer is None:
        raise NoOffer(name)
    return offer


def _own_offer(tables: LeaseTables, ctx: Context, name: str) -> Offer:
    offer = _offer(tables, ctx, name)
    ctx.require(offer.operator == ctx.sender, NotOfferer(name, ctx.sender, offer.operator))
    return offer


def _take_number(ctx: Context, numbers: Table[bytes, Counter], number: int) -> None:
    smallest = (numbers.get(ctx, ctx.sender) or Counter()).next
    ctx.require(number >= smallest, NumberUsed(number, smallest))
    numbers.set(ctx, ctx.sender, Counter(number + 1))


def _require_positive(**quantities: int) -> None:
    for name, value in quantities.items():
        if value == 0:
            raise NotPositive(name)
