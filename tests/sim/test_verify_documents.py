import json
from pathlib import Path

import pytest

import sim
from sim.parquet import read_frame
from sim.participants import key_of
from sim.plugins import registry_for
from sim.verify import VerifyReport, verify
from tests.sim.small_ledger import finished_run, first_blocks, only_bank, small_chain

BORN = small_chain()
BLOCKS = first_blocks(BORN, 12)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a finished run."""
    return finished_run(tmp_path / "run", BORN, BLOCKS)


def rules(report: VerifyReport) -> list[str]:
    return [finding.rule for finding in report.findings]


def edit(path: Path, **values: object) -> None:
    """Change values of a JSON document."""
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def test_a_report_says_what_was_checked_and_what_was_not(folder: Path):
    checked, not_checked = verify(folder, only_bank).lines()[-2:]
    assert checked.startswith("  checked: every block of the ledger")
    assert "the tables of blocks" in checked
    assert "metrics" in not_checked
    assert "figures" in not_checked
    assert "the applications' part" in not_checked


def test_a_run_that_did_not_finish_is_told_and_its_tables_do_not_count(folder: Path):
    edit(folder / "manifest.json", status="running")
    (folder / "blocks.parquet").unlink()
    report = verify(folder, only_bank)
    assert report.ok
    words = "it was killed, or is still going on; the ledger is whole up to height 11"
    assert any(words in line for line in report.lines())


@pytest.mark.parametrize("name", ["scenario", "seed"])
@pytest.mark.parametrize("document", ["manifest.json", "summary.json", "scenario.toml"])
def test_documents_that_name_another_run_are_found(name: str, document: str, folder: Path):
    path = folder / document
    if document == "scenario.toml":
        old = 'name = "storage"' if name == "scenario" else "seed = 1"
        new = 'name = "other"' if name == "scenario" else "seed = 2"
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))
    else:
        edit(path, **{name: "other" if name == "scenario" else 2})
    report = verify(folder, only_bank)
    assert rules(report)[0] == "contradiction"
    assert document in str(report.findings[0])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('interval = "1min"', 'interval = "2min"'),
        ('difficulty = "fixed"', 'difficulty = "asert"'),
        ('subsidy = "1"', 'subsidy = "2"'),
        ("min_fee = 0", "min_fee = 1"),
        ('max_block = "1MB"', 'max_block = "2MB"'),
    ],
)
def test_a_scenario_by_which_the_chain_was_not_founded_is_found(old: str, new: str, folder: Path):
    path = folder / "scenario.toml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    assert rules(verify(folder, only_bank)) == ["wrong-scenario"]


@pytest.mark.parametrize("content", [b"", b"name = ", b"\xff\xfe", b'name = "storage"\nodd = 1\n'])
def test_an_unreadable_scenario_is_found(content: bytes, folder: Path):
    (folder / "scenario.toml").write_bytes(content)
    assert rules(verify(folder, only_bank)) == ["unreadable"]


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("manifest.json", "no-manifest"),
        ("scenario.toml", "no-scenario"),
        ("blocks.parquet", "no-table"),
        ("transactions.parquet", "no-table"),
        ("events/bank.Transferred.parquet", "no-table"),
    ],
)
def test_a_missing_file_is_found(name: str, rule: str, folder: Path):
    (folder / name).unlink()
    assert rules(verify(folder, only_bank)) == [rule]


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("blocks", "id", "00" * 32),
        ("blocks", "height", 77),
        ("blocks", "stale", True),
        ("blocks", "reward", 1),
        ("transactions", "id", "00" * 32),
        ("transactions", "fee", 11),
        ("transactions", "status", "failed"),
        ("transactions", "status", "pending"),
        ("events/bank.Transferred", "amount", 5),
    ],
)
def test_a_table_that_the_ledger_contradicts_is_found(table: str, column: str, value: object, folder: Path):
    path = folder / f"{table}.parquet"
    frame = read_frame(path)
    frame.loc[5, column] = value
    frame.to_parquet(path)
    report = verify(folder, only_bank)
    assert rules(report) == ["wrong-table"]
    assert f"{table}.parquet" in str(report.findings[0])


@pytest.mark.parametrize("table", ["blocks", "transactions", "events/bank.Transferred"])
def test_a_table_without_its_last_row_or_a_column_is_found(table: str, folder: Path):
    path = folder / f"{table}.parquet"
    frame = read_frame(path)
    for changed in (frame.iloc[:-1], frame.drop(columns="height")):
        changed.to_parquet(path)
        assert rules(verify(folder, only_bank)) == ["wrong-table"]
    path.write_bytes(b"nonsense")
    assert rules(verify(folder, only_bank)) == ["unreadable"]


def test_events_that_the_chain_does_not_have_are_found(folder: Path):
    read_frame(folder / "blocks.parquet").to_parquet(folder / "events" / "bank.Robbed.parquet")
    assert rules(verify(folder, only_bank)) == ["wrong-table"]


def test_a_summary_that_keeps_silent_on_the_chain_is_found(folder: Path):
    edit(folder / "summary.json", chain={})
    assert set(rules(verify(folder, only_bank))) == {"wrong-summary"}


def test_participants_have_the_keys_that_the_seed_gives_and_are_those_of_the_ledger(folder: Path):
    path = folder / "participants.json"
    path.write_text(json.dumps({"anna": key_of(1, "anna").public.hex()}))
    report = verify(folder, only_bank)
    assert set(rules(report)) == {"wrong-participants"}
    assert len(report.findings) >= 3
    path.write_text(json.dumps({"anna": key_of(2, "anna").public.hex()}))
    assert "expected the key that seed 1 gives" in str(verify(folder, only_bank).findings[0])
    path.write_text('{"anna": 3}')
    assert rules(verify(folder, only_bank)) == ["unreadable"]


def test_a_run_of_an_application_is_sound_with_all_that_lies_beside_its_ledger(tmp_path: Path):
    overrides: dict[str, object] = {
        "run.blocks": 40,
        "network.peers": 16,
        "mining.miners": 4,
        "lease.users": 6,
    }
    folder = sim.run("lease", seed=3, overrides=overrides, out=tmp_path / "run")
    report = verify(folder, registry_for)
    assert report.ok, report.lines()
    edit(folder / "summary.json", seed=4)
    assert rules(verify(folder, registry_for)) == ["contradiction"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("head", "00" * 32),
        ("state_root", "00" * 32),
        ("height", 12),
        ("blocks_mined", 1),
        ("transactions", 0),
        ("supply", 1),
    ],
)
def test_a_summary_that_the_ledger_contradicts_is_found(name: str, value: object, folder: Path):
    path = folder / "summary.json"
    summary = json.loads(path.read_text())
    summary["chain"][name] = value
    path.write_text(json.dumps(summary))
    report = verify(folder, only_bank)
    assert rules(report) == ["wrong-summary"]
    assert f"chain.{name}: got {value}, expected" in str(report.findings[0])


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff", b'{"chain": 3}', b"[" * 100_000])
def test_an_unreadable_summary_is_found(content: bytes, folder: Path):
    (folder / "summary.json").write_bytes(content)
    assert rules(verify(folder, only_bank)) == ["unreadable"]


def test_a_complete_run_without_its_summary_is_found(folder: Path):
    (folder / "summary.json").unlink()
    assert rules(verify(folder, only_bank)) == ["no-summary"]
