"""What a run's sales come to: prices beside the second highest values, who won, and what was lost by it."""

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from apps.kit import Json, Line, Outcome, ReportChart, ReportTable
from chain.params import SHARECOIN

from auction.agents import VALUE, lot_number
from auction.events import LotSold


def summarise(outcome: Outcome) -> dict[str, Json]:
    """The `auction` part of `summary.json`; money is in Sharecoin.

    `sales` has a row for each lot sold: `lot`, `buyer`, `price`, the buyer's `value`, the `highest_value` and
    the `second_value` of all. Where all bid up to what the lot is worth to them, an open auction fetches
    the second highest value (Vickrey 1961). `efficiency` is the buyers' values over the highest ones,
    `revenue_ratio` the prices over the second highest values; None where nothing was sold.
    """
    values = _values(outcome)
    names = {account: name for name, account in outcome.accounts.items()}
    sales: list[dict[str, Any]] = []
    for event in (found.event for found in outcome.events if isinstance(found.event, LotSold)):
        number = lot_number(event.lot)
        if number is not None:
            sales.append(_sale(number, names[event.buyer], event.price, values[number]))
    return {
        "sold": len(sales),
        "mean_price": fmean(sale["price"] for sale in sales) if sales else None,
        "efficiency": _ratio(sales, "value", "highest_value"),
        "revenue_ratio": _ratio(sales, "price", "second_value"),
        "sales": sales,
    }


def report_tables(summary: Mapping[str, Any]) -> list[ReportTable]:
    """A row for each buyer."""
    rows = []
    for name in sorted({sale["buyer"] for sale in summary["sales"]}):
        won = [sale for sale in summary["sales"] if sale["buyer"] == name]
        price, value = (fmean(sale[key] for sale in won) for key in ("price", "value"))
        rows.append((name, str(len(won)), f"{price:.1f}", f"{value:.1f}"))
    note = (
        "Nothing was sold."
        if not rows
        else f"Buyers' values are {summary['efficiency']:.1%} of the highest ones, prices "
        f"{summary['revenue_ratio']:.1%} of the second highest."
    )
    columns = ("buyer", "lots", "mean price, Sharecoin", "mean value, Sharecoin")
    return [ReportTable("Auction", columns, tuple(rows), note)]


def report_charts(summary: Mapping[str, Any]) -> list[ReportChart]:
    """Price and second highest value of each lot."""
    sales: Sequence[Mapping[str, Any]] = summary["sales"]
    lots = tuple(float(sale["lot"]) for sale in sales)
    lines = (
        Line("price", lots, tuple(sale["price"] for sale in sales), 0),
        Line("second highest value", lots, tuple(sale["second_value"] for sale in sales), 0, dashed=True),
    )
    return [ReportChart("prices", "What the lots fetched", "lot", "Sharecoin", lines)]


def _values(outcome: Outcome) -> dict[int, dict[str, float]]:
    """Lot number -> bidder's name -> what the lot is worth to it, base units."""
    values: dict[int, dict[str, float]] = {}
    for placed in outcome.measures:
        if placed.measure.name == VALUE:
            values.setdefault(placed.measure.key, {})[placed.participant] = placed.measure.value
    return values


def _sale(number: int, buyer: str, price: int, values: Mapping[str, float]) -> dict[str, Any]:
    highest, second = sorted([*values.values(), 0.0], reverse=True)[:2]
    return {
        "lot": number,
        "buyer": buyer,
        "price": price / SHARECOIN,
        "value": values[buyer] / SHARECOIN,
        "highest_value": highest / SHARECOIN,
        "second_value": second / SHARECOIN,
    }


def _ratio(sales: Sequence[Mapping[str, float]], above: str, below: str) -> float | None:
    whole = sum(sale[below] for sale in sales)
    return sum(sale[above] for sale in sales) / whole if whole else None
