"""What the difficulty rules do on average: intervals, noise and answers to steps, against their theory."""

from dataclasses import replace
from math import log, sqrt

import numpy as np
import pytest
from numpy.random import Generator, default_rng

from chain.params import DifficultyParams, DifficultyRule
from consensus.compact import difficulty_of_bits
from consensus.difficulty import (
    next_bits,
)
from tests.consensus.lineage import SparseLineage, header_at

MAINNET = DifficultyParams(DifficultyRule.BITCOIN, 600_000, 0x1D00FFFF, 0x1D00FFFF, window=2016)
# Far below the limit and with a full mantissa, so that neither the cap nor truncation colours the statistics.
START_BITS = 0x1B7FFFFF
DAY_MS = 86_400_000
ASERT_2_DAYS = DifficultyParams(
    DifficultyRule.ASERT, 600_000, START_BITS, 0x1D00FFFF, half_life_ms=2 * DAY_MS
)


def simulated_windows(rng: Generator, hash_rates: list[float], part: float = 0.0) -> list[float]:
    """Mean interval (s) of successive 2016-windows mined at `hash_rates` (relative to START_BITS at 600 s).

    In the first window the rate is 1 for its first `part` of blocks. A window's time is one draw from a gamma
    law.
    """
    unit_s = 600.0 / difficulty_of_bits(START_BITS)
    params = replace(MAINNET, genesis_bits=START_BITS)
    first, means = header_at(0, 0, START_BITS), []
    early = int(part * 2015)
    for index, rate in enumerate(hash_rates):
        scale_s = unit_s * difficulty_of_bits(first.bits)
        slow = early if index == 0 else 0
        span_s = rng.gamma(slow) * scale_s if slow else 0.0
        span_s += rng.gamma(2015 - slow) * scale_s / rate
        means.append(span_s / 2015)
        last = header_at(first.height + 2015, first.time_ms + round(span_s * 1000), first.bits)
        lineage = SparseLineage(last, {first.height: first})
        gap_ms = round(rng.exponential(scale_s / rate) * 1000)
        first = header_at(last.height + 1, last.time_ms + gap_ms, next_bits(params, lineage))
    return means


def test_bitcoin_rule_settles_at_600_5958_s_with_2_23_percent_noise() -> None:
    """20,000 periods: mean interval 600 n/(n-2) s and relative sd 1/sqrt(n-3), within 3.3 standard errors."""
    periods, rng = 20_000, default_rng(2016)
    unit_s = 600.0 / difficulty_of_bits(START_BITS)
    params = replace(MAINNET, genesis_bits=START_BITS)
    expected_s = np.empty(periods)
    bits = START_BITS
    for index in range(periods):
        interval_s = unit_s * difficulty_of_bits(bits)
        expected_s[index] = interval_s
        last = header_at(2015, round(rng.gamma(2015) * interval_s * 1000), bits)
        bits = next_bits(params, SparseLineage(last, {0: header_at(0, 0, bits)}))
    settled = expected_s[1:]
    error_s = settled.std() / sqrt(periods)
    assert abs(settled.mean() - 600 * 2016 / 2014) < 3.3 * error_s
    assert settled.mean() - 600 > 3.3 * error_s, "the bias must be visible at this sample size"
    noise = settled.std() / settled.mean()
    assert noise == pytest.approx(1 / sqrt(2013), rel=3.3 / sqrt(2 * periods))


@pytest.mark.parametrize(
    ("rate", "part", "expected_s"),
    [
        (2.0, 0.0, [300, 600, 600]),
        (2.0, 0.25, [375, 480, 600]),
        (2.0, 0.5, [450, 400, 600]),
        (2.0, 0.75, [525, 342.86, 600]),
        (0.5, 0.0, [1200, 600, 600]),
        (0.5, 0.5, [900, 800, 600]),
        (10.0, 0.0, [60, 240, 600]),
        (10.0, 0.5, [330, 109.1, 436.4, 600]),
        (0.1, 0.0, [6000, 1500, 600]),
        (0.1, 0.75, [1950, 1846.2, 600]),
    ],
)
def test_bitcoin_rule_answers_a_step_of_hash_rate_within_two_or_three_windows(
    rate: float, part: float, expected_s: list[float]
) -> None:
    """200 runs; 3.9 standard errors (0.01 % a cell) plus 0.15 % for the window's own n/(n-2) bias."""
    rng = default_rng(20_160)
    runs = np.array([simulated_windows(rng, [rate] * len(expected_s), part) for _ in range(200)])
    allowed = 3.9 * runs.std(axis=0) / sqrt(len(runs)) + 0.0015 * np.array(expected_s)
    assert (np.abs(runs.mean(axis=0) - expected_s) < allowed).all(), runs.mean(axis=0)


def mined(
    rng: Generator, params: DifficultyParams, rate: float, until_ms: float
) -> tuple[list[float], list[float]]:
    """Times (ms) and difficulties (relative to genesis) of blocks mined at a constant relative hash rate."""
    start = difficulty_of_bits(START_BITS)
    genesis = header_at(0, 0, START_BITS)
    lineage = SparseLineage(genesis, {0: genesis})
    clock_ms, times, difficulties = 0.0, [0.0], [1.0]
    while clock_ms < until_ms:
        bits = next_bits(params, lineage)
        difficulties.append(difficulty_of_bits(bits) / start)
        clock_ms += rng.exponential(params.target_interval_ms * difficulties[-1] / rate)
        times.append(clock_ms)
        lineage.parent = header_at(lineage.parent.height + 1, round(clock_ms), bits)
    return times, difficulties


@pytest.mark.parametrize("rate", [2.0, 4.0])
def test_asert_error_halves_every_half_life_after_a_step_of_hash_rate(rate: float) -> None:
    """D(t) = k - (k - 1) 2**(-t / half-life); 40 runs, 3.5 standard errors plus 0.5 % for whole blocks."""
    half_lives = np.array([0.25, 0.5, 1.0, 2.0, 3.0])
    rng = default_rng(288)
    at_ms = half_lives * ASERT_2_DAYS.half_life_ms
    runs = []
    for _ in range(40):
        times, difficulties = mined(rng, ASERT_2_DAYS, rate, at_ms[-1])
        runs.append(np.array(difficulties)[np.searchsorted(times, at_ms)])
    found = np.array(runs)
    expected = rate - (rate - 1) * 2.0**-half_lives
    allowed = 3.5 * found.std(axis=0) / sqrt(len(found)) + 0.005 * expected
    assert (np.abs(found.mean(axis=0) - expected) < allowed).all(), found.mean(axis=0)


def test_asert_keeps_the_mean_interval_and_its_noise_follows_the_half_life() -> None:
    """Relative sd of difficulty sqrt(T ln 2 / (2 half-life)): 4.91 % at one day, of 240 correlation times."""
    params = replace(ASERT_2_DAYS, half_life_ms=DAY_MS)
    times, difficulties = mined(default_rng(144), params, 1.0, 50_000 * 600_000)
    assert times[-1] / (len(times) - 1) == pytest.approx(600_000, rel=5e-4)
    settled = np.array(difficulties[2_000:])
    expected = sqrt(600_000 * log(2) / (2 * DAY_MS))
    assert settled.std() / settled.mean() == pytest.approx(expected, rel=0.12)
