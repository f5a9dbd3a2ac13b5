import os
import pickle
import random
import resource
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from sim.store import APPLICATION_ID, SCHEMA_VERSION, LedgerStore, StoreError
from tests.sim.small_ledger import first_blocks, small_chain, write_ledger

BORN = small_chain()
BLOCKS = first_blocks(BORN, 10)

APPEND_FOR_EVER = """
import resource
import sys
from pathlib import Path
from sim.store import LedgerStore, StoreError
from tests.sim.small_ledger import found_blocks, small_chain

limit = int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
born = small_chain()
store = LedgerStore.create(Path(sys.argv[1]), born.genesis)
kept = 0
try:
    for found in found_blocks(born):
        store.append(found.block, found.work, found.found_us)
        kept += 1
        print(kept, flush=True)
except StoreError as error:
    print(error.rule, flush=True)
    try:
        store.close()
    except StoreError:
        pass
"""


def file_of(tmp_path: Path, count: int = 10) -> Path:
    path = tmp_path / "chain.db"
    write_ledger(path, BORN, BLOCKS[:count])
    return path


def appending(path: Path, file_limit: int = resource.RLIM_INFINITY) -> "subprocess.Popen[str]":
    """Another process that appends blocks and says so after each, until it is killed or the file has this size."""
    command = [sys.executable, "-c", APPEND_FOR_EVER, str(path), str(file_limit)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_every_block_is_read_back_as_it_was_found(tmp_path: Path):
    with LedgerStore.open(file_of(tmp_path)) as store:
        read = list(store.blocks())
        assert store.genesis == BORN.genesis
        assert store.count == len(read)
    assert [stored.block for stored in read] == [found.block for found in BLOCKS]
    assert [(stored.work, stored.found_us) for stored in read] == [
        (found.work, found.found_us) for found in BLOCKS
    ]
    assert [stored.number for stored in read] == list(range(1, 11))


def test_a_block_is_found_by_its_id_and_by_its_height_on_the_best_chain(tmp_path: Path):
    stale = BLOCKS[3].block
    with LedgerStore.open(file_of(tmp_path)) as store:
        found = store.get(stale.id)
        assert found is not None
        assert found.block == stale
        assert store.get(bytes(32)) is None
        chain = store.best_chain()
        assert len(chain) == 9
        assert stale.id not in chain
        for height in range(1, 10):
            at_height = store.at_height(height)
            assert at_height is not None
            assert at_height.block.header.height == height
            assert at_height.block.id == chain[height - 1]
        assert store.at_height(0) is None
        assert store.at_height(10) is None


def test_the_head_is_the_one_named_else_the_first_found_with_most_work(tmp_path: Path):
    main, stale = BLOCKS[2].block, BLOCKS[3].block
    unnamed, named = tmp_path / "unnamed.db", tmp_path / "named.db"
    write_ledger(unnamed, BORN, BLOCKS[:4])
    write_ledger(named, BORN, BLOCKS[:4], head=stale)
    with LedgerStore.open(unnamed) as store:
        assert store.head == main.id
    with LedgerStore.open(named) as store:
        assert store.head == stale.id
        assert store.best_chain()[-1] == stale.id


def test_a_ledger_without_blocks_has_no_head(tmp_path: Path):
    with LedgerStore.open(file_of(tmp_path, 0)) as store:
        assert (store.head, store.best_chain(), list(store.blocks())) == (None, [], [])


def test_a_head_that_is_not_kept_is_refused(tmp_path: Path):
    with LedgerStore.create(tmp_path / "chain.db", BORN.genesis) as store:
        with pytest.raises(StoreError) as caught:
            store.set_head(BLOCKS[0].block.id)
        assert caught.value.rule == "unknown-block"


def test_a_closed_ledger_is_one_file_that_needs_no_write_access(tmp_path: Path):
    path = file_of(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["chain.db"]
    # Bytes 18 and 19 of a SQLite file say how it is written: 1 is without a log beside it.
    assert path.read_bytes()[18:20] == b"\x01\x01"


def test_a_ledger_can_be_read_while_it_grows(tmp_path: Path):
    path = tmp_path / "chain.db"
    with LedgerStore.create(path, BORN.genesis) as store:
        for number, found in enumerate(BLOCKS, 1):
            store.append(found.block, found.work, found.found_us)
            with LedgerStore.open(path) as reader:
                assert len(list(reader.blocks())) == number


def test_a_ledger_is_never_overwritten(tmp_path: Path):
    path = file_of(tmp_path)
    with pytest.raises(StoreError) as caught:
        LedgerStore.create(path, BORN.genesis)
    assert caught.value.rule == "exists"


def test_a_block_is_kept_once(tmp_path: Path):
    found = BLOCKS[0]
    with LedgerStore.create(tmp_path / "chain.db", BORN.genesis) as store:
        store.append(found.block, found.work, found.found_us)
        with pytest.raises(StoreError):
            store.append(found.block, found.work, found.found_us)
        assert len(list(store.blocks())) == 1


@pytest.mark.parametrize("content", [b"", b"not a database" * 100, bytes(5_000)])
def test_another_kind_of_file_is_refused(content: bytes, tmp_path: Path):
    path = tmp_path / "chain.db"
    path.write_bytes(content)
    with pytest.raises(StoreError) as caught:
        LedgerStore.open(path)
    assert caught.value.rule == "not-a-ledger"


@pytest.mark.parametrize("length", [5, 16, 60, 100, 4_000, 9_000])
def test_a_ledger_cut_short_is_damaged_and_not_another_kind_of_file(length: int, tmp_path: Path):
    path = file_of(tmp_path)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(StoreError) as caught, LedgerStore.open(path) as store:
        list(store.blocks())
    assert caught.value.rule == "damaged"


def test_a_ledger_whose_first_bytes_are_overwritten_is_damaged(tmp_path: Path):
    path = file_of(tmp_path)
    path.write_bytes(bytes(16) + path.read_bytes()[16:])
    with pytest.raises(StoreError) as caught:
        LedgerStore.open(path)
    assert caught.value.rule == "damaged"


def test_a_ledger_that_may_not_be_read_is_a_typed_error(tmp_path: Path):
    (tmp_path / "chain.db").mkdir()
    for path in (tmp_path / "chain.db", tmp_path / ("x" * 300)):
        with pytest.raises(StoreError) as caught:
            LedgerStore.open(path)
        assert caught.value.rule == "unreadable"


def test_what_is_appended_after_opening_is_not_seen(tmp_path: Path):
    path = tmp_path / "chain.db"
    with LedgerStore.create(path, BORN.genesis) as store:
        store.append(BLOCKS[0].block, BLOCKS[0].work, BLOCKS[0].found_us)
        with LedgerStore.open(path) as reader:
            store.append(BLOCKS[1].block, BLOCKS[1].work, BLOCKS[1].found_us)
            assert (len(list(reader.blocks())), reader.count) == (1, 1)


def test_a_missing_file_is_refused_and_not_made(tmp_path: Path):
    path = tmp_path / "chain.db"
    with pytest.raises(StoreError) as caught:
        LedgerStore.open(path)
    assert caught.value.rule == "not-a-ledger"
    assert not path.exists()


def test_the_database_of_another_program_is_refused(tmp_path: Path):
    path = tmp_path / "chain.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE block (number INTEGER)")
    with pytest.raises(StoreError, match=f"got application id 0x0, expected {APPLICATION_ID:#x}"):
        LedgerStore.open(path)


def test_an_unknown_version_is_refused(tmp_path: Path):
    path = file_of(tmp_path)
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    with pytest.raises(StoreError) as caught:
        LedgerStore.open(path)
    assert caught.value.rule == "unknown-schema"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE block SET found_us = found_us + 1 WHERE number = 5",
        "UPDATE block SET work = zeroblob(36) WHERE number = 5",
        "UPDATE block SET id = randomblob(32) WHERE number = 5",
        "UPDATE block SET body = CAST('text' AS TEXT) WHERE number = 5",
        "UPDATE block SET body = (SELECT body FROM block WHERE number = 6) WHERE number = 5",
        "DELETE FROM block WHERE number = 5",
        "DELETE FROM block WHERE number = 10",
        "UPDATE entry SET value = x'00000000000000ff' WHERE name = 'count'",
        "DELETE FROM entry WHERE name = 'count'",
    ],
)
def test_a_changed_row_is_damage(change: str, tmp_path: Path):
    path = file_of(tmp_path)
    with sqlite3.connect(path) as connection:
        connection.execute(change)
    with LedgerStore.open(path) as store, pytest.raises(StoreError) as caught:
        list(store.blocks())
    assert caught.value.rule == "damaged"


@pytest.mark.parametrize("name", ["genesis", "head"])
def test_a_changed_entry_is_damage(name: str, tmp_path: Path):
    path = tmp_path / "chain.db"
    write_ledger(path, BORN, BLOCKS, head=BLOCKS[-1].block)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE entry SET value = zeroblob(32) WHERE name = ?", [name])
    with LedgerStore.open(path) as store, pytest.raises(StoreError) as caught:
        getattr(store, name)
    assert caught.value.rule == "damaged"


def test_a_killed_writer_loses_no_block_that_it_was_told_is_kept(tmp_path: Path):
    draw = random.Random(20)
    for attempt in range(4):
        path = tmp_path / f"{attempt}.db"
        writer = appending(path)
        assert writer.stdout is not None
        last = 0
        for _ in range(draw.randrange(1, 120)):
            last = int(writer.stdout.readline())
        os.kill(writer.pid, signal.SIGKILL)
        last = int((writer.stdout.read().split() or [str(last)])[-1])
        writer.wait()
        with LedgerStore.open(path) as store:
            kept = len(list(store.blocks()))
            assert kept >= last
            assert len(store.best_chain()) == kept - (kept >= 4)


@pytest.mark.parametrize("limit", [60_000, 200_000, 400_000])
def test_a_full_disk_is_an_error_that_leaves_the_earlier_blocks_readable(limit: int, tmp_path: Path):
    path = tmp_path / "chain.db"
    writer = appending(path, limit)
    lines = writer.communicate(timeout=60)[0].split()
    assert lines[-1] == "write-failed"
    with LedgerStore.open(path) as store:
        assert len(list(store.blocks())) == int(lines[-2])
        assert store.faults() == []


def test_an_error_survives_a_process_pool():
    error = StoreError("damaged", "chain.db", "block number 5: gone")
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.rule) == ("chain.db: damaged: block number 5: gone", "damaged")
