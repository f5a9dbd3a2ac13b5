import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from scipy.stats import binom
from typer.testing import CliRunner

from sim.cli import app
from sim.reproduce.acquisition_network_estimates import Estimate
from sim.reproduce.coordination_network import reproduce_network
from sim.reproduce.coordination_network_estimates import LEVELS, estimates_of, standard_error
from sim.reproduce.coordination_network_findings import findings
from sim.reproduce.coordination_network_points import (
    CALM,
    FULL,
    REAL_SIZE,
    Extent,
    Factor,
    Place,
    places,
)
from sim.reproduce.coordination_network_runs import Observed, ObservedRun, Request, Run, observe
from sim.reproduce.coordination_network_tables import differences_table, in_errors
from sim.reproduce.points import PointFailed

SEEDS = 2
SMALL = Extent(
    intervals_s=(60.0,),
    confirmations=(1, 3),
    sizes_kb=(100.0,),
    compact_kb=(),
    wide_kb=(),
    requests=2,
)


@pytest.fixture(scope="module")
def experiment(tmp_path_factory):
    """Folder and screen of a small experiment."""
    screen = Console(file=io.StringIO(), width=200)
    folder = reproduce_network(tmp_path_factory.mktemp("out") / "x", SEEDS, 1, screen, extent=SMALL)
    return folder, screen.file.getvalue()


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "network.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def points(folder: Path) -> list[dict]:
    return json.loads((folder / "network.json").read_text())["points"]


# points


def test_each_point_varies_what_its_factor_says_and_nothing_else():
    common = {"chain.interval", "run.blocks"}
    varied = {
        Factor.INTERVAL: {"chain.interval"},
        Factor.CONFIRMATIONS: {*common, "coordination.confirmations", "network.relay", "network.block_size"},
        Factor.PROPAGATION: {*common, "network.relay", "network.block_size", "network.peers"},
    }
    base = dict(places(Extent())[0].overrides)
    for place in places(Extent()):
        overrides = dict(place.overrides)
        assert {key for key, value in overrides.items() if base.get(key) != value} <= varied[place.factor], (
            place.name
        )
        assert base.keys() <= overrides.keys()


def test_points_have_names_of_their_own():
    names = [place.name for place in places(Extent())]
    assert len(set(names)) == len(names)


def test_a_run_that_fails_names_its_settings_and_seed():
    place = Place(Factor.INTERVAL, REAL_SIZE, 1.0, 1.0, 1, 1, (("coordination.confirmations", 50),))
    with pytest.raises(
        PointFailed, match=r"(?s)confirmations.*seed 7.*expected more than confirmations = 50"
    ):
        observe(Run(place, 7))


def test_a_run_in_which_nothing_is_decided_says_so():
    place = places(SMALL)[0]
    with pytest.raises(PointFailed, match="no request was decided in 2 blocks"):
        observe(Run(replace(place, overrides=(*place.overrides, ("run.blocks", 2))), 1))


# runs


def test_every_decided_request_is_a_row_and_every_point_the_mean_of_its_runs(experiment):
    folder, _ = experiment
    table = rows(folder)
    assert len(points(folder)) == len(places(SMALL))
    for found in points(folder):
        mine = [
            row for row in table if all(str(found[key]) == row[key] for key in ("factor", "series", "value"))
        ]
        runs: dict[str, list[dict[str, str]]] = {}
        for row in mine:
            runs.setdefault(row["seed"], []).append(row)
        assert len(mine) == found["requests"]
        assert len(runs) == found["runs"] == SEEDS
        for quantity in ("latency_s", "latency_blocks", "reliance_s"):
            means = [np.mean([float(row[quantity]) for row in run if row[quantity]]) for run in runs.values()]
            assert found["found"][quantity]["mean"] == pytest.approx(np.mean(means))
        seconds = [float(row["latency_s"]) for row in mine]
        assert [q["seconds"] for q in found["quantiles"]] == pytest.approx(np.quantile(seconds, LEVELS))


def test_a_request_takes_four_confirmed_steps_and_is_relied_on_after_the_decision(experiment):
    for row in rows(experiment[0]):
        confirmations = int(float(row["value"])) if row["factor"] == Factor.CONFIRMATIONS else 1
        if row["series"] in (REAL_SIZE, CALM):
            # A step sent on a branch that is given up may share a block with the step before on the other.
            assert 4 * confirmations - 1 <= int(row["latency_blocks"]) <= 4 * confirmations + 4
        if row["reliance_s"] and row["series"] == CALM:
            assert float(row["reliance_s"]) > float(row["latency_s"])


def test_runs_take_about_as_long_as_theory_says(experiment):
    for found in points(experiment[0]):
        # Four requests of five blocks or more: one standard deviation of their mean is 22 % at most.
        assert found["found"]["latency_s"]["mean"] == pytest.approx(found["predicted"]["latency_s"], rel=0.8)
        assert found["found"]["interval_s"]["mean"] == pytest.approx(
            found["predicted"]["interval_s"], rel=0.4
        )


def test_heavier_blocks_that_come_faster_are_stale_more_often(experiment):
    stale = {(p["series"], p["value"]): p["found"]["stale_rate"]["mean"] for p in points(experiment[0])}
    assert stale[REAL_SIZE, 60.0] < 0.1 < stale[FULL, 100.0]


def test_screen_has_tables_findings_and_what_was_written(experiment):
    folder, screen = experiment
    for factor in Factor:
        assert f"{factor.capitalize()}: {SEEDS} runs a point" in screen
    assert "Where simulation and theory differ by more than one standard error" in screen
    assert "From request to decision" in screen
    written = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
    assert written == {"network.png", "network.csv", "network.json"}
    told = json.loads((folder / "network.json").read_text())["findings"]
    assert {"inspection", "spread", "stale rate", "undone"} <= {finding["about"] for finding in told}


def test_the_command_refuses_what_it_does_not_use():
    for other in (["--data", "."], ["--lies"]):
        refused = CliRunner().invoke(app, ["reproduce", "coordination", "--network", *other])
        assert refused.exit_code == 2


# estimates and findings, on made-up requests


@pytest.fixture(scope="module")
def example():
    """What a run says."""
    return observe(Run(places(SMALL)[0], 1))


def made(example: Observed, latencies_s: list[float], undone: int = 0) -> Observed:
    requests = tuple(Request(s, 4, s, int(number < undone)) for number, s in enumerate(latencies_s))
    return replace(example, requests=requests)


def of(place: Place, *runs: Observed):
    (point,) = estimates_of([ObservedRun(Run(place, seed), run) for seed, run in enumerate(runs)]).points
    return point


def test_quantiles_are_bounded_by_order_statistics(example):
    values = [float(v) for v in range(1, 101)]
    point = of(places(SMALL)[0], made(example, values[:50]), made(example, values[50:]))
    median = point.quantiles_s[1]
    assert median.value == pytest.approx(50.5)
    # So many of 100 values are below the median with less probability than 2.5 %.
    assert binom.cdf(median.low - 1, 100, 0.5) < 0.025 < binom.cdf(median.low + 1, 100, 0.5)
    assert median.high - 50.5 == pytest.approx(50.5 - median.low, abs=1)


def test_the_spread_is_the_root_of_the_mean_variance_within_runs(example):
    point = of(places(SMALL)[0], made(example, [10.0, 12.0]), made(example, [110.0, 116.0]))
    assert point.std_s is not None
    assert point.std_s.mean == pytest.approx(np.sqrt((2 + 18) / 2))


def test_the_share_undone_has_its_clopper_pearson_interval(example):
    point = of(places(SMALL)[0], made(example, [1.0] * 10, undone=0))
    assert point.undone is not None
    # With none of n the bound is 1 - 0.025 ** (1 / n).
    assert (point.undone.value, point.undone.high) == (0.0, pytest.approx(1 - 0.025**0.1))
    assert of(places(SMALL)[0], made(example, [1.0] * 10, undone=3)).undone.value == pytest.approx(0.3)


def test_standard_errors_undo_students_quantile():
    # t(0.975; 2) = 4.302653.
    assert standard_error(Estimate(1.0, 4.302653 * 0.5, 3)) == pytest.approx(0.5, rel=1e-6)
    assert in_errors(Estimate(1.0, 4.302653 * 0.5, 3)) == pytest.approx(2.0, rel=1e-6)
    assert in_errors(Estimate(1.0, None, 1)) is None


def test_a_point_far_from_theory_is_named(example):
    theory_s = example.predicted.law.mean_s
    near, far = ([factor * theory_s, (factor + 0.1) * theory_s] for factor in (0.95, 3.0))
    place = places(SMALL)[0]

    def told(latencies_s: list[float]) -> str:
        screen = Console(file=io.StringIO(), width=200)
        runs = [made(example, [s + shift for s in latencies_s]) for shift in (-1.0, 0.0, 1.0)]
        screen.print(
            differences_table(estimates_of([ObservedRun(Run(place, n), run) for n, run in enumerate(runs)]))
        )
        return screen.file.getvalue()

    assert "mean, s" in told(far)
    assert "mean, s" not in told(near)


def test_findings_follow_the_runs(example):
    def told(undone: int) -> list[str]:
        runs = [
            ObservedRun(Run(place, 2 * number + repeat), made(example, [s, 3 * s], undone))
            for number, place in enumerate(places(SMALL))
            for repeat, s in enumerate((10.0 * place.confirmations, 12.0 * place.confirmations))
        ]
        return [f"{finding.about}: {finding.found}" for finding in findings(estimates_of(runs))]

    calm = next(line for line in told(0) if line.startswith(f"confirmations: {CALM}"))
    # Means are 22 and 66 s: 22 s for each of the two confirmations more.
    assert "22 ± 25 s" in calm
    assert "22 s for each more" in calm
    (undone,) = [line for line in told(1) if line.startswith("undone")]
    # Six points with two runs of two requests each, the first of which is undone; four with one confirmation.
    assert "50 % (25 to 75) of 16 with one confirmation and fewer than 20 % stale blocks" in undone
    assert "50 % (16 to 84) of 8 with two or more and fewer" in undone
