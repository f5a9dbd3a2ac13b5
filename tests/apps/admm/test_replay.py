"""Replaying acquisitions from events: it gives what the chain's own tables say, and notices what does not fit."""

import pickle
from dataclasses import replace
from typing import Any

import pytest

from apps.admm.actions import AdmitOperators, ExpelOperator, ResizeBandwidth, StartRounds
from apps.admm.events import LicenceGranted, OperatorSilent, RoundClosed
from apps.admm.replay import History, ReplayMismatch, replay
from apps.admm.state import AcquisitionRecord, Operator
from apps.kit import PlacedEvent
from apps.testing import DevChain, account_of
from chain.records import Event
from tests.apps.admm.commune import Commune, settings_of, six
from tests.apps.admm.scene import NAMES, accept, answer, record_of, running, terms


def histories_of(chain: DevChain) -> dict[str, History]:
    return replay(PlacedEvent(*placed) for placed in chain.events)


def rows_of(chain: DevChain, name: str) -> dict[bytes, Operator]:
    rows: Any = chain.query("admm", "operators_of", name)
    return dict(rows)


def closed_rounds(chain: DevChain) -> int:
    return sum(isinstance(event, RoundClosed) for _, _, event in chain.events)


def settled_chain() -> DevChain:
    chain = running(terms=terms(max_rounds=2))
    answer(chain, {"ann": 60_000_000, "bob": 50_000_000})
    chain.mine(4)
    answer(chain, {"ann": 50_000_000, "bob": 60_000_000, "cay": 30_000_000})
    return chain


def tampered(chain: DevChain, kind: type[Event], **changes: Any) -> list[PlacedEvent]:
    """The chain's events, the first of a kind changed."""
    events = [PlacedEvent(*placed) for placed in chain.events]
    index = next(i for i, placed in enumerate(events) if isinstance(placed.event, kind))
    events[index] = replace(events[index], event=replace(events[index].event, **changes))  # type: ignore[type-var]
    return events


class TestReplay:
    @pytest.mark.parametrize(
        "table",
        [
            {"tolerance": 1e-4},
            {"tolerance": 1e-4, "relaxation": 1.6},
            {"tolerance": 1e-4, "penalty_scale": 0.02, "balancing_rounds": 30},
            {"tolerance": 1e-3, "round_blocks": 2, "operators": six(2, behaviour="silent", silent_after=2)},
            {"max_rounds": 6, "operators": six(3, behaviour="lying", factor=30.0), "periods": 2},
        ],
    )
    def test_every_round_is_what_the_chain_had_when_it_closed(self, table: dict[str, Any]) -> None:
        commune = Commune(settings_of(**table), check=False)
        seen: list[tuple[int, dict[bytes, Operator], AcquisitionRecord]] = []
        for _ in range(90):
            current = f"period-{2 if 'period-2' in histories_of(commune.chain) else 1}"
            before = closed_rounds(commune.chain)
            commune.live()
            if closed_rounds(commune.chain) > before:
                record = record_of(commune.chain, current)
                seen.append((commune.chain.height, rows_of(commune.chain, current), record))
        histories = histories_of(commune.chain)
        rounds = [past for history in histories.values() for past in history.rounds]
        assert [(past.height, past.operators) for past in rounds] == [(h, rows) for h, rows, _ in seen]
        assert len(histories) == table.get("periods", 1)
        assert all(history.settled is not None for history in histories.values())
        last = list(histories.values())[-1]
        assert (last.round - 1, last.doublings) == (seen[-1][2].round, seen[-1][2].doublings)

    def test_members_that_come_and_go_and_a_band_that_changes_are_followed(self) -> None:
        chain = running(terms=terms(max_rounds=5))
        answer(chain, {"ann": 60_000_000, "bob": 50_000_000, "cay": 10_000_000})
        accept(chain, "owner", ResizeBandwidth("band", 90_000_000))
        accept(chain, "owner", AdmitOperators("band", (account_of("dee"), account_of("eve"))))
        accept(chain, "owner", ExpelOperator("band", account_of("ann")))
        answer(chain, {"bob": 50_000_000, "cay": 10_000_000, "dee": 45_000_000})
        rows = rows_of(chain, "band")
        assert set(rows) == {account_of(name) for name in NAMES[1:5]}
        history = histories_of(chain)["band"]
        assert [past.bandwidth for past in history.rounds] == [100_000_000, 90_000_000]
        assert history.rounds[-1].operators == rows
        assert [past.answered for past in history.rounds] == [3, 3]

    def test_rounds_begin_with_the_block_that_opened_them(self) -> None:
        chain = settled_chain()
        history = histories_of(chain)["band"]
        # Opened in block 1, operators in 2, rounds in 3; the first round waits for its deadline, four blocks on.
        assert (history.opened_at, history.started_at) == (1, 3)
        assert [(past.opened_at, past.height) for past in history.rounds] == [(3, 7), (7, 9)]

    def test_the_price_of_the_last_round_is_that_on_the_licences(self) -> None:
        history = histories_of(settled_chain())["band"]
        assert {licence.price for licence in history.licences.values()} == {history.rounds[-1].price}
        assert history.settled is not None
        assert history.settled.bandwidth == sum(licence.bandwidth for licence in history.licences.values())

    def test_events_of_other_applications_are_passed_over(self) -> None:
        chain = settled_chain()
        others = [PlacedEvent(height, "other", event) for height, _, event in chain.events[3:]]
        events = [PlacedEvent(*placed) for placed in chain.events]
        assert replay([*events, *others]) == replay(events)

    def test_a_new_start_goes_on_counting(self) -> None:
        chain = running(("ann",))
        answer(chain, {"ann": 5})
        accept(chain, "owner", ExpelOperator("band", account_of("ann")))
        accept(chain, "owner", AdmitOperators("band", (account_of("bob"),)))
        accept(chain, "owner", StartRounds("band"))
        answer(chain, {"bob": 7})
        history = histories_of(chain)["band"]
        # Round 2 was stopped; what closed next is round 3.
        assert [past.number for past in history.rounds] == [1, 3]
        assert history.rounds[-1].operators == rows_of(chain, "band")


class TestMismatch:
    @pytest.mark.parametrize(
        ("kind", "changes", "what"),
        [
            (RoundClosed, {"primal": 1}, "figures"),
            (RoundClosed, {"threshold": 1}, "figures"),
            (RoundClosed, {"answered": 3}, "figures"),
            (OperatorSilent, {"operator": account_of("ann")}, "silent operators"),
            (LicenceGranted, {"bandwidth": 1}, "licences"),
            (LicenceGranted, {"start": 5}, "licences"),
        ],
    )
    def test_an_event_that_does_not_follow_is_a_bug(
        self, kind: type[Event], changes: dict[str, Any], what: str
    ) -> None:
        with pytest.raises(ReplayMismatch) as caught:
            replay(tampered(settled_chain(), kind, **changes))
        assert caught.value.args[2] == what
        assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
        assert what in str(caught.value)

    def test_a_licence_that_is_missing_is_a_bug(self) -> None:
        events = [PlacedEvent(*placed) for placed in settled_chain().events]
        kept = [placed for placed in events if not isinstance(placed.event, LicenceGranted)]
        with pytest.raises(ReplayMismatch, match="licences"):
            replay(kept)
