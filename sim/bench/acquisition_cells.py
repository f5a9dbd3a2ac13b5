"""The instances of the acquisition benchmarks: any number of operators, no two of them alike."""

import numpy as np

from apps.admm.cell import Cell
from apps.admm.problem import AcquisitionProblem
from sim.reproduce.acquisition_data import NOISE_PSD_W_PER_HZ, PATHLOSS_EXPONENT

EFFICIENCY_BPS_PER_HZ = 4.0
"""Rate of all users on average over the bandwidth; in the paper's cells at 1 Mbit/s it is 3.9."""

_RADIUS_M = (30.0, 120.0)
_DENSITY_PER_KM2 = (500.0, 3_000.0)
_RATE_BPS = (0.5e6, 3.0e6)


def distinct_problem(operators: int, seed: int) -> AcquisitionProblem:
    """Cells whose radii, densities and rates are independent and uniform, in whole hertz of bandwidth."""
    draw = np.random.default_rng([seed, operators])
    columns = [
        draw.uniform(*bounds, operators).tolist() for bounds in (_RADIUS_M, _DENSITY_PER_KM2, _RATE_BPS)
    ]
    cells = [Cell(*values) for values in zip(*columns, strict=True)]
    demand_bps = sum(cell.mean_users * cell.rate_bps for cell in cells)
    bandwidth_hz = float(round(demand_bps / EFFICIENCY_BPS_PER_HZ))
    return AcquisitionProblem(cells, bandwidth_hz, NOISE_PSD_W_PER_HZ, PATHLOSS_EXPONENT)
