"""What the best chain and the users' reports say of each operator, one number for each user and period."""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from apps.kit import Outcome
from apps.lease.agents import WILLINGNESS
from apps.lease.app import ORDER_LIFETIME_BLOCKS
from apps.lease.economics import LeaseMarket
from apps.lease.events import (
    LeaseOpened,
    LeaseWithdrawn,
    OfferPosted,
    OfferWithdrawn,
    ServiceEnded,
    ServiceStarted,
    SpectrumListed,
    SpectrumResized,
)
from apps.lease.rent import MHZ
from apps.lease.scale import PPM
from chain.params import SHARECOIN

Samples = NDArray[np.float64]
_LATE_PERIODS = 2
"""Periods by which an order may come late: one to be asked for again, one to be found in a block."""


@dataclass(frozen=True, slots=True)
class Window:
    """The whole periods whose orders have all been settled: `count` of them from `first` on.

    Period n begins with the block after height n * period_blocks.
    """

    first: int
    count: int
    period_blocks: int

    @property
    def heights(self) -> range:
        """The blocks of these periods."""
        return range(self.first * self.period_blocks + 1, (self.first + self.count) * self.period_blocks + 1)


def settled_window(first: int, period_blocks: int, height: int) -> Window:
    """The window of a chain of `height` blocks whose users begin in period `first`."""
    settled = (height - ORDER_LIFETIME_BLOCKS) // period_blocks - _LATE_PERIODS
    return Window(first, max(0, settled - first), period_blocks)


@dataclass(slots=True)
class Events:
    """The best chain's events, by what they are about. Money is in base units."""

    services: dict[tuple[bytes, int], ServiceStarted] = field(default_factory=dict)
    """(user, order number) -> the service."""
    refunds: dict[tuple[bytes, int], int] = field(default_factory=dict)
    """(user, order number) -> what came back of its payment."""
    leases: dict[tuple[bytes, int], tuple[int, LeaseOpened]] = field(default_factory=dict)
    """(lessee, lease number) -> height and lease."""
    withdrawn: dict[tuple[bytes, int], tuple[int, int]] = field(default_factory=dict)
    """(lessee, lease number) -> height of the withdrawal and what came back of the rent."""
    offers: dict[bytes, OfferPosted | None] = field(default_factory=dict)
    """Operator -> its last offer, None if it was withdrawn."""
    listed_hz: dict[str, int] = field(default_factory=dict)
    """Lot -> bandwidth at the end."""


def read_events(outcome: Outcome) -> Events:
    """The lease market's events of a run."""
    found = Events()
    for placed in outcome.events:
        match placed.event:
            case ServiceStarted() as event:
                found.services[event.user, event.order] = event
            case ServiceEnded() as event if event.refund:
                found.refunds[event.user, event.order] = event.refund
            case LeaseOpened() as event:
                found.leases[event.lessee, event.lease] = (placed.height, event)
            case LeaseWithdrawn() as event:
                found.withdrawn[event.lessee, event.lease] = (placed.height, event.refund)
            case OfferPosted() as event:
                found.offers[event.operator] = event
            case OfferWithdrawn() as event:
                found.offers[event.operator] = None
            case SpectrumListed() | SpectrumResized() as event:
                found.listed_hz[event.lot] = event.bandwidth
            case _:
                pass
    return found


@dataclass(frozen=True, slots=True)
class Book:
    """One operator's samples, in the paper's units; the first three for each user and period."""

    demand: Samples
    """Bandwidth served, MHz; 0 for who ordered nothing."""
    service_profit: Samples
    """What the user paid less the rent of what it used, Sharecoin."""
    surplus: Samples
    """The user's net utility, Sharecoin."""
    idle_rent: float
    """Rent of leased spectrum that no user had, Sharecoin, all periods and users together."""
    rewards: Samples
    """What its blocks paid in each period, Sharecoin."""


def book_of(name: str, market: LeaseMarket, outcome: Outcome, events: Events, window: Window) -> Book:
    """The samples of the operator `name` and its users."""
    draws = _draws(name, outcome, window)
    rows = [_sample(user, period, v, market, events) for user, period, v in draws]
    columns = np.array(rows, dtype=np.float64).reshape(len(rows), 3)
    idle = _idle_rent(outcome.accounts[name], events, window)
    return Book(columns[:, 0], columns[:, 1], columns[:, 2], idle, _rewards(name, outcome, window))


def leased_hz_mean(events: Events, window: Window) -> float:
    """Bandwidth leased at a time, averaged over the window's blocks."""
    heights, total = window.heights, 0
    for key, (height, lease) in events.leases.items():
        end = events.withdrawn.get(key, (height + lease.blocks, 0))[0]
        overlap = min(end + 1, heights.stop) - max(height + 1, heights.start)
        total += lease.bandwidth * max(0, overlap)
    return total / len(heights) if heights else 0.0


def _draws(name: str, outcome: Outcome, window: Window) -> Iterable[tuple[bytes, int, float]]:
    """(user, period, willingness to pay) of every user of the operator in every period that counts."""
    periods = range(window.first, window.first + window.count)
    for placed in outcome.measures:
        measure = placed.measure
        operator, _, user = placed.participant.rpartition("/")
        if operator == name and user and measure.name == WILLINGNESS and measure.key in periods:
            yield outcome.accounts[placed.participant], measure.key, measure.value


def _sample(
    user: bytes, period: int, willingness: float, market: LeaseMarket, events: Events
) -> tuple[float, float, float]:
    """(demand, service profit, surplus) of one user in one period."""
    service = events.services.get((user, period))
    if service is None:
        return 0.0, 0.0, 0.0
    bandwidth = service.bandwidth / MHZ
    paid = service.payment - events.refunds.get((user, period), 0)
    ran = paid / service.payment
    quality = market.quality(service.mining_fraction_ppm / PPM)
    utility = willingness * math.log1p(bandwidth * quality)
    rent = _used_share(service, events) * _rent((service.operator, service.lease), events)
    return bandwidth * ran, (paid - rent) / SHARECOIN, ran * utility - paid / SHARECOIN


def _rent(key: tuple[bytes, int], events: Events) -> int:
    return events.leases[key][1].payment - events.withdrawn.get(key, (0, 0))[1]


def _used_share(service: ServiceStarted, events: Events) -> float:
    """Part of a lease, in bandwidth and time, that a service uses."""
    lease = events.leases[service.operator, service.lease][1]
    return service.bandwidth * service.blocks / (lease.bandwidth * lease.blocks)


def _idle_rent(operator: bytes, events: Events, window: Window) -> float:
    used: defaultdict[int, float] = defaultdict(float)
    for service in events.services.values():
        if service.operator == operator:
            used[service.lease] += _used_share(service, events)
    idle = 0.0
    for key, (height, _) in events.leases.items():
        if key[0] == operator and height in window.heights:
            idle += (1.0 - used[key[1]]) * _rent(key, events)
    return idle / SHARECOIN


def _rewards(name: str, outcome: Outcome, window: Window) -> Samples:
    rewards = np.zeros(window.count)
    for block in outcome.blocks:
        if block.miner == name and block.height in window.heights:
            rewards[(block.height - 1) // window.period_blocks - window.first] += block.reward / SHARECOIN
    return rewards
