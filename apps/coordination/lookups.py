"""What every action looks up first, and how it is refused where that is not there."""

from apps.coordination.errors import NoSuchRequest, NoSuchZone, NotAgency, NotBonded, TooLate, WrongStage
from apps.coordination.stages import Stage
from apps.coordination.state import AgencyRecord, CoordinationTables, RequestRecord, ZoneRecord
from chain.context import Context


def need_zone(tables: CoordinationTables, ctx: Context, name: str) -> ZoneRecord:
    """The zone of this name. Raises NoSuchZone."""
    zone = tables.zones.get(ctx, name)
    if zone is None:
        raise NoSuchZone(name)
    return zone


def need_request(tables: CoordinationTables, ctx: Context, name: str) -> RequestRecord:
    """The request of this name. Raises NoSuchRequest."""
    record = tables.requests.get(ctx, name)
    if record is None:
        raise NoSuchRequest(name)
    return record


def check_agency(tables: CoordinationTables, ctx: Context, record: RequestRecord) -> None:
    """The sender must be an agency that may act. Raises NotAgency, NotBonded."""
    terms = tables.zone_of(ctx, record).terms
    ctx.require(ctx.sender in terms.agencies, NotAgency(record.zone, ctx.sender))
    known = tables.agencies.get(ctx, (record.zone, ctx.sender)) or AgencyRecord()
    ctx.require(known.bond == terms.bond, NotBonded(record.zone, ctx.sender, terms.bond))


def check_stage(ctx: Context, name: str, record: RequestRecord, *expected: Stage) -> None:
    """The request must wait for this, and not be overdue. Raises WrongStage, TooLate.

    A hook with much to do ends a stage some blocks after it is due.
    """
    ctx.require(record.stage in expected, WrongStage(name, record.stage.value, " or ".join(expected)))
    ctx.require(ctx.height <= record.due_at, TooLate(name, ctx.height, record.due_at))
