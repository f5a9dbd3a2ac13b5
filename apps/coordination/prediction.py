"""What a map says about its targets."""

from dataclasses import dataclass

import numpy as np

from apps.coordination.distances import coinciding
from apps.coordination.map_errors import VarianceRefused
from apps.coordination.samples import FloatArray

NOT_ASKED = VarianceRefused("got none, because the prediction was asked for with variance=False")


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """Kriging at k targets.

    mean: (k,) predicted level, dBm; variance_or_refusal: (k,) dB^2, or the error that says why there is none.
    """

    mean: FloatArray
    variance_or_refusal: FloatArray | VarianceRefused

    @property
    def variance(self) -> FloatArray:
        """(k,) kriging variance, dB^2, nugget included except at measured places, where it is 0.

        Raises VarianceRefused if it was not asked for, IndefiniteVariogram or NegativeVariance if the variogram
        does not give one.
        """
        if isinstance(self.variance_or_refusal, VarianceRefused):
            raise self.variance_or_refusal
        return self.variance_or_refusal


def honour_data(
    targets_m: FloatArray,
    points_m: FloatArray,
    values_dbm: FloatArray,
    mean: FloatArray,
    variance: FloatArray,
) -> None:
    """Write the datum (or the mean of the data) and variance 0 into the entries of targets that were measured.

    Variances of shape (0,) are left alone.
    """
    target, point = coinciding(targets_m, points_m)
    if target.size == 0:
        return
    count = np.bincount(target, minlength=len(targets_m))
    total = np.bincount(target, weights=values_dbm[point], minlength=len(targets_m))
    measured = np.flatnonzero(count)
    mean[measured] = total[measured] / count[measured]
    if variance.size:
        variance[measured] = 0.0
