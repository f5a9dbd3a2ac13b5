import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sim.cli import app
from sim.reproduce.claims import Claim, Verdict, claims_table, write_claims
from sim.reproduce.points import in_parallel

PROGRAM = [sys.executable, "-c", "from sim.cli import main; main()", "reproduce"]


def help_of(*words: str) -> str:
    return CliRunner().invoke(app, ["reproduce", *words, "--help"], env={"COLUMNS": "200"}).output


def test_each_paper_has_a_command_with_its_own_sizes():
    assert "leasing" in help_of()
    assert "acquisition" in help_of()
    for option in ("--out", "--seeds", "--blocks", "--processes", "--force"):
        assert option in help_of("leasing")
    for option in ("--out", "--draws", "--seed", "--network", "--seeds", "--processes", "--force"):
        assert option in help_of("acquisition")


@pytest.mark.parametrize(
    "words",
    [
        ["accquisition"],
        ["acquisition", "--draws", "1"],
        ["leasing", "--seeds", "1"],
        ["acquisition", "--seeds", "4"],
        ["acquisition", "--network", "--draws", "100"],
        ["acquisition", "--network", "--seed", "1"],
    ],
)
def test_a_wrong_paper_or_size_or_one_that_is_not_used_is_refused(words):
    assert CliRunner().invoke(app, ["reproduce", *words]).exit_code == 2


@pytest.mark.parametrize("paper", ["leasing", "acquisition"])
def test_a_folder_in_use_is_left_alone(paper, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    done = subprocess.run(
        [*PROGRAM, paper, "--out", str(tmp_path), "--force"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "other files" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for workers in Linux's process table")
def test_ctrl_c_ends_a_replication_and_its_workers_without_a_traceback(tmp_path):
    process = subprocess.Popen(
        [*PROGRAM, "leasing", "--out", "x", "--blocks", "30000", "--processes", "1"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while len(group(process.pid)) < 2:
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.1)
    time.sleep(0.5)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130, errors
    assert "interrupted" in errors
    assert "Traceback" not in errors
    while group(process.pid):
        assert time.monotonic() < deadline + 30
        time.sleep(0.1)


def group(leader: int) -> list[int]:
    """Live processes of a process group."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, pgrp = stat.read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(pgrp) == leader and state != "Z":
            found.append(int(stat.parent.name))
    return found


def test_results_come_in_the_order_of_the_tasks_and_progress_is_told():
    told: list[tuple[int, int]] = []
    assert in_parallel(math.sqrt, [9.0, 4.0, 1.0], 1, lambda *steps: told.append(steps)) == [3.0, 2.0, 1.0]
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_an_error_of_a_task_is_the_callers():
    with pytest.raises(ValueError, match="math domain"):
        in_parallel(math.sqrt, [4.0, -1.0], 1, lambda done, of: None)


def test_claims_are_written_and_shown_with_their_verdicts(tmp_path):
    claims = [
        Claim("Fig. 1", "it is so", "it was so", Verdict.HOLDS),
        Claim("(2)", "all", "some", Verdict.PARTLY),
    ]
    text = write_claims(tmp_path / "claims.json", claims).read_text()
    assert '"verdict": "holds"' in text
    assert '"verdict": "partly"' in text
    assert claims_table(claims).row_count == 2
