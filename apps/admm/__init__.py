"""Spectrum acquisition by ADMM: on-chain aggregator, agents and the mathematics behind them."""

from apps.admm.cell import Cell
from apps.admm.efficiency import Adaptive, HalfRangeHermite, LogTrapezoid
from apps.admm.half_range import half_range_hermite
from apps.admm.parameters import BadParameter, RateOutOfReach
from apps.admm.problem import AcquisitionProblem, AdmmTrace, Allocation

__all__ = [
    "AcquisitionProblem",
    "Adaptive",
    "AdmmTrace",
    "Allocation",
    "BadParameter",
    "Cell",
    "HalfRangeHermite",
    "LogTrapezoid",
    "RateOutOfReach",
    "half_range_hermite",
]
