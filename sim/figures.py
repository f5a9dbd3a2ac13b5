"""Figures of one run: how blocks spread, and whether hash share buys blocks. Colours suit colour-blind readers."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, ORANGE, GREEN, RED, PURPLE, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#666666"
"""Part of the palette of M. Okabe and K. Ito."""
FEWEST_BLOCKS = 30
"""Blocks below which shares of blocks are noise and are not drawn."""
MOST_POINTS, GROUPS = 40, 15
"""Dedicated miners that are shown one by one; groups that more of them are shown in."""


def new_figure(columns: int = 1, width: float = 6.0, height: float = 4.0) -> "tuple[Figure, list[Axes]]":
    """A figure of `columns` panels in the project's style, off screen."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width * columns, height), layout="constrained")
    FigureCanvasAgg(figure)
    axes = [figure.add_subplot(1, columns, column + 1) for column in range(columns)]
    for axis in axes:
        axis.grid(visible=True, color="#dddddd", linewidth=0.6)
        axis.spines[["top", "right"]].set_visible(False)
        axis.set_axisbelow(True)
    return figure, axes


def save(figure: "Figure", path: Path) -> Path:
    """Write the figure as PNG, 150 dots an inch."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=150)
    return path


def run_figures(summary: Mapping[str, Any], folder: Path) -> list[Path]:
    """The figures every run has, written into `folder`; a run too short for one lacks it."""
    paths = []
    if summary["network"]["propagation"]:
        paths.append(save(propagation_figure(summary["network"]), folder / "propagation.png"))
    if summary["chain"]["height"] >= FEWEST_BLOCKS and summary["mining"]:
        paths.append(
            save(hash_share_figure(summary["mining"], summary["chain"]["height"]), folder / "hash-share.png")
        )
    return paths


def propagation_figure(network: Mapping[str, Any]) -> "Figure":
    """Share of the peers that have a block against time since it was found: mean, and 10 % to 90 % of the blocks."""
    rows = network["propagation"]
    share = [100 * row["share"] for row in rows]
    figure, (axis,) = new_figure()
    low, high = [row["p10_s"] for row in rows], [row["p90_s"] for row in rows]
    axis.fill_betweenx(
        share, low, high, color=BLUE, alpha=0.2, linewidth=0, label="10 % to 90 % of the blocks"
    )
    axis.plot([row["mean_s"] for row in rows], share, color=BLUE, marker="o", markersize=3, label="mean")
    axis.set(
        xlabel="time since the block was found (s)",
        ylabel="peers that have it (%)",
        title=f"Block propagation, {network['peers']} peers, {network['links']} links",
        ylim=(0, 102),
    )
    axis.set_xlim(left=0)
    axis.legend(loc="lower right", frameon=False)
    return figure


def hash_share_figure(mining: Sequence[Mapping[str, Any]], height: int) -> "Figure":
    """Share of the best chain's blocks against share of the hashes, with the binomial 95 % band.

    Many dedicated miners are shown in groups of neighbours by share, whose sums are less scattered.
    """
    from scipy.stats import binom

    dedicated, label = _grouped([_point(row, height) for row in mining if row["role"] == "miner"])
    others = [_point(row, height) for row in mining if row["role"] != "miner"]
    figure, (axis,) = new_figure()
    line = np.linspace(0, 1.2 * max(share for share, _ in [*dedicated, *others]), 200)
    low, high = binom.ppf(0.025, height, line) / height, binom.ppf(0.975, height, line) / height
    axis.fill_between(
        100 * line, 100 * low, 100 * high, color=GREY, alpha=0.15, linewidth=0, label="binomial 95 %"
    )
    axis.plot(100 * line, 100 * line, color=GREY, linewidth=1)
    for points, color, marker, name in ((dedicated, BLUE, "o", label), (others, RED, "D", "operators")):
        if points:
            x, y = zip(*points, strict=True)
            axis.plot(100 * np.array(x), 100 * np.array(y), marker, color=color, label=name)
    axis.set(
        xlabel="share of all hashes (%)",
        ylabel="share of the best chain's blocks (%)",
        title=f"Hash share against blocks won, {height} blocks",
        xlim=(0, None),
        ylim=(0, None),
    )
    axis.legend(loc="upper left", frameon=False)
    return figure


def _point(row: Mapping[str, Any], height: int) -> tuple[float, float]:
    """(share of the hashes, share of the blocks)."""
    return row["hash_share"], row["blocks_won"] / height


def _grouped(points: Sequence[tuple[float, float]]) -> tuple[list[tuple[float, float]], str]:
    """The points, or the sums of groups of neighbours where there are too many to tell apart, and what they are."""
    if len(points) <= MOST_POINTS:
        return list(points), "dedicated miners"
    size = -(-len(points) // GROUPS)
    ranked = np.array(sorted(points))
    groups = [ranked[start : start + size].sum(axis=0) for start in range(0, len(ranked), size)]
    return [(float(x), float(y)) for x, y in groups], f"groups of {size} dedicated miners"
