"""How far the paper's half-range rule, and the one used here, are from the expected rate (20)."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from apps.admm.efficiency import Adaptive, HalfRangeHermite, LogTrapezoid
from apps.admm.parameters import FloatArray
from sim.reproduce.acquisition_data import PATHLOSS_EXPONENT, RATES_BPS, Place, predicted

POINTS = (5, 10, 20, 50, 100, 200, 500, 1000)
"""K of the half-range rule."""
TRAPEZOID_POINTS = (24, 48, 72, 96)
"""Points of the trapezoid rule in ln x; the last is the default rule."""


@dataclass(frozen=True, slots=True)
class RuleError:
    """One rule at one cell radius and rate.

    relative_error: of the expected rate (20) at the exact optimum; total_mass: what the rule makes of the total
    probability, which is 1.
    """

    rule: str
    points: int
    rate_bps: float
    radius_m: float
    relative_error: float
    total_mass: float


def rule_errors() -> Iterator[RuleError]:
    """Every rule at every radius and rate, against adaptive integration."""
    rules: list[HalfRangeHermite | LogTrapezoid] = list(map(HalfRangeHermite, POINTS))
    rules += map(LogTrapezoid, TRAPEZOID_POINTS)
    for rate_bps in RATES_BPS:
        radius_m, gamma = _optimum(rate_bps)
        exact = Adaptive().curve(radius_m, PATHLOSS_EXPONENT).derivatives(gamma).value
        for rule in rules:
            yield from _errors(rule, rate_bps, radius_m, gamma, exact)


def _optimum(rate_bps: float) -> tuple[FloatArray, FloatArray]:
    """The radii (three) and gamma = p/(w sigma^2) at the optimum; cells of equal radius have equal gamma."""
    place = Place(rate_bps)
    prediction = predicted(place)
    gamma = np.exp(prediction.problem.power_curve.log_snr(prediction.best.bandwidth_hz))
    radius_m, first = np.unique([cell.radius_m for cell in place.cells], return_index=True)
    return radius_m, gamma[first]


def _errors(
    rule: HalfRangeHermite | LogTrapezoid,
    rate_bps: float,
    radius_m: FloatArray,
    gamma: FloatArray,
    exact: FloatArray,
) -> Iterator[RuleError]:
    curve = rule.curve(radius_m, PATHLOSS_EXPONENT)
    error = curve.derivatives(gamma).value / exact - 1.0
    for radius, relative, mass in zip(radius_m, error, curve.total_mass, strict=True):
        yield RuleError(rule.name, rule.points, rate_bps, float(radius), float(relative), float(mass))
