"""The participants of a run for its summary: balances, what agencies and providers said, whose data were true."""

from collections import Counter
from collections.abc import Iterator

from apps.coordination.blueprint import vsp_kind, vsp_names
from apps.coordination.duties import APP, deliveries_of
from apps.coordination.events import (
    AgencyDeviated,
    AgencyDisproved,
    GradesCast,
    OwnerRewarded,
    ProviderVoted,
    ResultCast,
    VspRewarded,
)
from apps.coordination.report_rebuild import Archive, Rebuilt
from apps.coordination.settings_people import Person
from apps.coordination.state import AgencyRecord
from apps.kit import Json

_ROLES = {
    "named_users": "fb-user",
    "named_owners": "ss-owner",
    "named_agencies": "ca-miner",
    "named_providers": "rsp",
}


def balance_rows(archive: Archive) -> Iterator[dict[str, Json]]:
    """Base units of everybody at genesis and at the end."""
    for kind, role in _ROLES.items():
        people: tuple[tuple[str, Person], ...] = getattr(archive.settings, kind)
        for name, person in people:
            yield _balance(archive, name, role, person.balance)
    for owner, settings in archive.settings.named_owners:
        for name in vsp_names(owner, settings):
            yield _balance(archive, name, "vsp", 0)
    taken = {name for kind in _ROLES for name, _ in getattr(archive.settings, kind)}
    for name in archive.outcome.miners:
        if name not in taken:
            yield _balance(archive, name, "miner", 0)


def _balance(archive: Archive, name: str, role: str, before: int) -> dict[str, Json]:
    after = archive.view.balance(archive.outcome.accounts[name])
    return {"name": name, "role": role, "before": before, "after": after, "change": after - before}


def agency_rows(archive: Archive) -> Iterator[dict[str, Json]]:
    """What each agency said, and what it mined."""
    grades = Counter(p.event.agency for p in archive.events if isinstance(p.event, GradesCast))
    results = Counter(p.event.agency for p in archive.events if isinstance(p.event, ResultCast))
    deviated = Counter(p.event.agency for p in archive.events if isinstance(p.event, AgencyDeviated))
    disproved = Counter(p.event.agency for p in archive.events if isinstance(p.event, AgencyDisproved))
    for name, agency in archive.settings.named_agencies:
        account = archive.outcome.accounts[name]
        known = archive.view.query(APP, "agency", "campus", account)
        bond = known.bond if isinstance(known, AgencyRecord) else 0
        won = [block for block in archive.outcome.blocks if block.miner == name]
        yield {
            "name": name,
            "behaviour": agency.behaviour,
            "grades": grades[account],
            "results": results[account],
            "deviations": deviated[account],
            "disproved": disproved[account],
            "bond": bond,
            "blocks_won": len(won),
            "block_rewards": sum(block.reward for block in won),
        }


def owner_rows(archive: Archive) -> Iterator[dict[str, Json]]:
    """What each owner delivered and got."""
    for name, owner in archive.settings.named_owners:
        account = archive.outcome.accounts[name]
        paid = [
            p.event.amount
            for p in archive.events
            if isinstance(p.event, OwnerRewarded) and p.event.owner == account
        ]
        handed_on = [
            p.event.amount
            for p in archive.events
            if isinstance(p.event, VspRewarded) and p.event.owner == account
        ]
        delivered = sum(account in dict(deliveries_of(archive.view, one.name)) for one in archive.requests)
        yield {
            "name": name,
            "behaviour": owner.behaviour,
            "delivered": delivered,
            "paid": sum(paid),
            "paid_to_vsps": sum(handed_on),
        }


def provider_rows(archive: Archive) -> Iterator[dict[str, Json]]:
    """How each provider voted."""
    votes = [p.event for p in archive.events if isinstance(p.event, ProviderVoted)]
    for name, provider in archive.settings.named_providers:
        account = archive.outcome.accounts[name]
        own = Counter(vote.approve for vote in votes if vote.provider == account)
        yield {"name": name, "behaviour": provider.behaviour, "approved": own[True], "refused": own[False]}


def vsp_rows(archive: Archive, shown: Rebuilt | None) -> Iterator[dict[str, Json]]:
    """Both grades of each participant in one request, its offset, and what it earned in the whole run."""
    if shown is None or shown.study is None:
        return
    study = shown.study
    earned: Counter[bytes] = Counter()
    for placed in archive.events:
        if isinstance(placed.event, VspRewarded):
            earned[placed.event.vsp] += placed.event.amount
    kinds = {
        name: vsp_kind(settings, number)
        for owner, settings in archive.settings.named_owners
        for number, name in enumerate(vsp_names(owner, settings))
    }
    number = {key: place for place, key in enumerate(dict.fromkeys(study.collection.vsps))}
    row = {label: place for place, label in enumerate(study.residuals.participants.tolist())}
    for place, key in enumerate(study.collection.vsps):
        at = row.get(number[key])
        yield {
            "name": archive.names[key],
            "behaviour": kinds[archive.names[key]],
            "signal_grade": study.signal[place].name.lower(),
            "residual_grade": study.residual[place].name.lower(),
            "offset_db": None if at is None else round(float(study.residuals.offset_db[at]), 3),
            "caught": at is not None and bool(study.residuals.caught[at]),
            "earned": earned[key],
        }
