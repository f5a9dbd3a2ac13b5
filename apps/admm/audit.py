"""What must hold of all acquisitions after every block, checked against everything that is kept."""

from collections.abc import Iterator

from apps.admm.state import (
    MAX_OPERATORS,
    MAX_OPERATORS_CLOSED,
    MICROHERTZ_PER_HZ,
    AcquisitionRecord,
    AcquisitionTables,
    Phase,
)
from chain.context import View


def broken_rules(tables: AcquisitionTables, view: View) -> Iterator[str]:
    """One sentence for each rule that does not hold; the view is that of a block's end."""
    records = dict(tables.acquisitions.scan(view))
    for name, record in records.items():
        yield from _broken_members(tables, view, name, record)
        yield from _broken_licences(tables, view, name, record)
    yield from _broken_deadlines(tables, view, records)
    for what, keys in (
        ("an operator", {name for (name, _), _ in tables.operators.scan(view)}),
        ("a licence", {name for (name, _), _ in tables.licences.scan(view)}),
    ):
        for name in sorted(keys - records.keys()):
            yield f"{what} belongs to acquisition {name!r}, which does not exist"


def _broken_members(
    tables: AcquisitionTables, view: View, name: str, record: AcquisitionRecord
) -> Iterator[str]:
    operators = [operator for _, operator in tables.members(view, name)]
    where, running = f"acquisition {name!r}", record.phase is Phase.RUNNING
    missing = sum(operator.answered != record.round for operator in operators) if running else 0
    if (record.members, record.missing) != (len(operators), missing):
        yield (
            f"{where} counts {record.members} operators and {record.missing} answers missing, "
            f"expected {len(operators)} and {missing}"
        )
    if len(operators) > MAX_OPERATORS or (running and not operators):
        yield f"{where} is {record.phase} with {len(operators)} operators"
    if any(operator.answered > record.round for operator in operators):
        yield f"{where} has an answer to a round after round {record.round}"
    shares = [operator.split for operator in operators]
    if sum(shares) > record.split_bandwidth * MICROHERTZ_PER_HZ or min(shares, default=0) < 0:
        yield f"{where} splits {sum(shares)} microhertz of {record.split_bandwidth} Hz, or a negative share"


def _broken_licences(
    tables: AcquisitionTables, view: View, name: str, record: AcquisitionRecord
) -> Iterator[str]:
    end, where = 0, f"acquisition {name!r}"
    for key, licence in tables.granted(view, name):
        holder = f"{where}: the licence of {key.hex()[:16]}"
        operator = tables.operators.get(view, (name, key))
        if licence.start != end or licence.bandwidth < 1:
            yield f"{holder} begins at {licence.start} Hz, {licence.bandwidth} Hz wide, expected {end} Hz and some"
        if (
            operator is None
            or abs(licence.bandwidth * MICROHERTZ_PER_HZ - operator.split) >= MICROHERTZ_PER_HZ
        ):
            yield f"{holder} is 1 Hz or more away from its share"
        end = licence.start + licence.bandwidth
    if end != record.licensed or end > record.terms.bandwidth:
        yield f"{where} has licences of {end} Hz, expected {record.licensed} of {record.terms.bandwidth} Hz"
    if end and record.phase is not Phase.SETTLED:
        yield f"{where} is {record.phase} and has licences"


def _broken_deadlines(
    tables: AcquisitionTables, view: View, records: dict[str, AcquisitionRecord]
) -> Iterator[str]:
    running = {name: record for name, record in records.items() if record.phase is Phase.RUNNING}
    expected = {(record.due_at, name) for name, record in running.items()}
    found = {key for key, _ in tables.deadlines.scan(view)}
    if found != expected:
        yield f"{len(expected ^ found)} deadlines are missing or stand where nothing is due"
    for name, record in running.items():
        if record.due_at != record.last_block and record.missing:
            yield f"acquisition {name!r} is due at {record.due_at}, expected {record.last_block}"
    overdue = sorted(key for key in expected if key[0] <= view.height)
    if overdue:
        closed = sum(record.closing_cost for record in records.values() if record.closed_at == view.height)
        if closed + running[overdue[0][1]].closing_cost <= MAX_OPERATORS_CLOSED:
            yield f"acquisition {overdue[0][1]!r} is overdue at height {view.height}"
