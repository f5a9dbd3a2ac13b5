"""The chance-constrained rule: no place loses its threshold with more than a given probability.

The incumbent's level is S ~ N(S_hat, sigma_k^2) in dB, by kriging; the sharer's interference has log-normal
shadowing sigma_I. The rule is P(S - dB(lin(I) + lin(N)) < theta) <= eps. Three cases:

- sigma_I = 0: S_hat - z sigma_k takes the place of S in the deterministic formulas, z the 1 - eps quantile;
- sigma_k = 0: the tolerable interference goes down by z sigma_I;
- both: the outage is an integral, which grows with the power; its root is found by bisection.

The integral is taken over the shadowing by 64-point Gauss-Hermite quadrature where sigma_k >= 0.35 sigma_I. For
smaller sigma_k (places near a measurement) the integrand is close to a step, which costs that quadrature up to
0.04 in probability; there the integral is taken over the level instead. `quadrature="gauss-hermite"` stays with
the former everywhere, for comparison with tables made that way. Sharers granted before are taken at
the level given: for them put in what a quantile of their shadowing says, not the mean.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy import special

from apps.coordination.decision import tolerable_dbm
from apps.coordination.places import InvalidVariance, ProtectedPlaces
from apps.coordination.quantities import BadQuantity, BoolArray, FloatArray, number_in

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(64)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()
_UNIT_NODES, _UNIT_WEIGHTS = np.polynomial.legendre.leggauss(64)
_UNIT_NODES, _UNIT_WEIGHTS = 0.5 * (1.0 + _UNIT_NODES), 0.5 * _UNIT_WEIGHTS
_SMOOTH_FROM = {"accurate": 0.35, "gauss-hermite": 0.0}
_FARTHEST_SIGMAS = 9.0
_NEPERS_PER_DB = np.log(10.0) / 10.0
_LARGEST_SHADOWING_DB = 50.0
_DEEPEST_DB, _BISECTIONS = 400.0, 45


@dataclass(frozen=True, slots=True)
class ChanceRule:
    """The largest power with an outage of at most `outage` at each place. Raises BadQuantity outside the ranges.

    The probability is that of each place by itself. For all m places together at most `outage`, ask for
    `bonferroni`: each gets outage / m, which is safe whatever the dependence, and strict for many places.
    """

    outage: float = 0.05
    """eps, above 0 and at most 1/2."""
    shadowing_db: float = 0.0
    """sigma_I, standard deviation of the interference, 0 to 50 dB."""
    bonferroni: bool = False
    """Whether `outage` is for all places together."""
    quadrature: Literal["accurate", "gauss-hermite"] = "accurate"
    """How the outage is integrated where level and interference are both random."""

    def __post_init__(self) -> None:
        if self.quadrature not in _SMOOTH_FROM:
            raise BadQuantity("quadrature", self.quadrature, "'accurate' or 'gauss-hermite'")
        if number_in("outage", self.outage, 0.0, 0.5) == 0.0:
            raise BadQuantity("outage", self.outage, "a probability above 0 and at most 0.5")
        number_in("shadowing_db", self.shadowing_db, 0.0, _LARGEST_SHADOWING_DB)

    def limits_dbm(self, places: ProtectedPlaces) -> FloatArray:
        """(m,) largest power that keeps each place, dBm; -inf where the outage is too high without the sharer.

        Raises InvalidVariance when the places have no variance.
        """
        outage = self.place_outage(places)
        z = -float(special.ndtri(outage))
        deviation = _deviations(places)
        highest = places.signal_dbm - places.threshold_db
        level = tolerable_dbm(highest - z * deviation, places.background_dbm)
        if self.shadowing_db > 0.0:
            level -= z * self.shadowing_db
            some = deviation > 0.0
            level[some] = self._law(places, some).largest_level(outage)
        return level - places.coupling_db

    def margins_db(self, places: ProtectedPlaces, power_dbm: float) -> FloatArray:
        """(m,) quantile `outage` of the SINR - theta with a sharer at `power_dbm` (-inf: none), dB.

        Raises InvalidVariance when the places have no variance.
        """
        outage = self.place_outage(places)
        z = -float(special.ndtri(outage))
        deviation, level = _deviations(places), power_dbm + places.coupling_db
        highest = places.signal_dbm - places.threshold_db
        margin = highest - z * deviation - _plus(level + z * self.shadowing_db, places.background_dbm)
        some = deviation > 0.0
        if self.shadowing_db > 0.0 and np.isfinite(power_dbm) and some.any():
            law = self._law(places, some)
            margin[some] = law.margin(level[some], outage)
        return margin

    def _law(self, places: ProtectedPlaces, chosen: BoolArray) -> "_OutageLaw":
        return _OutageLaw(
            (places.signal_dbm - places.threshold_db)[chosen],
            places.background_dbm[chosen],
            _deviations(places)[chosen],
            self.shadowing_db,
            _SMOOTH_FROM[self.quadrature],
        )

    def place_outage(self, places: ProtectedPlaces) -> float:
        """The outage that each single place may have."""
        return self.outage / places.count if self.bonferroni else self.outage


def noise_free_limits_dbm(places: ProtectedPlaces, rule: ChanceRule) -> FloatArray:
    """(m,) S_hat - theta - z sqrt(sigma_k^2 + sigma_I^2) - coupling, dBm: the limits if there were no noise.

    An upper bound of `rule.limits_dbm`, and close to it where S - theta is far above the noise.
    """
    z = -float(special.ndtri(rule.place_outage(places)))
    spread = np.hypot(_deviations(places), rule.shadowing_db)
    return places.signal_dbm - places.threshold_db - z * spread - places.coupling_db


def outage_probability(places: ProtectedPlaces, power_dbm: float, shadowing_db: float = 0.0) -> FloatArray:
    """(m,) probability that each place misses its threshold with the sharer at `power_dbm` (-inf: silent).

    Where nothing is random it is 0 or 1; a SINR at the threshold counts as kept, up to 1e-9 dB of rounding.
    Raises InvalidVariance when the places have no variance, BadQuantity for NaN or a shadowing outside 0 to 50 dB.
    """
    number_in("shadowing_db", shadowing_db, 0.0, _LARGEST_SHADOWING_DB)
    if np.isnan(power_dbm):
        raise BadQuantity("power_dbm", power_dbm, "a level in dBm, or -inf")
    law = _OutageLaw(
        places.signal_dbm - places.threshold_db,
        places.background_dbm,
        _deviations(places),
        shadowing_db,
        _SMOOTH_FROM["accurate"],
    )
    return law.at(power_dbm + places.coupling_db)


def _deviations(places: ProtectedPlaces) -> FloatArray:
    if places.variance_db2 is None:
        raise InvalidVariance("variance_db2", None, "a variance for each place: the rule rests on it")
    return np.sqrt(places.variance_db2)


@dataclass(frozen=True, slots=True)
class _OutageLaw:
    """Outage of each place as a function of the sharer's mean interference there."""

    highest: FloatArray
    """(m,) S_hat - theta, dBm."""
    background: FloatArray
    """(m,) noise and granted sharers, dBm."""
    deviation: FloatArray
    """(m,) sigma_k, dB."""
    shadowing: float
    """sigma_I, dB."""
    smooth_from: float
    """sigma_k / sigma_I from which on Gauss-Hermite is used."""

    def at(self, level: FloatArray) -> FloatArray:
        """(m,) outage at mean interference `level` (m,), dBm."""
        if self.shadowing == 0.0 or np.isneginf(level).all():
            return _missed(_plus(level, self.background) - self.highest, self.deviation)
        smooth = (self.deviation >= self.smooth_from * self.shadowing) & (self.deviation > 0.0)
        result = np.empty_like(level)
        # A deviation near the smallest float makes a quotient infinite, which is the right end of the step.
        with np.errstate(over="ignore"):
            result[smooth] = self._over_shadowing(level, smooth)
            result[~smooth] = self._over_level(level, ~smooth)
        return result

    def largest_level(self, outage: float) -> FloatArray:
        """(m,) largest mean interference with that outage, dBm; -inf where it is exceeded without any.

        Bisection from the noise-free limit downwards; of the last bracket (1e-11 dB) the end that keeps the rule.
        """
        upper = self.highest + float(special.ndtri(outage)) * np.hypot(self.deviation, self.shadowing)
        lower = upper - _DEEPEST_DB
        feasible = self.at(lower) <= outage
        for _ in range(_BISECTIONS):
            middle = 0.5 * (lower + upper)
            kept = self.at(middle) <= outage
            lower, upper = np.where(kept, middle, lower), np.where(kept, upper, middle)
        return np.where(feasible, lower, -np.inf)

    def margin(self, level: FloatArray, outage: float) -> FloatArray:
        """(m,) how much `highest` can go down before `outage` is exceeded at `level` (m,), dB; by bisection."""
        upper = self.highest + float(special.ndtri(outage)) * self.deviation - self.background
        lower = upper - _DEEPEST_DB
        for _ in range(_BISECTIONS):
            middle = 0.5 * (lower + upper)
            kept = replace(self, highest=self.highest - middle).at(level) <= outage
            lower, upper = np.where(kept, middle, lower), np.where(kept, upper, middle)
        return lower

    def _over_shadowing(self, level: FloatArray, chosen: BoolArray) -> FloatArray:
        drawn = level[chosen, None] + self.shadowing * _NODES
        missing = _plus(drawn, self.background[chosen, None]) - self.highest[chosen, None]
        return np.asarray(special.ndtr(missing / self.deviation[chosen, None]) @ _WEIGHTS)

    def _over_level(self, level: FloatArray, chosen: BoolArray) -> FloatArray:
        """The same integral with the interference integrated out first, over s = (S - S_hat) / sigma_k.

        Below s0, where S - theta meets the noise, the place is lost in any case. Above, the tolerable
        interference is log-singular at s0, which s = s0 + (9 - s0) v^2 takes away.
        """
        level, highest = level[chosen], self.highest[chosen]
        background, deviation = self.background[chosen], self.deviation[chosen]
        certain = deviation == 0.0
        s0 = (background - highest) / np.where(certain, 1.0, deviation)
        start = np.clip(s0, -_FARTHEST_SIGMAS, _FARTHEST_SIGMAS)[:, None]
        width = _FARTHEST_SIGMAS - start
        s = start + width * _UNIT_NODES**2
        density = np.exp(-0.5 * s**2) / np.sqrt(2.0 * np.pi) * 2.0 * _UNIT_NODES * width
        room = tolerable_dbm(highest[:, None] + deviation[:, None] * s, background[:, None])
        within = (density * special.ndtr((level[:, None] - room) / self.shadowing)) @ _UNIT_WEIGHTS
        alone = special.ndtr((level - tolerable_dbm(highest, background)) / self.shadowing)
        return np.where(certain, alone, special.ndtr(s0) + within)


def _plus(first_dbm: FloatArray, second_dbm: FloatArray) -> FloatArray:
    return np.asarray(np.logaddexp(_NEPERS_PER_DB * first_dbm, _NEPERS_PER_DB * second_dbm) / _NEPERS_PER_DB)


def _missed(missing_db: FloatArray, deviation: FloatArray) -> FloatArray:
    """P(S - S_hat < missing): a step where the deviation is 0."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        scaled = np.where(deviation > 0.0, missing_db / deviation, 0.0)
    return np.where(deviation > 0.0, special.ndtr(scaled), (missing_db > 1e-9).astype(np.float64))
