"""Automated frequency coordination: contract, radio environment map by kriging, interference decision."""

from apps.coordination.empirical_variogram import EmpiricalVariogram, empirical_variogram
from apps.coordination.fit import fit_variogram
from apps.coordination.grid import Grid
from apps.coordination.kriging import Kriging, krige, leave_one_out
from apps.coordination.kriging_fft import krige_grid
from apps.coordination.kriging_tiles import krige_tiles
from apps.coordination.leave_one_out import LeaveOneOut
from apps.coordination.map_errors import IndefiniteVariogram, MapError, VarianceRefused
from apps.coordination.prediction import Prediction
from apps.coordination.svr_curve import SvrCurve
from apps.coordination.validity import Validity, check_validity
from apps.coordination.variogram_models import (
    BoundedLinear,
    Exponential,
    Gaussian,
    Linear,
    Matern,
    Mixture,
    Spherical,
    VariogramModel,
)

__all__ = [
    "BoundedLinear",
    "EmpiricalVariogram",
    "Exponential",
    "Gaussian",
    "Grid",
    "IndefiniteVariogram",
    "Kriging",
    "LeaveOneOut",
    "Linear",
    "MapError",
    "Matern",
    "Mixture",
    "Prediction",
    "Spherical",
    "SvrCurve",
    "Validity",
    "VarianceRefused",
    "VariogramModel",
    "check_validity",
    "empirical_variogram",
    "fit_variogram",
    "krige",
    "krige_grid",
    "krige_tiles",
    "leave_one_out",
]
