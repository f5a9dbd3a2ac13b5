"""The acquisition paper's six cells, its predicted problem, and the Monte Carlo points of its figures."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import islice

from apps.admm.cell import Cell, paper_cells
from apps.admm.central import Allocation
from apps.admm.efficiency import HalfRangeHermite
from apps.admm.parameters import FloatArray
from apps.admm.problem import AcquisitionProblem
from apps.admm.schemes import DSA, PROPORTIONAL, UNIFORM, SchemeComparison, compare
from apps.admm.settings import PAPER_POINTS
from apps.admm.units import watts_of_dbm
from sim.reproduce.points import in_parallel

BANDWIDTH_HZ = 100e6
NOISE_PSD_W_PER_HZ = watts_of_dbm(-162.0)
"""sigma^2 is lost in the paper's text; bandwidths and ratios do not depend on it, powers are proportional to it."""
PATHLOSS_EXPONENT = 3.76
RATES_BPS = (0.5e6, 1.0e6, 1.5e6, 2.0e6, 2.5e6, 3.0e6)
"""R_min of Fig. 2."""
FIGURE_RATE_BPS = 2.0e6
"""R_min of Figs. 3 to 5."""
DENSITY_6 = 2400.0
DENSITIES_6 = (1200.0, 1600.0, 2000.0, 2400.0, 2800.0, 3200.0, 3600.0)
"""lambda_6 of Figs. 4 and 5, users a square kilometre."""
HALF_RANGE = f"DSA, K = {PAPER_POINTS}"
"""The scheme that predicts with the paper's rule."""
FEWEST_DRAWS = 20


@dataclass(frozen=True, slots=True)
class Place:
    """A point of a figure: the rate of every user, and the user density of cell 6."""

    rate_bps: float
    density_6: float = DENSITY_6

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The six cells."""
        return paper_cells(self.rate_bps, self.density_6)


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """The predicted problem (24) of a place and its solutions.

    best: with (20) integrated exactly; half_range: with the paper's rule (23) in its place.
    """

    problem: AcquisitionProblem
    best: Allocation
    half_range: Allocation

    @property
    def splits_hz(self) -> dict[str, FloatArray]:
        """(M,) bandwidths of every scheme that divides the band beforehand."""
        return {
            DSA: self.best.bandwidth_hz,
            HALF_RANGE: self.half_range.bandwidth_hz,
            UNIFORM: self.problem.uniform_split_hz,
            PROPORTIONAL: self.problem.proportional_split_hz,
        }


@cache
def predicted(place: Place) -> Prediction:
    """The predicted problem of a place, solved with both rules."""
    band, noise, exponent = BANDWIDTH_HZ, NOISE_PSD_W_PER_HZ, PATHLOSS_EXPONENT
    exact = AcquisitionProblem(place.cells, band, noise, exponent)
    paper = AcquisitionProblem(place.cells, band, noise, exponent, HalfRangeHermite(PAPER_POINTS))
    return Prediction(exact, exact.solve(), paper.solve())


@dataclass(frozen=True, slots=True)
class Sample:
    """Monte Carlo draws of a place's users: how many, from which seed, Poisson or fixed numbers of users."""

    place: Place
    draws: int
    seed: int
    fixed_counts: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """A sample and what every scheme needed in each of its draws."""

    sample: Sample
    found: SchemeComparison


@dataclass(frozen=True, slots=True)
class Measurements:
    """All samples of the figures.

    rates: Figs. 2 and 3, a sample for each rate; densities: Figs. 4 and 5, a sample for each lambda_6;
    fixed_rates, fixed_densities: the same with fixed numbers of users, and fewer draws.
    """

    rates: tuple[Measured, ...]
    densities: tuple[Measured, ...]
    fixed_rates: tuple[Measured, ...]
    fixed_densities: tuple[Measured, ...]


def measure(
    draws: int, seed: int, processes: int | None, on_done: Callable[[int, int], None]
) -> Measurements:
    """Every sample on worker processes: `draws` for a rate, half for a lambda_6, a quarter with fixed counts."""
    rates = [Place(rate) for rate in RATES_BPS]
    densities = [Place(FIGURE_RATE_BPS, density) for density in DENSITIES_6]
    half, quarter = max(FEWEST_DRAWS, draws // 2), max(FEWEST_DRAWS, draws // 4)
    groups = (
        [Sample(place, draws, seed) for place in rates],
        [Sample(place, half, seed) for place in densities],
        [Sample(place, quarter, seed, fixed_counts=True) for place in rates],
        [Sample(place, quarter, seed, fixed_counts=True) for place in densities],
    )
    done = iter(in_parallel(measured, [sample for group in groups for sample in group], processes, on_done))
    return Measurements(*(tuple(islice(done, len(group))) for group in groups))


def measured(sample: Sample) -> Measured:
    """Draw the users of a sample and let every scheme serve them."""
    place = sample.place
    found = compare(
        place.cells,
        predicted(place).splits_hz,
        BANDWIDTH_HZ,
        NOISE_PSD_W_PER_HZ,
        PATHLOSS_EXPONENT,
        draws=sample.draws,
        seed=sample.seed,
        fixed_counts=sample.fixed_counts,
    )
    return Measured(sample, found)
