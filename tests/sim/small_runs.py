"""Folders of small runs for tests: one under way, and one that ended."""

from pathlib import Path

from sim.results import Results, load
from sim.run_folder import RunFolder, RunStatus
from tests.sim.small_ledger import STORAGE, first_blocks, small_chain

BORN = small_chain()
BLOCKS = first_blocks(BORN, 10)
METRIC = {"time_s": 1.5, "participant": "alice", "name": "mood", "key": 3, "value": 0.25}
LEASED = {"height": 7, "block": "ab", "origin": "cd", "lessee": "ef", "payment": 2**62 + 1}


def begun(path: Path, blocks: int = 10) -> RunFolder:
    """A run under way, with some blocks kept."""
    run = RunFolder.create(path, STORAGE, BORN.genesis)
    for found in BLOCKS[:blocks]:
        run.store.append(found.block, found.work, found.found_us)
    return run


def finished(path: Path) -> Results:
    """A run that ended, with a metric and an event."""
    run = begun(path)
    run.write_table("metrics", [METRIC])
    run.write_events("lease.LeaseOpened", [LEASED])
    run.write_summary({"scenario": "storage", "chain": {"height": 9, "stale_rate": float("nan")}})
    run.close(RunStatus.COMPLETE)
    return load(path)
