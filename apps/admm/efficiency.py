"""Expected spectral efficiency g(gamma) = E[log2(1 + gamma |h|^2)] of cells, by three interchangeable rules.

gamma = p / (w sigma^2) is the power per bandwidth and noise density, the same for all users of a cell.
"""

import math
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from apps.admm.channel import kappa
from apps.admm.distance_integral import efficiency_moments
from apps.admm.half_range import MOST_POINTS, half_range_hermite
from apps.admm.log_nodes import log_nodes
from apps.admm.parameters import (
    BadParameter,
    FloatArray,
    require_above,
    require_count,
    require_positive_array,
)

CellIndex = slice | NDArray[np.intp] | NDArray[np.bool_]

_LN_2 = math.log(2.0)
_BLOCK_ELEMENTS = 24_576
_NODE_BLOCK_CELLS = 512
_MOST_SCALE = 1e200
_TIGHTEST, _LOOSEST = 1e-13, 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Derivatives:
    """g, g' and g'' with respect to gamma, one gamma per cell, each of shape (M,), in bit/s/Hz."""

    value: FloatArray
    first: FloatArray
    second: FloatArray


class EfficiencyCurve(Protocol):
    """g of M cells."""

    def derivatives(self, gamma: FloatArray) -> Derivatives:
        """g, g', g'' at `gamma` (M,), one value above 0 per cell; what is too small for a float is 0."""
        ...

    def take(self, index: CellIndex) -> "EfficiencyCurve":
        """The curve of some of the cells, chosen by slice, positions or mask."""
        ...


@runtime_checkable
class RateRule(Protocol):
    """A way to compute g for cells of given radii."""

    @property
    def name(self) -> str:
        """The rule's name in settings."""
        ...

    def curve(self, radius_m: FloatArray, pathloss_exponent: float) -> EfficiencyCurve:
        """g of the cells with these radii (M,); raises BadParameter unless radii > 0 and exponent > 2."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class NodeCurve:
    """g(gamma) = sum over k of weight_k log2(1 + gamma gain_k), the paper's (23) without phi.

    gain, weight: arrays of shape (M, n).
    """

    gain: FloatArray
    weight: FloatArray

    @property
    def total_mass(self) -> FloatArray:
        """Sum of the weights of each cell (M,): 1 for a rule that sees the whole distribution."""
        return np.asarray(self.weight.sum(axis=1))

    def take(self, index: CellIndex) -> "NodeCurve":
        """The curve of some of the cells, chosen by slice, positions or mask."""
        return NodeCurve(self.gain[index], self.weight[index])

    def derivatives(self, gamma: FloatArray) -> Derivatives:
        """g, g', g'' at `gamma` (M,), block by block of cells that fits the processor's cache."""
        cells, nodes = self.gain.shape
        block = min(cells, max(1, _BLOCK_ELEMENTS // nodes))
        sums = np.empty((3, cells))
        log_buffer, ratio_buffer = np.empty((2, block, nodes))
        with np.errstate(under="ignore"):
            for start in range(0, cells, block):
                rows = slice(start, min(start + block, cells))
                gain, weight = self.gain[rows], self.weight[rows]
                log, ratio = log_buffer[: len(gain)], ratio_buffer[: len(gain)]
                np.multiply(gain, gamma[rows, None], out=log)
                np.add(log, 1.0, out=ratio)
                np.divide(gain, ratio, out=ratio)
                np.log1p(log, out=log)
                np.einsum("mk,mk->m", weight, log, out=sums[0, rows])
                np.einsum("mk,mk->m", weight, ratio, out=sums[1, rows])
                np.einsum("mk,mk,mk->m", weight, ratio, ratio, out=sums[2, rows])
            sums /= _LN_2
        return Derivatives(sums[0], sums[1], -sums[2])


@dataclass(frozen=True, slots=True, eq=False)
class DistanceCurve:
    """g by integration over the distance, cell after cell: slow, and independent of the gain's distribution.

    radius_m: (M,); tolerance: relative, of g, g' and g'' each.
    """

    radius_m: FloatArray
    pathloss_exponent: float
    tolerance: float

    def take(self, index: CellIndex) -> "DistanceCurve":
        """The curve of some of the cells, chosen by slice, positions or mask."""
        return DistanceCurve(self.radius_m[index], self.pathloss_exponent, self.tolerance)

    def derivatives(self, gamma: FloatArray) -> Derivatives:
        """g, g', g'' at `gamma` (M,); raises IntegralNotReached where the tolerance cannot be met."""
        moments = np.empty((3, len(self.radius_m)))
        for m, (g, r) in enumerate(zip(gamma.tolist(), self.radius_m.tolist(), strict=True)):
            moments[:, m] = efficiency_moments(g, r, self.pathloss_exponent, self.tolerance)
        with np.errstate(under="ignore"):
            value, first, second = moments / _LN_2
            return Derivatives(value, first / gamma, -second / gamma / gamma)


@dataclass(frozen=True, slots=True)
class LogTrapezoid:
    """The trapezoid rule in ln x, the default; `points` nodes, from 8 to 2000.

    With 96 points g has a relative error below 1e-11, and g' and g'' below 5e-11, for radii from 1 m to 5 km and
    exponents from 2.05 to 6 with r^alpha up to 1e15, at any gamma; at the paper's cells and rates it is 2e-15.
    Beyond, where the gains spread over more decades, it grows: 5e-10 and 1e-9 at 5 km with exponent 6.
    """

    points: int = 96

    def __post_init__(self) -> None:
        object.__setattr__(self, "points", require_count("points", self.points, 8, 2000))

    @property
    def name(self) -> str:
        """The rule's name in settings."""
        return "log-trapezoid"

    def curve(self, radius_m: FloatArray, pathloss_exponent: float) -> NodeCurve:
        """g of the cells with these radii (M,); raises BadParameter unless radii > 0 and exponent > 2."""
        radii, cell = _distinct_radii(radius_m, pathloss_exponent)
        gain, weight = np.empty((2, len(radii), self.points))
        for start in range(0, len(radii), _NODE_BLOCK_CELLS):
            rows = slice(start, start + _NODE_BLOCK_CELLS)
            gain[rows], weight[rows] = log_nodes(radii[rows], pathloss_exponent, self.points)
        return NodeCurve(gain[cell], weight[cell])


@dataclass(frozen=True, slots=True)
class HalfRangeHermite:
    """The paper's rule (23): x = t^2 at the `points` nodes t of half-range Gauss-Hermite quadrature, 1 to 2000.

    It is not accurate here: kappa varies on t ~ r^(-alpha/2), which is 1e-4 in the paper's cells, and few nodes
    lie there. With the paper's K = 500 g is off by -10 % to +18 %, and `total_mass` by -6 % to +25 %.
    """

    points: int = 500

    def __post_init__(self) -> None:
        object.__setattr__(self, "points", require_count("points", self.points, 1, MOST_POINTS))

    @property
    def name(self) -> str:
        """The rule's name in settings."""
        return "half-range-hermite"

    def curve(self, radius_m: FloatArray, pathloss_exponent: float) -> NodeCurve:
        """g of the cells with these radii (M,); raises BadParameter unless radii > 0 and exponent > 2."""
        radii, cell = _distinct_radii(radius_m, pathloss_exponent)
        t, a = half_range_hermite(self.points)
        gain = np.broadcast_to(t * t, (len(cell), self.points))
        with np.errstate(under="ignore"):
            weight = 2.0 * a * t * kappa(t * t, radii[:, None], pathloss_exponent)
        return NodeCurve(gain, weight[cell])


@dataclass(frozen=True, slots=True)
class Adaptive:
    """Integration over the distance until g, g' and g'' agree within `tolerance`, 1e-13 to 1e-3."""

    tolerance: float = 1e-12

    def __post_init__(self) -> None:
        tolerance = require_above("tolerance", self.tolerance, 0.0)
        if not _TIGHTEST <= tolerance <= _LOOSEST:
            raise BadParameter("tolerance", self.tolerance, f"a number from {_TIGHTEST:g} to {_LOOSEST:g}")
        object.__setattr__(self, "tolerance", tolerance)

    @property
    def name(self) -> str:
        """The rule's name in settings."""
        return "adaptive"

    def curve(self, radius_m: FloatArray, pathloss_exponent: float) -> DistanceCurve:
        """g of the cells with these radii (M,); raises BadParameter unless radii > 0 and exponent > 2."""
        radii, cell = _distinct_radii(radius_m, pathloss_exponent)
        return DistanceCurve(radii[cell], pathloss_exponent, self.tolerance)


_RULES: tuple[RateRule, ...] = (LogTrapezoid(), HalfRangeHermite(), Adaptive())


def rule_named(rule: str | RateRule) -> RateRule:
    """The rule of that name with its default settings; a rule is returned as it is.

    Raises BadParameter, with the names there are, for anything else.
    """
    if isinstance(rule, str):
        for known in _RULES:
            if rule == known.name:
                return known
    elif isinstance(rule, RateRule) and not isinstance(rule, type):
        return rule
    names = ", ".join(known.name for known in _RULES)
    raise BadParameter("rule", rule, f"a rate rule or one of {names}")


def _distinct_radii(radius_m: FloatArray, exponent: float) -> tuple[FloatArray, NDArray[np.intp]]:
    """The distinct radii, ascending, and the position of each cell's radius among them."""
    alpha = require_above("pathloss_exponent", exponent, 2.0)
    radii, cell = np.unique(require_positive_array("radius_m", radius_m), return_inverse=True)
    if alpha * math.log(radii[-1]) > math.log(_MOST_SCALE):
        raise BadParameter("radius_m", float(radii[-1]), f"a radius with r^{alpha:g} at most {_MOST_SCALE:g}")
    return radii, cell
