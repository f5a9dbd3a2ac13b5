"""Theory of how many blocks and seconds a round of ADMM takes on a chain whose blocks need time to spread."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from apps.admm.parameters import FloatArray

_STEPS = 600
"""Of the grids on which times are integrated and added up."""


@dataclass(frozen=True, eq=False)
class BlockTimes:
    """Times between blocks of the best chain, independent of each other.

    The finder of a block mines on it at once, the other miners once they have it; what these find before is stale.
    With the finder's hash share h, delays d and interval I the next block is there by t with probability
    1 - exp(-x), x = (h t + (1 - h) E[max(t - d, 0)]) / I. Left out is that somebody who finds a sibling of a block
    mines on at once, too: it counts where the delay is long and the miners are few.
    """

    interval_s: float
    """Mean time between all blocks found, stale ones too (I)."""
    delay_s: FloatArray
    """(n,) times a block takes to the other miners, all alike frequent (d)."""
    hash_shares: FloatArray
    """(miners,), sum 1."""

    @cached_property
    def finders(self) -> FloatArray:
        """(miners,) share of the chain's blocks that each finds: the stationary law of who follows whom."""
        time_s = np.linspace(0.0, float(self.delay_s.max()), _STEPS + 1)
        missing = np.mean(self.delay_s > time_s[:, None], axis=1)
        alone = np.trapezoid(self._none_by(time_s) * missing[:, None], time_s, axis=0) / self.interval_s
        weights = self.hash_shares / (1.0 - self.hash_shares * alone)
        return np.asarray(weights / weights.sum())

    @cached_property
    def mean_s(self) -> float:
        """Mean time between blocks of the chain; I + d with one delay and many small miners."""
        time_s = np.linspace(0.0, float(self.delay_s.max()), _STEPS + 1)
        none = self._none_by(time_s)
        return float((np.trapezoid(none, time_s, axis=0) + self.interval_s * none[-1]) @ self.finders)

    def distribution(self, time_s: FloatArray) -> FloatArray:
        """Probability that the next block is there by each time (n,)."""
        return np.asarray(1.0 - self._none_by(time_s) @ self.finders)

    def _none_by(self, time_s: FloatArray) -> FloatArray:
        """(n, miners) probability of no block by each time after one of each miner."""
        later = np.maximum(time_s[:, None] - self.delay_s, 0.0).mean(axis=1)[:, None]
        expected = self.hash_shares * time_s[:, None] + (1.0 - self.hash_shares) * later
        return np.asarray(np.exp(-expected / self.interval_s))


def blocks_a_round(times: BlockTimes, answer_delay_s: FloatArray, chance: FloatArray, deadline: int) -> float:
    """Expected blocks from the one that opens a round to the one that closes it.

    The first block that comes when all answers have reached its miner closes the round, so a round takes one block
    and one more for each that comes before: sum over k = 0 .. deadline - 1 of P(T_1 + .. + T_k < D). Where at most
    one block fits into D that is 1 + P(T < D), and with blocks and answers of one delay d, D = 2 d, and many small
    miners 2 - exp(-d / I).

    Args:
        times: law of the times T between blocks.
        answer_delay_s: (n,) times D from the block that opens a round until all its answers are at a miner.
        chance: (n,) probability of each.
        deadline: blocks after which a round closes anyway.
    """
    edges = np.linspace(0.0, max(float(answer_delay_s.max()), 1e-9), _STEPS + 1)
    steps = np.diff(times.distribution(edges))
    mass, expected = steps, 1.0
    for k in range(1, deadline):
        # Times in the middle of their steps: the sum of k lies (k - 1) / 2 steps beyond the middle of its own.
        ends = edges[1:] + (k - 1) * edges[1] / 2.0
        reached = np.interp(answer_delay_s, ends, np.cumsum(mass), left=0.0)
        expected += float(np.dot(chance, reached))
        mass = np.convolve(mass, steps)[:_STEPS]
    return expected
