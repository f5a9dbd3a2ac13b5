import random
import shutil
from pathlib import Path

import pytest

from sim.store import LedgerStore
from sim.store_rows import TABLES
from sim.verify import VerifyReport, verify
from tests.sim.small_ledger import finished_run, first_blocks, only_bank, small_chain

BORN = small_chain()
BLOCKS = first_blocks(BORN, 12)
HEAD = BLOCKS[-1].block


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a finished run."""
    return finished_run(tmp_path / "run", BORN, BLOCKS)


def assert_true_or_detected(report: VerifyReport) -> None:
    """Either the damage was found, or what was read is exactly what was written."""
    if report.ok:
        assert (report.head, report.state_root, report.blocks) == (HEAD.id, HEAD.roots.state, 12)


def test_any_flipped_bit_is_detected_or_harmless(folder: Path):
    path = folder / "chain.db"
    sound = path.read_bytes()
    draw = random.Random(7)
    positions = [*range(0, 100, 3), *(draw.randrange(len(sound)) for _ in range(400))]
    detected = 0
    for position in positions:
        damaged = bytearray(sound)
        damaged[position] ^= 1 << draw.randrange(8)
        path.write_bytes(damaged)
        report = verify(folder, only_bank)
        assert_true_or_detected(report)
        detected += not report.ok
    assert detected > len(positions) // 4


def test_any_change_to_the_text_of_a_table_s_definition_is_detected(folder: Path):
    path = folder / "chain.db"
    sound = path.read_bytes()
    for definition in TABLES:
        start = sound.index(definition.encode())
        for position in range(start, start + len(definition)):
            for bit in (0, 7):
                damaged = bytearray(sound)
                damaged[position] ^= 1 << bit
                path.write_bytes(damaged)
                report = verify(folder, only_bank)
                assert not report.ok
                assert report.blocks == 0


def test_any_truncation_is_detected(folder: Path):
    path = folder / "chain.db"
    sound = path.read_bytes()
    draw = random.Random(8)
    lengths = [*range(0, len(sound), 4096), *(draw.randrange(len(sound)) for _ in range(60))]
    for length in lengths:
        path.write_bytes(sound[:length])
        assert not verify(folder, only_bank).ok, length


def test_a_page_filled_with_zeros_or_noise_is_detected_or_harmless(folder: Path):
    path = folder / "chain.db"
    sound = path.read_bytes()
    draw = random.Random(9)
    for start in range(0, len(sound), 4096):
        for filling in (bytes(4096), draw.randbytes(4096)):
            path.write_bytes(sound[:start] + filling + sound[start + 4096 :])
            assert_true_or_detected(verify(folder, only_bank))


def test_damage_to_the_log_of_a_killed_run_costs_blocks_but_never_gives_wrong_ones(tmp_path: Path):
    live, copy = tmp_path / "live", tmp_path / "copy"
    live.mkdir()
    ids = [BORN.block.id, *(found.block.id for found in BLOCKS)]
    draw = random.Random(10)
    with LedgerStore.create(live / "chain.db", BORN.genesis) as store:
        for found in BLOCKS:
            store.append(found.block, found.work, found.found_us)
        for _ in range(60):
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(live, copy)
            log = bytearray((copy / "chain.db-wal").read_bytes())
            log[draw.randrange(len(log))] ^= 1 << draw.randrange(8)
            (copy / "chain.db-wal").write_bytes(log)
            report = verify(copy, only_bank)
            if report.ok:
                assert report.head in ids
                assert report.blocks == ids.index(report.head) or report.head == ids[3]
