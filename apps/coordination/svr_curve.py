"""The curve of a support vector regression as a variogram: the paper's, and not valid in general."""

from dataclasses import dataclass, field

import numpy as np

from apps.coordination.map_errors import BadMapInput
from apps.coordination.samples import FloatArray, require_number


@dataclass(frozen=True, slots=True, eq=False)
class SvrCurve:
    """gamma by linear interpolation, held constant beyond the last lag; gamma(0) = 0.

    semivariance_db2: (m,) gamma at equal steps from just off 0 to the last lag, dB^2, none below 0.
    last_lag_m: m. negative_eigenvalues: how many the doubly centred -Gamma has at the sites it was fitted to.
    """

    semivariance_db2: FloatArray
    last_lag_m: float
    negative_eigenvalues: int = field(default=0)

    def __post_init__(self) -> None:
        require_number("last_lag_m", self.last_lag_m, 0.0, inclusive=False)
        curve = self.semivariance_db2
        if curve.ndim != 1 or len(curve) < 2 or not bool(np.all(np.isfinite(curve) & (curve >= 0.0))):
            raise BadMapInput("semivariance_db2", curve, "two finite semivariances or more, none below 0")

    @property
    def nugget(self) -> float:
        """The curve just off distance 0, dB^2."""
        return float(self.semivariance_db2[0])

    @property
    def is_valid(self) -> bool:
        """False: nothing makes a regression curve conditionally negative definite; see `negative_eigenvalues`."""
        return False

    def level(self, extent_m: float) -> float:
        """The highest point of the curve less the nugget, dB^2."""
        return float(self.semivariance_db2.max()) - self.nugget

    def covariance(self, distance_m: FloatArray, level: float) -> FloatArray:
        """level + nugget - curve, dB^2."""
        lags = np.linspace(0.0, self.last_lag_m, len(self.semivariance_db2))
        return (level + self.nugget) - np.interp(distance_m, lags, self.semivariance_db2)

    def semivariance(self, distance_m: FloatArray) -> FloatArray:
        """gamma at distances of any shape, dB^2."""
        distance = np.array(distance_m, dtype=np.float64)
        return np.where(distance == 0.0, 0.0, -self.covariance(distance, -self.nugget))
