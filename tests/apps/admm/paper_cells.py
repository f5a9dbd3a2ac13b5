"""The paper's six cells, how its schemes split the band, and the reference's figures for them."""

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from apps.admm.cell import Cell, paper_cells
from tests.shared import shared_file

BANDWIDTH_HZ = 100e6
NOISE_PSD_W_PER_HZ = 6.309573444801943e-20
EXPONENT = 3.76
RATES_MBPS = (0.5, 1.0, 1.5, 2.0, 2.5, 3.0)
RADII_M = tuple(cell.radius_m for cell in paper_cells())
DENSITIES_PER_KM2 = tuple(cell.density_per_km2 for cell in paper_cells())
# Section 2 of the reference: bandwidths in MHz of the predicted problem's solution by rate in Mbit/s.
PREDICTED_MHZ = {
    0.5: (8.664080, 5.711295, 11.706778, 14.695225, 26.891468, 32.331154),
    1.0: (9.579665, 6.314842, 12.028519, 15.099099, 25.872186, 31.105688),
    1.5: (10.129941, 6.677580, 12.208302, 15.324776, 25.273501, 30.385900),
    2.0: (10.498927, 6.920813, 12.321678, 15.467095, 24.879403, 29.912083),
    2.5: (10.761452, 7.093867, 12.398242, 15.563203, 24.603213, 29.580024),
    3.0: (10.956395, 7.222372, 12.452564, 15.631393, 24.400713, 29.336562),
}


def cells_at(rate_mbps: float, last_density_per_km2: float = 2400.0) -> list[Cell]:
    """The six cells at one rate, the last with another density."""
    return list(paper_cells(rate_mbps * 1e6, last_density_per_km2))


def splits_of(cells: list[Cell], predicted_mhz: Sequence[float]) -> dict[str, NDArray[np.float64]]:
    """The bandwidths in Hz of the three schemes that split the band beforehand."""
    need = np.array([cell.mean_users * cell.rate_bps for cell in cells])
    return {
        "DSA": np.array(predicted_mhz, dtype=np.float64) * 1e6,
        "Uniform": np.full(len(cells), BANDWIDTH_HZ / len(cells)),
        "Proportional": BANDWIDTH_HZ * need / need.sum(),
    }


@cache
def reference() -> Any:
    """The machine-readable reference; skips the test where it is absent."""
    return json.loads(shared_file("reference/acquisition_admm.json").read_text())
