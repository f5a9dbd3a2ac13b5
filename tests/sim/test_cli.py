import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import sim
from sim.results import load

SMALL = ["--set", "network.peers=16", "--set", "mining.miners=4", "--set", "lease.users=6"]


def hertzchain(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from sim.cli import main; main()", *arguments],
        cwd=cwd,
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
    )


def start_long_run(folder: Path) -> subprocess.Popen[str]:
    """A run that would take minutes, begun, with some blocks on disk."""
    program = [sys.executable, "-c", "from sim.cli import main; main()"]
    process = subprocess.Popen(
        [*program, "run", "lease", "--set", "run.blocks=100000", "--out", str(folder), *SMALL],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    ledger = folder / "chain.db-wal"
    while not (ledger.exists() and ledger.stat().st_size > 400_000):
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.05)
    return process


def test_help_starts_without_heavy_imports(tmp_path):
    script = (
        "import sys; from sim.cli import app; "
        "heavy = {'numpy', 'pandas', 'scipy', 'numba', 'matplotlib', 'pydantic', 'pyarrow', 'cryptography'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_a_run_leaves_a_folder_that_verifies_and_loads(tmp_path):
    result = hertzchain("run", "lease", "--set", "run.blocks=40", "--out", "x", *SMALL, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert "formula" in result.stdout
    summary = json.loads((tmp_path / "x" / "summary.json").read_text())
    assert {"scenario", "seed", "simulated_s", "wall_s", "chain", "network", "lease"} <= set(summary)
    wanted = "height blocks_mined stale_rate mean_interval_s head state_root transactions supply"
    assert set(wanted.split()) <= set(summary["chain"])
    assert {"peers", "propagation_p50_s", "propagation_p90_s"} <= set(summary["network"])
    operator = summary["lease"]["operators"][0]
    wanted = "name mining_fraction hash_share blocks_won price demand service_profit mining_income profit users_surplus"
    assert set(wanted.split()) <= set(operator)
    wanted = "price demand service_profit users_surplus regime"
    assert set(wanted.split()) <= set(operator["analytic"])
    assert {p.name for p in (tmp_path / "x" / "figures").glob("*.png")} == {
        "hash-share.png",
        "propagation.png",
    }
    verified = hertzchain("verify", "x", cwd=tmp_path)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert summary["chain"]["head"] in verified.stdout.replace("\n", "")


def test_the_python_interface_gives_tables(tmp_path):
    overrides: dict[str, object] = {
        "network.peers": 16,
        "mining.miners": 4,
        "run.blocks": 30,
        "lease.users": 6,
    }
    folder = sim.run("lease", seed=3, overrides=overrides, out=tmp_path / "x")
    results = sim.load(folder)
    assert results.summary["seed"] == 3
    assert len(results.blocks) >= 31
    assert {"id", "parent", "height", "miner", "stale"} <= set(results.blocks.columns)
    assert set(results.transactions["status"]) <= {"confirmed", "failed", "pending", "rejected"}
    opened = results.events["lease.LeaseOpened"]
    assert len(opened)
    assert (opened["bandwidth"] > 0).all()
    assert "willingness_to_pay" in set(results.metrics["name"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--set", "network.pears=9"], ["network.pears", "unknown key", "peers"]),
        (["--set", "chain.interval=10MHz"], ["chain.interval", "10MHz", "a duration"]),
        (["--set", "chain.interval=10"], ["chain.interval", "10", "unit"]),
        (["--set", "network.peers=1"], ["network.peers", "1"]),
        (["--set", 'apps=["leese"]'], ["apps", "leese", "lease"]),
        (["--set", "lease.operators=3"], ["lease.operators"]),
        (["--set", "network.peers=3"], ["network.peers"]),
    ],
)
def test_a_wrong_setting_is_named_and_nothing_is_written(tmp_path, arguments, words):
    result = hertzchain("run", "lease", "--out", "x", *arguments, cwd=tmp_path)
    assert result.returncode == 2
    for word in words:
        assert word in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "x").exists()


def test_a_wrong_scenario_file_names_file_key_and_nearest_name(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('name = "mine"\n[run]\nblocks = 5\n[netwrk]\npeers = 9\n')
    result = hertzchain("run", "mine.toml", cwd=tmp_path)
    assert result.returncode == 2
    assert "mine.toml" in result.stderr
    assert "netwrk" in result.stderr
    assert "network" in result.stderr
    assert list(tmp_path.iterdir()) == [file]


def test_an_unknown_scenario_gets_the_nearest_name(tmp_path):
    result = hertzchain("run", "leasse", cwd=tmp_path)
    assert result.returncode == 2
    assert "lease" in result.stderr


def test_a_folder_in_use_is_left_alone(tmp_path):
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "thesis.txt").write_text("mine")
    result = hertzchain("run", "gossip", "--out", "x", "--force", cwd=tmp_path)
    assert result.returncode == 1
    assert "other files" in result.stderr
    assert (tmp_path / "x" / "thesis.txt").read_text() == "mine"


def test_scenarios_are_listed(tmp_path):
    result = hertzchain("scenarios", cwd=tmp_path)
    assert result.returncode == 0
    assert all(name in result.stdout for name in ("admm", "admm-faulty", "lease", "lease-contest", "gossip"))


def test_ctrl_c_leaves_a_folder_that_says_so(tmp_path):
    process = start_long_run(tmp_path / "x")
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 130, errors
    assert "interrupted" in errors
    results = load(tmp_path / "x")
    assert results.manifest["status"] == "interrupted"
    assert not results.complete
    assert results.summary["chain"]["height"] > 0
    assert hertzchain("verify", str(tmp_path / "x"), cwd=tmp_path).returncode == 0


def test_a_killed_run_is_readable_up_to_the_last_whole_block(tmp_path):
    process = start_long_run(tmp_path / "x")
    process.kill()
    process.communicate(timeout=60)
    results = load(tmp_path / "x")
    assert not results.complete
    assert results.manifest["status"] == "running"
    assert len(results.blocks) > 10
    verified = hertzchain("verify", str(tmp_path / "x"), cwd=tmp_path)
    assert "Traceback" not in verified.stderr
    assert "running" in verified.stdout


@pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="needs a limit on file sizes")
def test_a_full_disk_ends_the_run_with_one_message(tmp_path):
    script = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000)); from sim.cli import main; main()"
    )
    result = subprocess.run(
        [sys.executable, "-c", script, "run", "lease", "--set", "run.blocks=4000", "--out", "x", *SMALL],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert "error:" in result.stderr
    results = load(tmp_path / "x")
    assert not results.complete
    assert len(results.blocks) > 1
