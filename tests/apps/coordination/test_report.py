"""The report of frequency coordination follows from the chain, and says what really happened."""

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from apps.coordination.agents import SURVEY_SEED
from apps.coordination.blueprint import campus_of, rules_of
from apps.coordination.coordination_kit import COORDINATION_KIT
from apps.coordination.report_charts import report_charts
from apps.coordination.report_rebuild import DataMismatch
from apps.coordination.report_tables import report_tables
from apps.coordination.report_truth import truth_of
from apps.coordination.state import Sharer
from apps.kit import MapChart, ReportChart
from chain.params import SHARECOIN
from sim.charts import chart_figure
from tests.apps.coordination.district import FEE, QUICK, District, settings_of
from tests.apps.coordination.test_analysis import ASK

LIARS = {
    "owners": [{"measurements": 120, "vsps": 10, "lying": 2, "noisy": 1}],
    "users": [{"power_dbm": 20.0, "min_power_dbm": -50.0}, {"name": "b", "ask_at_block": 6, "x_m": 30.0}],
    "agencies": [{"name": "ca", "count": 2}, {"name": "deviant", "behaviour": "deviating"}],
    "bond": 1,
}


@pytest.fixture(scope="module")
def district() -> District:
    return District(settings_of(**LIARS)).live(20)


@pytest.fixture(scope="module")
def summary(district: District) -> Any:
    return json.loads(json.dumps(district.summary()))


def test_the_decision_made_again_is_the_one_on_chain(summary: Any) -> None:
    assert [one["name"] for one in summary["requests"]] == ["fb-user/1", "b/1"]
    assert all(one["reproduced"] for one in summary["requests"])


def test_steps_are_blocks_and_seconds_and_latency_is_from_sending_to_decision(summary: Any) -> None:
    first = summary["requests"][0]
    heights = [step["height"] for step in first["steps"]]
    assert heights == sorted(heights)
    assert [step["seconds"] for step in first["steps"]] == [15.0 * height for height in heights]
    assert first["latency_blocks"] == heights[4] - heights[0]
    assert first["latency_s"] == 15.0 * heights[4] - first["asked_s"]
    assert set(first["status"].values()) == {"YES"}
    both = [one["latency_s"] for one in summary["requests"]]
    assert summary["latency"]["seconds_mean"] == pytest.approx(np.mean(both))
    assert summary["latency"]["seconds_std"] == pytest.approx(np.std(both, ddof=1))


def test_balances_before_and_after_add_up(summary: Any, district: District) -> None:
    balances = {one["name"]: one for one in summary["balances"]}
    assert balances["fb-user"]["before"] == 4 * SHARECOIN
    assert balances["fb-user"]["after"] == district.balance("fb-user")
    blocks = district.chain.state.blocks()
    fees = sum(FEE for block in blocks for attempt in block.attempts if attempt.receipt is not None)
    changes = sum(one["change"] for one in balances.values())
    assert changes + summary["escrow"]["after"] == -fees


def test_liars_and_the_deviating_agency_are_named(summary: Any) -> None:
    kinds = {one["name"]: one["behaviour"] for one in summary["vsps"]}
    caught = {one["name"] for one in summary["vsps"] if one["caught"]}
    assert {name for name, kind in kinds.items() if kind == "lying"} <= caught
    assert not {name for name, kind in kinds.items() if kind == "honest"} & caught
    agencies = {one["name"]: one for one in summary["agencies"]}
    assert (agencies["deviant"]["deviations"], agencies["deviant"]["disproved"]) == (1, 1)
    assert agencies["ca-1"]["deviations"] == agencies["ca-2"]["deviations"] == 0


def test_the_map_of_the_summary_is_close_to_the_truth_and_its_points_are_the_measurements(
    summary: Any,
) -> None:
    shown = summary["map"]
    levels = np.array(shown["level_dbm"])
    truth = campus_of(settings_of()).field_dbm
    assert np.sqrt(np.mean((levels - truth) ** 2)) == pytest.approx(shown["rmse_db"], abs=0.01)
    assert shown["rmse_db"] < 4.0
    assert len(shown["points"]["x_m"]) == 120
    assert sum(shown["points"]["used"]) <= 120 - 24
    assert np.array(shown["margin_db"], dtype=float).shape == (40, 40)


def test_the_limiting_place_is_the_one_with_the_least_limit_and_has_the_margin_of_the_decision() -> None:
    table = {**LIARS, "users": [LIARS["users"][0]]}  # type: ignore[index]
    summary = District(settings_of(**table)).live(10).summary()
    (request,) = summary["requests"]
    kept = [one for one in summary["map"]["places"] if not one["dropped"]]
    least = min(kept, key=lambda one: one["limit_dbm"])
    assert [least["x_m"], least["y_m"]] == request["limit_m"]
    assert least["limit_dbm"] == pytest.approx(request["permissible_dbm"], abs=0.01)
    assert least["margin_db"] == pytest.approx(request["margin_db"], abs=0.02)


def test_data_that_are_not_those_on_chain_are_found_out(district: District) -> None:
    outcome = district.outcome()
    forged = [
        replace(one, measure=replace(one.measure, value=1.0)) if one.measure.name == SURVEY_SEED else one
        for one in outcome.measures
    ]
    with pytest.raises(DataMismatch, match="data of ss-owner"):
        COORDINATION_KIT.summarise(district.settings, replace(outcome, measures=forged))


def test_true_harm_grows_with_power_and_needs_a_sharer() -> None:
    settings = settings_of()
    campus, rules = campus_of(settings), rules_of(settings)
    harmed = [
        truth_of(settings, campus, rules, [Sharer("a/1", ASK, power, True)]).harmed
        for power in (-5000, 0, 3000)
    ]
    assert harmed == sorted(harmed)
    assert harmed[0] == 0 < harmed[2]
    alone = truth_of(settings, campus, rules, [])
    assert alone.harmed == 0
    assert alone.worst_margin_db is not None
    assert alone.worst_margin_db >= 0.0


def test_a_run_without_a_decision_has_a_report_too() -> None:
    settings = settings_of(map={**QUICK, "min_points": 3})
    for blocks in (0, 2, 4):
        district = District(settings).live(blocks)
        summary = json.loads(json.dumps(district.summary()))
        assert report_tables(summary)
        assert len(report_charts(summary)) == (0 if blocks < 2 else 1)
        assert summary["latency"]["decided"] == 0


def test_tables_show_status_balances_and_who_was_caught(summary: Any) -> None:
    tables = {table.title: table for table in report_tables(summary)}
    assert list(tables) == ["Requests", "Status", "Balances", "Agencies", "Participants"]
    assert all(len(row) == len(table.columns) for table in tables.values() for row in table.rows)
    assert tables["Status"].rows[0][1] == "2 (30 s)"
    assert [row[0] for row in tables["Participants"].rows] == ["honest", "noisy", "lying"]


def test_charts_can_be_drawn_and_show_what_the_summary_says(summary: Any) -> None:
    charts = {chart.name: chart for chart in report_charts(summary)}
    assert set(charts) == {"status", "map", "deviation", "error", "margin"}
    status, margin = charts["status"], charts["margin"]
    assert isinstance(status, ReportChart)
    assert status.lines[0].y[-1] == 6.0
    assert isinstance(margin, MapChart)
    near = [value for row in margin.values for value in row if math.isnan(value)]
    assert near
    for chart in charts.values():
        assert chart_figure(chart).axes
