"""Medians, means and shares over independent trials, each with its 95 % interval."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_NORMAL_95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value and its 95 % interval, from `trials` independent trials."""

    value: float
    low: float
    high: float
    trials: int

    def __str__(self) -> str:
        return f"{self.value:.2f} ({self.low:.2f} to {self.high:.2f})"


def median_of(values: Sequence[float]) -> Estimate:
    """The median; the interval is between order statistics, so that it holds whatever the distribution.

    With fewer than six values no order statistics hold 95 %, and the interval is their range.
    """
    from scipy.stats import binom

    ranked = np.sort(np.asarray(values, dtype=np.float64))
    below = max(0, int(binom.ppf(0.025, len(ranked), 0.5)) - 1)
    return Estimate(float(np.median(ranked)), float(ranked[below]), float(ranked[-1 - below]), len(ranked))


def mean_of(values: Sequence[float]) -> Estimate:
    """The mean with Student's interval."""
    from scipy.stats import t

    array = np.asarray(values, dtype=np.float64)
    error = float(array.std(ddof=1)) / math.sqrt(len(array))
    reach = float(t.ppf(0.975, len(array) - 1)) * error
    mean = float(array.mean())
    return Estimate(mean, mean - reach, mean + reach, len(array))


def share_of(hits: int, trials: int) -> Estimate:
    """`hits` of `trials`, with Wilson's interval. (E. B. Wilson, JASA 22, 1927.)"""
    share, z2 = hits / trials, _NORMAL_95**2
    centre = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    reach = _NORMAL_95 * math.sqrt(share * (1 - share) / trials + z2 / (4 * trials**2)) / (1 + z2 / trials)
    return Estimate(share, max(0.0, centre - reach), min(1.0, centre + reach), trials)


def percent(share: Estimate) -> str:
    """A share in words: `70 % (48 to 85)`."""
    return f"{100 * share.value:.0f} % ({100 * share.low:.0f} to {100 * share.high:.0f})"


def grouped_share_of(groups: Sequence[Sequence[bool]]) -> Estimate:
    """Mean share of hits over independent groups, whose own members need not be independent.

    Student's interval over the groups; where all groups agree, Wilson's for that many trials.
    """
    shares = [sum(group) / len(group) for group in groups if group]
    if len(set(shares)) == 1 and shares[0] in (0.0, 1.0):
        return share_of(round(shares[0] * len(shares)), len(shares))
    mean = mean_of(shares)
    return Estimate(mean.value, max(0.0, mean.low), min(1.0, mean.high), len(shares))
