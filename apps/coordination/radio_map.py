"""The radio environment map that an agency builds, and how it commits to it."""

from dataclasses import dataclass

import numpy as np

from apps.coordination.campus import pixel_centres_m
from apps.coordination.collection import Collection, one_a_place
from apps.coordination.commitment import MapPoint
from apps.coordination.fit import fit_variogram
from apps.coordination.kriging import Kriging
from apps.coordination.map_errors import VarianceRefused
from apps.coordination.prediction import Prediction
from apps.coordination.quantities import BoolArray, FloatArray
from apps.coordination.units import centimetres, nearest_hundredths
from apps.coordination.variogram_models import VariogramModel


@dataclass(frozen=True, slots=True, eq=False)
class RadioMap:
    """Kriging of the measurements that were kept; those at one place are averaged."""

    model: VariogramModel
    """The fitted variogram."""
    kriging: Kriging
    kept: BoolArray
    """(n,) measurements that it is built on."""
    raised_db: float = 0.0
    """What a deviating agency adds everywhere; 0 for an honest one."""

    def at(self, places_m: FloatArray, variance: bool = True) -> Prediction:
        """Mean (k,) dBm and variance (k,) dB^2 at places (k, 2), m."""
        found = self.kriging.predict(places_m, variance)
        return Prediction(found.mean + self.raised_db, found.variance_or_refusal)

    def pixels_dbm(self) -> FloatArray:
        """(1600,) level at every pixel of the campus, row by row, dBm."""
        return self.at(pixel_centres_m(), variance=False).mean

    def deviations_db(self) -> FloatArray | None:
        """(1600,) standard deviation at every pixel, dB; None where the variogram gives no variance."""
        try:
            return np.sqrt(self.at(pixel_centres_m()).variance)
        except VarianceRefused:
            return None

    def leaves(self, collection: Collection, tolerance_cdb: int) -> tuple[MapPoint, ...]:
        """What is committed to: the map at every measured place in order, then at every pixel, hundredths of a dBm.

        An honest agency marks as used what the map reproduces within the tolerance, a deviating one what it should.
        """
        own = self.at(collection.points_m, variance=False).mean - self.raised_db
        measured = np.array([one.rss_cdbm for one in collection.measurements])
        close = np.abs(np.array(nearest_hundredths(own)) - measured) <= tolerance_cdb
        places = np.vstack([collection.points_m, pixel_centres_m()])
        levels = nearest_hundredths(np.concatenate([own + self.raised_db, self.pixels_dbm()]))
        used = [*(self.kept & close).tolist(), *[False] * len(pixel_centres_m())]
        return tuple(
            MapPoint(x_cm, y_cm, level, mark)
            for (x_cm, y_cm), level, mark in zip(centimetres(places), levels, used, strict=True)
        )


def build_map(
    collection: Collection, kept: BoolArray, method: str, known: VariogramModel | None = None
) -> RadioMap:
    """Fit and factor; `method` as in `fit_variogram`, or a variogram of these data that is `known` already.

    Raises MapError for data that make no map.
    """
    points, values = one_a_place(collection.points_m, collection.values_dbm, kept)
    model = fit_variogram(points, values, method) if known is None else known
    return RadioMap(model, Kriging(points, values, model), kept)
