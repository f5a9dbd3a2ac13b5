"""What happened in the lease market: the events in its receipts.

A lease is named by its lessee and number, an order by its user and number. Bandwidth is in Hz, money in
base units, a unit price in base units per MHz and block.
"""

from dataclasses import dataclass

from apps.lease.actions import LotName, OfferName, Ppm
from chain.codec import U32, Amount, Hz, PublicKey
from chain.records import Event


@dataclass(frozen=True, slots=True)
class SpectrumListed(Event):
    """A lot is on the market."""

    lot: LotName
    owner: PublicKey
    bandwidth: Hz
    unit_price: Amount


@dataclass(frozen=True, slots=True)
class SpectrumRepriced(Event):
    """A lot has a new unit price."""

    lot: LotName
    unit_price: Amount


@dataclass(frozen=True, slots=True)
class SpectrumResized(Event):
    """A lot has a new bandwidth."""

    lot: LotName
    bandwidth: Hz


@dataclass(frozen=True, slots=True)
class LeaseOpened(Event):
    """A lease runs in the `blocks` blocks after this one."""

    lot: LotName
    lessee: PublicKey
    lease: U32
    owner: PublicKey
    bandwidth: Hz
    unit_price: Amount
    blocks: U32
    payment: Amount
    """Whole rent, held in escrow."""


@dataclass(frozen=True, slots=True)
class LeaseExpired(Event):
    """A lease has run to its end; the owner has all of its rent."""

    lot: LotName
    lessee: PublicKey
    lease: U32
    payment: Amount


@dataclass(frozen=True, slots=True)
class LeaseWithdrawn(Event):
    """The owner has taken a lease back."""

    lot: LotName
    lessee: PublicKey
    lease: U32
    rent: Amount
    """What the owner earned with the part that ran."""
    refund: Amount
    """What the lessee got back."""


@dataclass(frozen=True, slots=True)
class OfferPosted(Event):
    """A micro-operator's offer stands from here on."""

    offer: OfferName
    operator: PublicKey
    unit_price: Amount
    mining_fraction_ppm: Ppm


@dataclass(frozen=True, slots=True)
class OfferWithdrawn(Event):
    """A micro-operator takes no further orders at an offer, whose name is free again."""

    offer: OfferName
    operator: PublicKey


@dataclass(frozen=True, slots=True)
class ServiceOrdered(Event):
    """A user's order waits for its operator, the money in escrow."""

    offer: OfferName
    operator: PublicKey
    user: PublicKey
    order: U32
    bandwidth: Hz
    blocks: U32
    unit_price: Amount
    mining_fraction_ppm: Ppm
    payment: Amount


@dataclass(frozen=True, slots=True)
class ServiceStarted(Event):
    """An order is served in the `blocks` blocks after this one."""

    operator: PublicKey
    user: PublicKey
    order: U32
    lease: U32
    """The operator's lease whose spectrum it uses."""
    bandwidth: Hz
    blocks: U32
    payment: Amount
    mining_fraction_ppm: Ppm
    """What the operator promised when it was ordered."""


@dataclass(frozen=True, slots=True)
class ServiceEnded(Event):
    """A service has run to its end, or its lease was withdrawn."""

    operator: PublicKey
    user: PublicKey
    order: U32
    lease: U32
    paid: Amount
    """What the operator earned with the part that ran."""
    refund: Amount
    """What the user got back; 0 unless the lease was withdrawn."""


@dataclass(frozen=True, slots=True)
class OrderExpired(Event):
    """Nobody served an order in time; the user has its money back."""

    operator: PublicKey
    user: PublicKey
    order: U32
    refund: Amount
