import json
import subprocess
import sys
from pathlib import Path

import pytest

from sim.folders import ResultsError
from sim.parquet import TABLES, read_frame, write_rows
from sim.results import NoSuchEvent, load
from sim.run_folder import RunStatus
from tests.sim.small_ledger import STORAGE
from tests.sim.small_runs import LEASED, METRIC, begun, finished


def test_what_was_written_is_loaded(tmp_path: Path):
    results = finished(tmp_path / "run")
    assert results.complete
    assert results.summary["chain"]["height"] == 9
    assert results.metrics.to_dict("records") == [METRIC]
    assert results.events["lease.LeaseOpened"].to_dict("records") == [LEASED]
    assert results.scenario == STORAGE


def test_a_number_that_is_not_finite_is_null_in_the_summary(tmp_path: Path):
    assert finished(tmp_path / "run").summary["chain"]["stale_rate"] is None


def test_the_manifest_says_what_ran_where_and_how_it_ended(tmp_path: Path):
    manifest = finished(tmp_path / "run").manifest
    assert (manifest["scenario"], manifest["seed"], manifest["status"]) == ("storage", 1, "complete")
    assert manifest["started"] <= manifest["finished"]
    assert manifest["python"] == ".".join(map(str, sys.version_info[:3]))
    assert {"numpy", "pandas", "cryptography"} <= set(manifest["packages"])
    assert manifest["error"] is None


@pytest.mark.parametrize("status", [RunStatus.INTERRUPTED, RunStatus.FAILED])
def test_a_run_that_ended_early_is_not_complete(status: RunStatus, tmp_path: Path):
    run = begun(tmp_path / "run")
    run.close(status, "the reason")
    results = load(tmp_path / "run")
    assert not results.complete
    assert (results.status, results.manifest["error"]) == (status, "the reason")


def test_tables_are_read_when_first_used_and_then_kept(tmp_path: Path):
    results = finished(tmp_path / "run")
    assert results.metrics is results.metrics
    assert results.events["lease.LeaseOpened"] is results.events["lease.LeaseOpened"]


def test_an_unknown_event_is_a_key_error_that_lists_what_exists(tmp_path: Path):
    events = finished(tmp_path / "run").events
    with pytest.raises(KeyError) as caught:
        events["lease.Nothing"]
    assert isinstance(caught.value, NoSuchEvent)
    assert str(caught.value) == "got 'lease.Nothing', expected one of lease.LeaseOpened"
    assert list(events) == ["lease.LeaseOpened"]


@pytest.mark.parametrize("name", ["blocks", "transactions", "metrics"])
def test_a_table_without_rows_has_its_columns(name: str, tmp_path: Path):
    path = tmp_path / "table.parquet"
    write_rows(path, [], TABLES[name])
    frame = read_frame(path)
    assert list(frame.columns) == list(TABLES[name])
    assert len(frame) == 0


def test_whole_numbers_stay_exact_beside_missing_ones(tmp_path: Path):
    path = tmp_path / "table.parquet"
    write_rows(path, [{"amount": 2**62 + 1}, {"amount": None}], {})
    column = read_frame(path)["amount"]
    assert column[0] == 2**62 + 1
    assert column.isna().tolist() == [False, True]


def test_a_column_that_no_one_type_holds_is_kept_as_text(tmp_path: Path):
    path = tmp_path / "table.parquet"
    write_rows(path, [{"a": 1, "b": 2**64}, {"a": "x", "b": -1}], {})
    assert read_frame(path).to_dict("list") == {"a": ["1", "x"], "b": [str(2**64), "-1"]}


def test_a_damaged_table_is_a_typed_error(tmp_path: Path):
    finished(tmp_path / "run")
    (tmp_path / "run" / "metrics.parquet").write_bytes(b"nonsense")
    with pytest.raises(ResultsError, match=r"metrics\.parquet: unreadable"):
        _ = load(tmp_path / "run").metrics


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path):
    with pytest.raises(ResultsError, match=r"got no manifest\.json, expected the folder of a run"):
        load(tmp_path)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"status": "odd"}'])
def test_an_unreadable_manifest_is_a_typed_error(content: str, tmp_path: Path):
    (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(ResultsError):
        load(tmp_path)


def test_a_missing_table_of_a_finished_run_is_an_error_and_not_an_empty_table(tmp_path: Path):
    results = finished(tmp_path / "run")
    with pytest.raises(ResultsError, match=r"transactions\.parquet: unreadable"):
        _ = results.transactions


def test_results_tell_in_one_line_what_they_are(tmp_path: Path):
    results = finished(tmp_path / "run")
    assert repr(results) == f"<Results {tmp_path / 'run'}: storage, seed 1, complete, height 9>"
    (tmp_path / "run" / "summary.json").write_text("{")
    assert "height unknown" in repr(load(tmp_path / "run"))


def test_a_folder_that_the_system_refuses_is_a_typed_error():
    with pytest.raises(ResultsError, match="unreadable"):
        load("x" * 300)


def test_a_failure_to_report_a_failure_does_not_hide_it(tmp_path: Path):
    run = begun(tmp_path / "run")
    (tmp_path / "run" / "manifest.json").unlink()
    (tmp_path / "run" / "manifest.json").mkdir()
    run.close(RunStatus.FAILED, "the reason")
    with pytest.raises(ResultsError):
        run.close(RunStatus.COMPLETE)


def test_pandas_and_pyarrow_are_loaded_only_when_a_table_is(tmp_path: Path):
    finished(tmp_path / "run")
    script = (
        "import sys, json, sim; results = sim.load(sys.argv[1]); results.summary;"
        "early = [name for name in ('pandas', 'pyarrow') if name in sys.modules]; results.metrics;"
        "print(json.dumps([early, 'pandas' in sys.modules]))"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "run")]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert json.loads(output) == [[], True]
