"""What the coordination paper's Table 2 compares, and what should be compared: ways from measurements to a map."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from apps.coordination.campus import BASE_HEIGHT_M, FREQUENCY_MHZ, MOBILE_HEIGHT_M, TRANSMIT_POWER_DBM
from apps.coordination.distances import distances, extent_of
from apps.coordination.empirical_variogram import EmpiricalVariogram
from apps.coordination.fit import fit_variogram
from apps.coordination.fit_nnls import project
from apps.coordination.fit_svr import svr_curve
from apps.coordination.indefinite_system import IndefiniteSystem
from apps.coordination.kriging import krige
from apps.coordination.propagation import cost231_hata_db
from apps.coordination.samples import FloatArray
from apps.coordination.validity import check_validity, covariance_matrix
from apps.coordination.variogram_models import (
    BoundedLinear,
    Exponential,
    Gaussian,
    Linear,
    Spherical,
    VariogramModel,
)

SILL_DB2, RANGE_M, NUGGET_DB2 = 30.0, 28.0, 0.3
"""The paper's "elaborately set" parameters, the range read as PyKrige's practical range in metres."""


class Method(StrEnum):
    """A way to fill in a map; the value is what figures and tables call it."""

    HATA = "COST-231-Hata"
    BOUNDED = "linear, bounded"
    LINEAR = "linear, unbounded"
    EXPONENTIAL = "exponential"
    SPHERICAL = "spherical"
    GAUSSIAN = "Gaussian"
    SVR = "SVM (paper mode)"
    PROJECTED = "SVM, projected"
    NNLS = "nnls"
    WLS = "wls"
    REML = "reml"
    UNIVERSAL = "universal kriging"


HAND_SET: dict[Method, VariogramModel] = {
    Method.BOUNDED: BoundedLinear(SILL_DB2, RANGE_M, NUGGET_DB2),
    Method.LINEAR: Linear(SILL_DB2, RANGE_M, NUGGET_DB2),
    Method.EXPONENTIAL: Exponential(SILL_DB2, RANGE_M, NUGGET_DB2),
    Method.SPHERICAL: Spherical(SILL_DB2, RANGE_M, NUGGET_DB2),
    Method.GAUSSIAN: Gaussian(SILL_DB2, RANGE_M, NUGGET_DB2),
}
"""The paper's parametric models. Which of the two linear ones it used, it does not say."""

FITTED = (Method.SVR, Method.PROJECTED, Method.NNLS, Method.WLS, Method.REML)
ALL = tuple(Method)
SWEPT = tuple(method for method in Method if method is not Method.UNIVERSAL)
"""Without what costs as much as REML and, with many measurements, gives the same."""
WITHOUT_TRANSMITTER = (*HAND_SET, *FITTED)
"""What needs no place of the transmitter."""

_COVERED = 1.6448536269514722
"""Standard deviations to both sides that hold 90 % of a normal variable."""


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Measurements that a map is made from."""

    points_m: FloatArray
    """(n, 2) places, m."""
    values_dbm: FloatArray
    """(n,) levels, dBm."""
    variogram: EmpiricalVariogram
    """Their empirical semivariogram, which all fits but REML are made to."""
    transmitter_m: FloatArray | None = None
    """(2,) place of the transmitter, m; None where it is not known."""


@dataclass(frozen=True, slots=True, eq=False)
class Filled:
    """A map at k places, as a method fills it in."""

    mean_dbm: FloatArray
    """(k,) predicted level, dBm."""
    variance_db2: FloatArray | None
    """(k,) kriging variance as it comes out, also where it is negative, dB^2; None where a method has none."""
    negative_eigenvalues: int
    """Of the doubly centred -Gamma at the measurements: more than none means that the variogram is indefinite."""


@dataclass(frozen=True, slots=True)
class Score:
    """How well a method fills in places whose level is known."""

    method: Method
    rmse_db: float
    mape_percent: float
    """Mean |error / level in dBm|, %."""
    negative_eigenvalues: int
    negative_variances: float
    """Share of the places with a kriging variance below zero."""
    coverage: float | None
    """Share of the places within the 90 % interval; None where there is no valid variance."""


def scores(
    samples: Samples, targets_m: FloatArray, truth_dbm: FloatArray, methods: Sequence[Method]
) -> list[Score]:
    """One score for each of the methods, from the same measurements at the same places."""
    return [_score(method, filled, truth_dbm) for method, filled in filled_maps(samples, targets_m, methods)]


def filled_maps(
    samples: Samples, targets_m: FloatArray, methods: Sequence[Method]
) -> Iterator[tuple[Method, Filled]]:
    """The map of each of the methods, in their order; Hata and universal kriging need the transmitter's place."""
    models = models_of(samples, methods)
    for method in methods:
        if method is Method.HATA:
            yield method, Filled(_hata_dbm(samples, targets_m), None, 0)
        elif method in (Method.SVR, Method.BOUNDED):
            yield method, _as_it_stands(samples, targets_m, models[method])
        else:
            transmitter = samples.transmitter_m if method is Method.UNIVERSAL else None
            done = krige(
                samples.points_m, samples.values_dbm, targets_m, models[method], transmitter_m=transmitter
            )
            yield method, Filled(done.mean, done.variance, 0)


def models_of(samples: Samples, methods: Sequence[Method]) -> dict[Method, VariogramModel]:
    """Variogram of each of the methods that has one, fitted to the measurements where it is not set by hand."""
    points, values, bins = samples.points_m, samples.values_dbm, samples.variogram
    found = {method: model for method, model in HAND_SET.items() if method in methods}
    for method in (Method.NNLS, Method.WLS):
        if method in methods:
            found[method] = fit_variogram(points, values, method.value, variogram=bins)
    if Method.REML in methods:
        found[Method.REML] = fit_variogram(points, values)
    if Method.UNIVERSAL in methods:
        found[Method.UNIVERSAL] = fit_variogram(points, values, transmitter_m=samples.transmitter_m)
    if Method.SVR in methods or Method.PROJECTED in methods:
        # What the methods "svr" and "svr-projected" do, with one regression for both.
        curve = svr_curve(bins)
        found[Method.SVR] = curve
        found[Method.PROJECTED] = project(
            bins.lag_m, curve.semivariance(bins.lag_m), bins.pairs.astype(np.float64)
        )
    return found


def _hata_dbm(samples: Samples, targets_m: FloatArray) -> FloatArray:
    """The level by path loss alone, with the campus's transmitter, as in the paper outside the formula's range."""
    assert samples.transmitter_m is not None
    offset = targets_m - samples.transmitter_m
    distance = np.sqrt(np.sum(offset**2, axis=1) + (BASE_HEIGHT_M - MOBILE_HEIGHT_M) ** 2)
    return TRANSMIT_POWER_DBM - cost231_hata_db(distance, FREQUENCY_MHZ, BASE_HEIGHT_M, MOBILE_HEIGHT_M)


def _as_it_stands(samples: Samples, targets_m: FloatArray, model: VariogramModel) -> Filled:
    """The kriging equations solved whatever the variogram, as the paper does; `krige` would refuse variances."""
    points = samples.points_m
    level = model.level(extent_of(points))
    basis, here = np.ones((len(points), 1)), np.ones((len(targets_m), 1))
    system = IndefiniteSystem(
        covariance_matrix(points, model), basis, samples.values_dbm, level + model.nugget
    )
    covariance = model.covariance(distances(targets_m, points), level)
    mean = here @ system.beta + covariance @ system.alpha
    negative = check_validity(points, model).negative_eigenvalues
    return Filled(mean, system.variance(covariance, here), negative)


def _score(method: Method, filled: Filled, truth_dbm: FloatArray) -> Score:
    error = filled.mean_dbm - truth_dbm
    variance, coverage, negative = filled.variance_db2, None, 0.0
    if variance is not None:
        # Rounding of a zero at a place next to a measurement is not meant.
        negative = float(np.mean(variance < -1e-6))
        if filled.negative_eigenvalues == 0 and negative == 0.0:
            coverage = float(np.mean(np.abs(error) <= _COVERED * np.sqrt(np.maximum(variance, 0.0))))
    return Score(
        method,
        float(np.sqrt(np.mean(error**2))),
        float(100.0 * np.mean(np.abs(error / truth_dbm))),
        filled.negative_eigenvalues,
        negative,
        coverage,
    )
