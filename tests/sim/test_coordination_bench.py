"""The coordination benchmark measures what it says, beside PyKrige or without it."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

import sim.bench.coordination as bench
import sim.bench.coordination_pykrige as pykrige
from apps.coordination.grid import Grid
from sim.bench.coordination import LARGE, SMALL, fit_rows, grid_rows, kriging_rows, tile_rows
from sim.bench.coordination_fields import PIXEL_M, grid_field, scattered_field
from sim.bench.coordination_pykrige import BACKENDS, IN_PARTS, equality_rows, pykrige_rows
from sim.bench.timing import Row, measured_row
from sim.cli import app


def by_case(rows: list[Row]) -> dict[object, Row]:
    return {row["case"]: row for row in rows}


def test_a_seed_gives_the_same_measurements_and_levels_like_those_of_a_network():
    field, again, other = (scattered_field(300, 4_000, seed) for seed in (1, 1, 2))
    assert np.array_equal(field.points_m, again.points_m)
    assert np.array_equal(field.values_dbm, again.values_dbm)
    assert not np.array_equal(field.points_m, other.points_m)
    assert field.targets_m.shape == (4_000, 2)
    assert -105.0 < field.values_dbm.mean() < -85.0
    assert 2.0 < field.values_dbm.std() < 9.0


def test_measurements_of_a_grid_are_at_different_pixels_of_it():
    grid, field = grid_field(30, 8, 1)
    assert grid == Grid((PIXEL_M / 2, PIXEL_M / 2), PIXEL_M, 8, 8)
    assert len(np.unique(grid.pixels_of(field.points_m))) == 30
    assert field.targets_m.shape == (64, 2)


def test_kriging_equals_pykrige_for_every_model_that_both_have():
    pytest.importorskip("pykrige")
    rows = equality_rows(3)
    assert [str(row["case"]).split(":")[0] for row in rows] == [
        "linear",
        "exponential",
        "gaussian",
        "spherical",
    ]
    assert [row["met"] for row in rows] == [True] * 4


def test_pykrige_is_timed_in_full_in_parts_and_scaled(monkeypatch: pytest.MonkeyPatch):
    pytest.importorskip("pykrige")
    assert [row["case"] for row in pykrige_rows(20, 60, 1, 1)] == [f"PyKrige, backend {b}" for b in BACKENDS]
    monkeypatch.setattr(pykrige, "_MOST_CELLS", 400)
    rows = by_case(pykrige_rows(20, 60, 1, 1))
    assert list(rows) == [f"PyKrige, backend {name}" for name in ("vectorized", IN_PARTS, "C")]
    assert rows["PyKrige, backend C"]["limited_by"] == "measured on 20 of 60 pixels, scaled"
    assert all(isinstance(row["value"], float) and row["value"] > 0.0 for row in rows.values())


def test_without_pykrige_the_rows_say_so(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pykrige, "IS_INSTALLED", False)
    theirs = pykrige_rows(20, 60, 1, 1)
    assert [(row["value"], row["limited_by"]) for row in theirs] == [(None, pykrige.NOT_INSTALLED)] * 2
    assert {row["value"] for row in equality_rows(1)} == {None}
    ratios = list(bench._ratios(kriging_rows(20, 60, 1, 1), theirs, None))
    assert [(row["value"], row["met"], row["limited_by"]) for row in ratios] == [
        (None, None, pykrige.NOT_INSTALLED)
    ] * 2


def test_the_comparison_is_with_the_fastest_backend_in_one_call():
    ours = [measured_row("mean", 200, 2.0, "ms"), measured_row("mean and variance", 200, 5.0, "ms")]
    times = {"vectorized": 60.0, IN_PARTS: 20.0, "C": 80.0}
    theirs = [measured_row(f"PyKrige, backend {name}", 200, t, "ms") for name, t in times.items()]
    mean, variance = bench._ratios(ours, theirs, LARGE)
    assert (mean["value"], mean["target"], mean["met"]) == (30.0, ">= 40", False)
    assert (variance["value"], variance["target"], variance["met"]) == (12.0, ">= 6", True)
    assert mean["limited_by"] == (
        f"against PyKrige, backend vectorized; 10.0 against PyKrige, backend {IN_PARTS}"
    )


def test_a_target_holds_for_its_size_only():
    assert [row["target"] for row in kriging_rows(30, 40, 1, 1)] == [None, None]
    assert [row["target"] for row in kriging_rows(30, 40, 1, 1, LARGE)] == [None, None, "<= 300"]
    assert [row["target"] for row in kriging_rows(30, 40, 1, 1, SMALL)] == [None, None]
    assert [row["target"] for row in (*grid_rows(30, 12, 1), *tile_rows(30, 12, 1))] == [None] * 4


def test_tiles_of_all_neighbours_are_the_exact_map():
    _, difference = tile_rows(40, 12, 1)
    assert isinstance(difference["value"], float)
    assert difference["value"] < 1e-6


def test_every_method_is_fitted():
    rows = fit_rows(30, 1, 1)
    assert [row["case"] for row in rows] == [
        f"fit by {name}" for name in ("reml", "wls", "nnls", "svr", "svr-projected")
    ]


@pytest.mark.slow
def test_the_command_measures_every_group_and_writes_its_rows(tmp_path):
    file = tmp_path / "rows.json"
    options = ["--sites", "30", "--side", "12", "--repeats", "1", "--json", str(file)]
    result = CliRunner().invoke(app, ["bench", "coordination", *options])
    assert result.exit_code == 0, result.output
    rows = json.loads(file.read_text())
    assert [row["size"] for row in rows] == [60] * 4 + [30] * 21
    assert all("peak_mb" in row for row in rows)


def test_more_measurements_than_pixels_are_refused_before_anything_is_measured():
    result = CliRunner().invoke(app, ["bench", "coordination", "--sites", "17", "--side", "4"])
    assert result.exit_code == 2
    assert "16" in result.output
