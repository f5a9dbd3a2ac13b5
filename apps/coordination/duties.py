"""What participants read on the chain before they act: requests that wait for a step, and who shares already."""

from collections.abc import Iterator
from typing import cast

from apps.coordination.stages import Stage
from apps.coordination.state import Delivery, RequestRecord, ResultBallot, Sharer, ZoneRecord
from chain.context import View

APP = "coordination"
ACTION_REFUSED = "action_refused"
"""Measure of any participant: a block holds an action of it that was refused. Value 1."""


def zone_of(view: View, zone: str) -> ZoneRecord | None:
    """The zone as the chain has it."""
    return cast("ZoneRecord | None", view.query(APP, "zone", zone))


def request_of(view: View, request: str) -> RequestRecord | None:
    """The request as the chain has it."""
    return cast("RequestRecord | None", view.query(APP, "request", request))


def deliveries_of(view: View, request: str) -> tuple[tuple[bytes, Delivery], ...]:
    """(owner, delivery) of all that have delivered, as the zone lists them."""
    return cast("tuple[tuple[bytes, Delivery], ...]", view.query(APP, "deliveries_of", request))


def ballots_of(view: View, request: str) -> dict[bytes, ResultBallot]:
    """The results given for a request, by agency."""
    return dict(cast("tuple[tuple[bytes, ResultBallot], ...]", view.query(APP, "result_ballots_of", request)))


def open_requests(view: View, zone: str) -> Iterator[tuple[str, RequestRecord]]:
    """(name, request) of all of a zone that are not closed."""
    found = cast("tuple[tuple[str, RequestRecord], ...]", view.query(APP, "open_requests"))
    return ((name, record) for name, record in found if record.zone == zone)


def waiting(view: View, zone: str, confirmations: int, *stages: Stage) -> Iterator[tuple[str, RequestRecord]]:
    """(name, request) of those in one of these stages since so many blocks, its first block included."""
    for name, record in open_requests(view, zone):
        if record.stage in stages and blocks_since(view, record.began_at) >= confirmations:
            yield name, record


def blocks_since(view: View, height: int) -> int:
    """How many blocks of the chain have come since that height, its own included."""
    return view.height - height + 1


def counted_sharers(view: View, zone: str, request: str, aggregate: int) -> tuple[Sharer, ...]:
    """Who was certified before a result that counts `aggregate` sharers, but for the request itself."""
    found = cast("tuple[Sharer, ...]", view.query(APP, "sharers", zone))
    return tuple(one for one in found if one.request != request and _certified_before(view, one, aggregate))


def _certified_before(view: View, sharer: Sharer, aggregate: int) -> bool:
    record = request_of(view, sharer.request)
    return record is not None and record.decision is not None and record.decision.aggregate < aggregate
