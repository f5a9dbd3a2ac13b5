"""Roots of many increasing functions at once: Newton steps kept inside a bracket."""

from typing import Protocol, Self

import numpy as np

from apps.admm.efficiency import CellIndex
from apps.admm.parameters import FloatArray

_MOST_STEPS = 200
_LAST_STEP = 3e-9
"""After a Newton step this short, relative, what is left is of the order of its square: below rounding."""


class Increasing(Protocol):
    """M increasing functions of one variable each."""

    def __call__(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Values and slopes at `x` (M,), each of shape (M,)."""
        ...

    def take(self, index: CellIndex) -> Self:
        """Some of the functions only."""
        ...


def increasing_roots(functions: Increasing, start: FloatArray, lowest: float, highest: float) -> FloatArray:
    """Root of each function in [lowest, highest], shape (M,), sought from `start` (M,); NaN where there is none.

    A function is stepped until its own step is short, so its root does not depend on which others are sought
    with it. Once most are found the others go on alone.
    """
    root = np.full(len(start), np.nan)
    waiting = np.arange(len(start))
    search = _Search(functions, start, lowest, highest)
    for _ in range(_MOST_STEPS):
        search.step()
        found = waiting[~search.sought]
        root[found] = search.result()
        if len(found) == len(waiting):
            break
        if 2 * len(found) >= len(waiting):
            waiting = waiting[search.sought]
            search = search.rest()
    return root


class _Search:
    """Where each function stands, its bracket, and whether it is still sought."""

    def __init__(self, functions: Increasing, x: FloatArray, lowest: float, highest: float) -> None:
        self._functions, self._lowest, self._highest = functions, lowest, highest
        self._x = np.clip(x, lowest, highest)
        self._below = np.full(len(x), -np.inf)
        self._above = np.full(len(x), np.inf)
        self._rootless = np.zeros(len(x), dtype=np.bool_)
        self.sought = np.ones(len(x), dtype=np.bool_)

    def step(self) -> None:
        """A Newton step of those still sought; to the middle of the bracket where it would leave that."""
        x = self._x
        with np.errstate(under="ignore"):
            value, slope = self._functions(x)
        self._below = np.where(self.sought & (value <= 0.0), x, self._below)
        self._above = np.where(self.sought & (value >= 0.0), x, self._above)
        low, high = np.maximum(self._below, self._lowest), np.minimum(self._above, self._highest)
        newton = np.clip(x - value / slope, self._lowest, self._highest)
        done = np.abs(newton - x) <= _LAST_STEP * np.maximum(1.0, np.abs(x))
        inside = (newton > self._below) & (newton < self._above)
        target = np.where(done | inside, newton, 0.5 * (low + high))
        self._rootless |= self.sought & (value != 0.0) & ((low >= self._highest) | (high <= self._lowest))
        self._x = np.where(self.sought & ~self._rootless, target, x)
        self.sought = self.sought & ~done & ~self._rootless

    def result(self) -> FloatArray:
        """Roots of those no longer sought; NaN where there is none."""
        return np.where(self._rootless, np.nan, self._x)[~self.sought]

    def rest(self) -> "_Search":
        """The search of those still sought."""
        left = np.flatnonzero(self.sought)
        search = _Search(self._functions.take(left), self._x[left], self._lowest, self._highest)
        search._below, search._above = self._below[left], self._above[left]
        return search
