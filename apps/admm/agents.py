"""What the participants of acquisitions do: the owner of the band and virtual operators, honest or faulty.

They look at the chain's state when they wake and act on that. What they remember is what they asked for, never
what should have come of it, so a refused action or a reorganisation needs no special care: an answer computed
from a split that a reorganisation replaced is one ADMM step from a slightly old point, which the next rounds mend.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import cast

import numpy as np

from apps.admm.actions import (
    MAX_ADMITTED,
    AdmitOperators,
    OpenAcquisition,
    StartRounds,
    SubmitBandwidth,
    Terms,
)
from apps.admm.agenda import APP, Agenda, record_of
from apps.admm.behaviours import Behaviour, Reading
from apps.admm.events import RoundClosed
from apps.admm.parameters import FloatArray
from apps.admm.power_curve import PowerCurve
from apps.admm.state import MICROHERTZ_PER_HZ, AcquisitionRecord, Operator, Phase
from apps.admm.subproblem import answer
from apps.admm.units import float_of
from apps.agent import Decision, Fate, Measure, SeenBlock, Status, Update
from apps.pending import Pending
from chain.context import View
from chain.records import Action

ROUND_UNDONE = "round_undone"
"""Measure of the owner: a reorganisation took a closed round off its best chain. Key: the acquisition's number,
counted from 1; value: the round."""
ANSWER_REFUSED = "answer_refused"
"""Measure of an operator: a block holds an answer of it that was refused. Key and value as above."""


class Mvno:
    """A virtual operator: answers each round of each acquisition it is admitted to, from its own node's view.

    It knows its own cell and reads its own row of the chain; nothing of another operator enters its answer.
    """

    def __init__(self, acquisitions: Sequence[str], power_curve: PowerCurve, behaviour: Behaviour) -> None:
        """`power_curve` is that of its one cell."""
        self.behaviour = behaviour
        self._power_curve = power_curve
        self._agenda = Agenda(acquisitions)
        self._pending = Pending()
        self._log_snr: FloatArray | None = None
        """Of its last solution, from which the next one is found sooner."""

    def decide(self, update: Update, rng: np.random.Generator) -> Decision:
        """Answer what is open and not answered yet."""
        height = update.view.height
        self._pending.note(update.fates, height)
        answers = tuple(self._answers(update.view, update.account))
        self._pending.sent(answers, height)
        return Decision(answers, measures=tuple(self._refusals(update.fates)))

    def best_bandwidth_hz(self, reading: Reading) -> float:
        """The solution of its subproblem (32)."""
        centre = np.array([reading.centre_hz])
        found = answer(self._power_curve, centre, reading.penalty_w_per_hz2, self._log_snr)
        self._log_snr = found.log_snr
        return float(found.bandwidth_hz[0])

    def _answers(self, view: View, account: bytes) -> Iterator[SubmitBandwidth]:
        for name, record in self._agenda.unsettled(view):
            if record.phase is not Phase.RUNNING or self._awaits(name, record.round, view.height):
                continue
            operator = cast("Operator | None", view.query(APP, "operator", name, account))
            if operator is None or operator.answered == record.round:
                continue
            said = self.behaviour.answer(_reading(name, record, operator), self.best_bandwidth_hz)
            if said is not None:
                bandwidth = round(min(said, record.terms.bandwidth))
                yield SubmitBandwidth(name, record.round, bandwidth)

    def _awaits(self, name: str, number: int, height: int) -> bool:
        """Whether an answer to this round is on its way."""
        return any(
            isinstance(action, SubmitBandwidth) and (action.acquisition, action.round) == (name, number)
            for action in self._pending.awaited(height)
        )

    def _refusals(self, fates: Iterable[Fate]) -> Iterator[Measure]:
        for fate in fates:
            action = fate.action
            if fate.status is Status.REFUSED and isinstance(action, SubmitBandwidth):
                yield Measure(ANSWER_REFUSED, action.round, self._agenda.number(action.acquisition))


class Owner:
    """Holds one acquisition after the other: opens it, admits the operators, starts the rounds."""

    def __init__(self, acquisitions: Sequence[str], terms: Terms, operators: Sequence[bytes]) -> None:
        self.terms = terms
        self.operators = tuple(operators)
        self._agenda = Agenda(acquisitions)
        self._pending = Pending()

    def decide(self, update: Update, rng: np.random.Generator) -> Decision:
        """Do what the acquisition at hand lacks, and report rounds that were undone."""
        height = update.view.height
        self._pending.note(update.fates, height)
        awaited = set(self._pending.awaited(height))
        actions = tuple(a for a in self._lacking(update.view, update.account) if a not in awaited)
        self._pending.sent(actions, height)
        return Decision(actions, measures=tuple(self._undone(update.disconnected)))

    def _lacking(self, view: View, account: bytes) -> Iterator[Action]:
        name = self._agenda.current(view)
        if name is None:
            return
        record = record_of(view, name)
        if record is None:
            yield OpenAcquisition(name, self.terms)
        elif record.owner != account:
            return
        yield from self._admissions(view, name, record)
        if record is None or record.phase is Phase.GATHERING:
            yield StartRounds(name)

    def _admissions(
        self, view: View, name: str, record: AcquisitionRecord | None
    ) -> Iterator[AdmitOperators]:
        if record is not None and record.members == len(self.operators):
            return
        members = cast("tuple[tuple[bytes, Operator], ...]", view.query(APP, "operators_of", name))
        present = {key for key, _ in members}
        for start in range(0, len(self.operators), MAX_ADMITTED):
            batch = self.operators[start : start + MAX_ADMITTED]
            if missing := tuple(key for key in batch if key not in present):
                yield AdmitOperators(name, missing)

    def _undone(self, disconnected: Iterable[SeenBlock]) -> Iterator[Measure]:
        for block in disconnected:
            for app, event in block.events:
                if app == APP and isinstance(event, RoundClosed) and event.acquisition in self._agenda.names:
                    yield Measure(ROUND_UNDONE, event.round, self._agenda.number(event.acquisition))


def _reading(name: str, record: AcquisitionRecord, operator: Operator) -> Reading:
    return Reading(
        acquisition=name,
        round=record.round,
        centre_hz=(operator.split - operator.dual) / MICROHERTZ_PER_HZ,
        penalty_w_per_hz2=float_of(record.penalty),
    )
