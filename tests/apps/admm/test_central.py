"""The optimum: the reference's, equal prices, and the independent convex solver."""

import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.admm.cell import Cell
from apps.admm.parameters import BadParameter, RateOutOfReach, SolverFailed
from apps.admm.problem import AcquisitionProblem, Allocation
from tests.apps.admm.paper_cells import (
    BANDWIDTH_HZ,
    DENSITIES_PER_KM2,
    EXPONENT,
    NOISE_PSD_W_PER_HZ,
    PREDICTED_MHZ,
    RADII_M,
    cells_at,
    reference,
)

# The reference, section 2: sum p / sigma^2 (MHz), mu / sigma^2, and what the other splits cost relative to it.
OPTIMA = {
    0.5: (1819590938.73, 26482862.8906, 1.83902, 1.07338),
    1.0: (12688208497.0, 289228754.219, 2.98318, 1.08656),
    1.5: (57845368142.6, 1909470889.17, 5.68957, 1.10105),
    2.0: (233195960587.0, 10414871762.5, 12.12026, 1.11492),
    2.5: (902608472666.0, 51648028326.0, 27.48027, 1.12756),
    3.0: (3.44850839798e12, 242319989320.0, 64.36513, 1.13886),
}

some_cells = st.lists(
    st.builds(
        Cell,
        radius_m=st.floats(20.0, 400.0),
        density_per_km2=st.floats(100.0, 5000.0),
        rate_bps=st.floats(2e5, 4e6),
    ),
    min_size=1,
    max_size=7,
)


def problem(
    rate_mbps: float, noise: float = NOISE_PSD_W_PER_HZ, rule: str = "log-trapezoid"
) -> AcquisitionProblem:
    return AcquisitionProblem(cells_at(rate_mbps), BANDWIDTH_HZ, noise, EXPONENT, rule=rule)


def roomy(cells: list[Cell], exponent: float) -> AcquisitionProblem:
    """A band in which the cells need some 5 bit/s/Hz."""
    demand = sum(cell.mean_users * cell.rate_bps for cell in cells)
    return AcquisitionProblem(cells, demand / 5.0, NOISE_PSD_W_PER_HZ, exponent)


@pytest.mark.parametrize("rate_mbps", OPTIMA)
def test_the_optimum_is_the_references(rate_mbps: float) -> None:
    power, marginal, uniform, proportional = OPTIMA[rate_mbps]
    instance = problem(rate_mbps)
    best = instance.solve()
    assert best.bandwidth_hz / 1e6 == pytest.approx(PREDICTED_MHZ[rate_mbps], abs=1e-6)
    assert best.total_power_w / NOISE_PSD_W_PER_HZ / 1e6 == pytest.approx(power, rel=1e-11)
    assert best.price_w_per_hz / NOISE_PSD_W_PER_HZ == pytest.approx(marginal, rel=1e-11)
    assert best.bandwidth_hz.sum() == pytest.approx(BANDWIDTH_HZ, rel=1e-14)
    for split, ratio in (
        (instance.uniform_split_hz, uniform),
        (instance.proportional_split_hz, proportional),
    ):
        assert instance.power_w(split).sum() / best.total_power_w == pytest.approx(ratio, abs=6e-6)


@pytest.mark.parametrize("table", ["exact_R", "exact_lambda6"])
def test_the_optimum_is_the_references_to_nine_digits(table: str) -> None:
    for row in reference()[table]:
        cells = [Cell(r, d, row["R_min"] * 1e6) for r, d in zip(RADII_M, row["lam"], strict=True)]
        best = AcquisitionProblem(cells, BANDWIDTH_HZ, NOISE_PSD_W_PER_HZ, EXPONENT).solve()
        assert best.bandwidth_hz == pytest.approx(np.array(row["w_MHz"]) * 1e6, rel=1e-12)
        assert best.power_w == pytest.approx(np.array(row["p_W"]), rel=1e-12)
        assert best.price_w_per_hz == pytest.approx(row["dual_W_per_Hz"], rel=1e-12)


@given(some_cells, st.floats(2.2, 5.0))
@settings(max_examples=40, deadline=None)
def test_all_cells_have_the_same_price_and_use_all_of_the_band(cells: list[Cell], exponent: float) -> None:
    instance = roomy(cells, exponent)
    best = instance.solve()
    price = -instance.power_curve.slope_w_per_hz(best.bandwidth_hz)
    assert price == pytest.approx(best.price_w_per_hz, rel=1e-11)
    assert best.bandwidth_hz.sum() == pytest.approx(instance.bandwidth_hz, rel=1e-13)


@given(some_cells, st.data())
@settings(max_examples=40, deadline=None)
def test_moving_bandwidth_between_cells_never_saves_power(cells: list[Cell], data: Any) -> None:
    instance = roomy(cells, 3.76)
    best = instance.solve()
    shifts = data.draw(st.lists(st.floats(-0.5, 0.5), min_size=len(cells), max_size=len(cells)))
    other = best.bandwidth_hz * np.exp(shifts)
    other *= instance.bandwidth_hz / other.sum()
    assert instance.power_w(other).sum() >= best.total_power_w * (1.0 - 1e-12)


@given(some_cells, st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_the_order_of_the_cells_does_not_matter(cells: list[Cell], random: Any) -> None:
    order = list(range(len(cells)))
    random.shuffle(order)
    ordered, shuffled = roomy(cells, 3.76).solve(), roomy([cells[m] for m in order], 3.76).solve()
    assert shuffled.bandwidth_hz == pytest.approx(ordered.bandwidth_hz[order], rel=1e-11)
    assert shuffled.price_w_per_hz == pytest.approx(ordered.price_w_per_hz, rel=1e-11)


@pytest.mark.parametrize("noise", [3.981071705534973e-21, 1e-17])
def test_bandwidths_do_not_depend_on_the_noise_and_prices_scale_with_it(noise: float) -> None:
    """-174 and -140 dBm/Hz against -162."""
    here, there = problem(2.0).solve(), problem(2.0, noise).solve()
    assert (there.bandwidth_hz == here.bandwidth_hz).all()
    assert there.price_w_per_hz / noise == pytest.approx(here.price_w_per_hz / NOISE_PSD_W_PER_HZ, rel=1e-12)


def agree(one: Allocation, other: Allocation) -> None:
    assert one.total_power_w == pytest.approx(other.total_power_w, rel=1e-6)
    assert one.bandwidth_hz == pytest.approx(other.bandwidth_hz, abs=1e-6 * other.bandwidth_hz.sum())
    assert one.price_w_per_hz == pytest.approx(other.price_w_per_hz, rel=1e-5)


@pytest.mark.parametrize("rate_mbps", [0.5, 1.5, 3.0])
@pytest.mark.parametrize("rule", ["log-trapezoid", "half-range-hermite"])
def test_a_general_convex_solver_finds_the_same_optimum(rate_mbps: float, rule: str) -> None:
    instance = problem(rate_mbps, rule=rule)
    best, check = instance.solve(), instance.solve(method="cvxpy")
    agree(check, best)


def test_the_solvers_agree_on_unequal_cells() -> None:
    draw = np.random.default_rng(20261122)
    sizes = zip(
        draw.uniform(40, 300, 12), draw.uniform(300, 4000, 12), draw.uniform(3e5, 3e6, 12), strict=True
    )
    instance = roomy([Cell(*size) for size in sizes], 3.2)
    agree(instance.solve("cvxpy"), instance.solve())


@pytest.mark.slow
def test_the_solvers_agree_on_600_cells() -> None:
    draw = np.random.default_rng(600)
    sizes = zip(draw.uniform(60, 140, 600), draw.uniform(1000, 3000, 600), strict=True)
    instance = AcquisitionProblem([Cell(r, d, 1e6) for r, d in sizes], 1e10, NOISE_PSD_W_PER_HZ, EXPONENT)
    agree(instance.solve("cvxpy"), instance.solve())


def test_the_adaptive_rule_gives_the_same_optimum() -> None:
    best, adaptive = problem(1.0).solve(), problem(1.0, rule="adaptive").solve()
    assert adaptive.bandwidth_hz == pytest.approx(best.bandwidth_hz, rel=1e-9)
    assert adaptive.total_power_w == pytest.approx(best.total_power_w, rel=1e-9)


def test_the_convex_solver_refuses_a_rule_without_nodes() -> None:
    with pytest.raises(BadParameter, match=r"^rule: got .*, expected a rule with nodes, for cvxpy"):
        problem(1.0, rule="adaptive").solve("cvxpy")


def test_rates_beyond_representable_power_name_the_cell_with_the_largest_load() -> None:
    rates = [1e6, 1e6, 2e9, 1e6, 1e6, 1e6]
    cells = [Cell(r, d, rate) for r, d, rate in zip(RADII_M, DENSITIES_PER_KM2, rates, strict=True)]
    instance = AcquisitionProblem(cells, BANDWIDTH_HZ, NOISE_PSD_W_PER_HZ, EXPONENT)
    for attempt in (instance.solve, instance.admm, lambda: instance.solve("cvxpy")):
        with np.errstate(all="raise"), pytest.raises(RateOutOfReach, match=r"^cell 2: got a rate of 2e\+09"):
            attempt()


@pytest.mark.parametrize("rate_bps", [1e-9, 1e-3, 1.0, 1e4, 1e7, 2e8])
def test_rates_far_from_practice_have_an_optimum_without_overflow(rate_bps: float) -> None:
    cells = [Cell(r, d, rate_bps) for r, d in zip(RADII_M, DENSITIES_PER_KM2, strict=True)]
    with np.errstate(all="raise"):
        instance = AcquisitionProblem(cells, BANDWIDTH_HZ, NOISE_PSD_W_PER_HZ, EXPONENT)
        best = instance.solve()
        price = -instance.power_curve.slope_w_per_hz(best.bandwidth_hz)
    assert price == pytest.approx(best.price_w_per_hz, rel=1e-11)
    assert best.total_power_w <= instance.power_w(instance.proportional_split_hz).sum()


def test_the_solvers_failure_says_its_status_and_survives_a_process_pool() -> None:
    failure = pickle.loads(pickle.dumps(SolverFailed("Clarabel", "optimal_inaccurate")))
    assert failure.args == ("Clarabel", "optimal_inaccurate")
    assert str(failure) == "Clarabel: got the status 'optimal_inaccurate', expected 'optimal'"
