"""Rounds end: with the last answer, with their deadline, with a change of the operators, and never late."""

from collections.abc import Iterator

import pytest

from apps.admm import settlement
from apps.admm.actions import AdmitOperators, ExpelOperator, StartRounds, SubmitBandwidth
from apps.admm.events import OperatorSilent, RoundClosed, RoundsStarted, RoundsStopped
from apps.admm.scientific import Scientific
from apps.admm.state import CLOSING_BASE, Operator, Phase
from apps.testing import account_of
from chain.state import Overlay
from tests.apps.admm.scene import (
    MHZ,
    accept,
    answer,
    best_bandwidth_hz,
    found,
    happened,
    operator_of,
    penalty_of,
    play,
    record_of,
    refuse,
    running,
    start,
    terms,
)

SPLIT = 10**6


def test_a_round_closes_with_its_deadline_and_the_last_answer_of_the_silent_stands() -> None:
    chain = running(("ann", "bob"))
    answer(chain, {"ann": 80 * MHZ, "bob": 60 * MHZ})
    answer(chain, {"ann": 50 * MHZ})
    chain.mine(2)
    assert record_of(chain).round == 2
    chain.mine()
    assert (chain.height, record_of(chain).round) == (8, 3)
    # w + u is 70 and 80 MHz: the answer of 60 MHz stands.
    assert [operator_of(chain, who).split for who in ("ann", "bob")] == [45 * MHZ * SPLIT, 55 * MHZ * SPLIT]
    assert operator_of(chain, "bob").silent_rounds == 1
    assert operator_of(chain, "ann").silent_rounds == 0
    assert happened(chain, OperatorSilent) == [(8, OperatorSilent("band", 2, account_of("bob")))]
    assert [(height, event.answered) for height, event in happened(chain, RoundClosed)] == [(4, 2), (8, 1)]


def test_an_answer_in_the_block_of_the_deadline_counts() -> None:
    chain = running(("ann", "bob"))
    answer(chain, {"ann": 80 * MHZ})
    chain.mine(2)
    assert chain.height + 1 == record_of(chain).due_at
    answer(chain, {"bob": 60 * MHZ})
    assert [event.answered for _, event in happened(chain, RoundClosed)] == [2]
    assert happened(chain, OperatorSilent) == []


def test_an_answer_after_the_deadline_is_late() -> None:
    chain = running(("ann", "bob"))
    chain.mine(4)
    assert refuse(chain, "ann", SubmitBandwidth("band", 1, MHZ)) == "closed-round"


def test_a_round_of_one_block_can_be_answered() -> None:
    chain = running(("ann", "bob"), terms(round_blocks=1))
    answer(chain, {"ann": 80 * MHZ, "bob": 60 * MHZ})
    answer(chain, {"ann": 70 * MHZ})
    assert [event.answered for _, event in happened(chain, RoundClosed)] == [2, 1]


def test_rounds_that_nobody_answers_use_themselves_up() -> None:
    chain = running(("ann", "bob"), terms(max_rounds=3))
    chain.mine(12)
    record = record_of(chain)
    assert (record.phase, record.round, record.settled_at) == (Phase.SETTLED, 3, 15)
    assert (record.converged, record.licensed) == (False, 0)
    assert operator_of(chain, "ann") == Operator(silent_rounds=3)


def test_rounds_stop_after_three_in_a_row_that_nobody_answered_and_can_be_started_again() -> None:
    chain = running(("ann", "bob"), terms(round_blocks=1))
    answer(chain, {"ann": 80 * MHZ})
    chain.mine(2)
    assert record_of(chain).idle_rounds == 2
    answer(chain, {"bob": 60 * MHZ})
    chain.mine(3)
    assert happened(chain, RoundsStopped) == [(chain.height, RoundsStopped("band", 7))]
    record = record_of(chain)
    assert (record.phase, record.due_at, record.idle_rounds) == (Phase.GATHERING, 0, 0)
    split = operator_of(chain, "ann").split
    assert split > 0
    chain.mine(5)
    assert len(happened(chain, RoundClosed)) == 7
    accept(chain, "owner", StartRounds("band"))
    assert (record_of(chain).round, operator_of(chain, "ann").split) == (8, split)


def test_expelling_the_last_missing_operator_closes_the_round() -> None:
    chain = running(("ann", "bob"))
    answer(chain, {"ann": 80 * MHZ})
    accept(chain, "owner", ExpelOperator("band", account_of("bob")))
    assert [(height, event.operators) for height, event in happened(chain, RoundClosed)] == [(5, 1)]
    assert operator_of(chain, "ann").split == 80 * MHZ * SPLIT


def test_expelling_one_that_has_answered_leaves_the_round_open() -> None:
    chain = running(("ann", "bob"))
    answer(chain, {"ann": 80 * MHZ})
    accept(chain, "owner", ExpelOperator("band", account_of("ann")))
    assert (record_of(chain).members, record_of(chain).missing, record_of(chain).round) == (1, 1, 1)


def test_who_is_admitted_during_a_round_owes_an_answer_in_it() -> None:
    chain = running(("ann", "bob"))
    answer(chain, {"ann": 40 * MHZ})
    accept(chain, "owner", AdmitOperators("band", (account_of("cay"),)))
    answer(chain, {"bob": 40 * MHZ})
    assert record_of(chain).missing == 1
    answer(chain, {"cay": 10 * MHZ})
    assert [(height, event.answered) for height, event in happened(chain, RoundClosed)] == [(7, 3)]


def test_who_is_admitted_in_the_block_of_the_last_answer_keeps_the_round_open() -> None:
    chain = running(("ann",))
    chain.block(
        [
            ("ann", SubmitBandwidth("band", 1, 40 * MHZ)),
            ("owner", AdmitOperators("band", (account_of("cay"),))),
        ]
    )
    assert (record_of(chain).round, record_of(chain).missing, record_of(chain).due_at) == (1, 1, 7)


def test_without_operators_the_rounds_stop_until_there_are_some_again() -> None:
    chain = running(("ann", "bob"))
    answer(chain, {"ann": 80 * MHZ, "bob": 60 * MHZ})
    for who in ("ann", "bob"):
        accept(chain, "owner", ExpelOperator("band", account_of(who)))
    assert happened(chain, RoundsStopped) == [(6, RoundsStopped("band", 2))]
    record = record_of(chain)
    assert (record.phase, record.members, record.due_at) == (Phase.GATHERING, 0, 0)
    assert record.split_bandwidth == 0
    chain.mine(9)
    assert len(happened(chain, RoundClosed)) == 1
    accept(chain, "owner", AdmitOperators("band", (account_of("cay"),)))
    accept(chain, "owner", StartRounds("band"))
    assert happened(chain, RoundsStarted)[-1] == (17, RoundsStarted("band", 3, 1))
    answer(chain, {"cay": 30 * MHZ})
    assert operator_of(chain, "cay").split == 30 * MHZ * SPLIT


def test_two_acquisitions_can_be_due_in_one_block() -> None:
    chain = running(("ann", "bob"), terms(round_blocks=7))
    start(chain, ("bob", "cay"), terms(round_blocks=4), "tv")
    chain.mine(4)
    assert [(height, event.acquisition) for height, event in happened(chain, RoundClosed)] == [
        (10, "band"),
        (10, "tv"),
    ]


def test_a_block_closes_rounds_of_so_many_operators_and_leaves_the_rest_to_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(settlement, "MAX_OPERATORS_CLOSED", 2 * (2 + CLOSING_BASE))
    monkeypatch.setattr("apps.admm.audit.MAX_OPERATORS_CLOSED", 2 * (2 + CLOSING_BASE))
    chain = found()
    for number, name in enumerate(("c", "b", "a")):
        start(chain, ("ann", "bob"), terms(round_blocks=9 - 3 * number), name)
    # All three are due in block 12, and those of two fit into it.
    chain.mine(3)
    assert [event.acquisition for _, event in happened(chain, RoundClosed)] == ["a", "b"]
    assert record_of(chain, "c").due_at == chain.height
    assert refuse(chain, "ann", SubmitBandwidth("c", 1, MHZ)) == "late-answer"
    closed = [(height, event.answered) for height, event in happened(chain, RoundClosed)]
    assert closed == [(12, 0), (12, 0), (13, 0)]


def test_closing_many_small_acquisitions_reads_each_of_them_once(monkeypatch: pytest.MonkeyPatch) -> None:
    chain = found()
    for number in range(12):
        start(chain, ("ann",), terms(round_blocks=40 - 3 * number), f"band-{number}")
    due = record_of(chain, "band-0").due_at
    chain.mine(due - chain.height - 1)
    # A scan looks through what the block has written: with reads among the writes its cost grows by the square.
    seen: list[int] = []
    scan = Overlay.scan

    def counted(
        self: Overlay, prefix: bytes = b"", start: bytes | None = None
    ) -> Iterator[tuple[bytes, bytes]]:
        if prefix.startswith(b"admm/operators/"):
            seen.append(len(self.writes))
        return scan(self, prefix, start)

    monkeypatch.setattr(Overlay, "scan", counted)
    chain.check_every_block = False
    chain.mine()
    assert len(happened(chain, RoundClosed)) >= 12
    assert seen
    assert max(seen) <= 2


def test_the_others_converge_without_an_operator_that_never_answers() -> None:
    costs = {"ann": 1e-11 * (40e6) ** 2, "bob": 1e-11 * (60e6) ** 2}
    chain = running(("ann", "bob", "cay"), terms(Scientific(4, -19), round_blocks=2))
    play(chain, costs, 99, lambda answers: chain.mine())
    record = record_of(chain)
    assert record.converged
    assert operator_of(chain, "cay") == Operator(silent_rounds=record.round)
    granted = chain.query("admm", "licences_of", "band")
    assert isinstance(granted, tuple)
    licences = dict(granted)
    assert licences.keys() == {account_of("ann"), account_of("bob")}
    assert licences[account_of("ann")].bandwidth == pytest.approx(40 * MHZ, abs=100)
    assert sum(licence.bandwidth for licence in licences.values()) == 100 * MHZ


def test_a_liar_that_always_wants_everything_gets_it_and_stops_nobody_else() -> None:
    cost = {"ann": 1e-11 * (50e6) ** 2, "bob": 1e-11 * (50e6) ** 2}
    chain = running(("ann", "bob", "cay"), terms(max_rounds=500), check=False)
    for _ in range(500):
        answers = {"cay": 100 * MHZ}
        for who in cost:
            operator = operator_of(chain, who)
            centre_hz = (operator.split - operator.dual) / 1e6
            wanted = round(best_bandwidth_hz(cost[who], centre_hz, penalty_of(record_of(chain))))
            answers[who] = min(wanted, 100 * MHZ)
        answer(chain, answers)
    chain.check()
    record = record_of(chain)
    assert (record.phase, record.round, record.converged) == (Phase.SETTLED, 500, False)
    assert record.licensed == 100 * MHZ
    assert operator_of(chain, "cay").split > 90 * MHZ * SPLIT
    assert operator_of(chain, "ann").split == pytest.approx(operator_of(chain, "bob").split, abs=2)
