"""The experiment on lying participants: its cases, its tables, and what survives how many of them."""

import csv
from pathlib import Path

import pytest
from typer.testing import CliRunner

from apps.coordination.study_lies import RULES, Lie, LiesCase, LiesSummary, MapOf
from sim.cli import app
from sim.reproduce.coordination_lies import COLUMNS, LiesExtent, cases_of, summaries, summary_rows
from sim.reproduce.coordination_lies_figure import share_series, size_series, survival_table

SMALL = LiesExtent(shares=(0.2, 0.4), sizes_db=(3.0,))


def made_up(case: LiesCase) -> LiesSummary:
    """Grading that fails when half lie, a map that is spoilt before, decisions by the mean that always are."""
    kept = 2.0 + 4.0 * max(0.0, case.share - 0.25)
    wrong = {(name, rule): (0.6 if rule == "mean" else 0.02, 0.01) for name in MapOf for rule in RULES}
    return LiesSummary(
        case=case,
        seeds=3,
        detection=(0.95 if case.share < 0.35 else 0.5, 0.02) if case.liars else None,
        false_alarms=(0.01, 0.005),
        rmse_db={MapOf.ALL: (5.0, 0.1), MapOf.KEPT: (kept, 0.1), MapOf.HONEST: (2.0, 0.1)},
        wrong=wrong,
    )


def test_every_way_to_lie_is_tried_by_share_and_by_size_and_nobody_once():
    cases = cases_of(SMALL)
    assert len(cases) == len(set(cases)) == 1 + 3 * 2 + 3
    assert [case.liars for case in cases].count(0) == 1
    found = [made_up(case) for case in cases]
    for lie in Lie:
        assert [one.case.share for one in share_series(found)[lie]] == [0.0, 0.2, 0.4]
        assert [one.case.size_db for one in size_series(found)[lie]] == [3.0, 10.0]


def test_what_is_survived_is_the_last_share_before_the_first_that_fails():
    table = survival_table([made_up(case) for case in cases_of(SMALL)])
    words = [list(column.cells) for column in table.columns]
    assert words[1] == ["20%", "20%", "40% (all tried)"]
    assert len(words) == 1 + len(Lie)


def test_grading_catches_what_the_map_would_believe():
    (found,) = summaries([LiesCase(Lie.CONSTANT, 0.2, 10.0)], 1, 1, lambda done, of: None)
    assert found.detection is not None
    assert found.detection[0] >= 0.75
    assert found.rmse_db[MapOf.KEPT][0] < 0.7 * found.rmse_db[MapOf.ALL][0]
    row = dict(zip(COLUMNS, next(summary_rows([found])), strict=True))
    assert (row["lie"], row["share"], row["seeds"]) == ("constant", 0.2, 1)
    assert row["rmse_kept_db"] == found.rmse_db[MapOf.KEPT][0]
    assert row["too_much_all_mean"] == found.wrong[MapOf.ALL, "mean"][0]


@pytest.mark.slow
def test_the_command_draws_the_experiment(tmp_path: Path):
    folder = tmp_path / "out"
    result = CliRunner().invoke(
        app, ["reproduce", "coordination", "--lies", "--seeds", "4", "--out", str(folder)]
    )
    assert result.exit_code == 0, result.output
    assert "Survived up to this share of liars" in result.output
    assert (folder / "lies.png").read_bytes().startswith(b"\x89PNG")
    with (folder / "lies.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == len(cases_of(LiesExtent()))


def test_the_experiment_uses_no_real_measurements():
    result = CliRunner().invoke(app, ["reproduce", "coordination", "--lies", "--data", "x"])
    assert result.exit_code == 2
    assert "--lies" in result.output
