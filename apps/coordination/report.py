"""The coordination part of a run's summary: what became of each request, who has how much, who told no truth."""

from collections import Counter
from collections.abc import Mapping

from apps.coordination.agents import RELIANCE_UNDONE
from apps.coordination.duties import ACTION_REFUSED
from apps.coordination.report_map import map_summary
from apps.coordination.report_people import (
    agency_rows,
    balance_rows,
    owner_rows,
    provider_rows,
    vsp_rows,
)
from apps.coordination.report_rebuild import Archive
from apps.coordination.report_requests import latency_summary, request_rows
from apps.coordination.report_truth import truth_of
from apps.coordination.settings import CoordinationSettings
from apps.coordination.state import Sharer
from apps.kit import Json, Outcome
from chain.accounts import escrows


def summarise(settings: CoordinationSettings, outcome: Outcome) -> dict[str, Json]:
    """The `coordination` part of `summary.json`.

    Money is in base units, levels in dBm, seconds count from genesis. What there is none of is None. `requests` are in
    the order of payment; `latency_s` of one is from the moment its buyer sent it to the time of the block in which the
    decision stood, `reliance_s` to the moment the buyer saw that as deep as it wants. `reproduced` says that the
    decision made again from the data is the one on chain. `truth` is by the campus's true levels: of the places that
    are `reachable` without any sharer, how many are `harmed` by this one with those granted before. `harm` is the same
    for all licences that are live at the end. `vsps` are those of `map`'s request, the last one that was decided.
    """
    if outcome.view is None:
        return {"requests": [], "confirmations": settings.confirmations}
    archive = Archive(settings, outcome, outcome.view)
    refused = Counter(
        placed.participant for placed in outcome.measures if placed.measure.name == ACTION_REFUSED
    )
    undone = sum(placed.measure.name == RELIANCE_UNDONE for placed in outcome.measures)
    shown = next((one for one in reversed(archive.requests) if one.finding is not None), None)
    requests = list(request_rows(archive))
    held = sum(amount for _, amount in escrows(outcome.view.state, "coordination"))
    return {
        "confirmations": settings.confirmations,
        "price": settings.price,
        "requests": requests,
        "latency": latency_summary(requests),
        "balances": list(balance_rows(archive)),
        "escrow": {"before": 0, "after": held},
        "refused_actions": dict(sorted(refused.items())),
        "reliance_undone": undone,
        "agencies": list(agency_rows(archive)),
        "owners": list(owner_rows(archive)),
        "providers": list(provider_rows(archive)),
        "vsps": list(vsp_rows(archive, shown)),
        "harm": _harm(archive),
        "map": None if shown is None else map_summary(archive, shown),
    }


def _harm(archive: Archive) -> Mapping[str, Json]:
    found = archive.view.query("coordination", "sharers", "campus")
    assert isinstance(found, tuple)
    live = [one for one in found if isinstance(one, Sharer) and one.licensed]
    truth = truth_of(archive.settings, archive.campus, archive.rules, live)
    return {
        "licences": len(live),
        "places": len(archive.rules.places_m),
        "reachable": truth.reachable,
        "harmed": truth.harmed,
        "worst_margin_db": truth.worst_margin_db,
    }
