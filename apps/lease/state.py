"""What the lease market remembers: its records and tables."""

from collections.abc import Iterator
from dataclasses import dataclass

from apps.lease.actions import LotName, Ppm
from chain.app import App
from chain.codec import U32, U64, Amount, Height, Hz, PublicKey
from chain.context import View
from chain.table import Table


@dataclass(frozen=True, slots=True)
class Lot:
    """Spectrum on the market."""

    owner: PublicKey
    bandwidth: Hz
    """All that can be leased at a time."""
    unit_price: Amount
    """Of new leases, per MHz and block."""
    leased: Hz = 0

    @property
    def free(self) -> int:
        """Bandwidth that can be leased now, Hz."""
        return self.bandwidth - self.leased


@dataclass(frozen=True, slots=True)
class RunningLease:
    """Spectrum a lessee has from the block after `opened_at` on."""

    lot: LotName
    bandwidth: Hz
    unit_price: Amount
    blocks: U32
    payment: Amount
    """Whole rent."""
    opened_at: Height
    sold: Hz = 0
    """Part of the bandwidth that services use now."""

    @property
    def ends_at(self) -> int:
        """Height of its last block."""
        return self.opened_at + self.blocks

    @property
    def unsold(self) -> int:
        """Bandwidth no service uses now, Hz."""
        return self.bandwidth - self.sold


@dataclass(frozen=True, slots=True)
class Offer:
    """A micro-operator's retail offer."""

    operator: PublicKey
    unit_price: Amount
    mining_fraction_ppm: Ppm


@dataclass(frozen=True, slots=True)
class Order:
    """Service a user has paid for: it waits, or it runs."""

    user: PublicKey
    number: U32
    bandwidth: Hz
    blocks: U32
    mining_fraction_ppm: Ppm
    payment: Amount


@dataclass(frozen=True, slots=True)
class WaitingOrder:
    """An order that waits to be served."""

    order: Order
    expires_at: Height
    """Last block that may serve it."""


@dataclass(frozen=True, slots=True)
class Service:
    """An order that runs from the block after `started_at` on."""

    order: Order
    started_at: Height

    @property
    def ends_at(self) -> int:
        """Height of its last block."""
        return self.started_at + self.order.blocks


@dataclass(frozen=True, slots=True)
class Counter:
    """The next number to be given."""

    next: U64 = 0


@dataclass(frozen=True, slots=True)
class Mark:
    """Nothing: the key says it all."""


class LeaseTables(App):
    """The tables. A lease's key is (lessee, number); an order's is (operator, sequence), in placing order.

    The three `*_due` tables begin with a height, so that a block touches only what falls due in it.
    """

    name = "lease"
    lots = Table(str, Lot)
    leases = Table(tuple[bytes, int], RunningLease)
    offers = Table(str, Offer)
    orders = Table(tuple[bytes, int], WaitingOrder)
    services = Table(tuple[bytes, int, int], Service)
    """(operator, lease number, sequence of the order)."""
    rent_due = Table(tuple[int, bytes, int], Mark)
    """(height, lessee, lease number)."""
    service_due = Table(tuple[int, bytes, int, int], Mark)
    """(height, operator, lease number, sequence)."""
    order_due = Table(tuple[int, bytes, int], Mark)
    """(height, operator, sequence)."""
    next_leases = Table(bytes, Counter)
    """Lessee -> smallest lease number it may use."""
    next_orders = Table(bytes, Counter)
    """User -> smallest order number it may use."""
    sequence = Table(str, Counter)
    """Orders placed so far, at the key `orders`."""

    def leases_held(self, view: View, lessee: bytes) -> Iterator[tuple[int, RunningLease]]:
        """(number, lease) of every lease of an account, by number."""
        for (holder, number), lease in self.leases.scan(view, (lessee, 0)):
            if holder != lessee:
                return
            yield number, lease

    def orders_waiting(self, view: View, operator: bytes) -> Iterator[tuple[int, WaitingOrder]]:
        """(sequence, order) of every order that waits for an operator, oldest first."""
        for (seller, sequence), order in self.orders.scan(view, (operator, 0)):
            if seller != operator:
                return
            yield sequence, order

    def services_on(self, view: View, operator: bytes, lease: int) -> Iterator[tuple[int, Service]]:
        """(sequence, service) of every service that uses a lease."""
        for (seller, number, sequence), service in self.services.scan(view, (operator, lease, 0)):
            if (seller, number) != (operator, lease):
                return
            yield sequence, service
