"""One campus as the paper shows its own: the true map, 200 pixels of it, variograms and recapitulated maps."""

from dataclasses import dataclass

import numpy as np

from apps.coordination.campus import Campus, make_campus
from apps.coordination.empirical_variogram import EmpiricalVariogram, empirical_variogram
from apps.coordination.quantities import BoolArray, IntArray
from apps.coordination.variogram_models import VariogramModel
from sim.reproduce.coordination_methods import ALL, Filled, Method, filled_maps, models_of
from sim.reproduce.coordination_trials import BIN_M, COUNT, LONGEST_LAG_M, Trial, measured_pixels, samples_of

EXAMPLE = Trial("paper320", 2, COUNT)
"""Its recipe is the paper's own: 320 pixels, extended to all 1600. It is one of Table 2's, with an invalid SVR fit,
as most have."""


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """Everything that Figs. 11 to 13 show."""

    campus: Campus
    chosen: IntArray
    """(200,) the measured pixels."""
    complete: EmpiricalVariogram
    """Of all 1600 pixels, as in Fig. 12a."""
    measured: EmpiricalVariogram
    """Of the measured ones, which is what models are fitted to."""
    models: dict[Method, VariogramModel]
    maps: dict[Method, Filled]
    """All 1600 pixels by every method."""

    @property
    def rest(self) -> BoolArray:
        """(1600,) whether a pixel was not measured."""
        return ~np.isin(np.arange(self.campus.values_dbm.size), self.chosen)

    def rmse_db(self, method: Method) -> float:
        """RMSE on the pixels that were not measured."""
        error = (self.maps[method].mean_dbm - self.campus.values_dbm)[self.rest]
        return float((error**2).mean() ** 0.5)


def example(trial: Trial = EXAMPLE) -> Example:
    """Measure, fit, fill in."""
    campus = make_campus(trial.seed, trial.scenario)
    chosen = measured_pixels(campus, trial.count)
    samples = samples_of(campus, chosen)
    complete = empirical_variogram(campus.points_m, campus.values_dbm, lag_m=BIN_M, max_lag_m=LONGEST_LAG_M)
    models = models_of(samples, ALL)
    maps = dict(filled_maps(samples, campus.points_m, ALL))
    return Example(campus, chosen, complete, samples.variogram, models, maps)
