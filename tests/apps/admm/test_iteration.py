"""ADMM against the reference's iteration counts, and when it stops."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.admm.cell import Cell
from apps.admm.iteration import AdmmTrace
from apps.admm.parameters import BadParameter, FloatArray
from apps.admm.problem import AcquisitionProblem
from tests.apps.admm.paper_cells import BANDWIDTH_HZ, EXPONENT, NOISE_PSD_W_PER_HZ, cells_at, reference

NU0 = {1.0: 5.441956971133646e-18, 2.0: 3.023996276594671e-16, 3.0: 9.627009522843054e-15}
# The reference, section 5, 1 Mbit/s: nu / nu0, relaxation, rounds to a primal residual of 1e-3 and 1e-6 and to an
# objective within 1e-3 and 1e-6.
COUNTS = [
    (0.1, 1.0, (36, 96, 51, 111)),
    (0.3, 1.6, (7, 19, 10, 22)),
    (0.5, 1.0, (11, 21, 14, 23)),
    (1.0, 1.0, (9, 19, 11, 21)),
    (1.0, 1.6, (4, 12, 5, 12)),
    (3.0, 1.0, (9, 39, 11, 49)),
    (10.0, 1.6, (12, 86, 22, 50)),
]
# The same with balancing: rate, starting nu / nu0, relaxation, last nu / nu0, and the same four counts.
BALANCED = [
    (1.0, 0.01, 1.0, 0.16, (31, 69, 41, 79)),
    (1.0, 1.0, 1.0, 0.25, (18, 43, 24, 49)),
    (2.0, 1.0, 1.6, 0.5, (7, 13, 9, 15)),
    (3.0, 100.0, 1.0, 0.390625, (17, 34, 24, 41)),
]
LABELS = {"0.01": 1e-2, "0.001": 1e-3, "1e-06": 1e-6}


def problem(rate_mbps: float = 1.0) -> AcquisitionProblem:
    return AcquisitionProblem(cells_at(rate_mbps), BANDWIDTH_HZ, NOISE_PSD_W_PER_HZ, EXPONENT)


def first_round_below(values: FloatArray, threshold: float) -> int | None:
    """The round from which on the values stay below; None when the last one is not."""
    above = np.flatnonzero(~(values < threshold))
    rounds = int(above[-1]) + 2 if len(above) else 1
    return rounds if rounds <= len(values) else None


def counts(trace: AdmmTrace, optimum_w: float) -> tuple[int | None, ...]:
    gap = np.abs(trace.objective_w / optimum_w - 1.0)
    return tuple(first_round_below(v, t) for v in (trace.primal_residual, gap) for t in (1e-3, 1e-6))


@pytest.mark.parametrize(("ratio", "relaxation", "expected"), COUNTS)
def test_rounds_are_the_references(ratio: float, relaxation: float, expected: tuple[int, ...]) -> None:
    instance = problem()
    trace = instance.admm(ratio * NU0[1.0], relaxation)
    assert counts(trace, instance.solve().total_power_w) == expected


@pytest.mark.parametrize(("rate", "ratio", "relaxation", "last", "expected"), BALANCED)
def test_rounds_and_penalties_with_balancing_are_the_references(
    rate: float, ratio: float, relaxation: float, last: float, expected: tuple[int, ...]
) -> None:
    instance = problem(rate)
    trace = instance.admm(ratio * NU0[rate], relaxation, balancing=True)
    assert counts(trace, instance.solve().total_power_w) == expected
    assert trace.penalty_w_per_hz2[-1] == pytest.approx(last * NU0[rate], rel=1e-12)


def check_rounds(trace: AdmmTrace, row: Any, optimum: Any) -> None:
    """Every count of a row of the reference's table, None where it was not reached."""
    error = np.abs(trace.bandwidth_hz / 1e6 - np.array(optimum["w_MHz"])).max(axis=1) / 100.0
    series = {
        "r_rel_": trace.primal_residual,
        "obj_gap_": np.abs(trace.objective_w / optimum["sum_W"] - 1.0),
        "werr_": error,
        "dual_": trace.dual_residual,
    }
    for name, values in series.items():
        for label, threshold in LABELS.items():
            if name + label in row:
                assert first_round_below(values, threshold) == row[name + label], (row, name, label)


def optimum_at(rate: float) -> Any:
    return next(row for row in reference()["exact_R"] if row["R_min"] == rate)


@pytest.mark.parametrize("rate", [1.0, 2.0, 3.0])
@pytest.mark.parametrize("furthest", [2.0, pytest.param(100.0, marks=pytest.mark.slow)])
def test_every_count_of_the_references_table(rate: float, furthest: float) -> None:
    """Of the penalties up to so many times above or below nu0: far ones need a thousand rounds."""
    data = reference()["admm"][str(rate)]
    rows = [row for row in data["table"] if 1.0 / furthest <= row["nu_over_nu0"] <= furthest]
    assert len(rows) >= 10
    for row in rows:
        penalty = row["nu_over_nu0"] * data["nu0_SI"]
        trace = problem(rate).admm(penalty, row["relax"], tolerance=1e-14, max_rounds=row["its"])
        check_rounds(trace, row, optimum_at(rate))


@pytest.mark.parametrize("rate", [1.0, 2.0, 3.0])
def test_every_count_with_balancing_is_the_references(rate: float) -> None:
    data = reference()["admm"][str(rate)]
    for row in data["adapt"]:
        penalty = row["nu_start_over_nu0"] * data["nu0_SI"]
        trace = problem(rate).admm(penalty, row["relax"], balancing=True)
        assert trace.penalty_w_per_hz2[-1] == pytest.approx(row["final_nu_over_nu0"] * data["nu0_SI"])
        check_rounds(trace, row, optimum_at(rate))


def test_the_first_rounds_are_the_references() -> None:
    trace = problem().admm(NU0[1.0])
    for row, w, z, primal in zip(
        reference()["admm_trace_R1_nu0"],
        trace.bandwidth_hz / 1e6,
        trace.split_hz / 1e6,
        trace.primal_residual,
        strict=False,
    ):
        assert w == pytest.approx(row["w"], rel=1e-9)
        assert z == pytest.approx(row["z"], rel=1e-9)
        assert primal == pytest.approx(row["r_rel"], rel=1e-7, abs=1e-15)


@pytest.mark.parametrize("rate", [0.5, 1.0, 1.5, 2.0, 2.5, 3.0])
def test_the_natural_penalty_reaches_1e_3_in_ten_rounds_and_1e_6_in_25(rate: float) -> None:
    instance = problem(rate)
    primal, _, _, objective = counts(instance.admm(), instance.solve().total_power_w)
    assert primal is not None
    assert primal <= 10
    assert objective is not None
    assert objective <= 25


@given(
    st.lists(
        st.builds(Cell, st.floats(50.0, 200.0), st.floats(500.0, 4000.0), st.floats(5e5, 2e6)),
        min_size=1,
        max_size=6,
    ),
    st.floats(1.0, 1.8),
    st.booleans(),
)
@settings(max_examples=25, deadline=None)
def test_it_converges_to_the_central_optimum(cells: list[Cell], relaxation: float, balancing: bool) -> None:
    demand = sum(cell.mean_users * cell.rate_bps for cell in cells)
    instance = AcquisitionProblem(cells, demand / 4.0, NOISE_PSD_W_PER_HZ, 3.5)
    best = instance.solve()
    trace = instance.admm(relaxation=relaxation, balancing=balancing, max_rounds=5000)
    assert trace.converged
    assert trace.split_hz[-1] == pytest.approx(best.bandwidth_hz, abs=1e-7 * instance.bandwidth_hz)
    assert trace.objective_w[-1] == pytest.approx(best.total_power_w, rel=1e-6)
    price = trace.penalty_w_per_hz2[-1] * trace.dual_hz[-1]
    assert price == pytest.approx(best.price_w_per_hz, rel=1e-6)


def test_every_split_fits_in_the_band_though_answers_may_not() -> None:
    trace = problem().admm(relaxation=1.6)
    assert (trace.split_hz >= 0.0).all()
    assert (trace.split_hz.sum(axis=1) <= BANDWIDTH_HZ * (1.0 + 1e-14)).all()
    assert trace.bandwidth_hz.sum(axis=1).max() > BANDWIDTH_HZ


@pytest.mark.parametrize("factor", [1e3, 1e12, 1e25])
@pytest.mark.parametrize("relaxation", [1.0, 1.6, 1.9])
def test_a_penalty_far_too_large_does_not_pass_for_convergence(factor: float, relaxation: float) -> None:
    """Answers and split are then equal for many rounds, and nowhere near the optimum."""
    trace = problem().admm(factor * NU0[1.0], relaxation, max_rounds=50)
    assert not trace.converged
    assert trace.rounds == 50
    if relaxation == 1.0:
        assert trace.primal_residual[:20].max() == 0.0


def test_a_stiff_penalty_is_not_done_when_its_steps_get_small() -> None:
    """At 100 times nu0 the split changes by less than 0.1 % of the band from round 77 on, 19 % above the optimum."""
    instance = problem()
    trace = instance.admm(100.0 * NU0[1.0], tolerance=1e-3, max_rounds=2000)
    assert trace.converged
    assert trace.objective_w[-1] == pytest.approx(instance.solve().total_power_w, rel=1e-4)


def test_balancing_ends_after_fifty_rounds() -> None:
    """From so far away that fifty halvings do not suffice."""
    penalty = problem().admm(1e20 * NU0[1.0], balancing=True, max_rounds=60).penalty_w_per_hz2
    assert penalty[:51] == pytest.approx(1e20 * NU0[1.0] * 0.5 ** np.arange(51), rel=1e-12)
    assert (penalty[51:] == penalty[50]).all()


def test_it_stops_at_the_first_round_within_the_tolerance() -> None:
    trace = problem().admm(tolerance=1e-5)
    assert trace.converged
    within = (trace.primal_residual <= 1e-5) & (trace.dual_residual <= 1e-5)
    assert within[-1]
    longer = problem().admm(tolerance=1e-9)
    assert longer.rounds > trace.rounds
    assert (longer.bandwidth_hz[: trace.rounds] == trace.bandwidth_hz).all()


def test_a_trace_has_a_row_per_round() -> None:
    trace = problem().admm(max_rounds=3)
    assert trace.rounds == 3
    for matrix in (trace.bandwidth_hz, trace.split_hz, trace.dual_hz):
        assert matrix.shape == (3, 6)
    for row in (trace.penalty_w_per_hz2, trace.primal_residual, trace.dual_residual, trace.objective_w):
        assert row.shape == (3,)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("penalty_w_per_hz2", 0.0),
        ("penalty_w_per_hz2", math.nan),
        ("relaxation", 0.0),
        ("relaxation", 2.0),
        ("relaxation", True),
        ("tolerance", 0.0),
        ("tolerance", math.inf),
        ("max_rounds", 0),
        ("max_rounds", 2.5),
        ("max_rounds", True),
        ("balancing", "no"),
        ("balancing", 1),
    ],
)
def test_an_option_outside_its_range_is_refused_by_name(option: str, value: float) -> None:
    options: dict[str, Any] = {option: value}
    with pytest.raises(BadParameter, match=f"^{option}: got "):
        problem().admm(**options)
