"""What can be asked of the lease market: the actions of its four kinds of participants.

Bandwidth is in Hz; a unit price is in base units of the native coin per MHz and block.
"""

from dataclasses import dataclass
from typing import Annotated

from chain.codec import U32, Amount, Hz, MaxLen, PublicKey, Range
from chain.records import Action

LotName = Annotated[str, MaxLen(32)]
OfferName = Annotated[str, MaxLen(32)]
Ppm = Annotated[int, Range(0, 1_000_000)]
"""A fraction in parts per million."""


@dataclass(frozen=True, slots=True)
class ListSpectrum(Action):
    """A network operator puts a lot of spectrum on the market."""

    lot: LotName
    """New name of the lot."""
    bandwidth: Hz
    """All that can be leased at a time, W."""
    unit_price: Amount


@dataclass(frozen=True, slots=True)
class RepriceSpectrum(Action):
    """The owner changes a lot's unit price; leases that run keep theirs."""

    lot: LotName
    unit_price: Amount


@dataclass(frozen=True, slots=True)
class ResizeSpectrum(Action):
    """The owner changes a lot's bandwidth, never below what is leased; 0 takes a free lot off the market."""

    lot: LotName
    bandwidth: Hz


@dataclass(frozen=True, slots=True)
class OpenLease(Action):
    """A micro-operator leases spectrum of a lot for the next `blocks` blocks, its rent into escrow."""

    lot: LotName
    lease: U32
    """Number the lessee gives the lease: higher than any before, so a repeated request cannot lease twice."""
    bandwidth: Hz
    blocks: U32
    max_unit_price: Amount
    """Refused if the lot's unit price is higher by then."""


@dataclass(frozen=True, slots=True)
class WithdrawLease(Action):
    """The lot's owner takes a lease back; lessee and users get back what has not run."""

    lessee: PublicKey
    lease: U32


@dataclass(frozen=True, slots=True)
class PostOffer(Action):
    """A micro-operator's retail offer, or a change to it: the price it asks and the mining it does beside."""

    offer: OfferName
    """Name by which users know it."""
    unit_price: Amount
    mining_fraction_ppm: Ppm
    """Share of its computing power that mines; the loss of service quality follows from it."""


@dataclass(frozen=True, slots=True)
class WithdrawOffer(Action):
    """A micro-operator takes no further orders; those that wait can still be served."""

    offer: OfferName


@dataclass(frozen=True, slots=True)
class OrderService(Action):
    """A user orders service at a micro-operator's offer and pays all of it into escrow."""

    offer: OfferName
    order: U32
    """Number the user gives the order: higher than any it has used."""
    bandwidth: Hz
    blocks: U32
    unit_price: Amount
    """The offer as the user saw it: refused if this or the mining fraction has changed."""
    mining_fraction_ppm: Ppm


@dataclass(frozen=True, slots=True)
class ServeOrders(Action):
    """A micro-operator serves its waiting orders, oldest first, with what is unsold of one of its leases."""

    lease: U32
