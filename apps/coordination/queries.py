"""What can be asked about frequency coordination."""

from apps.coordination.actions import Terms
from apps.coordination.certification import ballots_of
from apps.coordination.stages import Status
from apps.coordination.state import (
    AgencyRecord,
    CoordinationTables,
    Delivery,
    GradeBallot,
    Licence,
    ProviderVote,
    RequestRecord,
    ResultBallot,
    Sharer,
    ShownPoint,
    ZoneRecord,
)
from chain.app import query
from chain.context import View


class CoordinationQueries(CoordinationTables):
    """The queries. Of a request or zone that does not exist there is None, or nothing."""

    @query
    def status(self, view: View, request: str) -> Status | None:
        """Which of the paper's six functions have taken effect: the NO and YES of its Figs. 7 and 9."""
        record = self.requests.get(view, request)
        return None if record is None else record.steps.status()

    @query
    def request(self, view: View, request: str) -> RequestRecord | None:
        """Everything about a request itself."""
        return self.requests.get(view, request)

    @query
    def open_requests(self, view: View) -> tuple[tuple[str, RequestRecord], ...]:
        """(name, request) of all that are not closed, those due first at the beginning."""
        names = [name for (_, name), _ in self.deadlines.scan(view)]
        found = [(name, self.requests.get(view, name)) for name in names]
        return tuple((name, record) for name, record in found if record is not None)

    @query
    def zone(self, view: View, zone: str) -> ZoneRecord | None:
        """A zone's registrar, terms and count of certified sharers."""
        return self.zones.get(view, zone)

    @query
    def agency(self, view: View, zone: str, key: bytes) -> AgencyRecord:
        """Bond, deviations and disproved maps of an agency."""
        return self.agencies.get(view, (zone, key)) or AgencyRecord()

    @query
    def deliveries_of(self, view: View, request: str) -> tuple[tuple[bytes, Delivery], ...]:
        """(owner, delivery) of all that have delivered, as the zone lists them."""
        terms = self._terms_of(view, request)
        if terms is None:
            return ()
        return tuple((owner, delivery) for _, owner, delivery in self.delivered(view, request, terms))

    @query
    def grade_ballots_of(self, view: View, request: str) -> tuple[tuple[bytes, GradeBallot], ...]:
        """(agency, ballot) of all grades, as the zone lists the agencies."""
        terms = self._terms_of(view, request)
        keys = terms.agencies if terms else ()
        found = [(key, self.grade_ballots.get(view, (request, key))) for key in keys]
        return tuple((key, ballot) for key, ballot in found if ballot is not None)

    @query
    def result_ballots_of(self, view: View, request: str) -> tuple[tuple[bytes, ResultBallot], ...]:
        """(agency, ballot) of all results, as the zone lists the agencies."""
        terms = self._terms_of(view, request)
        return tuple(ballots_of(self, view, request, terms).items()) if terms else ()

    @query
    def votes_of(self, view: View, request: str) -> tuple[tuple[bytes, ProviderVote], ...]:
        """(provider, vote) of all votes, as the zone lists the providers."""
        terms = self._terms_of(view, request)
        keys = terms.providers if terms else ()
        found = [(key, self.votes.get(view, (request, key))) for key in keys]
        return tuple((key, vote) for key, vote in found if vote is not None)

    @query
    def licence(self, view: View, request: str) -> Licence | None:
        """The licence of a request, also one that has ended."""
        return self.licences.get(view, request)

    @query
    def sharers(self, view: View, zone: str) -> tuple[Sharer, ...]:
        """Everyone whose interference the next decision must add up: licensed, or certified and voted on."""
        found = []
        for (where, name), _ in self.sharing.scan(view, (zone, "")):
            if where != zone:
                break
            record = self.requests.get(view, name)
            assert record is not None
            assert record.decision is not None
            licensed = self.licences.get(view, name) is not None
            found.append(Sharer(name, record.ask, record.decision.power_cdbm, licensed))
        return tuple(found)

    @query
    def shown_points(self, view: View, request: str) -> tuple[tuple[bytes, int, ShownPoint], ...]:
        """(owner, index, point) of every measurement put on record for a request."""
        terms = self._terms_of(view, request)
        found = []
        for (name, place, index), point in self.shown.scan(view, (request, 0, 0)):
            if name != request or terms is None:
                break
            found.append((terms.owners[place], index, point))
        return tuple(found)

    def approvals(self, view: View, request: str, terms: Terms) -> list[bool | None]:
        """What each provider says, as the zone lists them; None of one who has not voted."""
        votes = [self.votes.get(view, (request, key)) for key in terms.providers]
        return [None if vote is None else vote.approve for vote in votes]

    def _terms_of(self, view: View, request: str) -> Terms | None:
        record = self.requests.get(view, request)
        return None if record is None else self.zone_of(view, record).terms
