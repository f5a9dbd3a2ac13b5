"""The chain's integers beside floats on the acquisition problem itself: the same answers in, the same split out."""

from dataclasses import replace

import numpy as np
import pytest

from apps.admm.actions import Terms
from apps.admm.capped_simplex import project
from apps.admm.cell import Cell
from apps.admm.problem import AcquisitionProblem
from apps.admm.rounds import aggregate
from apps.admm.settlement import whole_hertz
from apps.admm.state import MICROHERTZ_PER_HZ, Operator
from apps.admm.subproblem import answer
from apps.admm.units import float_of, scientific_of
from tests.apps.admm.paper_cells import BANDWIDTH_HZ, EXPONENT, NOISE_PSD_W_PER_HZ, cells_at


def cells(count: int, seed: int) -> list[Cell]:
    rng = np.random.default_rng(seed)
    draws = zip(rng.uniform(60, 140, count), rng.uniform(1_000, 3_000, count), strict=True)
    return [Cell(float(radius), float(density), 1e6) for radius, density in draws]


INSTANCES = {
    "the paper's six": (cells_at(1.0), BANDWIDTH_HZ, 1_000_000, 0),
    "at 3 Mbit/s, over-relaxed": (cells_at(3.0), BANDWIDTH_HZ, 1_600_000, 0),
    "sixty, over-relaxed": (cells(60, 1), 1e9, 1_600_000, 0),
    "two in a narrow band, balanced": (cells(2, 2), 5e6, 1_600_000, 50),
}


@pytest.mark.parametrize("name", INSTANCES)
def test_with_the_same_answers_every_split_is_within_a_hertz_of_the_float_one(name: str) -> None:
    chosen, band, relaxation_ppm, balancing = INSTANCES[name]
    problem = AcquisitionProblem(chosen, band, NOISE_PSD_W_PER_HZ, EXPONENT)
    best = problem.solve()
    penalty = scientific_of(problem.natural_penalty_w_per_hz2)
    terms = Terms(round(band), penalty, relaxation_ppm, 1_000, 6, 300, balancing)
    operators, doublings = [Operator() for _ in chosen], 0
    split, dual, relaxation = np.zeros(len(chosen)), np.zeros(len(chosen)), relaxation_ppm / 1e6
    for number in range(1, terms.max_rounds + 1):
        centre = np.array([o.split - o.dual for o in operators]) / MICROHERTZ_PER_HZ
        nu = float_of(penalty.doubled(doublings))
        asked = [
            min(round(float(w)), terms.bandwidth)
            for w in answer(problem.power_curve, centre, nu).bandwidth_hz
        ]
        answered = [replace(o, bandwidth=w, answered=number) for o, w in zip(operators, asked, strict=True)]
        wanted = relaxation * np.array(asked) + (1 - relaxation) * split + dual
        split = project(wanted, band)
        done = aggregate(answered, terms, number, doublings)
        dual = (wanted - split) * 2.0 ** (doublings - done.doublings)
        operators, doublings = done.operators, done.doublings
        got = np.array([o.split for o in operators])
        assert np.abs(got / MICROHERTZ_PER_HZ - split).max() < 1e-3
        if done.settled:
            break
    assert done.converged
    licences = np.array(whole_hertz([o.split for o in operators]))
    assert np.abs(licences - split).max() <= 1
    assert licences.sum() == terms.bandwidth
    assert problem.power_w(licences).sum() == pytest.approx(best.total_power_w, rel=1e-6)
    assert nu * done.threshold / MICROHERTZ_PER_HZ == pytest.approx(best.price_w_per_hz, rel=1e-4)
