"""A survey: an owner's participants measure the campus at random pixels and report what they please."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from apps.coordination.behaviours import VspBehaviour
from apps.coordination.campus import Campus
from apps.coordination.commitment import MAX_CENTI, Measurement

CM_PER_M = 100
CENTI = 100


@dataclass(frozen=True, slots=True)
class SurveyPlan:
    """How an owner collects."""

    measurements: int
    """How many pixels are measured, each once."""
    vsps: tuple[tuple[bytes, VspBehaviour], ...]
    """(public key, behaviour) of its participants, who measure in turn; no more than there are measurements."""

    @property
    def keys(self) -> tuple[bytes, ...]:
        """Public keys of the participants, in their order."""
        return tuple(key for key, _ in self.vsps)


def survey(
    campus: Campus, plan: SurveyPlan, seed: int, request: str, time_ms: int
) -> tuple[Measurement, ...]:
    """The measurements for a request: a function of its arguments, so that a report can make them again.

    Levels are rounded to hundredths of a dBm, half to even. Raises BadQuantity for more measurements than pixels.
    """
    rng = np.random.default_rng([seed, *request.encode()])
    pixels = campus.sample(plan.measurements, rng)
    return tuple(
        _measured(campus, int(pixel), *plan.vsps[number % len(plan.vsps)], rng, time_ms)
        for number, pixel in enumerate(pixels)
    )


def _measured(
    campus: Campus, pixel: int, key: bytes, behaviour: VspBehaviour, rng: np.random.Generator, time_ms: int
) -> Measurement:
    x_m, y_m = campus.points_m[pixel]
    said_dbm = behaviour.report_dbm(float(campus.values_dbm[pixel]), rng)
    said_cdbm = min(max(round(said_dbm * CENTI), -MAX_CENTI), MAX_CENTI)
    return Measurement(round(x_m * CM_PER_M), round(y_m * CM_PER_M), said_cdbm, time_ms, key)


def root_seed(rng: np.random.Generator) -> int:
    """A seed for all surveys of an owner, small enough for a float to hold it exactly."""
    return int(rng.integers(2**52))


def places_of(measurements: Sequence[Measurement]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """(n, 2) where they were made, m."""
    return np.array([(one.x_cm, one.y_cm) for one in measurements], dtype=np.float64) / CM_PER_M
