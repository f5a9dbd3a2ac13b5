"""The lease market's part of a run's summary: operators' figures beside the formulas', in paper units."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from apps.kit import Json, Outcome, ReportTable
from apps.lease.books import (
    Book,
    Events,
    Samples,
    Window,
    book_of,
    last_mining_fraction,
    leased_hz_mean,
    mean_mining_fraction,
    read_events,
    settled_window,
)
from apps.lease.expected import Expected, answering_operators, contest_of, equilibria_of, expectations
from apps.lease.policies import MATERIAL_GAIN
from apps.lease.settings import LeaseSettings

Estimate = tuple[float | None, float | None]
"""Mean and its standard error; None where there is too little to tell."""
_FIGURES = ("price", "demand", "service_profit", "mining_income", "profit", "users_surplus")


def summarise(settings: LeaseSettings, outcome: Outcome) -> dict[str, Json]:
    """The `lease` part of `summary.json`: `operators` and what was listed and leased.

    Figures are per user and service period: bandwidth in MHz, money in Sharecoin. Only whole periods count
    whose orders were all settled by the end of the run, and in them every user, those who ordered nothing or
    were not served too. `x_se` is the standard error of `x`, from the spread of the periods' means; None for
    one period. `mining_fraction` and `orders` are those of the periods that count, `hash_share` and
    `blocks_won` those of the whole run, `last_mining_fraction` and `price` (None: no offer) those of its end.

    `gain` is what an operator of policy best-response could still earn more by another split than its last, by
    the formulas. `equilibria` are those of these operators' contest, asymmetric ones too; `max_gain` is the most
    that one of them could gain. `analytic.note` says where the formulas leave something out.
    """
    events = read_events(outcome)
    height = len(outcome.blocks)
    window = settled_window(settings.warmup_periods, settings.period_blocks, height)
    return {
        "periods": window.count,
        "period_blocks": settings.period_blocks,
        "listed_hz": sum(events.listed_hz.values()),
        "leased_hz_mean": leased_hz_mean(events, window),
        "operators": list(_operators(settings, outcome, events, window)),
        "equilibria": list(_equilibria(settings)),
    }


def _equilibria(settings: LeaseSettings) -> Iterator[dict[str, Json]]:
    """The pure equilibria of the operators that answer each other; none where nobody does."""
    contest = contest_of(settings)
    for equilibrium in equilibria_of(contest) if contest is not None else ():
        yield {
            "kind": str(equilibrium.kind),
            "mining_fractions": list(equilibrium.fractions),
            "profits": list(equilibrium.profits),
            "max_gain": equilibrium.max_gain,
        }


def _operators(
    settings: LeaseSettings, outcome: Outcome, events: Events, window: Window
) -> Iterator[dict[str, Json]]:
    operators = settings.named_operators
    last = {name: last_mining_fraction(name, outcome, events) for name, _ in operators}
    expected, gains = expectations(settings, last), _gains(settings, last)
    won = Counter(block.miner for block in outcome.blocks)
    for name, operator in operators:
        offer = events.offers.get(outcome.accounts[name])
        book = book_of(name, settings, outcome, events, window)
        yield {
            "name": name,
            "policy": operator.policy,
            "periods": window.count,
            "users": settings.users,
            "mining_fraction": mean_mining_fraction(name, outcome, events, window),
            "last_mining_fraction": last[name],
            "hash_share": outcome.miners[name].hash_share,
            "blocks_won": won[name],
            "price": None if offer is None else settings.scale.price(offer.unit_price),
            "orders": {
                "placed": book.orders.placed,
                "served": book.orders.served,
                "expired": book.orders.expired,
                "pending": book.orders.pending,
            },
            **_measured(book),
            "gain": gains.get(name),
            "analytic": _analytic(expected[name], _left_out(settings)),
        }


def _gains(settings: LeaseSettings, last: Mapping[str, float]) -> dict[str, float]:
    contest, answering = contest_of(settings), answering_operators(settings)
    if contest is None:
        return {}
    profile = tuple(last[name] for name in answering)
    return {name: max(0.0, contest.gain(profile, i)) for i, name in enumerate(answering)}


def _left_out(settings: LeaseSettings) -> str | None:
    if settings.bandwidth is None:
        return None
    blocks = settings.period_blocks
    return (
        "where bandwidth is scarce a lot idles for a block between two leases, which the formulas leave out: "
        f"about {blocks}/{blocks + 1} of it is served at most. What one period does not get the next one does, "
        "so the standard errors but that of mining income are then too large."
    )


def _measured(book: Book) -> dict[str, Json]:
    samples = {
        "demand": book.demand,
        "service_profit": book.service_profit,
        "mining_income": book.mining_income,
        "profit": book.profit,
        "users_surplus": book.surplus,
    }
    figures: dict[str, Json] = {}
    for name, periods in samples.items():
        figures[name], figures[f"{name}_se"] = _estimate(periods)
    return figures


def _estimate(periods: Samples) -> Estimate:
    # Users of one period share a lot: what one gets another may not. So a period is one sample, not a user.
    if not len(periods):
        return None, None
    error = float(np.std(periods, ddof=1)) / math.sqrt(len(periods)) if len(periods) > 1 else None
    return float(np.mean(periods)), error


def _analytic(expected: Expected, note: str | None) -> dict[str, Json]:
    return {
        "basis": expected.basis,
        "note": note,
        "regime": str(expected.regime),
        "mining_fraction": expected.plan.mining_fraction,
        "price": expected.plan.price,
        "demand": expected.demand,
        "service_profit": expected.service_profit,
        "mining_income": expected.mining_income,
        "profit": expected.profit,
        "users_surplus": expected.users_surplus,
    }


def report_tables(summary: Mapping[str, Any]) -> tuple[ReportTable, ...]:
    """A row for each figure of each operator: simulated, its standard error, and what the formulas give."""
    rows = []
    for operator in summary["operators"]:
        analytic = operator["analytic"]
        rows.append((operator["name"], "regime", "", "", analytic["regime"]))
        for key in ("mining_fraction", *_FIGURES):
            error = _shown(operator.get(f"{key}_se"))
            row = (_shown(operator[key]), "" if error == "-" else error, _shown(analytic[key]))
            rows.append(("", key.replace("_", " "), *row))
    columns = ("operator", "figure", "simulated", "± error", "formula")
    market = ReportTable("Lease market", columns, tuple(rows), _note(summary))
    return (market, _contest_table(summary)) if summary["equilibria"] else (market,)


def _note(summary: Mapping[str, Any]) -> str:
    if not summary["periods"]:
        return "The run ended before any service period was over and counted: give it more blocks."
    operators: Sequence[Mapping[str, Any]] = summary["operators"]
    orders = {key: sum(operator["orders"][key] for operator in operators) for key in ("placed", "served")}
    sentences = [
        f"Per user and service period of {summary['period_blocks']} blocks, over {summary['periods']} "
        "periods: bandwidth in MHz, money in Sharecoin, one standard error."
    ]
    if orders["served"] < orders["placed"]:
        sentences.append(
            f"Of {orders['placed']} orders {orders['served']} were served; the others count as no demand."
        )
    left_out = operators[0]["analytic"]["note"]
    return " ".join([*sentences, *([f"Mind: {left_out}"] if left_out else ())])


def _contest_table(summary: Mapping[str, Any]) -> ReportTable:
    answering = [operator for operator in summary["operators"] if operator["gain"] is not None]
    last = [operator["last_mining_fraction"] for operator in answering]
    gain = max(operator["gain"] for operator in answering)
    rows = [("at the end of this run", _listed(last), "-", f"{gain:.1e}")]
    for equilibrium in summary["equilibria"]:
        fractions, profits = _listed(equilibrium["mining_fractions"]), _listed(equilibrium["profits"])
        kind = f"equilibrium: {equilibrium['kind']}"
        rows.append((kind, fractions, profits, f"{equilibrium['max_gain']:.1e}"))
    columns = ("profile", "mining fractions", "profits", "largest gain by deviating")
    note = (
        "Which of alike operators is which is open. Best responses stop where another split promises less "
        f"than {100 * MATERIAL_GAIN:g} % more profit, so a run may rest beside an equilibrium."
    )
    return ReportTable("The contest in theory", columns, tuple(rows), note)


def _listed(values: Sequence[float]) -> str:
    return ", ".join(f"{value:.4f}" for value in values)


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"
