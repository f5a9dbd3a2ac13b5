import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pandas
import pytest

import sim
from chain.genesis import HostedApp
from sim.folders import ResultsError
from sim.participants import key_of
from sim.plugins import registry_for
from sim.results import Results, load
from sim.run_folder import RunFolder, RunStatus
from sim.store import LedgerStore, StoreError
from sim.verify import verify
from tests.sim.small_ledger import ALICE, MINER, STORAGE
from tests.sim.small_runs import BLOCKS, BORN, begun, finished

RUN_LONG = """
import sys, sim
overrides = {"run.blocks": 1_000_000, "network.peers": 8, "mining.miners": 4, "lease.users": 4, "chain.interval": "1s"}
sim.run("lease", overrides=overrides, out=sys.argv[1])
"""


def test_a_killed_run_is_loaded_from_its_ledger_and_says_so(tmp_path: Path):
    run = begun(tmp_path / "run")
    results = load(tmp_path / "run")
    head = BLOCKS[-1].block
    assert not results.complete
    assert results.status is RunStatus.RUNNING
    assert "was killed, or is still going on; the ledger is whole up to height 9" in results.summary["note"]
    assert results.summary["chain"] == {
        "height": 9,
        "blocks_mined": 10,
        "stale_rate": 1 - 9 / 10,
        "mean_interval_s": 60.0,
        "head": head.id.hex(),
        "state_root": head.roots.state.hex(),
        "transactions": 9,
    }
    assert results.blocks["id"].tolist() == [BORN.block.id.hex(), *(found.block.id.hex() for found in BLOCKS)]
    assert results.blocks["stale"].tolist() == [number == 4 for number in range(11)]
    assert results.blocks["miner"].tolist()[:2] == ["", MINER.public.hex()]
    assert results.transactions["status"].tolist() == ["confirmed"] * 9
    assert results.transactions["submitted_s"].isna().all()
    assert results.events["bank.Transferred"]["height"].tolist() == list(range(1, 10))
    assert len(results.metrics) == 0
    run.store.close()


def test_a_killed_run_names_the_participants_that_were_told_at_its_start(tmp_path: Path):
    names = {"anna": ALICE.public, "max": MINER.public}
    run = RunFolder.create(tmp_path / "run", STORAGE, BORN.genesis, participants=names)
    run.store.append(BLOCKS[0].block, BLOCKS[0].work, BLOCKS[0].found_us)
    results = load(tmp_path / "run")
    assert results.blocks["miner"].tolist() == ["", "max"]
    assert results.transactions["sender"].tolist() == ["anna"]


def as_killed(folder: Path) -> Results:
    """The run in `folder`, as if it had been killed when all but its status was written."""
    path = folder / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "status": "running"}))
    return load(folder)


def test_tables_count_only_when_the_manifest_says_that_all_were_written(tmp_path: Path):
    whole = finished(tmp_path / "run")
    assert len(whole.metrics) == 1
    killed = as_killed(tmp_path / "run")
    assert (len(killed.metrics), len(killed.transactions), list(killed.events)) == (
        0,
        9,
        ["bank.Transferred"],
    )
    assert killed.summary["chain"]["blocks_mined"] == 10


def test_a_killed_run_has_the_tables_that_it_would_have_had(tmp_path: Path):
    overrides: dict[str, object] = {
        "run.blocks": 60,
        "network.peers": 16,
        "mining.miners": 4,
        "lease.users": 6,
    }
    folder = sim.run("lease", seed=3, overrides=overrides, out=tmp_path / "run")
    whole = load(folder)
    names = set(whole.blocks["miner"]) | set(whole.transactions["sender"]) - {""}
    accounts = {name: key_of(3, name).public.hex() for name in names}
    (folder / "participants.json").write_text(json.dumps(accounts))
    blocks, events = whole.blocks, {name: whole.events[name] for name in whole.events}
    transactions = whole.transactions
    killed = as_killed(folder)
    unknown = ["propagation_p50_s", "propagation_p90_s"]
    pandas.testing.assert_frame_equal(killed.blocks.drop(columns=unknown), blocks.drop(columns=unknown))
    assert list(killed.blocks) == list(blocks)
    assert killed.blocks[unknown].isna().all(axis=None)
    assert list(killed.events) == list(events)
    for name, expected in events.items():
        pandas.testing.assert_frame_equal(killed.events[name], expected)
    on_chain = transactions[transactions["status"].isin(["confirmed", "failed"])].set_index("id")
    rebuilt = killed.transactions.set_index("id").loc[on_chain.index]
    pandas.testing.assert_frame_equal(
        rebuilt.drop(columns="submitted_s"), on_chain.drop(columns="submitted_s"), check_dtype=False
    )
    assert len(killed.transactions) == len(on_chain) > 0
    assert killed.transactions["submitted_s"].isna().all()


def test_the_tables_of_a_killed_run_need_its_applications(tmp_path: Path):
    ghost = HostedApp("ghost", 1, bytes(32))
    genesis = replace(BORN.genesis, apps=(*BORN.genesis.apps, ghost))
    RunFolder.create(tmp_path / "run", STORAGE, genesis).close(RunStatus.FAILED, "the reason")
    results = load(tmp_path / "run")
    assert "the reason" in results.summary["note"]
    for name in ("blocks", "transactions", "events"):
        with pytest.raises(ResultsError, match="no application 'ghost' is installed"):
            getattr(results, name)


def test_a_killed_run_with_a_damaged_ledger_is_loaded_up_to_the_damage(tmp_path: Path):
    begun(tmp_path / "run").store.close()
    path = tmp_path / "run" / "chain.db"
    data = path.read_bytes()
    body = BLOCKS[6].block.to_bytes()[40:]
    assert data.count(body) == 1
    path.write_bytes(data.replace(body, bytes(len(body))))
    results = load(tmp_path / "run")
    assert len(results.blocks) == 7
    assert len(results.transactions) == 5
    assert "up to a damage: block number 7" in results.summary["note"]
    assert results.summary["chain"]["height"] == 5


def test_a_killed_run_without_a_readable_ledger_is_still_loaded(tmp_path: Path):
    begun(tmp_path / "run").store.close()
    (tmp_path / "run" / "chain.db").write_bytes(b"")
    results = load(tmp_path / "run")
    assert results.summary["chain"]["height"] == 0
    with pytest.raises(ResultsError, match="not-a-ledger"):
        _ = results.blocks


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
        assert len(results.blocks) == report.blocks + 1
        assert len(results.transactions) == report.transactions
        assert results.scenario.run.blocks == 1_000_000
        RunFolder.create(folder, STORAGE, BORN.genesis, force=True).close(RunStatus.COMPLETE)


def kept_in(path: Path) -> int:
    """Blocks in a ledger that another process writes, 0 while there is none."""
    try:
        with LedgerStore.open(path) as store:
            return store.count
    except StoreError:
        return 0
