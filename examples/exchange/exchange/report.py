"""What a run's trades come to: what the savers paid for their tokens, and what the adversary made of it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from apps.kit import Json, Line, Outcome, ReportChart, ReportTable
from chain.params import SHARECOIN

from exchange.agents import REFUSED
from exchange.events import Bought, Sold

MILLION = 1_000_000


def summarise(savers: Sequence[str], outcome: Outcome) -> dict[str, Json]:
    """The `exchange` part of `summary.json`: coins in Sharecoin, prices in Sharecoin for a million tokens.

    `purchases`, `refused`, `spent`, `tokens` and `mean_price` are those of all savers together. `sandwiches`
    counts the sandwicher's sales; `earned` is what they brought less what it had paid for what it sold,
    transaction fees not counted. `trades` has (height, price, whether the sandwicher's), in order.
    """
    saving = {outcome.accounts[name] for name in savers}
    events = [found.event for found in outcome.events]
    bought = [event for event in events if isinstance(event, Bought)]
    sold = [event for event in events if isinstance(event, Sold)]
    saved = [event for event in bought if event.buyer in saving]
    # It sells all it has before it buys again: each sale closes one purchase, and the last one may be open.
    closed = [event for event in bought if event.buyer not in saving][: len(sold)]
    spent, tokens = sum(event.coins for event in saved), sum(event.tokens for event in saved)
    earned = sum(event.coins for event in sold) - sum(event.coins for event in closed)
    return {
        "purchases": len(saved),
        "refused": sum(placed.measure.name == REFUSED for placed in outcome.measures),
        "spent": spent / SHARECOIN,
        "tokens": tokens,
        "mean_price": _price(spent, tokens) if tokens else None,
        "sandwiches": len(sold),
        "earned": earned / SHARECOIN,
        "trades": list(_trades(saving, outcome)),
    }


def report_tables(summary: Mapping[str, Any]) -> list[ReportTable]:
    """A row for each figure."""
    price = summary["mean_price"]
    rows = (
        ("purchases", str(summary["purchases"])),
        ("refused purchases", str(summary["refused"])),
        ("mean price, Sharecoin for a million tokens", "-" if price is None else f"{price:.4f}"),
        ("sandwiches", str(summary["sandwiches"])),
        ("earned by them, Sharecoin", f"{summary['earned']:.2f}"),
    )
    note = "Run it once more with exchange.sandwicher=false to see what the savers would have paid."
    return [ReportTable("Exchange", ("figure", "value"), rows, note)]


def report_charts(summary: Mapping[str, Any]) -> list[ReportChart]:
    """The price of each trade, by height."""
    lines = tuple(
        Line(
            label,
            tuple(float(height) for height, _, other in summary["trades"] if other is whose),
            tuple(price for _, price, other in summary["trades"] if other is whose),
            colour,
        )
        for colour, (label, whose) in enumerate((("savers", False), ("sandwicher", True)))
    )
    return [ReportChart("prices", "Trades", "height", "Sharecoin for a million tokens", lines)]


def _trades(saving: Collection[bytes], outcome: Outcome) -> Iterator[tuple[int, float, bool]]:
    """(height, price, whether the sandwicher's) of every trade, in order."""
    for height, event in ((found.height, found.event) for found in outcome.events):
        if isinstance(event, Bought | Sold):
            own = isinstance(event, Sold) or event.buyer not in saving
            yield height, _price(event.coins, event.tokens), own


def _price(coins: int, tokens: int) -> float:
    return coins / SHARECOIN / tokens * MILLION
