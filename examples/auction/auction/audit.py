"""What must hold of the auction after every block."""

from collections.abc import Iterator

from chain.accounts import escrows
from chain.context import View

from auction.state import AuctionTables


def broken_rules(tables: AuctionTables, view: View) -> Iterator[str]:
    """One sentence for each rule that does not hold; the view is that of a block's end."""
    lots, sales = dict(tables.lots.scan(view)), dict(tables.sales.scan(view))
    # Nobody is paid for a common lot: its price stays in escrow for good.
    owed = {name: sale.price for name, sale in sales.items() if sale.seller is None}
    owed |= {name: lot.bid for name, lot in lots.items() if lot.bidder is not None}
    skip = len(tables.name) + 1
    held = {label[skip:]: amount for label, amount in escrows(view.state, tables.name)}
    for name in sorted(owed.keys() | held.keys()):
        if owed.get(name, 0) != held.get(name, 0):
            yield f"lot {name!r}: the escrow holds {held.get(name, 0)}, expected {owed.get(name, 0)}"
    due = {key for key, _ in tables.due.scan(view)}
    if due != {(lot.closes_at, name) for name, lot in lots.items()}:
        yield f"{len(due)} lots are due, not those {len(lots)} on offer"
    for name, lot in lots.items():
        if lot.closes_at <= view.height:
            yield f"lot {name!r} was to close in block {lot.closes_at}"
        if name in sales:
            yield f"lot {name!r} is on offer and was sold"
