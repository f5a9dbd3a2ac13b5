"""The Euclidean projection onto a capped simplex in exact integers, the same on every machine.

The split is the point z of {z >= 0, sum z <= T} nearest to given values y (reference: eq. (36)-(39) of the paper,
whose test on the l1 norm holds for y >= 0 only; here negative entries are right too). Rounding rules:

1. Where the positive parts of y add up to T or less, z = max(y, 0), exactly.
2. Otherwise z = max(y - beta, 0) with the one beta that makes the sum T. It is the fraction (S - T) / k, where S is
   the sum of the k values above it. Each of these k gets floor(y - beta), that is y minus beta rounded up.
3. That leaves fewer than k units. They go, one each, to the first of the k in the order given (that of their keys).

So z is whole, its sum is T exactly, and it is less than 1 unit away from the true projection in every entry.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Projection:
    """A projected point."""

    split: list[int]
    """z, in the order of the values."""
    threshold: int
    """beta rounded up; 0 where the sum is within its cap as it is."""


def project(values: Sequence[int], total: int) -> Projection:
    """The point of {z >= 0, sum z <= total} nearest to `values`, by the rounding rules above."""
    positive = [value if value > 0 else 0 for value in values]
    if sum(positive) <= total:
        return Projection(positive, 0)
    count, excess = _above_threshold(values, total)
    threshold = -(-excess // count)
    # Whole values above beta are at least the rounded-up beta, so nothing here turns negative.
    split, left = [], threshold * count - excess
    for value in values:
        share = 0
        if value * count > excess:
            share = value - threshold
            if left:
                share, left = share + 1, left - 1
        split.append(share)
    return Projection(split, threshold)


def _above_threshold(values: Sequence[int], total: int) -> tuple[int, int]:
    """(k, S - T): how many values are above beta and what they have too much together."""
    count, excess = 0, -total
    for value in sorted(values, reverse=True):
        if value * (count + 1) < excess + value:
            break
        count, excess = count + 1, excess + value
    return count, excess
