"""Drift of a map: the mean level as a combination of known functions of the place."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from apps.coordination.samples import FloatArray, require_place

NEAREST_M = 1.0
"""Distances to the transmitter below this count as this: at 0 the logarithm has no value."""


@dataclass(frozen=True, slots=True, eq=False)
class Drift:
    """Constant, or [1, log10 d] with d the distance to a transmitter: what every path-loss law has.

    transmitter_m: (2,) x and y in m, or None for the constant (ordinary kriging).
    """

    transmitter_m: FloatArray | None = None

    @property
    def terms(self) -> int:
        """How many functions there are."""
        return 1 if self.transmitter_m is None else 2

    def at(self, places_m: FloatArray) -> FloatArray:
        """The functions at k places, shape (k, terms)."""
        basis = np.ones((len(places_m), self.terms))
        if self.transmitter_m is not None:
            offset = places_m - self.transmitter_m
            distance = np.hypot(offset[:, 0], offset[:, 1])
            basis[:, 1] = np.log10(np.maximum(distance, NEAREST_M))
        return basis


def drift_towards(transmitter_m: ArrayLike | None) -> Drift:
    """Drift with the distance to `transmitter_m` (2,) in m; constant for None. Raises BadMapInput."""
    return Drift(None if transmitter_m is None else require_place("transmitter_m", transmitter_m))
