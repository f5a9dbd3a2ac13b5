"""Whole acquisitions by agents on a chain: what the summary says of them, of faults, and what is drawn."""

import json
import math
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from apps.admm.acquisition_kit import ADMM_KIT
from apps.admm.agents import ANSWER_REFUSED, ROUND_UNDONE
from apps.admm.settings import problem_of
from apps.agent import Measure
from apps.kit import PlacedMeasure
from tests.apps.admm.commune import Commune, settings_of, six


@cache
def lived(
    blocks: int = 45, faulty: int | None = None, fault: tuple[tuple[str, Any], ...] = (), **table: Any
) -> Commune:
    commune = Commune(settings_of(**table, operators=six(faulty, **dict(fault))), check=not faulty)
    commune.live(blocks)
    return commune


def only(commune: Commune) -> Any:
    (period,) = commune.summary()["periods"]
    return period


def with_fault(number: int, blocks: int = 80, **fault: Any) -> Any:
    """The acquisition of the paper's operators with one fault."""
    return only(lived(blocks, number, tuple(fault.items())))


def nobody_there() -> Commune:
    """One operator never answers."""
    return lived(150, 1, (("behaviour", "silent"), ("silent_after", 0)), round_blocks=2)


class TestHonestOperators:
    def test_they_come_within_a_millionth_of_the_central_optimum(self) -> None:
        for blocks, table in (
            (45, {}),
            (45, {"relaxation": 1.6}),
            (45, {"rate_mbps": 3.0}),
            (75, {"penalty_scale": 0.2, "balancing_rounds": 20}),
        ):
            period = only(lived(blocks, **table))
            assert period["converged"] is True
            assert 0 <= period["gap"] < 1e-9
            assert period["to_1e-6"]["rounds"] <= 35

    def test_their_licences_are_the_optimum_to_a_few_hertz(self) -> None:
        commune = lived(tolerance=1e-9)
        period, optimum = only(commune), commune.summary()["optimum"]
        assert period["converged"] is True
        for operator in period["operators"]:
            assert abs(operator["licence_hz"] - operator["optimum_hz"]) < 3
            assert operator["power_ratio"] == pytest.approx(1.0, abs=1e-6)
        assert period["price_w_per_hz"] == pytest.approx(optimum["price_w_per_hz"], rel=1e-6)
        best = problem_of(commune.settings).solve()
        assert list(optimum["bandwidth_hz"].values()) == best.bandwidth_hz.tolist()
        assert (optimum["power_w"], optimum["price_w_per_hz"]) == (best.total_power_w, best.price_w_per_hz)

    def test_over_relaxation_halves_the_rounds(self) -> None:
        plain, relaxed = only(lived()), only(lived(relaxation=1.6))
        assert relaxed["rounds"] < 0.6 * plain["rounds"]

    def test_every_period_is_an_acquisition_from_nothing(self) -> None:
        commune = lived(95, periods=3, tolerance=1e-5)
        first, second, third = commune.summary()["periods"]
        assert [period["name"] for period in (first, second, third)] == ["period-1", "period-2", "period-3"]
        same = ("rounds", "blocks", "seconds", "gap", "price_w_per_hz", "operators", "to_1e-3")
        assert [first[key] for key in same] == [second[key] for key in same] == [third[key] for key in same]


class TestFaults:
    def test_the_silent_ones_last_answer_stands_and_every_round_waits_for_the_deadline(self) -> None:
        period = with_fault(4, 220, behaviour="silent", silent_after=3)
        silent = period["operators"][3]
        assert (silent["answered_rounds"], silent["silent_rounds"]) == (3, period["rounds"] - 3)
        assert period["blocks"] == 3 + 6 * (period["rounds"] - 3)
        assert period["converged"] is True
        trace = period["trace"]
        assert trace["answered"] == [6] * 3 + [5] * (period["rounds"] - 3)
        assert silent["licence_hz"] / 1e6 == pytest.approx(trace["split_mhz"][3][-1], abs=1e-6)
        assert period["gap"] > 1e-2

    def test_the_stale_one_delays_the_optimum_and_does_not_move_it(self) -> None:
        honest, period = only(lived()), with_fault(4, behaviour="stale", lag_rounds=3)
        assert period["converged"] is True
        assert abs(period["gap"]) < 1e-9
        assert period["to_1e-6"]["rounds"] > 1.5 * honest["to_1e-6"]["rounds"]

    def test_who_overstates_gains_and_the_others_pay(self) -> None:
        period = with_fault(5, behaviour="lying", factor=1.1)
        *_, liar, last = period["operators"]
        assert liar["licence_hz"] > 1.2 * liar["optimum_hz"]
        assert liar["power_ratio"] < 0.7
        assert all(o["power_ratio"] > 1.2 for o in period["operators"] if o is not liar)
        assert last["behaviour"] == "honest"
        assert period["gap"] > 0.05
        assert (period["to_1e-3"], period["to_1e-6"]) == (None, None)

    def test_who_understates_loses_and_the_others_gain(self) -> None:
        period = with_fault(5, behaviour="lying", factor=0.9)
        liar = period["operators"][4]
        assert liar["power_ratio"] > 1.5
        assert all(o["power_ratio"] < 0.9 for o in period["operators"] if o is not liar)

    def test_who_never_answers_gets_nothing(self) -> None:
        period = only(nobody_there())
        nobody = period["operators"][0]
        assert (nobody["licence_hz"], nobody["power_w"], nobody["power_ratio"]) == (0, None, None)
        assert period["gap"] is None


class TestFigures:
    def test_blocks_and_seconds_count_from_the_block_that_opened_round_1(self) -> None:
        period = only(lived())
        # All three of the owner's actions are in block 1; on this chain each round takes the next block.
        assert period["trace"]["height"] == [1 + number for number in period["trace"]["round"]]
        assert period["blocks"] == period["rounds"] == len(period["trace"]["round"])
        assert period["seconds"] == 15.0 * period["blocks"]
        for name in ("to_1e-3", "to_1e-6"):
            assert period[name]["seconds"] == 15.0 * period[name]["rounds"]

    def test_a_target_is_reached_when_the_gap_stays_within_it(self) -> None:
        period = only(lived())
        for name, target in (("to_1e-3", 1e-3), ("to_1e-6", 1e-6)):
            first = period[name]["rounds"]
            assert max(period["trace"]["gap"][first - 1 :]) <= target < period["trace"]["gap"][first - 2]

    def test_the_trace_is_the_float_iteration_of_the_same_problem(self) -> None:
        commune = lived(tolerance=1e-9)
        trace, rounds = only(commune)["trace"], 20
        floats = problem_of(commune.settings).admm(tolerance=1e-15, max_rounds=rounds)
        for operator, split in enumerate(trace["split_mhz"]):
            assert split[:rounds] == pytest.approx(floats.split_hz[:, operator] / 1e6, abs=3e-6)
        assert trace["primal_residual"][:10] == pytest.approx(floats.primal_residual[:10], abs=1e-7)
        # In the first two rounds the answers fit in the band, and the dual is 0.
        changes = floats.dual_residual[2:10] * 100e6 / np.linalg.norm(floats.dual_hz[2:10], axis=1)
        assert trace["dual_residual"][:2] == [None, None]
        assert trace["dual_residual"][2:10] == pytest.approx(changes, rel=1e-3)

    def test_undone_rounds_and_refused_answers_are_counted_for_their_period(self) -> None:
        commune = lived(12)
        reports = [
            Measure(ROUND_UNDONE, 4, 1),
            Measure(ANSWER_REFUSED, 4, 1),
            Measure(ANSWER_REFUSED, 5, 1),
            Measure(ROUND_UNDONE, 4, 2),
            Measure("another", 4, 1),
        ]
        outcome = replace(
            commune.outcome(), measures=[PlacedMeasure(0, "owner", report) for report in reports]
        )
        summary: Any = ADMM_KIT.summarise(commune.settings, outcome)
        (period,) = summary["periods"]
        assert (period["undone_rounds"], period["refused_answers"]) == (1, 2)

    @pytest.mark.parametrize("blocks", [0, 1, 2, 12])
    def test_a_run_that_ends_early_says_so(self, blocks: int) -> None:
        summary = lived(blocks).summary()
        json.dumps(summary, allow_nan=False)
        assert len(summary["periods"]) == min(blocks, 1)
        for period in summary["periods"]:
            assert period["converged"] is None
            assert period["rounds"] == period["blocks"] == blocks - 1
            assert all(operator["licence_hz"] is None for operator in period["operators"])

    def test_what_has_no_number_is_null(self) -> None:
        summary = nobody_there().summary()
        assert json.loads(json.dumps(summary, allow_nan=False)) == summary

    def test_a_large_run_leaves_splits_out_of_its_trace(self) -> None:
        settings = settings_of(operators=[{"count": 51}], bandwidth_mhz=900.0)
        commune = Commune(settings, check=False)
        commune.live(4)
        assert only(commune)["trace"]["split_mhz"] == []
        assert [chart.name for chart in ADMM_KIT.charts(commune.summary())] == ["convergence"]


class TestViews:
    def test_there_is_a_row_for_each_acquisition_and_its_targets_and_for_each_operator(self) -> None:
        acquisitions, operators = ADMM_KIT.tables(lived().summary())
        assert [row[:2] for row in acquisitions.rows] == [
            ("period-1", "converged"),
            ("", "gap <= 1e-3"),
            ("", "gap <= 1e-6"),
        ]
        assert [row[0] for row in operators.rows] == [f"mvno-{i}" for i in range(1, 7)]
        assert {row[4] for row in operators.rows} <= {"1", "0.999999", "1.00000"}
        for table in (acquisitions, operators):
            assert all(len(row) == len(table.columns) for row in table.rows)

    @pytest.mark.parametrize("blocks", [0, 1, 2])
    def test_an_unfinished_run_has_tables_too(self, blocks: int) -> None:
        summary = lived(blocks).summary()
        tables = ADMM_KIT.tables(summary)
        assert "more blocks" in tables[0].note if not blocks else tables[0].rows[0][1] == "not settled yet"
        assert len(ADMM_KIT.charts(summary)) == (2 if blocks > 1 else 0)

    def test_long_tables_are_cut_and_say_so(self) -> None:
        commune = Commune(settings_of(operators=[{"count": 30}], periods=10, max_rounds=1), check=False)
        commune.live(25)
        acquisitions, operators = ADMM_KIT.tables(commune.summary())
        assert (len(acquisitions.rows), len(operators.rows)) == (24, 24)
        assert "2 acquisitions more" in acquisitions.note
        assert "6 operators more" in operators.note

    def test_each_operators_split_is_drawn_beside_its_optimum(self) -> None:
        commune = lived()
        split, convergence = ADMM_KIT.charts(commune.summary())
        assert [line.dashed for line in split.lines] == [False, True] * 6
        for curve, optimum in zip(split.lines[::2], split.lines[1::2], strict=True):
            assert curve.colour == optimum.colour
            assert curve.y[-1] == pytest.approx(optimum.y[-1], abs=1e-4)
        assert convergence.log_y
        assert all(y > 0 or math.isnan(y) for line in convergence.lines for y in line.y)
