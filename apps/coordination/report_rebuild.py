"""Makes a run's off-chain data again from its chain and what agents reported, and checks them by the roots on chain.

Nothing is handed from the run to its report: an owner's survey is a function of its seed, a study a function of the
data, a decision a function of the study. That they come out as on chain is checked.
"""

from dataclasses import dataclass

from apps.coordination.actions import Verdict
from apps.coordination.agents import SURVEY_SEED, SURVEYED, survey_key
from apps.coordination.analysis import Analyst, Finding, Study
from apps.coordination.blueprint import campus_of, plan_of, rules_of
from apps.coordination.data_store import DataStore
from apps.coordination.duties import ballots_of, deliveries_of, request_of
from apps.coordination.events import CoinPaid, LicenceExpired, LicenceRevoked, RequestDecided
from apps.coordination.settings import CoordinationSettings
from apps.coordination.state import RequestRecord, Sharer
from apps.coordination.survey import survey
from apps.kit import Outcome
from chain.context import View


class DataMismatch(Exception):
    """A bug: data made again are not those on chain. Args: request, owner, root made, root on chain."""

    def __str__(self) -> str:
        request, owner, made, expected = self.args
        return f"request {request!r}, data of {owner}: got root {made.hex()[:16]}, expected {expected.hex()[:16]}"


@dataclass(frozen=True, slots=True, eq=False)
class Rebuilt:
    """One request as the end of the run shows it."""

    name: str
    record: RequestRecord
    study: Study | None
    """None where nobody could make one."""
    sharers: tuple[Sharer, ...]
    """Whose interference its decision counted."""
    finding: Finding | None
    """What an honest agency found; None where it was not decided."""


class Archive:
    """The requests of a finished run, with their data, studies and decisions."""

    def __init__(self, settings: CoordinationSettings, outcome: Outcome, view: View) -> None:
        self.settings, self.outcome, self.view = settings, outcome, view
        self.campus, self.rules = campus_of(settings), rules_of(settings)
        self.names = {account: name for name, account in outcome.accounts.items()}
        self.events = tuple(placed for placed in outcome.events if placed.app == "coordination")
        self._analyst = Analyst(self.rules, DataStore())
        self._ended = {
            placed.event.request: placed.height
            for placed in self.events
            if isinstance(placed.event, LicenceExpired | LicenceRevoked)
            or (isinstance(placed.event, RequestDecided) and placed.event.verdict is Verdict.DENY)
        }
        self._records = self._found()
        self.requests = tuple(self._rebuilt(name, record) for name, record in self._records.items())

    def _found(self) -> dict[str, RequestRecord]:
        """By name, in the order of payment."""
        paid = [placed.event.request for placed in self.events if isinstance(placed.event, CoinPaid)]
        found = {name: request_of(self.view, name) for name in paid}
        return {name: record for name, record in found.items() if record is not None}

    def _rebuilt(self, name: str, record: RequestRecord) -> Rebuilt:
        deliveries = deliveries_of(self.view, name)
        if not deliveries:
            return Rebuilt(name, record, None, (), None)
        self._collect(name)
        sharers, finding = self._sharers(name, record), None
        if record.decision is not None:
            finding = self._analyst.find(deliveries, record.ask, sharers)
        return Rebuilt(name, record, self._analyst.study(deliveries), sharers, finding)

    def _collect(self, request: str) -> None:
        """Make the surveys for a request again. Raises DataMismatch."""
        owners = dict(self.settings.named_owners)
        for account, delivery in deliveries_of(self.view, request):
            name = self.names[account]
            plan = plan_of(name, owners[name], self.outcome.accounts.__getitem__)
            seed, time_ms = (
                self._reported(name, SURVEY_SEED, 0),
                self._reported(name, SURVEYED, survey_key(request)),
            )
            made = self._analyst.store.put_measurements(survey(self.campus, plan, seed, request, time_ms))
            if made != delivery.root:
                raise DataMismatch(request, name, made, delivery.root)

    def _reported(self, participant: str, measure: str, key: int) -> int:
        """The last value that it reported."""
        values = [
            placed.measure.value
            for placed in self.outcome.measures
            if (placed.participant, placed.measure.name, placed.measure.key) == (participant, measure, key)
        ]
        return round(values[-1])

    def _sharers(self, request: str, own: RequestRecord) -> tuple[Sharer, ...]:
        """Those certified before this request's result, and at that time neither refused nor ended."""
        if own.decision is None:
            return ()
        ballots = ballots_of(self.view, request).values()
        cast_at = min(ballot.cast_at for ballot in ballots if ballot.digest == own.result)
        found = []
        for name in sorted(self._records):
            record = self._records[name]
            decision = record.decision
            if decision is None or name == request or decision.aggregate >= own.decision.aggregate:
                continue
            ended = self._ended.get(name)
            if decision.verdict is Verdict.DENY or (ended is not None and ended < cast_at):
                continue
            found.append(Sharer(name, record.ask, decision.power_cdbm, True))
        return tuple(found)
