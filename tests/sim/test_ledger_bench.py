"""The ledger benchmark runs, and leaves the collector as it was."""

import gc

import pytest

from sim.bench.ledger import run_ledger
from sim.collector import calm_collector


def test_a_small_benchmark_imports_every_block_and_reports_one_row():
    (row,) = run_ledger(accounts=60, transactions=10, blocks=2)
    assert (row["accounts"], row["transactions"], row["blocks"]) == (60, 10, 2)
    assert row["ratio"] == pytest.approx(row["import_per_s"] / row["verify_per_s"])
    assert 0 < row["import_per_s"] < row["verify_per_s"]
    assert row["peak_mb"] > 1


def test_the_collector_is_calm_inside_and_restored_outside():
    before = gc.get_threshold()
    with calm_collector():
        assert gc.get_threshold()[0] > before[0]
        assert gc.get_freeze_count() > 0
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0
