"""How well each measurement agrees with all others: what shows a participant that does not tell the truth."""

from dataclasses import dataclass

import numpy as np

from apps.coordination.map_errors import VarianceRefused
from apps.coordination.samples import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class LeaveOneOut:
    """Kriging of each of n measurements from the n - 1 others, the variogram unchanged.

    residual_db: (n,) measured minus predicted, dB; variance_or_refusal: (n,) dB^2, or why there is none.
    """

    residual_db: FloatArray
    variance_or_refusal: FloatArray | VarianceRefused

    @property
    def variance_db2(self) -> FloatArray:
        """(n,) variance of the residual if the variogram is right, dB^2; raises IndefiniteVariogram.

        The nugget of the measurement itself is part of it, also where another was made at the same place.
        """
        if isinstance(self.variance_or_refusal, VarianceRefused):
            raise self.variance_or_refusal
        return self.variance_or_refusal

    @property
    def standardised(self) -> FloatArray:
        """(n,) residual by its standard deviation: about standard normal for an honest measurement."""
        return self.residual_db / np.sqrt(self.variance_db2)
