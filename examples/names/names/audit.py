"""What must hold of the register after every block."""

from collections.abc import Iterator

from chain.context import View

from names.state import NameTables, Total


def broken_rules(tables: NameTables, view: View, fees: str) -> Iterator[str]:
    """One sentence for each rule that does not hold; `fees` names the escrow of all fees and their sum."""
    entries = dict(tables.entries.scan(view))
    held = {key for key, _ in tables.held.scan(view)}
    if held != {(entry.holder.hex(), name) for name, entry in entries.items()}:
        yield f"the index by account has {len(held)} names, not those of the {len(entries)} entries"
    due = {key for key, _ in tables.due.scan(view)}
    if due != {(entry.expires_at, name) for name, entry in entries.items()}:
        yield f"the index by height has {len(due)} names, not those of the {len(entries)} entries"
    for name, entry in entries.items():
        if entry.expires_at <= view.height:
            yield f"name {name!r} was to expire after block {entry.expires_at}"
    paid, escrow = tables.totals.get(view, fees) or Total(), view.escrow(tables.name, fees)
    if escrow != paid.amount:
        yield f"the escrow {fees!r} holds {escrow}, all fees together are {paid.amount}"
