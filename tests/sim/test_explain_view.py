import io
from dataclasses import replace

import pytest
from rich.console import Console

from chain.places import Place
from sim.explain import Change, Explanation, explain
from sim.explain_view import lines, show_explanation
from tests.sim.explained_run import KEYS, Explained, explained_run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Explained:
    """A finished run; tests only read it."""
    return explained_run(tmp_path_factory.mktemp("explained") / "run")


def explained(run: Explained, label: str) -> str:
    """The text of a transaction's explanation."""
    return "\n".join(lines(explain(run.folder, run.id(label))))


def golden(run: Explained, label: str, block: str, expected: str) -> None:
    """The text is `expected`, in which <id>, <block> and <key> stand for what their hashes are."""
    transaction = run.sent[label]
    known = {"<id>": transaction.id, "<block>": run.blocks[block].id, "<key>": transaction.sender}
    for short, value in known.items():
        expected = expected.replace(short, value.hex())
    assert explained(run, label) == expected.strip("\n")


def test_a_confirmed_lease_is_explained(run: Explained):
    golden(
        run,
        "lease",
        "2",
        """
transaction <id>
  status        confirmed: carried out; the head is 1 block above it
  block         height 2 of 3, transaction 1 of 5
  block id      <block>
  submitted     1.500 s
  block found   120.000 s; its own time is 120.000 s
  sender        mvno
  sender's key  <key>
  nonce         0
  fee           10 base units to the miner, miner

action lease.OpenLease
  lot             'band'
  lease           1
  bandwidth       10,000,000
  blocks          4
  max_unit_price  20

receipt: carried out, 1 event
  lease.LeaseOpened
    lot         'band'
    lessee      mvno
    lease       1
    owner       owner
    bandwidth   10,000,000
    unit_price  20
    blocks      4
    payment     800

state: 6 entries changed, without block hooks and the miner's pay
  money in base units; a Sharecoin has 100,000,000
  account of mvno: changed
    balance  1,000,000 -> 999,190 (-810)
    nonce    0 -> 1 (+1)
  escrow lease/lease/mvno/1: created
    held  800
  lease.leases (mvno, 1): created
    lot         'band'
    bandwidth   10,000,000
    unit_price  20
    blocks      4
    payment     800
    opened_at   2
    sold        0
  lease.lots 'band': changed
    leased  0 -> 10,000,000 (+10,000,000)
  lease.next_leases mvno: created
    next  2
  lease.rent_due (3, mvno, 1): created
""",
    )


def test_a_refused_action_is_explained(run: Explained):
    golden(
        run,
        "refused",
        "2",
        """
transaction <id>
  status        failed: the action was refused; only fee and nonce stand
  block         height 2 of 3, transaction 4 of 5
  block id      <block>
  submitted     1.500 s
  block found   120.000 s; its own time is 120.000 s
  sender        max
  sender's key  <key>
  nonce         0
  fee           10 base units to the miner, miner

action lease.OpenLease
  lot             'band'
  lease           1
  bandwidth       200,000,000
  blocks          4
  max_unit_price  20

receipt: refused
  rule      not-enough-spectrum
  in words  not-enough-spectrum: got 200000000 Hz, expected at most the 90000000
            Hz that are free

state: 1 entry changed, without block hooks and the miner's pay
  money in base units; a Sharecoin has 100,000,000
  account of max: changed
    balance  1,000,000 -> 999,990 (-10)
    nonce    0 -> 1 (+1)
""",
    )


def test_a_transfer_is_explained_with_the_keys_of_who_is_not_known_and_the_stale_block_that_took_it_too(
    run: Explained,
):
    golden(
        run,
        "gift",
        "2",
        f"""
transaction <id>
  status        confirmed: carried out; the head is 1 block above it
  block         height 2 of 3, transaction 3 of 5
  block id      <block>
  submitted     1.500 s
  block found   120.000 s; its own time is 120.000 s
  sender        anna
  sender's key  <key>
  nonce         0
  fee           10 base units to the miner, miner

action bank.Transfer
  to      {KEYS["mia"].public.hex()}
  amount  2,500

receipt: carried out, 1 event
  bank.Transferred
    sender  anna
    to      {KEYS["mia"].public.hex()}
    amount  2,500

state: 2 entries changed, without block hooks and the miner's pay
  money in base units; a Sharecoin has 100,000,000
  account of anna: changed
    balance  1,000,000 -> 997,490 (-2,510)
    nonce    0 -> 1 (+1)
  account of {KEYS["mia"].public.hex()}:
    changed
    balance  1,000,000 -> 1,002,500 (+2,500)

notes
  a stale block at height 2 took it too: {run.blocks["stale"].id.hex()[:16]}
""",
    )


def test_an_answer_in_an_acquisition_is_explained(run: Explained):
    golden(
        run,
        "answer",
        "2",
        """
transaction <id>
  status        confirmed: carried out; the head is 1 block above it
  block         height 2 of 3, transaction 2 of 5
  block id      <block>
  submitted     1.500 s
  block found   120.000 s; its own time is 120.000 s
  sender        mvno
  sender's key  <key>
  nonce         1
  fee           10 base units to the miner, miner

action admm.SubmitBandwidth
  acquisition  'period-1'
  round        1
  bandwidth    40,000,000

receipt: carried out, 1 event
  admm.BandwidthSubmitted
    acquisition  'period-1'
    round        1
    operator     mvno
    bandwidth    40,000,000

state: 3 entries changed, without block hooks and the miner's pay
  money in base units; a Sharecoin has 100,000,000
  account of mvno: changed
    balance  999,190 -> 999,180 (-10)
    nonce    1 -> 2 (+1)
  admm.acquisitions 'period-1': changed
    missing  2 -> 1 (-1)
  admm.operators ('period-1', mvno): changed
    bandwidth  0 -> 40,000,000 (+40,000,000)
    answered   0 -> 1 (+1)
""",
    )


def test_a_record_that_was_deleted_is_shown_as_it_was(run: Explained):
    assert explained(run, "withdraw").endswith("""
  lease.offers 'cheap': deleted; it was
    operator             mvno
    unit_price           30
    mining_fraction_ppm  250,000""")
    assert "carried out; it is in the head" in explained(run, "withdraw")


def test_a_record_in_a_record_and_an_enum_are_shown_field_by_field(run: Explained):
    assert "  terms.penalty.exponent     0" in explained(run, "open")
    assert "  operators    (mvno, max)" in explained(run, "admit")
    assert "    phase      gathering -> running\n" in explained(run, "start")


def test_a_transaction_of_a_stale_block_alone_says_so_and_shows_what_it_did_there(run: Explained):
    explanation = explain(run.folder, run.id("lost"))
    assert explanation.status == "pending"
    shown = explained(run, "lost")
    assert "pending: a stale block alone took it; this is what it did there\n" in shown
    assert f"block id      {run.blocks['stale'].id.hex()}" in shown
    assert "height 2, stale, transaction 2 of 2" in shown
    assert "    balance  997,490 -> 997,497 (+7)" in shown, "the gift came before it in this block"


def test_a_transaction_that_no_block_took_says_so(run: Explained):
    assert lines(explain(run.folder, "abcd0001")) == [
        f"transaction {'abcd0001'.ljust(64, '0')}",
        "  status     pending: no block took it",
        "  sender     anna",
        "  action     bank.Transfer; its fields are kept in blocks alone",
        "  nonce      9",
        "  fee        10 base units",
        "  submitted  1.500 s",
    ]


def test_lines_fit_the_width_asked_for(run: Explained):
    for label in run.sent:
        explanation = explain(run.folder, run.id(label))
        assert max(map(len, lines(explanation, 80))) <= 80


def with_changes(explanation: Explanation, *changes: Change) -> Explanation:
    assert explanation.execution is not None
    return replace(explanation, execution=replace(explanation.execution, changes=changes))


def test_a_text_of_an_application_cannot_reach_the_screen_as_a_command(run: Explained):
    explanation = explain(run.folder, run.id("refused"))
    execution = explanation.execution
    assert execution is not None
    assert execution.receipt.failure is not None
    nasty = "\x1b[2J\nlot"
    failure = replace(execution.receipt.failure, message=nasty)
    explanation = replace(
        explanation, execution=replace(execution, receipt=replace(execution.receipt, failure=failure))
    )
    changes = (
        Change(b"", Place("lease", "lots", nasty), None, 5),
        Change(b"", Place("bank", "escrow", ("lease", nasty)), 5, 6),
        Change(nasty.encode(), None, None, b"\x01"),
    )
    shown = "\n".join(lines(with_changes(explanation, *changes)))
    assert all(line.isprintable() for line in shown.split("\n"))
    assert shown.count("\\x1b[2J\\nlot") == 4


def test_a_key_that_no_table_has_is_shown_as_bytes(run: Explained):
    explanation = with_changes(
        explain(run.folder, run.id("gift")), Change(b"odd/\xff", None, None, b"\x01\x02")
    )
    assert "  state key b'odd/\\xff': created\n    held  0102" in "\n".join(lines(explanation))


def test_texts_are_printed_as_they_are(run: Explained):
    explanation = explain(run.folder, run.id("gift"))
    place = Place("lease", "lots", "[bold]:car:")
    screen = Console(file=io.StringIO(), width=80)
    show_explanation(with_changes(explanation, Change(b"", place, None, 5)), screen)
    assert "  lease.lots '[bold]:car:': created\n" in screen.file.getvalue()  # type: ignore[attr-defined]
