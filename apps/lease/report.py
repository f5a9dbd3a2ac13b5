"""The lease market's part of a run's summary: operators' figures beside the formulas', in paper units."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from apps.kit import Json, Outcome, ReportTable
from apps.lease.books import (
    Book,
    Events,
    Samples,
    Window,
    book_of,
    leased_hz_mean,
    read_events,
    settled_window,
)
from apps.lease.expected import Expected, contest_of, equilibria_of, expectations
from apps.lease.scale import PPM
from apps.lease.settings import LeaseSettings

Estimate = tuple[float | None, float | None]
"""Mean and its standard error; None where there is too little to tell."""
_FIGURES = ("price", "demand", "service_profit", "mining_income", "profit", "users_surplus")


def summarise(settings: LeaseSettings, outcome: Outcome) -> dict[str, Json]:
    """The `lease` part of `summary.json`: `operators` and what was listed and leased.

    Figures are per user and service period: bandwidth in MHz, money in Sharecoin. Only whole periods count
    whose orders were all settled by the end of the run, and in them every user, those who ordered nothing
    too. `x_se` is the standard error of `x`. `mining_fraction` is the mean over the whole run;
    `last_mining_fraction` and `price` are the last offer's, 1 and None where there is none. `equilibria` are those
    of the contest between operators of policy best-response, asymmetric ones too; `max_gain` is the most that one
    of them could still gain by another split.
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
    mined = {name: outcome.miners[name].mining_fraction for name, _ in settings.named_operators}
    expected = expectations(settings, mined)
    won: dict[str, int] = {}
    for block in outcome.blocks:
        won[block.miner] = won.get(block.miner, 0) + 1
    for name, operator in settings.named_operators:
        offer = events.offers.get(outcome.accounts[name])
        book = book_of(name, settings.market, outcome, events, window)
        yield {
            "name": name,
            "policy": operator.policy,
            "periods": window.count,
            "users": settings.users,
            "mining_fraction": mined[name],
            "last_mining_fraction": 1.0 if offer is None else offer.mining_fraction_ppm / PPM,
            "hash_share": outcome.miners[name].hash_share,
            "blocks_won": won.get(name, 0),
            "price": None if offer is None else settings.scale.price(offer.unit_price),
            **_measured(book, settings.users),
            "analytic": _analytic(expected[name]),
        }


def _measured(book: Book, users: int) -> dict[str, Json]:
    demand, demand_se = _estimate(book.demand)
    surplus, surplus_se = _estimate(book.surplus)
    income, income_se = _estimate(book.rewards / users)
    service, service_se = _estimate(book.service_profit)
    if service is not None:
        service -= book.idle_rent / len(book.service_profit)
    return {
        "demand": demand,
        "demand_se": demand_se,
        "service_profit": service,
        "service_profit_se": service_se,
        "mining_income": income,
        "mining_income_se": income_se,
        "profit": None if service is None or income is None else service + income,
        "profit_se": None if service_se is None or income_se is None else math.hypot(service_se, income_se),
        "users_surplus": surplus,
        "users_surplus_se": surplus_se,
    }


def _estimate(samples: Samples) -> Estimate:
    if not len(samples):
        return None, None
    error = float(np.std(samples, ddof=1)) / math.sqrt(len(samples)) if len(samples) > 1 else None
    return float(np.mean(samples)), error


def _analytic(expected: Expected) -> dict[str, Json]:
    return {
        "basis": expected.basis,
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
    """Two rows for each operator: what was simulated (± standard error) and what the formulas give."""
    rows = []
    for operator in summary["operators"]:
        analytic = operator["analytic"]
        mined = (f"{operator['mining_fraction']:.4f}", f"{analytic['mining_fraction']:.4f}")
        simulated = [_shown(operator[key], operator.get(f"{key}_se")) for key in _FIGURES]
        rows.append((operator["name"], "simulated", mined[0], *simulated))
        formula = [_shown(analytic[key], None) for key in _FIGURES]
        rows.append(("", f"formula ({analytic['regime']})", mined[1], *formula))
    columns = ("operator", "", "mining fraction", *(key.replace("_", " ") for key in _FIGURES))
    note = (
        f"Per user and service period of {summary['period_blocks']} blocks, over {summary['periods']} "
        "periods: bandwidth in MHz, money in Sharecoin, ± one standard error."
    )
    if not summary["periods"]:
        note = "The run ended before any service period was over and counted: give it more blocks."
    market = ReportTable("Lease market", columns, tuple(rows), note)
    return (market, _equilibria_table(summary)) if summary["equilibria"] else (market,)


def _equilibria_table(summary: Mapping[str, Any]) -> ReportTable:
    rows = tuple(
        (
            equilibrium["kind"],
            ", ".join(f"{fraction:.4f}" for fraction in equilibrium["mining_fractions"]),
            ", ".join(f"{profit:.4f}" for profit in equilibrium["profits"]),
            f"{equilibrium['max_gain']:.1e}",
        )
        for equilibrium in summary["equilibria"]
    )
    columns = ("pure equilibrium", "mining fractions", "profits", "largest gain by deviating")
    return ReportTable("The contest in theory", columns, rows, "Which of alike operators is which is open.")


def _shown(value: float | None, error: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.4f}" if error is None else f"{value:.4f} ± {error:.4f}"
