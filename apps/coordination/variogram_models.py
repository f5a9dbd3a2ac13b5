"""Semivariogram models: how much two received levels differ, in dB^2, by the distance of their places.

gamma(0) = 0 and gamma(h) = nugget + structure(h) for h > 0. Ranges and sills are PyKrige's: `sill` is the total,
nugget included, and `range_m` the practical range, at which the exponential and the Gaussian reach 95 % of their
partial sill. (PyKrige 1.7, variogram_models.py; P. K. Kitanidis, Introduction to Geostatistics, 1997.)

Kriging works with a covariance: `level - structure(h)`. A bounded model's level is its partial sill. An unbounded
one has none; any level large enough gives the same kriging, because weights that add up to 1 cancel it.
"""

import math
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from apps.coordination.map_errors import BadMapInput
from apps.coordination.samples import FloatArray, require_number

_GAUSSIAN_SCALE = 4.0 / 7.0
_LARGEST_SMOOTHNESS = 50.0


@runtime_checkable
class VariogramModel(Protocol):
    """A semivariogram, isotropic, on the plane."""

    @property
    def nugget(self) -> float:
        """Semivariance just off distance 0, dB^2: noise and what varies within the shortest lag."""
        ...

    @property
    def is_valid(self) -> bool:
        """Whether it is conditionally negative definite for any sites on the plane."""
        ...

    def level(self, extent_m: float) -> float:
        """A level that makes `level - structure` a covariance for sites within `extent_m` of each other, dB^2."""
        ...

    def covariance(self, distance_m: FloatArray, level: float) -> FloatArray:
        """`level - structure(distance)`, dB^2, any shape. The distances are used up: it may return their array."""
        ...

    def semivariance(self, distance_m: FloatArray) -> FloatArray:
        """gamma at distances of any shape, dB^2."""
        ...


class _Semivariance:
    """gamma from the covariance."""

    __slots__ = ()

    @property
    def is_valid(self) -> bool:
        """True: conditionally negative definite on the plane."""
        return True

    def semivariance(self: VariogramModel, distance_m: FloatArray) -> FloatArray:
        """gamma at distances of any shape, dB^2: 0 at 0, nugget + structure elsewhere."""
        distance = np.array(distance_m, dtype=np.float64)
        level = self.level(float(distance.max(initial=0.0)))
        gamma = level + self.nugget - self.covariance(distance.copy(), level)
        return np.where(distance == 0.0, 0.0, gamma)


@dataclass(frozen=True, slots=True)
class _Bounded(_Semivariance):
    """sill: total sill, dB^2; range_m: practical range, m; nugget: part of the sill, dB^2."""

    sill: float
    range_m: float
    nugget: float = 0.0

    def __post_init__(self) -> None:
        require_number("nugget", self.nugget, 0.0)
        require_number("range_m", self.range_m, 0.0, inclusive=False)
        require_number("sill", self.sill, 0.0, inclusive=False)
        if self.nugget > self.sill:
            raise BadMapInput("nugget", self.nugget, f"at most the sill, {self.sill:g}")

    @property
    def partial_sill(self) -> float:
        """sill - nugget, dB^2: what depends on the distance."""
        return self.sill - self.nugget

    def level(self, extent_m: float) -> float:
        """The partial sill, whatever the extent."""
        return self.partial_sill


class Exponential(_Bounded):
    """structure(h) = (sill - nugget) (1 - exp(-3 h / range))."""

    __slots__ = ()

    def covariance(self, distance_m: FloatArray, level: float) -> FloatArray:
        """(sill - nugget) exp(-3 h / range) for the level of the model."""
        distance_m *= -3.0 / self.range_m
        return _scaled(np.exp(distance_m, out=distance_m), self.partial_sill, level)


class Gaussian(_Bounded):
    """structure(h) = (sill - nugget) (1 - exp(-(h / (4/7 range))^2))."""

    __slots__ = ()

    def covariance(self, distance_m: FloatArray, level: float) -> FloatArray:
        """(sill - nugget) exp(-(h / (4/7 range))^2) for the level of the model."""
        np.square(distance_m, out=distance_m)
        distance_m *= -1.0 / (_GAUSSIAN_SCALE * self.range_m) ** 2
        return _scaled(np.exp(distance_m, out=distance_m), self.partial_sill, level)


class Spherical(_Bounded):
    """structure(h) = (sill - nugget) (1.5 u - 0.5 u^3), u = min(h / range, 1)."""

    __slots__ = ()

    def covariance(self, distance_m: FloatArray, level: float) -> FloatArray:
        """(sill - nugget) (1 - 1.5 u + 0.5 u^3) for the level of the model."""
        u = distance_m
        u *= 1.0 / self.range_m
        np.minimum(u, 1.0, out=u)
        decay = np.square(u)
        decay -= 3.0
        decay *= u
        decay *= 0.5
        decay += 1.0
        return _scaled(decay, self.partial_sill, level)


class BoundedLinear(_Bounded):
    """structure(h) = (sill - nugget) min(h / range, 1): the paper's artefact, not valid on the plane.

    It is a variogram on a line only. On the plane its kriging system is indefinite once sites are dense
    (n >= 300 in the paper's setting), and predictions explode; it is here to reproduce the paper's Table 2.
    """

    __slots__ = ()

    @property
    def is_valid(self) -> bool:
        """False: some sites on the plane make its kriging system indefinite."""
        return False

    def covariance(self, distance_m: FloatArray, level: float) -> FloatArray:
        """(sill - nugget) (1 - min(h / range, 1)) for the level of the model."""
        distance_m *= -1.0 / self.range_m
        np.maximum(distance_m, -1.0, out=distance_m)
        distance_m += 1.0
        return _scaled(distance_m, self.partial_sill, level)


@dataclass(frozen=True, slots=True)
class Matern(_Bounded):
    """structure(h) = (sill - nugget) (1 - 2^(1-nu) / Gamma(nu) s^nu K_nu(s)), s = 3 sqrt(2 nu) h / range.

    smoothness: nu, above 0 and up to 50; 3/2 unless given. With nu = 1/2 it is `Exponential` of the same range;
    at the range it reaches 95 % (nu = 1/2) to 99 % (nu large) of its partial sill.
    (Rasmussen and Williams, Gaussian Processes for Machine Learning, 2006, eq. 4.14, with length range / 3.)
    """

    smoothness: float = 1.5

    def __post_init__(self) -> None:
        _Bounded.__post_init__(self)
        require_number("smoothness", self.smoothness, 0.0, inclusive=False)
        if self.smoothness > _LARGEST_SMOOTHNESS:
            raise BadMapInput("smoothness", self.smoothness, f"at most {_LARGEST_SMOOTHNESS:g}")

    def covariance(self, distance_m: FloatArray, level: float) -> FloatArray:
        """(sill - nugget) times the Matern correlation for the level of the model."""
        distance_m *= 3.0 * math.sqrt(2.0 * self.smoothness) / self.range_m
        decay = _matern_3_2(distance_m) if self.smoothness == 1.5 else _matern(distance_m, self.smoothness)
        return _scaled(decay, self.partial_sill, level)


@dataclass(frozen=True, slots=True)
class Linear(_Semivariance):
    """structure(h) = slope h, slope = (sill - nugget) / range, without bound; PyKrige's linear model [slope, nugget].

    sill: semivariance that the line reaches at `range_m` and then exceeds, dB^2; range_m: m; nugget: part of the sill.
    """

    sill: float
    range_m: float
    nugget: float = 0.0

    def __post_init__(self) -> None:
        require_number("nugget", self.nugget, 0.0)
        require_number("range_m", self.range_m, 0.0, inclusive=False)
        require_number("sill", self.sill, self.nugget)

    @classmethod
    def with_slope(cls, slope_db2_per_m: float, nugget: float = 0.0) -> "Linear":
        """The line that rises from the nugget (dB^2) by a slope above 0 (dB^2/m)."""
        return cls(
            nugget + require_number("slope_db2_per_m", slope_db2_per_m, 0.0, inclusive=False), 1.0, nugget
        )

    @property
    def slope_db2_per_m(self) -> float:
        """dB^2/m."""
        return (self.sill - self.nugget) / self.range_m

    def level(self, extent_m: float) -> float:
        """slope * extent.

        Sites in a disc of radius R need slope * pi R / 2 (the largest energy of a measure of mass 1 under the
        kernel |x - y|; R. Alexander and K. B. Stolarsky, Trans. AMS 193, 1974), which is less for R = extent / 2.
        """
        return self.slope_db2_per_m * extent_m

    def covariance(self, distance_m: FloatArray, level: float) -> FloatArray:
        """level - slope h."""
        distance_m *= -self.slope_db2_per_m
        distance_m += level
        return distance_m


@dataclass(frozen=True, slots=True)
class Mixture(_Semivariance):
    """Sum of valid models and a nugget, itself valid: what a non-negative fit over a dictionary returns.

    own_nugget: dB^2, added to the nuggets of the atoms; atoms: the models that are added.
    """

    own_nugget: float
    atoms: tuple[VariogramModel, ...]

    def __post_init__(self) -> None:
        require_number("own_nugget", self.own_nugget, 0.0)
        for atom in self.atoms:
            if not atom.is_valid:
                raise BadMapInput("atoms", atom, "models that are valid on the plane")

    @property
    def nugget(self) -> float:
        """The own nugget and the atoms', dB^2."""
        return self.own_nugget + sum(atom.nugget for atom in self.atoms)

    def level(self, extent_m: float) -> float:
        """Sum of the atoms' levels, dB^2."""
        return float(sum(atom.level(extent_m) for atom in self.atoms))

    def covariance(self, distance_m: FloatArray, level: float) -> FloatArray:
        """level minus the atoms' structures."""
        parts = [atom.level(0.0) for atom in self.atoms]
        total = np.full_like(distance_m, level - sum(parts))
        for atom, part in zip(self.atoms, parts, strict=True):
            total += atom.covariance(distance_m.copy(), part)
        return total


def _scaled(correlation: FloatArray, partial_sill: float, level: float) -> FloatArray:
    """partial sill * correlation, lifted where another level than the partial sill is asked for."""
    correlation *= partial_sill
    if level != partial_sill:
        correlation += level - partial_sill
    return correlation


def _matern_3_2(s: FloatArray) -> FloatArray:
    decay = np.exp(-s)
    s += 1.0
    decay *= s
    return decay


def _matern(s: FloatArray, smoothness: float) -> FloatArray:
    """2^(1-nu) / Gamma(nu) s^nu K_nu(s) through the exponentially scaled K_nu, which does not underflow early."""
    from scipy.special import kve

    safe = np.maximum(s, 1e-10)
    log_scale = (1.0 - smoothness) * math.log(2.0) - math.lgamma(smoothness)
    with np.errstate(over="ignore", invalid="ignore"):
        decay = np.exp(log_scale + smoothness * np.log(safe) - s + np.log(kve(smoothness, safe)))
    return np.where((s < 1e-10) | ~np.isfinite(decay), 1.0, np.minimum(decay, 1.0))
