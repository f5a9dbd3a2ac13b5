"""Participants of acquisitions, one decision at a time."""

from collections.abc import Iterable
from copy import copy

import numpy as np
import pytest

from apps.admm.actions import (
    AdmitOperators,
    ExpelOperator,
    OpenAcquisition,
    ResizeBandwidth,
    StartRounds,
    SubmitBandwidth,
)
from apps.admm.agents import ANSWER_REFUSED, ROUND_UNDONE, Mvno, Owner
from apps.admm.behaviours import Behaviour, Honest, Lying, Reading, Silent, Stale
from apps.admm.events import RoundClosed
from apps.admm.settings import AdmmSettings, problem_of
from apps.admm.subproblem import answer
from apps.admm.units import scientific_of
from apps.agent import Fate, Measure, SeenBlock, Status
from apps.pending import PATIENCE_BLOCKS
from apps.testing import DevChain, account_of
from chain.records import Action
from tests.apps.admm.commune import RNG, update_of
from tests.apps.admm.scene import TERMS, accept, found, happened, operator_of, record_of, running, terms
from tests.apps.admm.scene import answer as answer_round

PROBLEM = problem_of(AdmmSettings())
PENALTY = PROBLEM.natural_penalty_w_per_hz2
USUAL = terms(penalty=scientific_of(PENALTY))
KEYS = tuple(account_of(name) for name in ("ann", "bob", "cay"))


def mvno(cell: int = 0, behaviour: Behaviour | None = None, names: Iterable[str] = ("band",)) -> Mvno:
    return Mvno(tuple(names), PROBLEM.power_curve.take(np.array([cell])), behaviour or Honest())


def decided(agent: Mvno | Owner, chain: DevChain, who: str, *fates: Fate) -> tuple[Action, ...]:
    return agent.decide(update_of(chain, who, *fates), RNG).actions


def said(agent: Mvno, chain: DevChain, who: str) -> int:
    (action,) = decided(agent, chain, who)
    assert isinstance(action, SubmitBandwidth)
    return action.bandwidth


class TestMvno:
    def test_it_answers_with_the_solution_of_its_own_subproblem(self) -> None:
        chain = running(terms=USUAL)
        agents = {name: mvno(cell) for cell, name in enumerate(("ann", "bob", "cay"))}
        for _ in range(5):
            rows = [operator_of(chain, name) for name in agents]
            centre = np.array([row.split - row.dual for row in rows]) / 1e6
            together = answer(PROBLEM.power_curve.take(slice(0, 3)), centre, PENALTY).bandwidth_hz
            answers = {name: said(agent, chain, name) for name, agent in agents.items()}
            assert list(answers.values()) == [round(bandwidth) for bandwidth in together]
            answer_round(chain, answers)

    def test_it_reads_no_other_operators_row(self) -> None:
        chain = running(terms=USUAL)
        answer_round(chain, {"ann": 1, "bob": 2, "cay": 3})
        other = copy(chain)
        accept(other, "owner", ExpelOperator("band", account_of("bob")))
        assert said(mvno(), chain, "ann") == said(mvno(), other, "ann")

    def test_the_penalty_it_answers_to_is_that_of_the_open_round(self) -> None:
        chain = running(terms=terms(penalty=scientific_of(PENALTY / 64), balancing_rounds=50))
        agents = {name: mvno(cell) for cell, name in enumerate(("ann", "bob", "cay"))}
        while record_of(chain).doublings == 0:
            answer_round(chain, {name: said(agent, chain, name) for name, agent in agents.items()})
        row = operator_of(chain, "ann")
        centre = np.array([(row.split - row.dual) / 1e6])
        penalty = PENALTY / 64 * 2.0 ** record_of(chain).doublings
        own = answer(PROBLEM.power_curve.take(np.array([0])), centre, penalty).bandwidth_hz[0]
        assert said(agents["ann"], chain, "ann") == round(own)

    def test_it_never_asks_for_more_than_there_is(self) -> None:
        chain = running(terms=USUAL)
        assert said(mvno(behaviour=Lying(1000)), chain, "ann") == USUAL.bandwidth
        accept(chain, "owner", ResizeBandwidth("band", 1_000_000))
        assert said(mvno(), chain, "ann") == 1_000_000

    def test_it_answers_a_round_once(self) -> None:
        chain, agent = running(terms=USUAL), mvno()
        (action,) = decided(agent, chain, "ann")
        assert decided(agent, chain, "ann") == ()
        accept(chain, "ann", action)
        assert decided(agent, chain, "ann", Fate(action, Status.CONFIRMED, None)) == ()
        assert decided(mvno(), chain, "ann") == ()

    def test_it_answers_each_round(self) -> None:
        chain, agent = running(("ann",), USUAL), mvno()
        for number in range(1, 4):
            (action,) = decided(agent, chain, "ann")
            assert isinstance(action, SubmitBandwidth)
            assert action.round == number
            accept(chain, "ann", action)

    def test_a_lost_answer_is_given_again_when_patience_ends(self) -> None:
        chain, agent = running(terms=terms(penalty=USUAL.penalty, round_blocks=50)), mvno()
        first = decided(agent, chain, "ann")
        chain.mine(PATIENCE_BLOCKS - 1)
        assert decided(agent, chain, "ann") == ()
        chain.mine()
        assert decided(agent, chain, "ann") == first

    def test_a_refused_answer_is_given_again_at_once_and_reported(self) -> None:
        chain, agent = running(terms=USUAL, name="second"), mvno(names=("second",))
        first = decided(agent, chain, "ann")
        decision = agent.decide(update_of(chain, "ann", Fate(first[0], Status.REFUSED, None)), RNG)
        assert decision.actions == first
        assert decision.measures == (Measure(ANSWER_REFUSED, 1.0, 1),)

    def test_an_answer_that_a_reorganisation_took_out_is_on_its_way_again(self) -> None:
        chain, agent = running(terms=USUAL), mvno()
        before = copy(chain)
        (action,) = decided(agent, chain, "ann")
        accept(chain, "ann", action)
        assert decided(agent, chain, "ann", Fate(action, Status.CONFIRMED, None)) == ()
        assert decided(agent, before, "ann", Fate(action, Status.UNCONFIRMED, None)) == ()

    def test_it_waits_where_it_is_not_admitted_or_no_round_is_open(self) -> None:
        chain = running(("bob",), USUAL)
        assert decided(mvno(), chain, "ann") == ()
        gathering = found()
        assert decided(mvno(), gathering, "ann") == ()
        accept(gathering, "owner", OpenAcquisition("band", USUAL))
        accept(gathering, "owner", AdmitOperators("band", KEYS))
        assert decided(mvno(), gathering, "ann") == ()

    def test_it_takes_part_in_every_acquisition_that_runs(self) -> None:
        chain, agent = running(terms=USUAL, name="period-1"), mvno(names=("period-1", "period-2"))
        accept(chain, "owner", OpenAcquisition("period-2", USUAL))
        accept(chain, "owner", AdmitOperators("period-2", KEYS))
        accept(chain, "owner", StartRounds("period-2"))
        actions = decided(agent, chain, "ann")
        assert [a.acquisition for a in actions if isinstance(a, SubmitBandwidth)] == ["period-1", "period-2"]

    def test_it_returns_to_an_acquisition_whose_settlement_a_reorganisation_undid(self) -> None:
        chain = running(terms=terms(penalty=USUAL.penalty, max_rounds=1), name="period-1")
        before, agent = copy(chain), mvno(names=("period-1", "period-2"))
        answer_round(chain, {"ann": 1, "bob": 2, "cay": 3}, "period-1")
        assert decided(agent, chain, "ann") == ()
        (action,) = decided(agent, before, "ann")
        assert isinstance(action, SubmitBandwidth)
        assert (action.acquisition, action.round) == ("period-1", 1)


class TestBehaviours:
    @staticmethod
    def reading(number: int, centre_hz: float = 0.0, acquisition: str = "band") -> Reading:
        return Reading(acquisition, number, centre_hz, PENALTY)

    @staticmethod
    def best(reading: Reading) -> float:
        """Tells which reading was answered."""
        return 100.0 * reading.round + reading.centre_hz

    def test_the_silent_one_answers_so_many_rounds_of_each_acquisition(self) -> None:
        for acquisition in ("period-1", "period-2"):
            readings = [self.reading(number, acquisition=acquisition) for number in range(1, 5)]
            answers = [Silent(2).answer(reading, self.best) for reading in readings]
            assert answers == [100.0, 200.0, None, None]

    def test_the_stale_one_answers_to_what_it_read_so_many_rounds_before(self) -> None:
        behaviour = Stale(2)
        answers = [behaviour.answer(self.reading(number), self.best) for number in range(1, 6)]
        assert answers == [100.0, 100.0, 100.0, 200.0, 300.0]
        assert behaviour.answer(self.reading(1, acquisition="next"), self.best) == 100.0

    def test_the_stale_one_takes_the_last_that_is_old_enough_where_it_missed_a_round(self) -> None:
        behaviour = Stale(2)
        answers = [behaviour.answer(self.reading(number), self.best) for number in (1, 2, 5, 6, 7)]
        assert answers == [100.0, 100.0, 200.0, 200.0, 500.0]

    def test_what_the_stale_one_reads_after_a_reorganisation_replaces_what_it_read_before(self) -> None:
        behaviour = Stale(1)
        behaviour.answer(self.reading(1), self.best)
        behaviour.answer(self.reading(2, 5.0), self.best)
        behaviour.answer(self.reading(2, 7.0), self.best)
        assert behaviour.answer(self.reading(3), self.best) == 207.0

    def test_the_liar_says_a_multiple_of_what_it_wants(self) -> None:
        assert Lying(1.5).answer(self.reading(2), self.best) == 300.0
        assert Lying(0.5).answer(self.reading(2), self.best) == 100.0


class TestOwner:
    def test_it_opens_admits_and_starts_in_one_go(self) -> None:
        chain, agent = found(), Owner(("period-1",), TERMS, KEYS)
        actions = decided(agent, chain, "owner")
        assert actions == (
            OpenAcquisition("period-1", TERMS),
            AdmitOperators("period-1", KEYS),
            StartRounds("period-1"),
        )
        assert decided(agent, chain, "owner") == ()
        for action in actions:
            accept(chain, "owner", action)
        assert record_of(chain, "period-1").phase == "running"
        assert decided(Owner(("period-1",), TERMS, KEYS), chain, "owner") == ()

    def test_it_admits_no_more_at_a_time_than_one_action_may(self) -> None:
        names = [f"operator-{i}" for i in range(600)]
        chain, keys = found(), tuple(map(account_of, names))
        agent = Owner(("period-1",), TERMS, keys)
        for action in decided(agent, chain, "owner"):
            accept(chain, "owner", action)
        assert record_of(chain, "period-1").members == 600

    @pytest.mark.parametrize("done", [0, 1, 2, 3])
    def test_it_goes_on_from_whatever_the_chain_has(self, done: int) -> None:
        chain = found()
        actions = decided(Owner(("period-1",), TERMS, KEYS), chain, "owner")
        for action in actions[:done]:
            accept(chain, "owner", action)
        assert decided(Owner(("period-1",), TERMS, KEYS), chain, "owner") == actions[done:]

    def test_it_admits_only_who_is_missing(self) -> None:
        chain = running(("bob",), name="period-1")
        agent = Owner(("period-1",), TERMS, KEYS)
        missing = (account_of("ann"), account_of("cay"))
        assert decided(agent, chain, "owner") == (AdmitOperators("period-1", missing),)

    def test_what_was_lost_is_asked_for_again_when_patience_ends(self) -> None:
        chain, agent = found(), Owner(("period-1",), TERMS, KEYS)
        actions = decided(agent, chain, "owner")
        accept(chain, "owner", actions[0])
        confirmed = Fate(actions[0], Status.CONFIRMED, None)
        chain.mine(PATIENCE_BLOCKS - 2)
        assert decided(agent, chain, "owner", confirmed) == ()
        chain.mine()
        assert decided(agent, chain, "owner") == actions[1:]

    def test_it_leaves_alone_what_is_anothers(self) -> None:
        chain = found()
        accept(chain, "other", OpenAcquisition("period-1", TERMS))
        assert decided(Owner(("period-1",), TERMS, KEYS), chain, "owner") == ()

    def test_the_next_acquisition_opens_when_the_last_is_settled_and_waits_when_that_is_undone(self) -> None:
        agent = Owner(("period-1", "period-2"), terms(max_rounds=1), KEYS)
        chain = running(terms=terms(max_rounds=1), name="period-1")
        before = copy(chain)
        answer_round(chain, {"ann": 1, "bob": 2, "cay": 3}, "period-1")
        opening = decided(agent, chain, "owner")
        assert opening[0] == OpenAcquisition("period-2", terms(max_rounds=1))
        fates = [Fate(action, Status.UNCONFIRMED, None) for action in opening]
        assert decided(agent, before, "owner", *fates) == ()
        for action in opening:
            accept(chain, "owner", action)
        assert decided(agent, chain, "owner", *(Fate(a, Status.CONFIRMED, None) for a in opening)) == ()

    def test_when_all_are_settled_it_rests(self) -> None:
        chain = running(terms=terms(max_rounds=1), name="period-1")
        answer_round(chain, {"ann": 1, "bob": 2, "cay": 3}, "period-1")
        assert decided(Owner(("period-1",), TERMS, KEYS), chain, "owner") == ()

    def test_it_reports_the_rounds_that_a_reorganisation_undid(self) -> None:
        chain = running(name="period-2")
        answer_round(chain, {"ann": 1, "bob": 2, "cay": 3}, "period-2")
        ((height, closed),) = happened(chain, RoundClosed)
        gone = SeenBlock(b"\1" * 32, height, 0, bytes(32), 0, 1.0, (("admm", closed), ("other", closed)))
        agent = Owner(("period-1", "period-2"), TERMS, KEYS)
        decision = agent.decide(update_of(chain, "owner", disconnected=(gone,)), RNG)
        assert decision.measures == (Measure(ROUND_UNDONE, 1.0, 2),)
        stranger = Owner(("period-1",), TERMS, KEYS)
        assert stranger.decide(update_of(chain, "owner", disconnected=(gone,)), RNG).measures == ()
