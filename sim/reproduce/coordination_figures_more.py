"""Figures that the coordination paper does not have: invalid regressions, and real measurements."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sim.figures import BLUE, GREEN, GREY, ORANGE, PURPLE, RED, new_figure, save
from sim.reproduce.coordination_figures import STYLES, dot
from sim.reproduce.coordination_methods import WITHOUT_TRANSMITTER, Method
from sim.reproduce.coordination_real import BLOCKS, RANDOM, SETS, HeldOut
from sim.reproduce.coordination_results import REAL_COLUMNS, Results, indefinite_of, real_rows, rmses_of
from sim.reproduce.coordination_statistics import median_of
from sim.reproduce.coordination_trials import COUNTS, SWEPT_SCENARIOS
from sim.reproduce.tables import write_csv

_COLOURS = dict(zip(COUNTS, (GREY, PURPLE, ORANGE, GREEN, BLUE, RED, "#56B4E9", "#000000"), strict=True))
_MARKERS = dict(zip(COUNTS, "xPs^oDv<", strict=True))


def figure_svr(results: Results, path: Path) -> Path:
    """What an indefinite regression curve costs, and how often it comes."""
    figure, (left, right) = new_figure(columns=2)
    for count in sorted({one.trial.count for one in results.tried}):
        found = [one for one in results.tried if one.trial.count == count]
        negative = [one.of(Method.SVR).negative_eigenvalues for one in found]
        ratio = [one.of(Method.SVR).rmse_db / one.of(Method.NNLS).rmse_db for one in found]
        left.plot(
            negative,
            ratio,
            _MARKERS[count],
            color=_COLOURS[count],
            markersize=4,
            alpha=0.8,
            label=f"n = {count}",
        )
    left.set_xscale("symlog", linthresh=1.0)
    left.set_xlim(left=-0.3)
    left.axhline(1.0, color=GREY, linewidth=0.8)
    left.set(
        xlabel="negative eigenvalues (0: valid)",
        ylabel="RMSE of the SVM / RMSE of nnls",
        yscale="log",
        title="each fit of the SVM",
    )
    left.legend(frameon=False, fontsize=8, ncols=2, loc="upper left")
    counts = results.counts(SWEPT_SCENARIOS[0])
    for scenario, colour, marker, aside in zip(SWEPT_SCENARIOS, (BLUE, ORANGE), "os", (-8, 8), strict=True):
        shares = [indefinite_of(results.scores(scenario, Method.SVR, count)) for count in counts]
        middle = np.array([share.value for share in shares])
        reach = [middle - [share.low for share in shares], [share.high for share in shares] - middle]
        right.errorbar(
            np.array(counts) + aside,
            100 * middle,
            yerr=100 * np.array(reach),
            color=colour,
            marker=marker,
            capsize=2,
            label=scenario,
        )
    right.set(
        xlabel="measurements n", ylabel="indefinite fits (%)", ylim=(0, 102), title="share, 95 % intervals"
    )
    right.legend(frameon=False, loc="lower right")
    figure.suptitle("The SVM regression as a variogram")
    return save(figure, path)


def figure_real(held_out: Sequence[HeldOut], folder: Path) -> list[Path]:
    """RMSE of every method on every set of real measurements, from random and from block hold-outs."""
    figure, axes = new_figure(columns=len(SETS), width=3.4, height=4.6)
    order = WITHOUT_TRANSMITTER[::-1]
    for axis, real_set in zip(axes, SETS, strict=True):
        for place, method in enumerate(order):
            for kind, aside, marker in ((RANDOM, 0.15, "o"), (BLOCKS, -0.15, "s")):
                estimate = median_of(rmses_of(held_out, real_set.name, kind, method))
                dot(axis, place + aside, estimate, STYLES[method][0], marker)
        axis.set(xscale="log", xlabel="RMSE (dB)", title=real_set.name, yticks=range(len(order)))
        axis.set(xlim=(4, 600))
        axis.set_yticklabels([method.value for method in order] if axis is axes[0] else [])
        axis.set_xticks([5, 10, 20, 50, 100, 300], labels=["5", "10", "20", "50", "100", "300"])
        axis.minorticks_off()
    trials = len({one.hold_out.seed for one in held_out})
    figure.suptitle(
        f"Real measurements: medians of {trials} hold-outs of 30 % and 95 % intervals; circles: random, squares: blocks"
    )
    return [
        save(figure, folder / "real.png"),
        write_csv(folder / "real.csv", REAL_COLUMNS, real_rows(held_out)),
    ]
