"""The coordination paper's claims about variograms and numbers of measurements (sections 3 and 4.2, Figs. 12 to 14)."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from sim.reproduce.claims import Claim, Verdict
from sim.reproduce.coordination_claims_table import HALF, MOST, ORDER, PAPER, VALID, table_claims
from sim.reproduce.coordination_example import Example
from sim.reproduce.coordination_methods import Method
from sim.reproduce.coordination_results import Results, indefinite_of
from sim.reproduce.coordination_statistics import percent
from sim.reproduce.coordination_trials import COUNT


def map_claims(results: Results, shown: Example) -> Iterator[Claim]:
    """All of them, in the order of the paper."""
    yield pairs_of_a_bin(shown)
    yield regression_is_a_variogram(results)
    yield no_parameters(results)
    yield from table_claims(results)
    yield falls_with_count(results)
    yield gap_negligible(results)
    yield svm_promising(results)
    yield extended_truth(results)


def pairs_of_a_bin(shown: Example) -> Claim:
    """What eq. (1) gives with N_d as its text defines it."""
    factor = shown.measured.pairs / len(shown.chosen)
    return Claim(
        "Eq. (1), (4)",
        "N_d is the number of all measurements; the last unknown of the kriging system is 0",
        f"with that N_d the semivariances of {len(shown.chosen)} measurements are multiplied by {factor.min():.1f} to "
        f"{factor.max():.1f}, by another factor in each bin: N_d must be the number of pairs in the "
        "bin; the last unknown is the Lagrange multiplier of (3)",
        Verdict.FAILS if factor.max() > 1.5 * factor.min() else Verdict.PARTLY,
    )


def regression_is_a_variogram(results: Results) -> Claim:
    """Section 3.2 solves (4) with the regression curve; a meaning it has only where the curve is a variogram."""
    scores = [one.of(Method.SVR) for one in results.tried]
    ratio = _ratios_to_nnls(results)
    bad = [score for score in scores if score.negative_eigenvalues > 0]
    share, negative = (
        indefinite_of(scores),
        float(np.mean([score.negative_variances for score in bad] or [0.0])),
    )
    valid, indefinite = (
        [r for r, score in zip(ratio, scores, strict=True) if (score.negative_eigenvalues > 0) is wanted]
        for wanted in (False, True)
    )
    return Claim(
        "Sec. 3.2",
        "kriging can be done with the line of the SVM regression in place of a variogram model",
        f"{percent(share)} of {len(scores)} fits are not conditionally negative definite: {negative:.0%} of the "
        f"pixels then get a negative variance, and the RMSE is {_median(indefinite):.1f} times that of nnls (median; "
        f"largest {max(indefinite, default=float('nan')):.0f}), against {_median(valid):.2f} times where the "
        f"curve is valid; "
        "nothing in (5) to (8) makes the curve a variogram",
        Verdict.HOLDS
        if share.value <= 1 - MOST
        else Verdict.PARTLY
        if share.value <= HALF
        else Verdict.FAILS,
    )


def no_parameters(results: Results) -> Claim:
    """The claim against parametric models, and what fitting them costs and gives."""
    rmse = {
        m: results.rmse(PAPER, m).value for m in (Method.REML, Method.WLS, Method.NNLS, *VALID, Method.SVR)
    }
    worst = max(rmse[method] for method in VALID)
    return Claim(
        "Sec. 3.2, 4.2",
        "SVM needs no parameters, where range, nugget and sill are hard to determine",
        f"it has three of its own (C, epsilon, gamma), and bins and largest lag; fits without any choice exist: "
        f"median RMSE {rmse[Method.REML]:.2f} dB by reml, {rmse[Method.NNLS]:.2f} by nnls, {rmse[Method.WLS]:.2f} "
        f"by wls, "
        f"{rmse[Method.SVR]:.2f} by the SVM, up to {worst:.2f} with the parameters set by hand (`{PAPER}`)",
        Verdict.PARTLY if rmse[Method.SVR] <= worst else Verdict.FAILS,
    )


def falls_with_count(results: Results) -> Claim:
    """Medians of Fig. 14 from 100 to 800 measurements."""
    counts = results.counts(PAPER)
    methods = (*ORDER[:-1], Method.LINEAR, Method.PROJECTED, Method.NNLS, Method.WLS, Method.REML)
    medians = {m: [results.rmse(PAPER, m, count).value for count in counts] for m in methods}
    falls = [m for m in methods if all(a > b for a, b in pairwise(medians[m]))]
    others = "; ".join(
        f"{m.value}: {medians[m][0]:.1f} dB at {counts[0]}, {max(medians[m]):.1f} at most, {medians[m][-1]:.1f} "
        f"at {counts[-1]}"
        for m in methods
        if m not in falls
    )
    valid = [m for m in methods if m not in (Method.SVR, Method.BOUNDED)]
    return Claim(
        "Fig. 14",
        "RMSE and MAPE fall as the number of measurements grows",
        f"at each of {len(counts) - 1} steps for {len(falls)} of {len(methods)} methods"
        + (f"; not for {others}" if others else ""),
        Verdict.HOLDS
        if len(falls) == len(methods)
        else Verdict.PARTLY
        if all(medians[m][0] > medians[m][-1] for m in valid)
        else Verdict.FAILS,
    )


def gap_negligible(results: Results) -> Claim:
    """Distance between the best and the worst of the paper's variogram models."""
    counts = results.counts(PAPER)

    def gap(methods: Sequence[Method], count: int) -> float:
        medians = [results.rmse(PAPER, method, count).value for method in methods]
        return max(medians) - min(medians)

    valid, every = (
        [gap(methods, count) for count in (counts[0], COUNT, counts[-1])] for methods in (VALID, ORDER[:-1])
    )
    return Claim(
        "Sec. 4.2",
        "with more measurements the gap between the models becomes negligible",
        f"from the best to the worst median at n = {counts[0]}, {COUNT} and {counts[-1]}: {_list(valid)} dB "
        f"between the "
        f"valid models, {_list(every)} dB with SVM and bounded linear, which get worse",
        Verdict.HOLDS
        if every[-1] < 0.5 * every[0]
        else Verdict.PARTLY
        if valid[-1] < 0.5 * valid[0]
        else Verdict.FAILS,
    )


def svm_promising(results: Results) -> Claim:
    """The SVM's medians against those of nnls, by the number of measurements."""
    counts = results.counts(PAPER)
    by_count = {
        count: results.rmse(PAPER, Method.SVR, count).value / results.rmse(PAPER, Method.NNLS, count).value
        for count in counts
    }
    bad = {count: indefinite_of(results.scores(PAPER, Method.SVR, count)).value for count in counts}
    first, last = counts[0], counts[-1]
    return Claim(
        "Fig. 14",
        "the SVM model ensures a promising performance at every number of measurements",
        f"its median RMSE is {min(by_count.values()):.1f} to {max(by_count.values()):.1f} times that of nnls; the "
        f"share of "
        f"indefinite fits is {bad[first]:.0%} at {first} and {bad[last]:.0%} at {last} measurements",
        Verdict.HOLDS
        if max(by_count.values()) <= 1.1
        else Verdict.PARTLY
        if min(by_count.values()) <= 1.1
        else Verdict.FAILS,
    )


def extended_truth(results: Results) -> Claim:
    """What the extension of 320 measurements to 1600 does to the test."""
    last = results.counts(PAPER)[-1]
    smooth, rough = (
        [results.rmse(scenario, Method.REML, count).value for count in (COUNT, last)]
        for scenario in (PAPER, "campus")
    )
    return Claim(
        "Sec. 4.2",
        "320 measurements extended to 1600 pixels can stand for the original",
        f"reml reaches {smooth[0]:.2f} dB at n = {COUNT} and {smooth[1]:.2f} at {last} on extended campuses, "
        f"{rough[0]:.2f} and {rough[1]:.2f} on those before the extension: the test rewards what interpolates "
        f"like the "
        "extension, and more than 320 samples bring nothing new",
        Verdict.FAILS if smooth[1] < 0.8 * rough[1] else Verdict.PARTLY,
    )


def _ratios_to_nnls(results: Results) -> list[float]:
    return [one.of(Method.SVR).rmse_db / one.of(Method.NNLS).rmse_db for one in results.tried]


def _median(values: Sequence[float]) -> float:
    return float(np.median(values)) if values else float("nan")


def _list(values: Sequence[float]) -> str:
    return ", ".join(f"{value:.2f}" for value in values)
