"""Spectrum acquisition by ADMM: on-chain aggregator, agents and the mathematics behind them."""

from apps.admm.cell import Cell, paper_cells
from apps.admm.efficiency import Adaptive, HalfRangeHermite, LogTrapezoid, NodeCurve
from apps.admm.half_range import half_range_hermite
from apps.admm.known_users import allocate
from apps.admm.parameters import BadParameter, RateOutOfReach, SolverFailed
from apps.admm.problem import AcquisitionProblem, AdmmTrace, Allocation
from apps.admm.schemes import compare

__all__ = [
    "AcquisitionProblem",
    "Adaptive",
    "AdmmTrace",
    "Allocation",
    "BadParameter",
    "Cell",
    "HalfRangeHermite",
    "LogTrapezoid",
    "NodeCurve",
    "RateOutOfReach",
    "SolverFailed",
    "allocate",
    "compare",
    "half_range_hermite",
    "paper_cells",
]
