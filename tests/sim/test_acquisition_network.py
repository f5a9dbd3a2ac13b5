import csv
import io
import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from apps.admm.settings import AdmmSettings, problem_of
from sim.reproduce.acquisition_network import reproduce_network
from sim.reproduce.acquisition_network_estimates import (
    QUANTITIES,
    Estimate,
    estimate,
    estimates_of,
    point_rows,
    reached,
    write_runs,
)
from sim.reproduce.acquisition_network_findings import findings
from sim.reproduce.acquisition_network_points import (
    FAULTS,
    HONEST,
    INTERVAL_S,
    MEASURED,
    ONE_DELAY,
    ONE_SILENT,
    Extent,
    Factor,
    Place,
    places,
)
from sim.reproduce.acquisition_network_runs import ObservedRun, Run, observe
from sim.reproduce.points import PointFailed

SMALL = Extent(
    intervals_s=(600.0,),
    delays_s=(15.0,),
    shares=(0.8,),
    faulty=(1,),
    deadlines=(6,),
    max_rounds=14,
)
"""One value of each factor; honest operators are within 1e-6 before the rounds end."""


@pytest.fixture(scope="module")
def experiment(tmp_path_factory):
    """Folder and screen of a small experiment with one run a point."""
    screen = Console(file=io.StringIO(), width=160)
    folder = reproduce_network(tmp_path_factory.mktemp("out") / "x", 1, 2, screen, extent=SMALL)
    return folder, screen.file.getvalue()


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "network.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def points(folder: Path) -> list[dict]:
    return json.loads((folder / "network.json").read_text())["points"]


def point(folder: Path, factor: Factor, series: str, value: float) -> dict:
    (found,) = [
        p for p in points(folder) if (p["factor"], p["series"], p["value"]) == (factor, series, value)
    ]
    return found


# points


def test_each_point_varies_what_its_factor_says_and_nothing_else():
    base = dict(next(p for p in places(Extent()) if p.factor is Factor.FAULTS and p.value == 0).overrides)
    varied = {
        Factor.INTERVAL: {"chain.interval"},
        Factor.DELAY: {"network.relay", "network.latency", "network.constant_latency"},
        Factor.SHARE: {"admm.operators", "network.relay", "network.latency", "network.constant_latency"},
        Factor.FAULTS: {"admm.operators", "run.blocks"},
        Factor.DEADLINE: {"admm.operators", "admm.round_blocks", "run.blocks", "chain.interval"},
    }
    for place in places(Extent()):
        overrides = dict(place.overrides)
        changed = {key for key, value in overrides.items() if base.get(key) != value}
        assert changed <= varied[place.factor], place.name
        assert base.keys() <= overrides.keys()


def test_operators_have_the_share_of_the_hashes_that_the_point_names():
    for place in places(Extent()):
        if place.factor is Factor.SHARE:
            own = sum(
                entry["hash_rate"]
                for entry in dict(place.overrides)["admm.operators"]
                if "hash_rate" in entry
            )
            assert own / (1 + own) == pytest.approx(place.value)


def test_points_have_names_of_their_own():
    names = [place.name for place in places(Extent())]
    assert len(set(names)) == len(names)


def test_a_run_that_fails_names_its_settings_and_seed():
    place = Place(Factor.DELAY, ONE_DELAY, 1.0, (("network.peers", 3),))
    with pytest.raises(PointFailed, match=r"(?s)network.peers.*seed 7.*at most network.peers = 3"):
        observe(Run(place, 7))


# runs


def test_every_run_is_a_row_and_every_point_has_its_runs(experiment):
    folder, _ = experiment
    table = rows(folder)
    assert len(table) == len(places(SMALL)) == len(points(folder))
    assert len({row["seed"] for row in table}) == len(table)
    for found in points(folder):
        (row,) = [
            row for row in table if all(str(found[key]) == row[key] for key in ("factor", "series", "value"))
        ]
        for quantity in QUANTITIES:
            if row[quantity] == "":
                assert found[quantity] is None
                continue
            expected = float(row[quantity] == "True" if row[quantity] in ("True", "False") else row[quantity])
            assert found[quantity] == {"mean": pytest.approx(expected), "low": None, "high": None, "runs": 1}


def test_where_all_answer_in_time_rounds_are_those_of_the_iteration_off_chain(experiment):
    problem = problem_of(AdmmSettings())
    trace, best = problem.admm(tolerance=1e-9), problem.solve().total_power_w
    gaps = np.array(
        [np.sum(problem.power_w(split)) / best - 1 if np.all(split > 0) else 1 for split in trace.split_hz]
    )
    expected = [int(np.flatnonzero(gaps > target)[-1]) + 2 for target in (1e-3, 1e-6)]
    for row in rows(experiment[0]):
        if row["factor"] in (Factor.INTERVAL, Factor.DELAY, Factor.SHARE) and row["incomplete_rounds"] == "0":
            assert [int(row["coarse_rounds"]), int(row["fine_rounds"])] == expected


def test_with_one_delay_blocks_take_it_once_and_answers_twice(experiment):
    slow = point(experiment[0], Factor.DELAY, ONE_DELAY, INTERVAL_S)
    assert slow["block_delay_s"]["mean"] == pytest.approx(INTERVAL_S)
    assert slow["answer_delay_s"]["mean"] == pytest.approx(2 * INTERVAL_S, rel=0.1)


def test_rounds_take_about_as_long_as_theory_says(experiment):
    for row in rows(experiment[0]):
        if row["predicted_seconds_a_round"] and row["factor"] in (Factor.DELAY, Factor.SHARE):
            found, predicted = float(row["seconds_a_round"]), float(row["predicted_seconds_a_round"])
            # A round waits about an exponential time: one standard deviation of the mean over 14 is 27 %.
            assert found == pytest.approx(predicted, rel=0.9)


def test_a_silent_operator_makes_rounds_last_until_their_deadline_and_is_never_near_the_optimum(experiment):
    silent = point(experiment[0], Factor.FAULTS, "silent from the start", 1)
    assert silent["blocks_a_round"]["mean"] == AdmmSettings().round_blocks
    assert silent["coarse_seconds"] is silent["gap"] is silent["faulty_power_ratio"] is None
    late = point(experiment[0], Factor.DEADLINE, ONE_SILENT, 6)
    assert late["blocks_a_round"]["mean"] == pytest.approx((3 * 1.1 + 11 * 6) / 14, rel=0.05)


def test_who_overstates_saves_power_at_the_cost_of_the_others_and_who_understates_pays(experiment):
    up, down = (point(experiment[0], Factor.FAULTS, f"says {factor} times", 1) for factor in (1.2, 0.8))
    assert up["faulty_power_ratio"]["mean"] < 1 < up["honest_power_ratio"]["mean"]
    assert down["honest_power_ratio"]["mean"] < 1 < down["faulty_power_ratio"]["mean"]


def test_screen_has_a_table_for_each_factor_the_findings_and_what_was_written(experiment):
    folder, screen = experiment
    for factor in Factor:
        assert f"{factor.capitalize()}: 1 runs a point" in screen
    assert "What proof of work makes of the rounds" in screen
    assert {path.name for path in folder.iterdir() if not path.name.startswith(".")} == {
        "network.png",
        "network.csv",
        "network.json",
    }
    assert len(json.loads((folder / "network.json").read_text())["findings"]) >= len(FAULTS) + len(Factor)


# estimates and findings


def test_an_interval_is_students():
    found = estimate([1.0, 2.0, 3.0])
    assert found is not None
    assert found.mean == 2.0
    # t(0.975; 2) = 4.302653, standard deviation 1.
    assert found.reach == pytest.approx(4.302653 / math.sqrt(3), rel=1e-6)
    assert estimate([]) is None


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (Estimate(8832.1, 1541.7, 8), "8832 ± 1542"),
        (Estimate(1.14912, 0.0678, 8), "1.149 ± 0.068"),
        (Estimate(13.0, 0.0, 8), "13 ± 0"),
        (Estimate(13.0, None, 1), "13"),
    ],
)
def test_an_estimate_is_shown_with_two_digits_of_its_interval(shown, text):
    assert str(shown) == text


PLACE = next(p for p in places(SMALL) if p.factor is Factor.FAULTS and p.series == HONEST)


@pytest.fixture(scope="module")
def honest():
    """What a run says in which nobody fails."""
    return observe(Run(PLACE, 1))


def test_a_point_is_the_mean_of_its_runs_each_of_which_is_a_row(honest, tmp_path):
    runs = [replace(honest, seconds=seconds, fine_blocks=None) for seconds in (100.0, 200.0, 600.0)]
    observed = [ObservedRun(Run(PLACE, seed), run) for seed, run in enumerate(runs)]
    (point,) = point_rows(estimates_of(observed))
    reach = 4.302653 * math.sqrt(70_000 / 3)
    expected = {"mean": 300.0, "low": 300.0 - reach, "high": 300.0 + reach, "runs": 3}
    assert point["seconds"] == pytest.approx(expected, rel=1e-6)
    assert point["fine_blocks"] is None
    assert [row["seconds"] for row in rows(write_runs(tmp_path / "network.csv", observed).parent)] == [
        "100.0",
        "200.0",
        "600.0",
    ]


def test_what_only_some_runs_reach_is_shown_as_such_and_what_none_reaches_as_never(honest):
    never = replace(honest, fine_rounds=None)
    some = estimates_of([ObservedRun(Run(PLACE, 1), honest), ObservedRun(Run(PLACE, 2), never)])
    none = estimates_of([ObservedRun(Run(PLACE, 1), never)])
    assert reached(some.points[0], "fine_rounds") == f"{honest.fine_rounds} (1 of 2)"
    assert reached(none.points[0], "fine_rounds") == "never"


def test_findings_follow_the_runs(honest):
    def told(**changes):
        observed = [
            ObservedRun(Run(place, 1), replace(honest, **changes) if place.series != MEASURED else honest)
            for place in places(SMALL)
        ]
        return {finding.about: finding.found for finding in findings(observed, estimates_of(observed))}

    coarse, fine = honest.coarse_rounds, honest.fine_rounds
    later = fine + 2
    assert f"{coarse} rounds to 1e-3 and {fine} to 1e-6" in told()["rounds"]
    assert f"{fine} to {later} to 1e-6" in told(fine_rounds=later)["rounds"]
    late = told(fine_rounds=later, incomplete_rounds=1)["rounds"]
    assert f". {coarse} rounds to 1e-3 and {later} to 1e-6 in 3 runs" in late
    assert told()["says 1.2 times"].startswith("1 of six: 1e-3 after")
    assert "1e-6 never" in told(fine_seconds=None)["says 1.2 times"]
    assert told(coarse_seconds=None)["says 1.2 times"].startswith("1 of six: never within 1e-3")
    assert "have no licence" in told()["says 1.2 times"]
    liar = told(faulty_bandwidth_ratio=1.472, faulty_power_ratio=0.447, honest_power_ratio=1.17)[
        "says 1.2 times"
    ]
    assert "+47.2 % bandwidth and need -55.3 % power" in liar
    assert "need +17.0 % power" in liar
