"""What really happens at the protected places: the campus's true levels, and the sharers that were granted."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from apps.coordination.campus import PIXEL_M, PIXELS, Campus
from apps.coordination.quantities import FloatArray
from apps.coordination.rules import Rules
from apps.coordination.settings import CoordinationSettings
from apps.coordination.state import Sharer

_SHADOWING = 2
"""Keeps the draw of the interference's shadowing apart from that of the campus."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What sharers do to the protected places, by true levels."""

    reachable: int
    """Places that have their SINR without any sharer."""
    harmed: int
    """Of these, how many lose it."""
    worst_margin_db: float | None
    """Least true SINR - threshold of the reachable places; None where there are none."""


def truth_of(
    settings: CoordinationSettings, campus: Campus, rules: Rules, sharers: Sequence[Sharer]
) -> Truth:
    """The true outcome with these sharers together; a place next to a sharer does not count that one."""
    places = np.array(rules.places_m)
    pixel = np.floor(places / PIXEL_M).astype(np.int64)
    signal = rules.signal_dbm(campus.values_dbm[pixel[:, 1] * PIXELS + pixel[:, 0]])
    noise = 10.0 ** (rules.noise_dbm / 10.0)
    margin = signal - 10.0 * np.log10(noise) - rules.threshold_db
    reachable = margin >= 0.0
    disturbance = noise + sum(
        10.0 ** (_interference_dbm(settings, rules, one, places) / 10.0) for one in sharers
    )
    margin = (signal - 10.0 * np.log10(disturbance) - rules.threshold_db)[reachable]
    worst = round(float(margin.min()), 3) if margin.size else None
    return Truth(int(reachable.sum()), int(np.count_nonzero(margin < 0.0)), worst)


def _interference_dbm(
    settings: CoordinationSettings, rules: Rules, sharer: Sharer, places_m: FloatArray
) -> FloatArray:
    """(m,) with its own shadowing, dBm; -inf next to the sharer."""
    rng = np.random.default_rng([settings.campus_seed, _SHADOWING, *sharer.request.encode()])
    shadowing = settings.decision.shadowing_db * rng.standard_normal(len(places_m))
    return rules.received_dbm(sharer, places_m) + shadowing
