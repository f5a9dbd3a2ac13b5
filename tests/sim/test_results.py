import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import sim
from sim.folders import MARKER, FolderInUse, ResultsError, prepare_folder, replacing, write_text
from sim.parquet import TABLES, read_frame, write_rows
from sim.plugins import registry_for
from sim.results import NoSuchEvent, Results, load
from sim.run_folder import RunFolder, RunStatus
from sim.scenario import Scenario
from sim.store import LedgerStore, StoreError
from sim.verify import verify
from tests.sim.small_ledger import MINER, STORAGE, first_blocks, small_chain

BORN = small_chain()
BLOCKS = first_blocks(BORN, 10)
METRIC = {"time_s": 1.5, "participant": "alice", "name": "mood", "key": 3, "value": 0.25}
LEASED = {"height": 7, "block": "ab", "origin": "cd", "lessee": "ef", "payment": 2**62 + 1}

RUN_LONG = """
import sys, sim
overrides = {"run.blocks": 1_000_000, "network.peers": 8, "mining.miners": 4, "lease.users": 4, "chain.interval": "1s"}
sim.run("lease", overrides=overrides, out=sys.argv[1])
"""


def begun(path: Path, blocks: int = 10) -> RunFolder:
    """A run under way, with some blocks kept."""
    run = RunFolder.create(path, STORAGE, BORN.genesis)
    for found in BLOCKS[:blocks]:
        run.store.append(found.block, found.work, found.found_us)
    return run


def finished(path: Path) -> Results:
    run = begun(path)
    run.write_table("metrics", [METRIC])
    run.write_events("lease.LeaseOpened", [LEASED])
    run.write_summary({"scenario": "storage", "chain": {"height": 9, "stale_rate": float("nan")}})
    run.close(RunStatus.COMPLETE)
    return load(path)


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


def test_a_killed_run_is_loaded_from_its_ledger_and_says_so(tmp_path: Path):
    run = begun(tmp_path / "run")
    results = load(tmp_path / "run")
    head = BLOCKS[-1].block
    assert not results.complete
    assert results.status is RunStatus.RUNNING
    assert "this is what its ledger holds" in results.summary["note"]
    assert results.summary["chain"] == {
        "height": 9,
        "blocks_mined": 10,
        "stale_rate": 1 - 9 / 10,
        "mean_interval_s": 60.0,
        "head": head.id.hex(),
        "state_root": head.roots.state.hex(),
        "transactions": 9,
    }
    assert results.blocks["id"].tolist() == [found.block.id.hex() for found in BLOCKS]
    assert results.blocks["stale"].tolist() == [number == 3 for number in range(10)]
    assert results.blocks["miner"][0] == MINER.public.hex()
    assert (len(results.transactions), len(results.metrics), len(results.events)) == (0, 0, 0)
    run.store.close()


def test_a_killed_run_with_a_damaged_ledger_is_loaded_up_to_the_damage(tmp_path: Path):
    begun(tmp_path / "run").store.close()
    path = tmp_path / "run" / "chain.db"
    data = path.read_bytes()
    body = BLOCKS[6].block.to_bytes()[40:]
    assert data.count(body) == 1
    path.write_bytes(data.replace(body, bytes(len(body))))
    results = load(tmp_path / "run")
    assert len(results.blocks) == 6
    assert "up to a damage: block number 7" in results.summary["note"]
    assert results.summary["chain"]["height"] == 5


def test_a_killed_run_without_a_readable_ledger_is_still_loaded(tmp_path: Path):
    begun(tmp_path / "run").store.close()
    (tmp_path / "run" / "chain.db").write_bytes(b"")
    results = load(tmp_path / "run")
    assert len(results.blocks) == 0
    assert results.summary["chain"]["height"] == 0


def test_a_simulation_killed_at_any_moment_leaves_a_sound_and_readable_folder(tmp_path: Path):
    for attempt, wanted in enumerate((1, 40)):
        folder = tmp_path / str(attempt)
        process = subprocess.Popen([sys.executable, "-c", RUN_LONG, str(folder)])
        while kept_in(folder / "chain.db") < wanted:
            assert process.poll() is None
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        report = verify(folder, registry_for)
        assert report.ok, report.lines()
        assert report.blocks >= wanted
        results = sim.load(folder)
        assert not results.complete
        assert report.head is not None
        assert results.summary["chain"]["head"] == report.head.hex()
        assert len(results.blocks) == report.blocks
        assert results.scenario.run.blocks == 1_000_000


def give_up_writing(path: Path) -> None:
    with replacing(path) as draft:
        draft.write_text("half of the n")
        raise RuntimeError


def kept_in(path: Path) -> int:
    """Blocks in a ledger that another process writes, 0 while there is none."""
    try:
        with LedgerStore.open(path) as store:
            return store.count
    except StoreError:
        return 0


def test_a_folder_with_other_files_is_never_taken(tmp_path: Path):
    (tmp_path / "notes.txt").write_text("mine")
    for force in (False, True):
        with pytest.raises(FolderInUse):
            RunFolder.create(tmp_path, STORAGE, BORN.genesis, force=force)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_file_in_the_folder_s_place_is_not_taken(tmp_path: Path):
    (tmp_path / "run").write_text("mine")
    with pytest.raises(FolderInUse):
        prepare_folder(tmp_path / "run", force=True)


def test_an_earlier_run_is_replaced_only_by_force(tmp_path: Path):
    finished(tmp_path / "run")
    (tmp_path / "run" / "notes.txt").write_text("mine")
    with pytest.raises(FolderInUse, match="--force"):
        RunFolder.create(tmp_path / "run", STORAGE, BORN.genesis)
    assert load(tmp_path / "run").complete
    again = Scenario.model_validate({**STORAGE.model_dump(), "seed": 2})
    RunFolder.create(tmp_path / "run", again, BORN.genesis, force=True).store.close()
    results = load(tmp_path / "run")
    assert (results.manifest["seed"], results.status, len(results.events)) == (2, RunStatus.RUNNING, 0)
    assert len(results.blocks) == 0
    assert (tmp_path / "run" / "notes.txt").read_text() == "mine"


def test_an_empty_folder_is_taken_and_marked(tmp_path: Path):
    prepare_folder(tmp_path / "a" / "b")
    assert [path.name for path in (tmp_path / "a" / "b").iterdir()] == [MARKER]


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path):
    path = tmp_path / "summary.json"
    write_text(path, "old")
    with pytest.raises(RuntimeError):
        give_up_writing(path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_cannot_be_written_is_a_typed_error(tmp_path: Path):
    (tmp_path / "taken").write_text("a file where a folder is needed")
    with pytest.raises(ResultsError, match="cannot be written"):
        write_text(tmp_path / "taken" / "summary.json", "x")


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
