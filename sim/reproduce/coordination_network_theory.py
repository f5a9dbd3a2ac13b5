"""Theory of how long frequency coordination takes on a chain: a sum of waits for blocks, each after some delay.

A step is a transaction. It is sent when its sender sees the step before confirmed, c blocks deep, and is in the first
block whose miner has it. With T the times between blocks of the best chain and D the time from the block that makes
the sender act until its transaction is at the next miner, a step takes c - 1 times T and the first block after D.
Without delays T and the wait for the first block are exponential with mean I, so k steps are Gamma(k c) distributed
in units of I; the buyer's own first step waits for no confirmation, which leaves Gamma(1 + 4 c) for the decision.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import sqrt

import numpy as np

from apps.admm.parameters import FloatArray
from sim.reproduce.acquisition_network_theory import BlockTimes

TRANSITIONS = ("tx_data", "rx_data", "ch_grade", "ch_data")
"""Steps that wait for the confirmations of the step before; pay_coin comes first and waits for none."""
POINTS = 4096
"""Of the lattice on which times are added up."""
_FINER = 4
"""Times as fine is the grid on which a distribution is integrated."""
_MOST_TIMES = 20.0
"""Largest factor by which delays are adapted to a stale rate."""
_TAIL = 10.0
"""Standard deviations beyond the mean that a lattice reaches at least."""


@dataclass(frozen=True, slots=True)
class GammaLatency:
    """From request to decision if blocks and transactions were everywhere at once: Gamma(shape) times the interval."""

    interval_s: float
    confirmations: int

    @property
    def shape(self) -> int:
        """Blocks that are waited for one after another."""
        return 1 + len(TRANSITIONS) * self.confirmations

    @property
    def mean_s(self) -> float:
        """Shape times the interval."""
        return self.shape * self.interval_s

    @property
    def std_s(self) -> float:
        """Root of the shape times the interval: the relative spread falls with the root of the blocks."""
        return sqrt(self.shape) * self.interval_s

    def quantile_s(self, probability: float) -> float:
        """Time by which that share of the requests is decided."""
        from scipy.special import gammaincinv

        return float(gammaincinv(self.shape, probability)) * self.interval_s


@dataclass(frozen=True, slots=True, eq=False)
class Delays:
    """Law of a delay D."""

    delay_s: FloatArray
    """(n,) from the block that makes somebody act until the action is at a miner, 0 or more."""
    chance: FloatArray
    """(n,), sum 1."""

    @property
    def mean_s(self) -> float:
        """Mean delay."""
        return float(self.delay_s @ self.chance)

    @classmethod
    def mixed(cls, delay_s: FloatArray, hash_shares: FloatArray) -> "Delays":
        """All rows (n, miners) alike, miners by their hash shares; what is below 0 counts as 0."""
        chance = np.broadcast_to(hash_shares / len(delay_s), delay_s.shape)
        return cls(np.maximum(delay_s, 0.0).ravel(), chance.ravel())


@dataclass(frozen=True, slots=True, eq=False)
class Law:
    """Distribution of a time, as masses on a lattice from 0."""

    step_s: float
    mass: FloatArray
    """(points,), sum 1."""

    @property
    def mean_s(self) -> float:
        """Mean."""
        return float(self._times_s @ self.mass)

    @property
    def variance_s2(self) -> float:
        """Variance."""
        return float((self._times_s - self.mean_s) ** 2 @ self.mass)

    def quantile_s(self, probability: float) -> float:
        """Time by which that share has happened."""
        return float(np.interp(probability, np.cumsum(self.mass), self._times_s + self.step_s / 2.0))

    @property
    def _times_s(self) -> FloatArray:
        return np.arange(len(self.mass), dtype=np.float64) * self.step_s


@dataclass(frozen=True, eq=False)
class Lattice:
    """Laws of sums of times between blocks, on equidistant times from 0.

    Mass between two points is split between them so that means stay exact; the step is a small part of an interval.
    """

    times: BlockTimes
    horizon_s: float
    """Later than anything that is of interest."""
    points: int = POINTS

    @property
    def step_s(self) -> float:
        """Distance of the points."""
        return self.horizon_s / self.points

    @cached_property
    def block(self) -> FloatArray:
        """(points,) law of the time T to the next block: second differences of the integral of its distribution."""
        fine_s = np.arange((self.points + 1) * _FINER + 1, dtype=np.float64) * (self.step_s / _FINER)
        there = self.times.distribution(fine_s)
        integral = np.concatenate(([0.0], np.cumsum((there[1:] + there[:-1]) / 2.0))) / _FINER
        return np.diff(integral[::_FINER], n=2, prepend=0.0)

    @cached_property
    def renewal(self) -> FloatArray:
        """(points,) expected blocks at each time after a block: m = f + f * m."""
        f, m = self.block, np.zeros(self.points)
        for k in range(self.points):
            m[k] = (f[k] + f[1 : k + 1] @ m[:k][::-1]) / (1.0 - f[0])
        return m

    def first_after(self, delays: Delays) -> FloatArray:
        """(points,) law of the first block after D: blocks after D less those that follow another one after D."""
        after = self.renewal * self._is_after(delays)
        return np.asarray(after - self.convolve(after, self.block))

    def blocks(self, delays: Delays) -> float:
        """Expected blocks up to the first one after D, itself included."""
        return 1.0 + float(self.renewal @ (1.0 - self._is_after(delays)))

    def earlier(self, law: FloatArray, time_s: float) -> FloatArray:
        """The law of what is so much sooner; what would be before 0 is at 0."""
        steps, part = divmod(time_s / self.step_s, 1.0)
        padded = np.concatenate((law, np.zeros(int(steps) + 1)))
        moved = (1.0 - part) * padded[int(steps) :][: self.points]
        moved += part * padded[int(steps) + 1 :][: self.points]
        moved[0] += law.sum() - moved.sum()
        return np.asarray(moved)

    def convolve(self, *laws: FloatArray) -> FloatArray:
        """(points,) law of the sum of independent times."""
        product = np.prod([np.fft.rfft(law, 2 * self.points) for law in laws], axis=0)
        return np.asarray(np.fft.irfft(product, 2 * self.points)[: self.points])

    def _is_after(self, delays: Delays) -> FloatArray:
        """(points,) probability that a time that belongs to a point, spread as a triangle around it, is after D."""
        x = np.clip(delays.delay_s / self.step_s - np.arange(self.points)[:, None], -1.0, 1.0)
        part = np.where(x < 0.0, 1.0 - (1.0 + x) ** 2 / 2.0, (1.0 - x) ** 2 / 2.0)
        # At 0 there is only the half of the triangle that is not negative.
        part[0] *= 2.0
        return np.asarray(part @ delays.chance)


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """What a run of requests waits for: the delays of each of their steps."""

    times: BlockTimes
    confirmations: int
    asked_s: FloatArray
    """(requests,) from the block that makes a buyer ask until it asks."""
    payments: Sequence[Delays]
    """(requests,) from that block until the payment is at the next miner."""
    transitions: Sequence[Delays]
    """Of each of TRANSITIONS, from the block in which its sender sees the step before confirmed."""


@dataclass(frozen=True, slots=True, eq=False)
class Latency:
    """What theory says of a flow."""

    law: Law
    """Of the time from the buyer's asking to the block that holds the decision."""
    blocks: float
    """Expected number from the block that holds the payment to the one that holds the decision."""


def latency(flow: Flow) -> Latency:
    """Add up the waits of all steps, which are independent but for what theory leaves out."""
    lattice = _lattice(flow)
    first = np.mean(
        [
            lattice.earlier(lattice.first_after(delays), asked_s)
            for asked_s, delays in zip(flow.asked_s, flow.payments, strict=True)
        ],
        axis=0,
    )
    later = [lattice.first_after(delays) for delays in flow.transitions]
    confirming = [lattice.block] * ((flow.confirmations - 1) * len(flow.transitions))
    mass = np.maximum(lattice.convolve(first, *later, *confirming), 0.0)
    blocks = sum(flow.confirmations - 1 + lattice.blocks(delays) for delays in flow.transitions)
    return Latency(Law(lattice.step_s, mass / mass.sum()), blocks)


def with_stale_rate(times: BlockTimes, stale_rate: float) -> BlockTimes:
    """The same with all delays times one factor, so that this part of all blocks found is stale.

    Blocks found are I apart, those of the chain E[T], so the stale rate is 1 - I / E[T] whatever delays it comes from.
    Delays alone give more: a miner that has found a sibling of a block does not wait for that block.
    """
    from scipy.optimize import brentq

    goal_s = times.interval_s / (1.0 - stale_rate)

    def missing_s(factor: float) -> float:
        return replace(times, delay_s=factor * times.delay_s).mean_s - goal_s

    if stale_rate <= 0.0:
        return replace(times, delay_s=np.zeros(1))
    # With one miner, or hardly any delay, no factor reaches the goal: the largest is nearest.
    factor = float(brentq(missing_s, 0.0, _MOST_TIMES)) if missing_s(_MOST_TIMES) > 0.0 else _MOST_TIMES
    return replace(times, delay_s=factor * times.delay_s)


def residual_s(times: BlockTimes, horizon_intervals: float = 40.0) -> float:
    """Mean time from a moment of somebody's own choosing to the next block: E[T^2] / (2 E[T]), not E[T] / 2.

    Long intervals hold more moments than short ones (inspection paradox). Without delays it is a whole interval.
    """
    end_s = horizon_intervals * times.interval_s + float(times.delay_s.max())
    time_s = np.linspace(0.0, end_s, POINTS * _FINER)
    none = 1.0 - times.distribution(time_s)
    return float(np.trapezoid(time_s * none, time_s) / np.trapezoid(none, time_s))


def _lattice(flow: Flow) -> Lattice:
    waits = 1 + len(flow.transitions) * flow.confirmations
    delay_s = max(delays.mean_s for delays in (*flow.payments, *flow.transitions))
    mean_s = flow.times.mean_s
    return Lattice(
        flow.times,
        waits * mean_s
        + (1 + len(flow.transitions)) * (delay_s + mean_s)
        + _TAIL * sqrt(waits) * (mean_s + delay_s),
    )
