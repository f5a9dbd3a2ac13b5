import math

import numpy as np
import pytest

from sim.reproduce.acquisition_network_theory import BlockTimes, blocks_a_round

MANY = np.full(2_000, 1 / 2_000)


def one(delay_s: float) -> np.ndarray:
    return np.array([delay_s])


def test_without_delays_a_round_takes_one_block_and_those_within_the_answers_time():
    times = BlockTimes(10.0, one(0.0), MANY)
    assert times.mean_s == pytest.approx(10.0)
    assert blocks_a_round(times, one(25.0), one(1.0), 100) == pytest.approx(3.5, rel=1e-4)


@pytest.mark.parametrize("delay_s", [0.1, 1.0, 7.5, 15.0])
def test_with_one_delay_and_many_small_miners_a_round_misses_a_block_with_its_chance(delay_s):
    times = BlockTimes(15.0, one(delay_s), MANY)
    assert times.mean_s == pytest.approx(15.0 + delay_s, rel=1e-3)
    expected = 2 - math.exp(-delay_s / 15.0)
    assert blocks_a_round(times, one(2 * delay_s), one(1.0), 100) == pytest.approx(expected, rel=1e-3)


def test_a_lone_miner_never_waits_for_a_block():
    times = BlockTimes(15.0, one(60.0), one(1.0))
    assert times.mean_s == pytest.approx(15.0, rel=1e-4)
    assert blocks_a_round(times, one(30.0), one(1.0), 100) == pytest.approx(3.0, rel=1e-3)


def test_a_deadline_bounds_the_blocks_of_a_round():
    times = BlockTimes(1.0, one(0.0), MANY)
    found = [blocks_a_round(times, one(1e3), one(1.0), deadline) for deadline in (1, 2, 6)]
    assert found == pytest.approx([1, 2, 6])


@pytest.mark.parametrize(
    ("shares", "delays_s"),
    [(np.array([0.6, 0.3, 0.1]), one(0.8)), (np.full(200, 1 / 200), np.array([0.2, 1.5]))],
    ids=["unequal miners", "unequal delays"],
)
def test_theory_agrees_with_a_simulation_of_the_race(shares, delays_s):
    answer_s = 3.0
    times = BlockTimes(1.0, delays_s, shares)
    rng = np.random.default_rng(3)
    gaps, blocks, finder, waited, count = [], [], 0, 0.0, 1
    for _ in range(20_000):
        gap, finder = next_block(rng, shares, delays_s, finder)
        gaps.append(gap)
        waited += gap
        if waited < answer_s:
            count += 1
        else:
            blocks.append(count)
            waited, count = 0.0, 1
    assert np.mean(gaps) == pytest.approx(times.mean_s, rel=0.025)
    # Who finds the next block depends on who found the last one, which a sum of independent times leaves out.
    assert np.mean(blocks) == pytest.approx(blocks_a_round(times, one(answer_s), one(1.0), 100), rel=0.04)


def next_block(rng, shares, delays_s, finder):
    """Time from a block to the first one on it, and who finds that: its own finder has it at once."""
    known_s = np.where(np.arange(len(shares)) == finder, 0.0, rng.choice(delays_s, len(shares)))
    found_s = known_s + rng.exponential(1.0 / shares)
    return found_s.min(), int(found_s.argmin())
