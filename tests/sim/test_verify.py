import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from apps.testing import key_of
from chain.block import Block, Coinbase, Roots, transactions_root
from chain.genesis import found_chain, make_genesis
from chain.params import ChainParams
from sim.plugins import registry_for
from sim.store import LedgerStore
from sim.verify import VerifyReport, verify
from tests.sim.small_ledger import Found, finished_run, first_blocks, only_bank, small_chain, write_ledger

BORN = small_chain()
BLOCKS = first_blocks(BORN, 12)
HEAD = BLOCKS[-1].block


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a finished run."""
    return finished_run(tmp_path / "run", BORN, BLOCKS)


def ledger_folder(path: Path, blocks: list[Found], head: Block | None = None) -> Path:
    """A folder with nothing but a ledger of these blocks."""
    path.mkdir()
    write_ledger(path / "chain.db", BORN, blocks, head)
    return path


def rules(report: VerifyReport) -> list[str]:
    return [finding.rule for finding in report.findings]


def with_roots(block: Block, roots: Roots) -> Block:
    """The block with other roots and a header that commits to them."""
    return replace(block, roots=roots, header=replace(block.header, commitment=roots.commitment()))


def test_a_sound_ledger_is_sound(folder: Path):
    report = verify(folder, only_bank)
    assert report.ok, report.lines()
    assert (report.blocks, report.main, report.stale, report.transactions) == (12, 11, 1, 11)
    assert (report.head, report.state_root, report.height) == (HEAD.id, HEAD.roots.state, 11)
    assert report.lines()[0] == f"{folder}: sound"


def test_progress_counts_every_block_up_to_the_total(folder: Path):
    seen: list[tuple[int, int]] = []
    verify(folder, only_bank, lambda done, total: seen.append((done, total)))
    assert seen == [(done, 12) for done in range(1, 13)]


def test_the_ledger_of_a_run_is_sound_alone(tmp_path: Path):
    report = verify(ledger_folder(tmp_path / "alone", BLOCKS), only_bank)
    assert report.ok
    assert report.status == "unknown"
    assert report.head == HEAD.id


def test_a_ledger_without_blocks_ends_at_genesis(tmp_path: Path):
    report = verify(ledger_folder(tmp_path / "empty", []), only_bank)
    assert report.ok
    assert (report.head, report.state_root) == (BORN.block.id, BORN.state.root)


def test_a_folder_without_a_ledger_is_reported(tmp_path: Path):
    assert rules(verify(tmp_path, only_bank)) == ["not-a-ledger"]


def test_a_folder_that_is_missing_is_told_apart(tmp_path: Path):
    report = verify(tmp_path / "nothing", only_bank)
    assert report.lines() == [f"{tmp_path / 'nothing'}: 1 problem", "  no-such-folder: no such folder"]
    (tmp_path / "file").write_text("")
    assert rules(verify(tmp_path / "file", only_bank)) == ["no-such-folder"]
    assert rules(verify(tmp_path / ("x" * 300), only_bank)) == ["unreadable"]


def test_a_ledger_that_cannot_be_opened_is_a_finding(folder: Path):
    (folder / "chain.db").unlink()
    (folder / "chain.db").mkdir()
    assert rules(verify(folder, only_bank)) == ["unreadable"]


def test_a_ledger_cut_short_is_damaged(folder: Path):
    path = folder / "chain.db"
    path.write_bytes(path.read_bytes()[:5_000])
    assert "damaged" in rules(verify(folder, only_bank))


@pytest.mark.parametrize("name", ["state", "receipts"])
def test_a_block_with_a_wrong_root_is_named_and_those_above_it_are_not_believed(name: str, tmp_path: Path):
    block = BLOCKS[5].block
    forged = with_roots(block, replace(block.roots, **{name: bytes(32)}))
    blocks = [*BLOCKS[:5], replace(BLOCKS[5], block=forged), *BLOCKS[6:]]
    report = verify(ledger_folder(tmp_path / "forged", blocks), only_bank)
    (finding,) = report.findings
    assert (finding.rule, finding.number, finding.height, finding.block_id) == ("wrong-root", 6, 5, forged.id)
    assert name in finding.message
    assert report.unreachable == 6
    assert report.head == BLOCKS[4].block.id


def test_a_block_whose_body_is_not_the_one_its_header_commits_to_is_named(tmp_path: Path):
    block = BLOCKS[5].block
    forged = replace(block, transactions=())
    blocks = [*BLOCKS[:5], replace(BLOCKS[5], block=forged), *BLOCKS[6:]]
    report = verify(ledger_folder(tmp_path / "forged", blocks), only_bank)
    assert report.findings[0].number == 6
    assert report.unreachable == 6


def test_a_block_that_pays_its_miner_too_much_is_named(tmp_path: Path):
    block = BLOCKS[5].block
    coinbase = Coinbase(block.coinbase.miner, block.coinbase.reward + 1)
    roots = replace(block.roots, transactions=transactions_root(coinbase, block.transactions))
    forged = with_roots(replace(block, coinbase=coinbase), roots)
    blocks = [*BLOCKS[:5], replace(BLOCKS[5], block=forged)]
    assert rules(verify(ledger_folder(tmp_path / "forged", blocks), only_bank)) == ["wrong-reward"]


def test_a_transaction_with_another_signature_is_found(tmp_path: Path):
    block = BLOCKS[5].block
    stranger = key_of("stranger")
    (transaction,) = block.transactions
    forged_transaction = replace(transaction, signature=stranger.sign(transaction.signing_bytes))
    roots = replace(block.roots, transactions=transactions_root(block.coinbase, (forged_transaction,)))
    forged = with_roots(replace(block, transactions=(forged_transaction,)), roots)
    report = verify(
        ledger_folder(tmp_path / "forged", [*BLOCKS[:5], replace(BLOCKS[5], block=forged)]), only_bank
    )
    (finding,) = report.findings
    assert finding.rule == "invalid-transaction-in-block"
    assert "wrong-signature" in finding.message


def test_a_header_with_a_wrong_target_or_time_is_found(tmp_path: Path):
    block, parent = BLOCKS[1].block, BLOCKS[0].block
    for rule, header in (
        ("wrong-target", replace(block.header, bits=block.header.bits - 1)),
        ("time-too-old", replace(block.header, time_ms=0)),
        ("time-too-new", replace(block.header, time_ms=10**12)),
        ("wrong-height", replace(block.header, height=7)),
    ):
        found = replace(BLOCKS[1], block=replace(block, header=header))
        assert block.header.previous == parent.id
        report = verify(ledger_folder(tmp_path / rule, [BLOCKS[0], found]), only_bank)
        assert rules(report) == [rule]


def test_a_missing_parent_is_the_fault_where_nothing_else_is(tmp_path: Path):
    report = verify(ledger_folder(tmp_path / "gap", [BLOCKS[0], *BLOCKS[2:]]), only_bank)
    assert rules(report) == ["unknown-parent"]
    assert report.findings[0].block_id == BLOCKS[2].block.id
    assert report.unreachable == 10


def test_a_wrong_sum_of_work_is_found(tmp_path: Path):
    blocks = [BLOCKS[0], replace(BLOCKS[1], work=BLOCKS[1].work + 1)]
    assert rules(verify(ledger_folder(tmp_path / "work", blocks), only_bank)) == ["wrong-work"]


def test_a_head_with_less_work_than_another_block_is_wrong(tmp_path: Path):
    report = verify(ledger_folder(tmp_path / "head", BLOCKS, head=BLOCKS[3].block), only_bank)
    assert rules(report) == ["wrong-head"]
    assert report.head == HEAD.id


def test_an_application_that_is_not_installed_is_named(tmp_path: Path):
    registry = registry_for(["lease"])
    genesis = make_genesis(ChainParams("hosting"), {}, registry)
    with LedgerStore.create(tmp_path / "chain.db", found_chain(genesis, registry).genesis):
        pass
    report = verify(tmp_path, only_bank)
    assert rules(report) == ["unknown-app"]
    assert report.lines()[1] == "  unknown-app: no application 'lease' is installed"
    assert verify(tmp_path, registry_for).ok


def test_a_row_changed_behind_our_back_is_named_by_its_number(folder: Path):
    with sqlite3.connect(folder / "chain.db") as connection:
        connection.execute("UPDATE block SET found_us = 0 WHERE number = 8")
    report = verify(folder, only_bank)
    assert report.findings[0].number == 8
    assert str(report.findings[0]).startswith("block number 8: damaged: ")
    assert report.unreachable == 4
    assert report.height == 6
