"""The leasing paper's Fig. 3 and Fig. 4: formulas as curves, simulated runs as points with error bars."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from apps.lease.economics import LeaseMarket
from sim.figures import BLUE, GREEN, GREY, ORANGE, RED, new_figure, save
from sim.reproduce.leasing_claims import FIGURE_4_REWARD, PAPER
from sim.reproduce.leasing_points import Estimate, LeasePoint, LeasePoints, by_value, pooled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BAR = 1.96
"""Error bars are 95 % intervals: 1.96 standard errors, pooled over the runs of a point."""


def figure_3(points: Sequence[LeasePoint], folder: Path) -> Path:
    """Users' surplus and the operator's profit against the mining reward."""
    figure, (left, right) = new_figure(columns=2)
    rewards = np.linspace(0.0, max(point.value for point in points) * 1.04, 2001)
    best = [PAPER.optimum(float(reward)) for reward in rewards]
    limits = PAPER.thresholds
    left.plot(rewards, [o.users_surplus for o in best], color=BLUE, label="formula")
    _errors(left, points, lambda p: p.users_surplus, BLUE, "simulated, 95 %")
    left.set(ylabel="users' net utility $U_M$ (per user and period)", title="Fig. 3: users' net utility")
    right.plot(rewards, [o.profit for o in best], color=RED, label="profit, formula")
    right.plot(rewards, [o.service_profit for o in best], color=GREEN, label="of it service")
    right.plot(rewards, [o.mining_income for o in best], color=ORANGE, label="of it mining")
    _errors(right, points, lambda p: p.profit, RED, "simulated, 95 %")
    _errors(right, points, lambda p: p.service_profit, GREEN, "simulated, 95 %")
    _errors(right, points, lambda p: p.mining_income, ORANGE, "simulated, 95 %")
    right.set(ylabel="per user and period", title="What the operator earns")
    for axis in (left, right):
        axis.axvspan(limits.low, limits.high, color=GREY, alpha=0.18, linewidth=0, label="$M_l$ to $M_h$")
        axis.set(xlabel="mining reward $p_w$", xlim=(0, rewards[-1]))
        axis.set_ylim(bottom=min(0.0, axis.get_ylim()[0]))
    left.legend(frameon=False, loc="center left")
    right.legend(frameon=False, loc="upper left", fontsize=8)
    figure.suptitle("Lease price $p_s = 0.15$, redundant computing $\\gamma = 0.7$")
    return save(figure, folder / "fig3.png")


def figure_4(points: Sequence[LeasePoint], folder: Path) -> Path:
    """The operator's profit with and without proof of work against the lease price."""
    figure, (axis,) = new_figure(width=6.5)
    prices = np.linspace(0.005, 0.21, 300)
    gamma = PAPER.redundant_fraction
    without = [LeaseMarket(float(s), gamma).optimum(0.0).service_profit for s in prices]
    with_mining = [LeaseMarket(float(s), gamma).optimum(FIGURE_4_REWARD).profit for s in prices]
    axis.plot(prices, without, color=BLUE, linestyle="--", label="without proof of work, formula")
    axis.plot(prices, with_mining, color=RED, label="with proof of work, formula")
    _errors(axis, points, lambda p: p.service_profit, BLUE, "service alone, simulated, 95 %")
    _errors(axis, points, lambda p: p.profit, RED, "service and mining, simulated, 95 %")
    axis.set(
        xlabel="unit price of leased spectrum $p_s$",
        ylabel="operator's profit (per user and period)",
        title=f"Fig. 4: $p_w = {FIGURE_4_REWARD}$, $\\gamma = {gamma}$",
        xlim=(0, 0.21),
    )
    axis.set_ylim(bottom=0)
    axis.legend(frameon=False)
    return save(figure, folder / "fig4.png")


def figure_trade_off(points: LeasePoints, folder: Path) -> Path:
    """What a mining fraction costs the service, and which fraction each mining reward makes best."""
    figure, (left, right) = new_figure(columns=2)
    fractions = np.linspace(PAPER.redundant_fraction, 1.0, 400)
    service = [PAPER.service_profit(float(m)) for m in fractions]
    left.plot(fractions, service, color=GREEN, label="best service profit, formula")
    prices = [PAPER.price_at(float(m)) for m in fractions]
    utility = [
        0.0 if price is None else PAPER.users_surplus(price, float(m))
        for m, price in zip(fractions, prices, strict=True)
    ]
    left.plot(fractions, utility, color=BLUE, label="users' net utility, formula")
    _errors(left, points.fractions, lambda p: p.service_profit, GREEN, "service profit, simulated, 95 %")
    _errors(left, points.fractions, lambda p: p.users_surplus, BLUE, "net utility, simulated, 95 %")
    left.set(
        xlabel="mining fraction $m$", ylabel="per user and period", title="What mining costs the service"
    )
    left.legend(frameon=False)
    rewards = np.linspace(0.0, max(point.value for point in points.rewards) * 1.04, 2001)
    best = [PAPER.optimum(float(reward)) for reward in rewards]
    right.plot(rewards, [o.mining_fraction for o in best], color=RED, label="optimal $m$, formula")
    right.plot(
        [point.value for point in points.rewards],
        [point.mining_fraction for point in points.rewards],
        "o",
        color=RED,
        markersize=4,
        label="share of power that mined, simulated",
    )
    right.set(
        xlabel="mining reward $p_w$",
        ylabel="mining fraction $m$",
        title="How much power mines",
        ylim=(0.65, 1.03),
    )
    right.legend(frameon=False, loc="upper left")
    return save(figure, folder / "trade-off.png")


def _errors(
    axis: "Axes",
    points: Sequence[LeasePoint],
    value: Callable[[LeasePoint], Estimate],
    color: str,
    label: str | None,
) -> None:
    groups = by_value(points)
    estimates = [pooled(map(value, group)) for group in groups.values()]
    axis.errorbar(
        list(groups),
        [estimate.mean for estimate in estimates],
        yerr=[BAR * estimate.error for estimate in estimates],
        fmt="o",
        color=color,
        markersize=4,
        capsize=2,
        linewidth=1,
        label=label,
    )
