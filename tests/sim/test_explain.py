import json
import pickle
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from chain.accounts import Account
from chain.places import Place
from sim.explain import Change, explain
from sim.explain_find import AmbiguousTransaction, MalformedTransactionId, UnknownTransaction
from sim.explain_json import as_json
from sim.explain_view import lines
from sim.folders import ResultsError
from sim.results import load
from sim.run_folder import LEDGER
from sim.runner import run_scenario
from sim.store_rows import COLUMNS, StoredBlock, block_row
from tests.sim.explained_run import FEE, KEYS, Explained, explained_run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Explained:
    """A finished run; tests only read it."""
    return explained_run(tmp_path_factory.mktemp("explained") / "run")


@pytest.fixture
def killed(tmp_path: Path) -> Explained:
    """The same run, killed when all but its status was written."""
    run = explained_run(tmp_path / "killed")
    manifest = run.folder / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "status": "running"}))
    return run


def explained(run: Explained, label: str) -> str:
    """The text of a transaction's explanation."""
    return "\n".join(lines(explain(run.folder, run.id(label))))


def hertzchain(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from sim.cli import main; main()", *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_a_transaction_that_was_rejected_says_why(run: Explained):
    explanation = explain(run.folder, "abcd0002")
    assert (explanation.status, explanation.execution) == ("rejected", None)
    assert "fee-too-low: got 1," in lines(explanation)[1]


def test_a_transaction_moves_what_it_takes_and_loses_its_fee(run: Explained):
    for label, transaction in run.sent.items():
        execution = explain(run.folder, transaction.id.hex()).execution
        assert execution is not None
        assert sum(map(money_moved, execution.changes)) == -FEE, label


def money_moved(change: Change) -> int:
    """By how much a change raises the sum of balances and escrows."""
    if change.place is None or change.place.app != "bank":
        return 0
    held = [
        value.balance if isinstance(value, Account) else value or 0 for value in (change.before, change.after)
    ]
    assert isinstance(held[0], int)
    assert isinstance(held[1], int)
    return held[1] - held[0]


def test_a_failed_transaction_changes_its_senders_account_alone(run: Explained):
    execution = explain(run.folder, run.id("refused")).execution
    assert execution is not None
    (change,) = execution.changes
    assert change.place == Place("bank", "accounts", run.sent["refused"].sender)
    assert (change.before, change.after) == (Account(1_000_000, 0), Account(1_000_000 - FEE, 1))


def test_every_explanation_agrees_with_the_tables_of_a_simulated_run(tmp_path: Path):
    overrides = {"network.peers": 16, "mining.miners": 4, "lease.users": 6, "run.blocks": 20}
    results = load(run_scenario("lease", 3, overrides, tmp_path / "run"))
    table = results.transactions
    assert len(table) > 8
    for row in table.to_dict("records"):
        explanation = explain(tmp_path / "run", row["id"])
        assert explanation.status == row["status"]
        execution = explanation.execution
        if row["status"] == "pending":
            assert execution is None
            continue
        assert execution is not None
        transaction = execution.taken.transaction
        assert explanation.names[transaction.sender] == row["sender"]
        assert (transaction.nonce, transaction.fee) == (row["nonce"], row["fee"])
        assert execution.taken.stored.block.header.height == row["height"]
        assert execution.taken.stored.found_us / 1e6 == row["found_s"]
        for app, event in execution.events:
            origins = results.events[f"{app}.{type(event).__name__}"]["origin"]
            assert row["id"] in set(origins)


def test_an_id_may_be_shortened_and_written_in_capitals(run: Explained):
    identifier = run.id("lease")
    for digits in (identifier[:4], identifier[:9].upper(), f"0x{identifier}"):
        assert explain(run.folder, digits).id.hex() == identifier


@pytest.mark.parametrize("digits", ["abc", "0" * 65, "abcg", "", "ab cd"])
def test_what_is_no_beginning_of_an_id_is_refused(run: Explained, digits: str):
    with pytest.raises(MalformedTransactionId, match=r"expected 4 to 64 hexadecimal digits"):
        explain(run.folder, digits)


def test_a_beginning_that_two_transactions_share_lists_both(run: Explained):
    with pytest.raises(AmbiguousTransaction) as caught:
        explain(run.folder, "abcd")
    assert str(caught.value).splitlines() == [
        f"{run.folder}: 2 transactions begin with abcd; give more digits:",
        f"  {'abcd0001'.ljust(64, '0')}",
        f"  {'abcd0002'.ljust(64, '0')}",
    ]


def test_an_unknown_transaction_names_the_nearest(run: Explained):
    with pytest.raises(UnknownTransaction) as caught:
        explain(run.folder, "abcd0003")
    message = str(caught.value)
    assert message.startswith(f"{run.folder}: got abcd0003, expected the id of one of its 13 transactions")
    assert f"\n  {'abcd0002'.ljust(64, '0')}" in message
    assert message.count("\n  ") == 3
    assert str(pickle.loads(pickle.dumps(caught.value))) == message


def test_a_killed_run_is_explained_from_its_ledger(killed: Explained):
    shown = explained(killed, "lease")
    assert "confirmed: carried out; the head is 1 block above it" in shown
    assert "submitted" not in shown
    assert "the run has no table of transactions that counts" in shown
    with pytest.raises(UnknownTransaction, match="only those in blocks are known"):
        explain(killed.folder, "abcd0001")


def test_a_ledger_alone_is_enough(killed: Explained):
    for path in killed.folder.iterdir():
        if not path.name.startswith(LEDGER) and path.is_file():
            path.unlink()
    shown = explained(killed, "lease")
    assert f"account of {KEYS['mvno'].public.hex()}:" in shown
    assert f"sender's key  {KEYS['mvno'].public.hex()}" in shown


def test_a_block_that_the_ledger_has_lost_is_told(tmp_path: Path):
    run = explained_run(tmp_path / "run")
    with sqlite3.connect(run.folder / LEDGER) as ledger:
        ledger.execute("UPDATE block SET body = x'00' WHERE number = 3")
    shown = explained(run, "lease")
    assert "confirmed: in the block at height 2, which the ledger does not have" in shown
    assert "the ledger is damaged: block number 3" in shown
    assert "action lease.OpenLease" not in shown


def test_a_block_that_does_not_give_its_roots_is_not_explained(tmp_path: Path):
    run = explained_run(tmp_path / "run")
    block = run.blocks["3"]
    roots = replace(block.roots, state=bytes(32))
    forged = replace(block, roots=roots, header=replace(block.header, commitment=roots.commitment()))
    row = block_row(StoredBlock(4, 3_000, 185_000_000, forged))
    with sqlite3.connect(run.folder / LEDGER) as ledger:
        ledger.execute(f"INSERT OR REPLACE INTO block ({COLUMNS}) VALUES (?,?,?,?,?,?,?,?)", row)
    with pytest.raises(ResultsError, match="the block at height 3 is not valid: wrong-root: state"):
        explain(run.folder, run.id("withdraw"))
    assert explain(run.folder, run.id("lease")).status == "confirmed"


def test_progress_counts_the_blocks_before_the_transactions(run: Explained):
    seen: list[tuple[int, int]] = []
    explain(run.folder, run.id("withdraw"), lambda done, total: seen.append((done, total)))
    assert seen == [(1, 2), (2, 2)]


def test_json_has_exact_numbers_and_names_whom_it_mentions(run: Explained):
    document = json.loads(as_json(explain(run.folder, run.id("lease"))))
    assert (document["id"], document["status"], document["head_height"]) == (run.id("lease"), "confirmed", 3)
    assert document["execution"]["block"]["transaction"] == 0
    changes = {(c["table"], json.dumps(c["key"])): c for c in document["execution"]["changes"]}
    mvno = KEYS["mvno"].public.hex()
    assert changes["accounts", json.dumps(mvno)]["fields"]["balance"] == {
        "before": 1_000_000,
        "after": 999_190,
    }
    assert changes["leases", json.dumps([mvno, 1])]["kind"] == "created"
    assert changes["leases", json.dumps([mvno, 1])]["fields"]["payment"] == {"before": None, "after": 800}
    assert changes["escrow", json.dumps(["lease", f"lease/{mvno}/1"])]["fields"]["value"]["after"] == 800
    assert document["participants"] == {KEYS[name].public.hex(): name for name in ("owner", "mvno", "miner")}
    assert json.loads(as_json(explain(run.folder, "abcd0001")))["execution"] is None


def test_the_command_explains_and_pipes_plainly(run: Explained):
    result = hertzchain("explain", str(run.folder), run.id("lease")[:12])
    assert result.returncode == 0
    assert result.stdout.rstrip("\n") == "\n".join(lines(explain(run.folder, run.id("lease")), 100))
    document = json.loads(hertzchain("explain", str(run.folder), run.id("lease"), "--json").stdout)
    assert document["id"] == run.id("lease")


@pytest.mark.parametrize(
    ("folder", "digits", "expected"),
    [
        ("", "ffff9999", "expected the id of one of its 13 transactions"),
        ("", "nonsense", "hexadecimal digits"),
        ("nowhere", "abcd", "got no folder, expected the folder of a run"),
        ("events", "abcd", "not-a-ledger"),
    ],
)
def test_the_command_ends_in_one_message_and_status_1(
    run: Explained, folder: str, digits: str, expected: str
):
    (run.folder / "events").mkdir(exist_ok=True)
    result = hertzchain("explain", str(run.folder / folder), digits)
    assert (result.returncode, result.stdout) == (1, "")
    assert expected in result.stderr
    assert "Traceback" not in result.stderr
