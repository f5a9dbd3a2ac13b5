"""The acquisition paper's claims about known users (section V) and the compared schemes (section VI, Figs. 2 to 4)."""

from collections.abc import Iterator, Sequence

import numpy as np
from scipy.stats import poisson

from apps.admm.robust import tail_coefficient_w
from apps.admm.schemes import DSA, NON_CAUSAL, PROPORTIONAL, UNIFORM
from sim.reproduce.acquisition_claims import LEAST_PROBABILITY
from sim.reproduce.acquisition_data import (
    FIGURE_RATE_BPS,
    NOISE_PSD_W_PER_HZ,
    PATHLOSS_EXPONENT,
    Measured,
    Measurements,
    predicted,
)
from sim.reproduce.acquisition_statistics import Interval, largest_share, level_dbm, ratio
from sim.reproduce.acquisition_users import CellCheck
from sim.reproduce.claims import Claim, Verdict

ALMOST = 0.05
"""Up to so much more is almost the same."""
ALMOST_DB = 1.0
"""Up to so many decibels look the same on a figure's axis."""
_EXACT = 1e-8
_MEGA = 1e6
_EXPECTED_IN_TAIL = 20
"""Draws that are to lie in the tail by which its weight is judged."""


def known_user_claims(checks: Sequence[CellCheck]) -> Iterator[Claim]:
    """Section V and appendices B and C, by cells with known users."""
    yield rates_met(checks)
    yield closed_form(checks)
    yield bracket(checks)
    yield argument_of_w(checks)
    yield printed_bounds(checks)


def scheme_claims(measurements: Measurements) -> Iterator[Claim]:
    """Section VI and the abstract, by the Monte Carlo samples."""
    at_figure_rate = next(m for m in measurements.rates if m.sample.place.rate_bps == FIGURE_RATE_BPS)
    yield almost_non_causal("Fig. 2, abstract", "at every rate", measurements.rates, measurements.fixed_rates)
    yield almost_non_causal(
        "Fig. 4", "at every lambda_6", measurements.densities, measurements.fixed_densities
    )
    yield same_bandwidth(at_figure_rate)
    yield better_than(PROPORTIONAL, measurements.rates)
    yield better_than(UNIFORM, measurements.rates)
    yield finite_mean("Fig. 2", measurements.rates)
    yield finite_mean("Fig. 4", measurements.densities)


def rates_met(checks: Sequence[CellCheck]) -> Claim:
    """Proposition 2."""
    error, multiplier = max(c.rate_error for c in checks), min(c.multiplier for c in checks)
    return Claim(
        "Prop. 2",
        "at the optimum every user has exactly its rate",
        f"in {len(checks)} cells with users to {error:.0e}; one more bit/s for any user costs {multiplier:.1e} W or "
        "more, so (42c) binds",
        Verdict.HOLDS if error <= _EXACT and multiplier > 0 else Verdict.FAILS,
    )


def closed_form(checks: Sequence[CellCheck]) -> Claim:
    """Proposition 3's bandwidths: is (55) zero, is the band used up?"""
    slope, band = max(c.stationarity for c in checks), max(c.band_error for c in checks)
    return Claim(
        "Prop. 3",
        "(45) with the principal branch of W is the optimum",
        f"in {len(checks)} cells the derivative (55) is below {slope:.0e} of the price and sum b is w to {band:.0e}: "
        "enough, as (44) is convex",
        Verdict.HOLDS if max(slope, band) <= _EXACT else Verdict.FAILS,
    )


def bracket(checks: Sequence[CellCheck]) -> Claim:
    """(46) as printed, and with its ends exchanged."""
    inside, swapped = (sum(getattr(c, name) for c in checks) for name in ("in_bracket", "in_swapped"))
    return Claim(
        "(46)",
        "the price lies between chi/max|h|^2 and chi/min|h|^2",
        f"in {inside} of {len(checks)} cells; with the ends exchanged in {swapped}",
        _share_verdict(inside, len(checks)),
    )


def argument_of_w(checks: Sequence[CellCheck]) -> Claim:
    """(57): true, but W is real only above -1/e."""
    least = min(c.argument for c in checks)
    return Claim(
        "(57)",
        "the argument of W is at least -1, so W increases",
        f"W is not real between -1 and -1/e = {-1 / np.e:.4f}; what is needed is an argument above -1/e, and it is: "
        f"the least is {least:.4f}",
        Verdict.PARTLY if least >= -1 / np.e else Verdict.FAILS,
    )


def printed_bounds(checks: Sequence[CellCheck]) -> Claim:
    """(58) and (59) have max|h|^2 on both sides."""
    printed, corrected = (
        sum(getattr(c, name) for c in checks) for name in ("within_printed", "within_corrected")
    )
    return Claim(
        "(58), (59)",
        "bounds on b and w, with max|h|^2 in both",
        f"as printed they hold in {printed} of {len(checks)} cells, with min|h|^2 in the right one in {corrected}",
        _share_verdict(printed, len(checks)),
    )


def _share_verdict(right: int, of: int) -> Verdict:
    return Verdict.HOLDS if right == of else Verdict.FAILS if right == 0 else Verdict.PARTLY


def almost_non_causal(
    where: str, across: str, samples: Sequence[Measured], fixed: Sequence[Measured]
) -> Claim:
    """DSA's power over Non-Causal's: per draw, in decibels, and with fixed numbers of users."""
    by, by_fixed = [ratio(m, DSA) for m in samples], [ratio(m, DSA) for m in fixed]
    least, most = min(by, key=_mean), max(by, key=_mean)
    same, decibels = max(by_fixed, key=_mean), 10 * np.log10(most.mean)
    span = _span_db(samples)
    return Claim(
        where,
        f"DSA needs almost the same sum power as Non-Causal {across}",
        f"per draw {_percent(least)} to {_percent(most)} more (geometric mean, 95 %, {_draws(samples)} draws), at most "
        f"{decibels:.2f} dB on a figure that spans {span:.0f} dB; with fixed numbers of users at most "
        f"{_percent(same)} ({_draws(fixed)} draws): the gap is the Poisson number of users",
        Verdict.HOLDS
        if most.mean <= 1 + ALMOST
        else Verdict.PARTLY
        if same.mean <= 1 + ALMOST or decibels <= ALMOST_DB
        else Verdict.FAILS,
    )


def _mean(interval: Interval) -> float:
    return interval.mean


def _percent(by: Interval) -> str:
    return f"{100 * (by.mean - 1):.2f} ± {50 * (by.high - by.low):.2f} %"


def _draws(samples: Sequence[Measured]) -> str:
    return f"{samples[0].sample.draws:,}"


def _span_db(samples: Sequence[Measured]) -> float:
    levels = [level_dbm(m, scheme).mean for m in samples for scheme in m.found.power_w]
    return max(levels) - min(levels)


def same_bandwidth(measured: Measured) -> Claim:
    """Fig. 3: Non-Causal's bandwidth in the mean, and from draw to draw."""
    split = predicted(measured.sample.place).best.bandwidth_hz
    known = measured.found.non_causal_bandwidth_hz
    mean, spread = known.mean(axis=0), known.std(axis=0, ddof=1)
    apart = np.abs(mean - split)
    relative, scatter = float(np.max(apart / split)), spread / split
    return Claim(
        "Fig. 3",
        "DSA's bandwidths are almost the same as Non-Causal's",
        f"as Non-Causal's mean, to {apart.max() / _MEGA:.2f} MHz or {100 * relative:.1f} % (standard error up to "
        f"{np.max(spread) / np.sqrt(len(known)) / _MEGA:.2f} MHz, {len(known):,} draws); in a single draw Non-Causal "
        f"scatters about it by {spread.min() / _MEGA:.1f} to {spread.max() / _MEGA:.1f} MHz, "
        f"{100 * scatter.min():.0f} to {100 * scatter.max():.0f} % (standard deviation)",
        Verdict.FAILS if relative > ALMOST else Verdict.HOLDS if scatter.max() <= ALMOST else Verdict.PARTLY,
    )


def better_than(scheme: str, samples: Sequence[Measured]) -> Claim:
    """DSA against another scheme in the same draws: where is the whole interval below 1?"""
    by = {m.sample.place.rate_bps / _MEGA: ratio(m, DSA, scheme) for m in samples}
    better = [rate for rate, interval in by.items() if interval.high < 1]
    listed = ", ".join(f"{interval} at {rate:g}" for rate, interval in by.items())
    return Claim(
        "Fig. 2",
        f"DSA needs less power than {scheme}",
        f"DSA over {scheme} per draw, geometric mean (95 %, {_draws(samples)} draws), by Mbit/s: {listed}",
        _share_verdict(len(better), len(by)),
    )


def finite_mean(where: str, samples: Sequence[Measured]) -> Claim:
    """Is the tail of DSA's power as heavy as A/x? Judged where the bulk of the draws is least in the way."""
    clearest = max(samples, key=lambda m: _coefficient(m) / float(np.median(m.found.power_w[DSA])))
    expected, seen = _tail(clearest)
    worst = max(samples, key=lambda m: largest_share(m.found.power_w[DSA]))
    coefficient, place = _coefficient(worst), worst.sample.place
    dsa, non_causal = (largest_share(worst.found.power_w[scheme]) for scheme in (DSA, NON_CAUSAL))
    return Claim(
        where,
        "the curves are mean sum powers",
        f"the mean is infinite for every scheme, as Pr(P > x) = A/x for large x: {seen} draws of DSA lie in the tail "
        f"where that makes {expected:.0f}. At {place.rate_bps / _MEGA:g} Mbit/s and lambda_6 = {place.density_6:g}, A "
        f"= {coefficient:.1e} W: a sample's mean grows by {coefficient * np.log(10):.1e} W for ten times the draws, "
        f"and here one of {_draws(samples)} draws makes {100 * dsa:.0f} % of it (Non-Causal: {100 * non_causal:.0f} %)",
        Verdict.FAILS if poisson.cdf(seen, expected) >= LEAST_PROBABILITY else Verdict.PARTLY,
    )


def _coefficient(measured: Measured) -> float:
    place = measured.sample.place
    split = predicted(place).best.bandwidth_hz
    return tail_coefficient_w(place.cells, split, NOISE_PSD_W_PER_HZ, PATHLOSS_EXPONENT)


def _tail(measured: Measured) -> tuple[float, int]:
    """Draws expected, and found, so far above the median that one user makes the difference."""
    power, coefficient = measured.found.power_w[DSA], _coefficient(measured)
    median = float(np.median(power))
    above = max(coefficient * len(power) / _EXPECTED_IN_TAIL, 5.0 * median)
    return len(power) * coefficient / above, int(np.count_nonzero(power > median + above))
