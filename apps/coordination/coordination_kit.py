"""The kit of frequency coordination: who takes part in a run, and what the run says of them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from apps.coordination.agents import FrequencyBuyer, SensingOwner
from apps.coordination.agents_review import CertificationAgency, Provider
from apps.coordination.analysis import Analyst
from apps.coordination.blueprint import campus_of, plan_of, rules_of, terms_of, vsp_names, wish_of
from apps.coordination.data_store import DataStore
from apps.coordination.report import summarise
from apps.coordination.report_charts import report_charts
from apps.coordination.report_tables import report_tables
from apps.coordination.settings import ZONE, CoordinationSettings
from apps.kit import (
    Json,
    Kit,
    MapChart,
    Outcome,
    Participant,
    Population,
    ReportChart,
    ReportTable,
    Surroundings,
)


class CoordinationKit:
    """The off-chain half of frequency coordination."""

    @property
    def settings(self) -> type[CoordinationSettings]:
        """Model of the `[coordination]` table."""
        return CoordinationSettings

    def populate(self, settings: CoordinationSettings, surroundings: Surroundings) -> Population:
        """Buyers, sensing owners and their participants, agencies, incumbent providers."""
        return Population(tuple(_participants(settings, surroundings)))

    def summarise(self, settings: CoordinationSettings, outcome: Outcome) -> Mapping[str, Json]:
        """The `coordination` part of `summary.json`."""
        return summarise(settings, outcome)

    def tables(self, summary: Mapping[str, Any]) -> Sequence[ReportTable]:
        """Requests, their status over time, balances, and who did not tell the truth."""
        return report_tables(summary)

    def charts(self, summary: Mapping[str, Any]) -> Sequence[ReportChart | MapChart]:
        """The map with the measured points, its uncertainty, the margins, the status over time."""
        return report_charts(summary)


def _participants(settings: CoordinationSettings, surroundings: Surroundings) -> Iterator[Participant]:
    # Every participant studies with one analyst: what it finds is a function of data that all of them have.
    analyst = Analyst(rules_of(settings), DataStore())
    yield from _buyers(settings)
    yield from _owners(settings, surroundings, analyst.store)
    yield from _agencies(settings, surroundings, analyst)
    yield from _providers(settings, analyst)


def _buyers(settings: CoordinationSettings) -> Iterator[Participant]:
    for name, user in settings.named_users:
        yield Participant(name, "fb-user", FrequencyBuyer(name, wish_of(settings, user)), user.balance)


def _owners(
    settings: CoordinationSettings, surroundings: Surroundings, store: DataStore
) -> Iterator[Participant]:
    campus = campus_of(settings)
    for name, owner in settings.named_owners:
        plan = plan_of(name, owner, surroundings.account)
        agent = SensingOwner(ZONE, campus, plan, store, settings.confirmations)
        yield Participant(name, "ss-owner", agent if owner.behaviour == "honest" else None, owner.balance)
        for vsp in vsp_names(name, owner):
            yield Participant(vsp, "vsp", None, 0)


def _agencies(
    settings: CoordinationSettings, surroundings: Surroundings, analyst: Analyst
) -> Iterator[Participant]:
    terms = terms_of(settings, surroundings.account)
    for place, (name, agency) in enumerate(settings.named_agencies):
        raised_db = agency.raise_db if agency.behaviour == "deviating" else 0.0
        opens = None if place else terms
        agent = CertificationAgency(ZONE, analyst, settings.confirmations, raised_db, opens)
        yield Participant(
            name,
            "ca-miner",
            None if agency.behaviour == "silent" else agent,
            agency.balance,
            agency.hash_rate * surroundings.miners_hash_rate,
        )


def _providers(settings: CoordinationSettings, analyst: Analyst) -> Iterator[Participant]:
    providers = settings.named_providers
    for place, (name, provider) in enumerate(providers):
        share = slice(place, None, len(providers))
        refuses = provider.behaviour == "refusing"
        agent = Provider(ZONE, analyst, settings.confirmations, share, refuses)
        yield Participant(name, "rsp", None if provider.behaviour == "silent" else agent, provider.balance)


COORDINATION_KIT: Kit[CoordinationSettings] = CoordinationKit()
