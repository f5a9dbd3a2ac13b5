"""How fast the spectrum acquisition is, beside what it has to reach: subproblems, optimum, draws, rounds, chain.

Every group of cases runs in a process of its own on one thread, so that processor time is that of one core and peak
memory is the group's own. A target holds for the size it is set for: with another size there is none.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median

import numpy as np

from apps.admm import lambert
from apps.admm.central import Allocation
from apps.admm.draws import draw_users
from apps.admm.efficiency import NodeCurve
from apps.admm.parameters import FloatArray, SolverFailed
from apps.admm.problem import AcquisitionProblem
from apps.admm.schemes import DSA, PROPORTIONAL, UNIFORM, compare
from apps.admm.subproblem import answer
from sim.bench.acquisition_cells import distinct_problem
from sim.bench.acquisition_chain import chain_rows
from sim.bench.gossip import peak_memory_mb
from sim.bench.timing import (
    Row,
    Target,
    Timing,
    in_own_process,
    measured_row,
    profiled_shares,
    time_row,
    timed,
    timed_once,
)
from sim.reproduce.acquisition_data import (
    BANDWIDTH_HZ,
    NOISE_PSD_W_PER_HZ,
    PATHLOSS_EXPONENT,
    RATES_BPS,
    Place,
)
from sim.reproduce.acquisition_rounds import COARSE, CONVERGENCE_RATE_BPS, FINE, rounds_until

SUBPROBLEM_TARGETS_MS = {1_000: Target(10.0), 100_000: Target(1_000.0)}
CENTRAL_OPERATORS = 600
CENTRAL_TARGET_MS = Target(50.0)
CHECK_RATIO_TARGET = Target(50.0, at_least=True)
AGREEMENT_TARGET = Target(1e-6)
DRAWS = 2_000
DRAWS_TARGET_S = Target(60.0)
PRIMAL_TARGET, OBJECTIVE_TARGET = Target(10), Target(25)

_LATER_ROUND = (-0.5, 1.5)
"""Bounds of (z - u) / (proportional share): nine tenths of the operators are there in later rounds."""


@dataclass(frozen=True, slots=True)
class AcquisitionSizes:
    """How much is measured. The defaults are the sizes for which there are targets."""

    operators: tuple[int, ...] = (1_000, 100_000)
    central_operators: int = CENTRAL_OPERATORS
    draws: int = DRAWS
    chain_operators: int = 1_000
    repeats: int = 7
    """How often a case is repeated that takes less than some seconds."""


def run_acquisition(sizes: AcquisitionSizes | None = None, seed: int = 1) -> list[Row]:
    """Measure everything, one group after another; rows as `acquisition_rows` gives them."""
    return list(acquisition_rows(sizes or AcquisitionSizes(), seed))


def acquisition_rows(sizes: AcquisitionSizes, seed: int) -> Iterator[Row]:
    """Rows as they are measured.

    Columns: `case`; `size` (operators, draws or, for the iteration, cells); `value` and its `unit` (times are the
    median of the process's own, on one thread); `target` and whether it is `met` (none for other sizes); `best` and
    `wall`, the shortest time and the median on the clock, in the same unit; `limited_by`, what the time goes to by
    share; `peak_mb` of the process that measured the case.
    """
    for count in sizes.operators:
        yield from _group(subproblem_rows, count, sizes.repeats, seed)
    yield from _group(central_rows, sizes.central_operators, sizes.repeats, seed)
    yield from _group(iteration_rows)
    yield from _group(draw_rows, sizes.draws, seed)
    yield from _group(chain_rows, sizes.chain_operators, sizes.repeats, seed)


def _group(measure: Callable[..., list[Row]], *arguments: int) -> list[Row]:
    return in_own_process(_with_peak, measure, *arguments)


def _with_peak(measure: Callable[..., list[Row]], *arguments: int) -> list[Row]:
    rows = measure(*arguments)
    return [{**row, "peak_mb": peak_memory_mb()} for row in rows]


def subproblem_rows(operators: int, repeats: int, seed: int) -> list[Row]:
    """All operators' subproblems of the first round, and of one with z - u of both signs; both from a cold start."""
    problems: list[AcquisitionProblem] = []
    setup = timed_once(lambda: problems.append(distinct_problem(operators, seed)))
    problem = problems[0]
    curve, penalty = problem.power_curve, problem.natural_penalty_w_per_hz2
    spread = np.random.default_rng([seed, 0]).uniform(*_LATER_ROUND, operators)
    rows = [time_row("set up the problem", operators, setup, "ms")]
    for case, centre in (("first", np.zeros(operators)), ("later", spread * problem.proportional_split_hz)):

        def work(centre_hz: FloatArray = centre) -> object:
            return answer(curve, centre_hz, penalty)

        rows.append(
            time_row(
                f"subproblems of a {case} round",
                operators,
                timed(work, repeats),
                "ms",
                SUBPROBLEM_TARGETS_MS.get(operators),
                profiled_shares(work, {"log1p and sums over the nodes": NodeCurve.derivatives}),
            )
        )
    return rows


def central_rows(operators: int, repeats: int, seed: int) -> list[Row]:
    """The central optimum by dual Newton, and the same instance by cvxpy and Clarabel: times, ratio, differences."""
    problem = distinct_problem(operators, seed)
    best = problem.solve()
    newton = timed(problem.solve, repeats)
    parts = profiled_shares(problem.solve, {"log1p and sums over the nodes": NodeCurve.derivatives})
    aimed = operators == CENTRAL_OPERATORS
    target = CENTRAL_TARGET_MS if aimed else None
    rows = [time_row("optimum by dual Newton", operators, newton, "ms", target, parts)]
    try:
        return rows + _check_rows(problem, best, newton, aimed)
    except SolverFailed as error:
        agreed = "the total powers differ by"
        failed = measured_row(agreed, operators, None, "relative", AGREEMENT_TARGET, limited_by=str(error))
        return [*rows, failed]


def _check_rows(problem: AcquisitionProblem, best: Allocation, newton: Timing, aimed: bool) -> list[Row]:
    """Clarabel's time and what it found; the first call, which loads cvxpy, does not count.

    Only the total power has a target: the optimum is flat, so that an error there allows its root in a bandwidth.
    """
    import cvxpy as cp

    operators = len(problem.cells)
    found: list[Allocation] = []
    distinct_problem(2, 1).solve("cvxpy")
    clarabel = timed_once(lambda: found.append(problem.solve("cvxpy")))
    parts = profiled_shares(
        lambda: problem.solve("cvxpy"), {"making the cone programme": cp.Problem.get_problem_data}
    )
    ratio = clarabel.cpu_s[0] / median(newton.cpu_s)
    objective = abs(found[0].total_power_w / best.total_power_w - 1.0)
    bandwidth = float(np.abs(found[0].bandwidth_hz / best.bandwidth_hz - 1.0).max())
    return [
        time_row("optimum by cvxpy and Clarabel", operators, clarabel, "s", limited_by=parts),
        measured_row(
            "dual Newton is faster by", operators, ratio, "times", CHECK_RATIO_TARGET if aimed else None
        ),
        measured_row("the total powers differ by", operators, objective, "relative", AGREEMENT_TARGET),
        measured_row("the bandwidths differ by up to", operators, bandwidth, "relative"),
    ]


def iteration_rows() -> list[Row]:
    """Rounds of ADMM on the paper's cells at 1 Mbit/s, from zero and with the automatic penalty."""
    problem = _paper_problem(CONVERGENCE_RATE_BPS)
    best, trace = problem.solve(), problem.admm()
    gap = np.abs(trace.objective_w / best.total_power_w - 1.0)
    found = (
        (f"primal residual {COARSE:g}", trace.primal_residual, COARSE, PRIMAL_TARGET),
        (f"objective {FINE:g}", gap, FINE, OBJECTIVE_TARGET),
    )
    return [
        measured_row(
            f"ADMM at 1 Mbit/s to {what}",
            len(problem.cells),
            rounds_until(values, limit),
            "rounds",
            target,
        )
        for what, values, limit, target in found
    ]


def draw_rows(draws: int, seed: int) -> list[Row]:
    """The four schemes at the six rates, each with all the draws."""

    def served(rate_bps: float, count: int) -> None:
        problem = _paper_problem(rate_bps)
        splits = {
            DSA: problem.solve().bandwidth_hz,
            UNIFORM: problem.uniform_split_hz,
            PROPORTIONAL: problem.proportional_split_hz,
        }
        compare(
            problem.cells, splits, BANDWIDTH_HZ, NOISE_PSD_W_PER_HZ, PATHLOSS_EXPONENT, draws=count, seed=seed
        )

    def all_rates() -> None:
        for rate_bps in RATES_BPS:
            served(rate_bps, draws)

    timing = timed_once(all_rates)
    parts = profiled_shares(
        lambda: served(CONVERGENCE_RATE_BPS, max(1, draws // 10)),
        {"Lambert function": lambert.log_shifted_lambert, "drawing the users": draw_users},
    )
    target = DRAWS_TARGET_S if draws == DRAWS else None
    return [time_row("four schemes at six rates", draws, timing, "s", target, parts)]


def _paper_problem(rate_bps: float) -> AcquisitionProblem:
    return AcquisitionProblem(Place(rate_bps).cells, BANDWIDTH_HZ, NOISE_PSD_W_PER_HZ, PATHLOSS_EXPONENT)
