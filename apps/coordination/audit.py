"""What must hold of all coordination after every block, checked against everything that is kept."""

from collections.abc import Iterator
from typing import Final

from apps.coordination.actions import Terms, Verdict
from apps.coordination.certification import ballots_of, supporters
from apps.coordination.quorum import unanimous
from apps.coordination.settlement import closing_cost
from apps.coordination.shares import bond_label, part_of, request_label, rewards_of
from apps.coordination.stages import STEPS, Cause, Stage
from apps.coordination.state import MAX_EXPIRED, MAX_WORK, CoordinationTables, Licence, RequestRecord
from chain.context import View

_STEPS_TAKEN: Final[dict[Stage, tuple[int, int]]] = {
    Stage.PAID: (1, 1),
    Stage.COLLECTING: (2, 2),
    Stage.GRADING: (3, 3),
    Stage.DECIDING: (4, 4),
    Stage.VOTING: (4, 4),
    Stage.REWARDING: (5, 5),
    Stage.CLOSED: (1, 6),
}
_DENIALS = (Cause.CERTIFIED, Cause.PROVIDER_REFUSED, Cause.VOTE_MISSING)


def broken_rules(tables: CoordinationTables, view: View) -> Iterator[str]:
    """One sentence for each rule that does not hold; the view is that of a block's end."""
    records = dict(tables.requests.scan(view))
    for request, record in records.items():
        terms = tables.zone_of(view, record).terms
        yield from _broken_steps(request, record)
        yield from _broken_money(tables, view, request, record, terms)
        yield from _broken_certification(tables, view, request, record, terms)
    for request, licence in tables.licences.scan(view):
        yield from _broken_licence(tables, view, request, licence, records)
    yield from _broken_zones(tables, view, records)
    yield from _broken_deadlines(tables, view, records)


def _broken_steps(request: str, record: RequestRecord) -> Iterator[str]:
    heights = [getattr(record.steps, name) for name in STEPS]
    taken = [height for height in heights if height]
    where = f"request {request!r}"
    if heights[: len(taken)] != taken or taken != sorted(taken):
        yield f"{where} has taken its steps at {heights}, expected them in order"
    least, most = _STEPS_TAKEN[record.stage]
    if not least <= len(taken) <= most:
        yield f"{where} is {record.stage} after {len(taken)} steps, expected {least} to {most}"
    decided = record.steps.ch_data > 0
    if decided != (record.verdict is not None) or decided != (decided and record.cause in _DENIALS):
        yield f"{where} has verdict {record.verdict} for cause {record.cause} after {len(taken)} steps"


def _broken_money(
    tables: CoordinationTables, view: View, request: str, record: RequestRecord, terms: Terms
) -> Iterator[str]:
    where = f"request {request!r}"
    deliveries = list(tables.delivered(view, request, terms))
    shares = {owner: part_of(terms.price, place, len(terms.owners)) for place, owner, _ in deliveries}
    unpaid = sum(shares[owner] for _, owner, delivery in deliveries if not delivery.paid_at)
    owed = {Stage.CLOSED: 0, Stage.REWARDING: unpaid}.get(record.stage, terms.price)
    escrow = view.escrow(tables.name, request_label(request))
    if not escrow == record.held == owed:
        yield f"{where} holds {escrow}, counts {record.held} and owes {owed}"
    paid = [delivery for _, _, delivery in deliveries if delivery.paid_at]
    if (record.delivered, record.rewarded) != (len(deliveries), len(paid)):
        yield f"{where} counts {record.delivered} deliveries and {record.rewarded} paid ones, which is wrong"
    if record.steps.rew_coin and len(paid) < len(deliveries):
        yield f"{where} is rewarded with {len(deliveries) - len(paid)} owners unpaid"
    for place, owner, delivery in deliveries:
        budget = part_of(terms.vsp_budget, place, len(terms.owners))
        rewards = sum(amount for _, _, amount in rewards_of(delivery, terms)) if delivery.grades else 0
        if rewards > budget or delivery.paid not in (0, shares[owner]):
            yield f"{where} pays {delivery.paid} for {owner.hex()[:16]}, of which {rewards} for participants"


def _broken_certification(
    tables: CoordinationTables, view: View, request: str, record: RequestRecord, terms: Terms
) -> Iterator[str]:
    where, certified = f"request {request!r}", record.result is not None
    if certified != (record.decision is not None) or (record.steps.ch_data and not certified):
        yield f"{where} has a decision without a certified result, or the other way round"
    behind = sum(
        ballot.digest == record.result for ballot in ballots_of(tables, view, request, terms).values()
    )
    if certified and behind < terms.quorum:
        yield f"{where} has a result of {behind} agencies, expected {terms.quorum}"
    refused = record.cause in (Cause.PROVIDER_REFUSED, Cause.VOTE_MISSING)
    if refused and record.verdict is not Verdict.DENY:
        yield f"{where} was refused by a provider and is decided {record.verdict}"


def _broken_licence(
    tables: CoordinationTables, view: View, request: str, licence: Licence, records: dict[str, RequestRecord]
) -> Iterator[str]:
    where, record = f"the licence of request {request!r}", records.get(request)
    if record is None or record.decision is None or record.verdict in (None, Verdict.DENY):
        yield f"{where} stands without a decision to grant it"
        return
    terms = tables.zone_of(view, record).terms
    ask = record.ask
    if (licence.power_cdbm, licence.result) != (record.decision.power_cdbm, record.result):
        yield f"{where} is not what was certified"
    if not ask.min_power_cdbm <= licence.power_cdbm <= ask.power_cdbm:
        yield f"{where} has {licence.power_cdbm}, expected {ask.min_power_cdbm} to {ask.power_cdbm}"
    votes = [tables.votes.get(view, (request, provider)) for provider in terms.providers]
    if terms.unanimity and not unanimous([vote is not None and vote.approve for vote in votes]):
        yield f"{where} lacks the approval of a provider"
    if not licence.ended_at and supporters(tables, view, request, record, terms) < terms.quorum:
        yield f"{where} is live without a quorum behind it"


def _broken_zones(tables: CoordinationTables, view: View, records: dict[str, RequestRecord]) -> Iterator[str]:
    grants = [
        record.zone
        for record in records.values()
        if record.decision and record.decision.verdict != Verdict.DENY
    ]
    for name, zone in tables.zones.scan(view):
        if zone.certified != grants.count(name):
            yield f"zone {name!r} counts {zone.certified} certified sharers, expected {grants.count(name)}"
    for (name, agency), known in tables.agencies.scan(view):
        escrow = view.escrow(tables.name, bond_label(name, agency))
        if escrow != known.bond:
            yield f"zone {name!r} holds a bond of {escrow} for {agency.hex()[:16]}, expected {known.bond}"


def _broken_deadlines(
    tables: CoordinationTables, view: View, records: dict[str, RequestRecord]
) -> Iterator[str]:
    expected = {(record.due_at, name) for name, record in records.items() if record.stage is not Stage.CLOSED}
    found = {key for key, _ in tables.deadlines.scan(view)}
    if found != expected:
        yield f"{len(expected ^ found)} deadlines of requests are missing or stand where nothing is due"
    licences = dict(tables.licences.scan(view))
    live = {name: licence for name, licence in licences.items() if not licence.ended_at}
    expiries = {key for key, _ in tables.expiries.scan(view)}
    if expiries != {(licence.expires_at, name) for name, licence in live.items()}:
        yield "the ends of licences that are due are not those of the live ones"
    sharing = {(licence.zone, name) for name, licence in live.items()}
    sharing |= {(record.zone, name) for name, record in records.items() if record.stage is Stage.VOTING}
    if {key for key, _ in tables.sharing.scan(view)} != sharing:
        yield "those who share are not those who are licensed or voted on"
    ended = sum(licence.ended_at == view.height for licence in licences.values())
    if ended < MAX_EXPIRED and any(licence.expires_at <= view.height for licence in live.values()):
        yield f"a licence has outlived its end at height {view.height}"
    yield from _overdue(tables, view, records, sorted(expected))


def _overdue(
    tables: CoordinationTables, view: View, records: dict[str, RequestRecord], due: list[tuple[int, str]]
) -> Iterator[str]:
    """A block may leave something undone only where there is more than it may do."""
    if not due or due[0][0] > view.height:
        return
    done = [name for name, record in records.items() if record.began_at == view.height]
    work = sum(closing_cost(tables, view, name, records[name]) for name in (*done, due[0][1]))
    if work <= MAX_WORK:
        yield f"request {due[0][1]!r} is overdue at height {view.height}"
