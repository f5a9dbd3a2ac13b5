"""Automated frequency coordination: contract, radio environment map by kriging, interference decision."""

from apps.coordination.campus import SCENARIOS, Campus, make_campus
from apps.coordination.chance import ChanceRule, noise_free_limits_dbm, outage_probability
from apps.coordination.decision import Assessment, MeanRule, Outcome, PowerRequest, Reason, assess, sinr_db
from apps.coordination.empirical_variogram import EmpiricalVariogram, empirical_variogram
from apps.coordination.fit import fit_variogram
from apps.coordination.grading import SignalGrades, grade_by_signal, signal_conditions
from apps.coordination.grid import Grid
from apps.coordination.kriging import Kriging, krige, leave_one_out
from apps.coordination.kriging_fft import krige_grid
from apps.coordination.kriging_tiles import krige_tiles
from apps.coordination.leave_one_out import LeaveOneOut
from apps.coordination.link_budget import LinkBudget, acir_db, aggregate_dbm, noise_dbm, sum_dbm, wideband_dbm
from apps.coordination.map_errors import IndefiniteVariogram, MapError, VarianceRefused
from apps.coordination.places import InvalidVariance, ProtectedPlaces, Region, protect
from apps.coordination.prediction import Prediction
from apps.coordination.propagation import (
    PROPAGATION_NAMES,
    Cost231Hata,
    FreeSpace,
    ModelRangeWarning,
    Propagation,
    UrbanMicro,
    propagation_named,
)
from apps.coordination.quantities import BadQuantity
from apps.coordination.residual_grading import ResidualGrades, grade_by_residual
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
    "PROPAGATION_NAMES",
    "SCENARIOS",
    "Assessment",
    "BadQuantity",
    "BoundedLinear",
    "Campus",
    "ChanceRule",
    "Cost231Hata",
    "EmpiricalVariogram",
    "Exponential",
    "FreeSpace",
    "Gaussian",
    "Grid",
    "IndefiniteVariogram",
    "InvalidVariance",
    "Kriging",
    "LeaveOneOut",
    "Linear",
    "LinkBudget",
    "MapError",
    "Matern",
    "MeanRule",
    "Mixture",
    "ModelRangeWarning",
    "Outcome",
    "PowerRequest",
    "Prediction",
    "Propagation",
    "ProtectedPlaces",
    "Reason",
    "Region",
    "ResidualGrades",
    "SignalGrades",
    "Spherical",
    "SvrCurve",
    "UrbanMicro",
    "Validity",
    "VarianceRefused",
    "VariogramModel",
    "acir_db",
    "aggregate_dbm",
    "assess",
    "check_validity",
    "empirical_variogram",
    "fit_variogram",
    "grade_by_residual",
    "grade_by_signal",
    "krige",
    "krige_grid",
    "krige_tiles",
    "leave_one_out",
    "make_campus",
    "noise_dbm",
    "noise_free_limits_dbm",
    "outage_probability",
    "propagation_named",
    "protect",
    "signal_conditions",
    "sinr_db",
    "sum_dbm",
    "wideband_dbm",
]
