"""Those who judge: certification agencies (CA-MINER), honest or not, and incumbent providers (RSP).

An agency grades, builds the map, decides, and challenges another's map that contradicts the data. A provider checks a
certified result at its own receivers before it votes.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from apps.agent import Decision, Update
from apps.coordination.actions import Challenge, ChData, ChGrade, OpenZone, PostBond, Terms, TxData, Vote
from apps.coordination.agents import refusals
from apps.coordination.analysis import Analyst
from apps.coordination.challenges import contradiction
from apps.coordination.duties import (
    APP,
    ballots_of,
    blocks_since,
    counted_sharers,
    deliveries_of,
    open_requests,
    request_of,
    waiting,
    zone_of,
)
from apps.coordination.stages import Stage
from apps.coordination.state import AgencyRecord, RequestRecord, ZoneRecord
from apps.coordination.survey import CENTI
from apps.pending import Pending
from chain.context import View
from chain.records import Action

TURN_BLOCKS = 2
"""Where one agency is enough, the next in the zone's list waits so long for the one before."""
_TIES_DB = 1e-6


class CertificationAgency:
    """An agency; with `raised_db` above 0 a deviating one, which raises its map so that more can be granted."""

    def __init__(
        self,
        zone: str,
        analyst: Analyst,
        confirmations: int,
        raised_db: float = 0.0,
        opens: Terms | None = None,
    ) -> None:
        """`opens`: the terms on which it sets up the zone; None for all agencies but one."""
        self._zone, self._analyst, self._confirmations = zone, analyst, confirmations
        self._raised_db, self._opens = raised_db, opens
        self._pending = Pending()
        self._watched: dict[str, None] = {}
        """Requests whose results may still have to be challenged."""

    def decide(self, update: Update, rng: np.random.Generator) -> Decision:
        """Do what the requests at hand lack."""
        self._pending.note(update.fates, update.view.height)
        actions = self._pending.due(self._wanted(update.view, update.account), update.view.height)
        return Decision(actions, measures=tuple(refusals(update.fates)))

    def _wanted(self, view: View, account: bytes) -> Iterator[Action]:
        zone = zone_of(view, self._zone)
        if zone is None:
            if self._opens is not None:
                yield OpenZone(self._zone, self._opens)
            return
        known = view.query(APP, "agency", self._zone, account)
        assert isinstance(known, AgencyRecord)
        if known.bond < zone.terms.bond:
            # A bond that was lost is not put down again.
            if not known.disproved:
                yield PostBond(self._zone)
            return
        self._watched |= dict.fromkeys(name for name, _ in open_requests(view, self._zone))
        yield from self._requests_for_data(view, zone, account)
        yield from self._grades(view, account)
        yield from self._results(view, zone, account)
        if not self._raised_db:
            yield from self._challenges(view, zone, account)

    def _requests_for_data(self, view: View, zone: ZoneRecord, account: bytes) -> Iterator[Action]:
        turn = zone.terms.agencies.index(account) * TURN_BLOCKS
        for name, _ in waiting(view, self._zone, self._confirmations + turn, Stage.PAID):
            yield TxData(name)

    def _grades(self, view: View, account: bytes) -> Iterator[Action]:
        for name, _ in waiting(view, self._zone, self._confirmations, Stage.GRADING, Stage.DECIDING):
            given = view.query(APP, "grade_ballots_of", name)
            assert isinstance(given, tuple)
            grades = None if account in dict(given) else self._analyst.grades(deliveries_of(view, name))
            if grades is not None:
                yield ChGrade(name, grades)

    def _results(self, view: View, zone: ZoneRecord, account: bytes) -> Iterator[Action]:
        stages = (Stage.DECIDING, Stage.VOTING, Stage.REWARDING)
        for name, record in waiting(view, self._zone, self._confirmations, *stages):
            aggregate = record.decision.aggregate if record.decision else zone.certified
            given = ballots_of(view, name).get(account)
            if given is not None and given.decision.aggregate == aggregate:
                continue
            sharers = counted_sharers(view, self._zone, name, aggregate)
            finding = self._analyst.find(deliveries_of(view, name), record.ask, sharers, self._raised_db)
            if finding is not None and finding.decision.points_used >= zone.terms.min_points:
                yield ChData(name, replace(finding.decision, aggregate=aggregate))

    def _challenges(self, view: View, zone: ZoneRecord, account: bytes) -> Iterator[Action]:
        for name in list(self._watched):
            record = request_of(view, name)
            if record is None:
                continue
            blocks = zone.terms.deadlines.challenge_blocks
            if record.stage is Stage.CLOSED and blocks_since(view, record.began_at) > blocks:
                del self._watched[name]
                continue
            yield from self._challenges_to(view, zone, account, name)

    def _challenges_to(self, view: View, zone: ZoneRecord, account: bytes, name: str) -> Iterator[Challenge]:
        for accused, ballot in ballots_of(view, name).items():
            others = [key for key in zone.terms.agencies if key != accused]
            passed = blocks_since(view, ballot.cast_at)
            over = passed > zone.terms.deadlines.challenge_blocks or ballot.disproved
            if accused == account or over:
                continue
            if passed < self._confirmations + TURN_BLOCKS * others.index(account):
                continue
            deliveries = deliveries_of(view, name)
            found = contradiction(
                name, accused, ballot.decision, deliveries, self._analyst.store, zone.terms.map_tolerance_cdb
            )
            if found is not None:
                yield found


class Provider:
    """An incumbent: votes on what the agencies would grant, after it checked the result at its own receivers."""

    def __init__(
        self, zone: str, analyst: Analyst, confirmations: int, share: slice, refuses: bool = False
    ) -> None:
        """`share`: which of the rules' protected places are its receivers. `refuses`: it says no to everything."""
        self._zone, self._analyst, self._confirmations = zone, analyst, confirmations
        self._own_m = set(analyst.rules.places_m[share])
        self._refuses = refuses
        self._pending = Pending()

    def decide(self, update: Update, rng: np.random.Generator) -> Decision:
        """Vote where that is due."""
        self._pending.note(update.fates, update.view.height)
        actions = self._pending.due(self._votes(update.view, update.account), update.view.height)
        return Decision(actions, measures=tuple(refusals(update.fates)))

    def _votes(self, view: View, account: bytes) -> Iterator[Action]:
        for name, record in waiting(view, self._zone, self._confirmations, Stage.VOTING):
            given = view.query(APP, "votes_of", name)
            assert isinstance(given, tuple)
            if account not in dict(given) and record.result is not None:
                approve = not self._refuses and self.is_safe(view, name, record)
                yield Vote(name, record.result, approve)

    def is_safe(self, view: View, name: str, record: RequestRecord) -> bool:
        """Whether the certified power keeps all of its receivers, by its own study of the data."""
        assert record.decision is not None
        sharers = counted_sharers(view, self._zone, name, record.decision.aggregate)
        finding = self._analyst.find(deliveries_of(view, name), record.ask, sharers)
        if finding is None or finding.assessment is None:
            return False
        power_dbm = record.decision.power_cdbm / CENTI
        limits = zip(map(tuple, finding.places_m.tolist()), finding.assessment.limits_dbm, strict=True)
        return all(
            limit >= power_dbm - _TIES_DB
            for number, (place, limit) in enumerate(limits)
            if place in self._own_m and number not in finding.assessment.dropped
        )
