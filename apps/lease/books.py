"""What the best chain and the agents' reports say of each operator, period by period."""

import math
from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from apps.kit import Outcome
from apps.lease.agents import MINING_FRACTION, WILLINGNESS
from apps.lease.app import ORDER_LIFETIME_BLOCKS
from apps.lease.economics import LeaseMarket
from apps.lease.events import (
    LeaseOpened,
    LeaseWithdrawn,
    OfferPosted,
    OfferWithdrawn,
    OrderExpired,
    ServiceEnded,
    ServiceOrdered,
    ServiceStarted,
    SpectrumListed,
    SpectrumResized,
)
from apps.lease.rent import MHZ
from apps.lease.scale import PPM
from apps.lease.settings import LeaseSettings
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
    def periods(self) -> range:
        """Their numbers."""
        return range(self.first, self.first + self.count)

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
    """The best chain's events and the agents' reports, by what they are about. Money is in base units."""

    ordered: dict[tuple[bytes, int], bytes] = field(default_factory=dict)
    """(user, order number) -> the operator."""
    expired: set[tuple[bytes, int]] = field(default_factory=set)
    """(user, order number) of what nobody served in time."""

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
    draws: defaultdict[str, list[tuple[bytes, int, float]]] = field(default_factory=lambda: defaultdict(list))
    """Operator's name -> (user, period, willingness to pay) of each draw."""
    splits: defaultdict[str, list[tuple[int, float]]] = field(default_factory=lambda: defaultdict(list))
    """Operator's name -> (height of its head, mining fraction from then on), in the order of time."""


def read_events(outcome: Outcome) -> Events:
    """The lease market's events and measures of a run."""
    found = Events()
    _read_measures(outcome, found)
    for placed in outcome.events:
        match placed.event:
            case ServiceOrdered() as event:
                found.ordered[event.user, event.order] = event.operator
            case OrderExpired() as event:
                found.expired.add((event.user, event.order))
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


def _read_measures(outcome: Outcome, found: Events) -> None:
    for placed in outcome.measures:
        measure, participant = placed.measure, placed.participant
        if measure.name == WILLINGNESS:
            operator = participant.rpartition("/")[0]
            found.draws[operator].append((outcome.accounts[participant], measure.key, measure.value))
        elif measure.name == MINING_FRACTION:
            found.splits[participant].append((measure.key, measure.value))


@dataclass(frozen=True, slots=True)
class Orders:
    """What became of the orders for the periods of a window, as far as they are in a block."""

    placed: int
    served: int
    expired: int
    """Refunded, because nobody served them in time."""

    @property
    def pending(self) -> int:
        """Still waiting at the end of the run."""
        return self.placed - self.served - self.expired


@dataclass(frozen=True, slots=True)
class Book:
    """One operator's figures per user, one number for each period, in the paper's units."""

    demand: Samples
    """Bandwidth served, MHz; who ordered nothing or was not served counts as 0."""
    service_profit: Samples
    """What users paid less all rent, Sharecoin; the rent of leased spectrum that no user had falls on the
    period in which the lease was opened."""
    surplus: Samples
    """Users' net utility, Sharecoin."""
    mining_income: Samples
    """What its blocks paid, Sharecoin."""
    orders: Orders

    @property
    def profit(self) -> Samples:
        """Service profit and mining income, Sharecoin."""
        return self.service_profit + self.mining_income


def book_of(name: str, settings: LeaseSettings, outcome: Outcome, events: Events, window: Window) -> Book:
    """The figures of the operator `name` and its users in the window."""
    account = outcome.accounts[name]
    totals = np.zeros((window.count, 3))
    for user, period, willingness in events.draws[name]:
        if period in window.periods:
            totals[period - window.first] += _sample(user, period, willingness, settings.market, events)
    totals[:, 1] -= _idle_rent(account, events, window)
    demand, service_profit, surplus = totals.T / settings.users
    income = _rewards(name, outcome, window) / settings.users
    return Book(demand, service_profit, surplus, income, _orders(account, events, window))


def mean_mining_fraction(name: str, outcome: Outcome, events: Events, window: Window) -> float:
    """Mean over the window's blocks; over the whole run where the window is empty or nothing was reported."""
    splits, heights = events.splits[name], window.heights
    if not splits or not heights:
        return outcome.miners[name].mining_fraction
    fractions = np.full(len(heights), splits[0][1])
    for height, fraction in splits:
        fractions[max(0, height + 1 - heights.start) :] = fraction
    return float(np.mean(fractions))


def last_mining_fraction(name: str, outcome: Outcome, events: Events) -> float:
    """The split at the end of the run."""
    splits = events.splits[name]
    return splits[-1][1] if splits else outcome.miners[name].mining_fraction


def leased_hz_mean(events: Events, window: Window) -> float:
    """Bandwidth leased at a time, averaged over the window's blocks."""
    heights, total = window.heights, 0
    for key, (height, lease) in events.leases.items():
        end = events.withdrawn.get(key, (height + lease.blocks, 0))[0]
        overlap = min(end + 1, heights.stop) - max(height + 1, heights.start)
        total += lease.bandwidth * max(0, overlap)
    return total / len(heights) if heights else 0.0


def _orders(operator: bytes, events: Events, window: Window) -> Orders:
    placed = [
        key for key, served_by in events.ordered.items() if served_by == operator and key[1] in window.periods
    ]
    served = sum(key in events.services for key in placed)
    return Orders(len(placed), served, sum(key in events.expired for key in placed))


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


def _idle_rent(operator: bytes, events: Events, window: Window) -> Samples:
    used: defaultdict[int, float] = defaultdict(float)
    for service in events.services.values():
        if service.operator == operator:
            used[service.lease] += _used_share(service, events)
    idle = np.zeros(window.count)
    for key, (height, _) in events.leases.items():
        if key[0] == operator and height in window.heights:
            rent = (1.0 - used[key[1]]) * _rent(key, events)
            idle[(height - 1) // window.period_blocks - window.first] += rent / SHARECOIN
    return idle


def _rewards(name: str, outcome: Outcome, window: Window) -> Samples:
    rewards = np.zeros(window.count)
    for block in outcome.blocks:
        if block.miner == name and block.height in window.heights:
            rewards[(block.height - 1) // window.period_blocks - window.first] += block.reward / SHARECOIN
    return rewards
