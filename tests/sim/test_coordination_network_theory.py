import numpy as np
import pytest
from scipy.stats import gamma

from sim.reproduce.acquisition_network_theory import BlockTimes
from sim.reproduce.coordination_network_theory import (
    TRANSITIONS,
    Delays,
    Flow,
    GammaLatency,
    Lattice,
    Law,
    latency,
    residual_s,
    with_stale_rate,
)

SAMPLES = 20_000


def times_of(interval_s: float, delay_s: float, miners: int = 2) -> BlockTimes:
    return BlockTimes(interval_s, np.array([delay_s]), np.full(miners, 1 / miners))


def certain(*delays_s: float) -> Delays:
    return Delays(np.array(delays_s), np.full(len(delays_s), 1 / len(delays_s)))


def flow(times: BlockTimes, confirmations: int, delays: Delays, asked_s: float = 0.0) -> Flow:
    return Flow(times, confirmations, np.array([asked_s]), [delays], [delays] * len(TRANSITIONS))


def drawn(rng, times: BlockTimes, confirmations: int, delays: Delays, asked_s: float):
    """(SAMPLES,) latencies and blocks, played block by block: nothing of the theory but the law of block times."""
    grid_s = np.linspace(0.0, 60 * times.interval_s, 400_001)
    law = times.distribution(grid_s)

    def block_s(count: int) -> np.ndarray:
        return np.interp(rng.random(count), law, grid_s)

    latency_s, blocks = np.full(SAMPLES, -asked_s), np.zeros(SAMPLES)
    for step in range(1 + len(TRANSITIONS)):
        ready_s, now_s, waits = (
            rng.choice(delays.delay_s, SAMPLES, p=delays.chance),
            np.zeros(SAMPLES),
            np.ones(SAMPLES, bool),
        )
        while waits.any():
            now_s[waits] += block_s(int(waits.sum()))
            blocks += waits & (step > 0)
            waits = now_s <= ready_s
        latency_s += now_s
        if step:
            blocks += confirmations - 1
            latency_s += sum(block_s(SAMPLES) for _ in range(confirmations - 1))
    return latency_s, blocks


# without delays


@pytest.mark.parametrize("confirmations", [1, 3, 6])
def test_without_delays_the_latency_is_a_gamma_variable_of_one_block_and_four_for_each_confirmation(
    confirmations,
):
    bare = GammaLatency(15.0, confirmations)
    theory = latency(flow(times_of(15.0, 0.0), confirmations, certain(0.0)))
    law = theory.law
    reference = gamma(1 + 4 * confirmations, scale=15.0)
    for level in (0.1, 0.5, 0.9):
        assert bare.quantile_s(level) == pytest.approx(reference.ppf(level))
        assert law.quantile_s(level) == pytest.approx(reference.ppf(level), rel=2e-3)
    assert (bare.mean_s, bare.std_s) == pytest.approx((reference.mean(), reference.std()))
    assert (law.mean_s, law.variance_s2) == pytest.approx((reference.mean(), reference.var()), rel=2e-3)
    assert theory.blocks == pytest.approx(4 * confirmations)


def test_with_exponential_blocks_a_delay_is_waited_for_and_then_one_more_interval():
    lattice = Lattice(times_of(10.0, 0.0), horizon_s=300.0)
    law = Law(lattice.step_s, lattice.first_after(certain(25.0)))
    assert law.mean_s == pytest.approx(35.0, rel=1e-3)
    assert law.variance_s2 == pytest.approx(100.0, rel=1e-2)
    assert lattice.blocks(certain(25.0)) == pytest.approx(3.5, rel=1e-3)


# with delays, against samples: means within 4 of their standard errors (all at once at 99.9 %), quantiles within 3 %


@pytest.mark.parametrize(
    ("times", "confirmations", "delays", "asked_s"),
    [
        (times_of(15.0, 0.5, 12), 1, certain(0.3, 0.9), 0.1),
        (times_of(2.0, 1.0, 12), 1, certain(0.5, 2.0, 6.0), 0.4),
        (times_of(2.0, 1.0, 3), 3, certain(0.5, 2.0), 0.5),
    ],
    ids=["short delays", "long delays", "few miners, three confirmations"],
)
def test_theory_agrees_with_samples_of_the_flow(times, confirmations, delays, asked_s):
    latency_s, blocks = drawn(np.random.default_rng(7), times, confirmations, delays, asked_s)
    theory = latency(flow(times, confirmations, delays, asked_s))
    law = theory.law
    root = np.sqrt(SAMPLES)
    assert law.mean_s == pytest.approx(latency_s.mean(), abs=4 * latency_s.std() / root)
    assert theory.blocks == pytest.approx(blocks.mean(), abs=4 * blocks.std() / root + 2e-3)
    # The standard deviation of a sample of these laws has a relative error of less than 1 %.
    assert law.variance_s2**0.5 == pytest.approx(latency_s.std(), rel=0.04)
    for level in (0.1, 0.5, 0.9):
        assert law.quantile_s(level) == pytest.approx(np.quantile(latency_s, level), rel=0.03)


def test_the_sum_of_different_delays_is_that_of_their_samples():
    delays = Delays.mixed(np.array([[-1.0, 2.0], [4.0, 6.0]]), np.array([0.25, 0.75]))
    assert delays.delay_s.tolist() == [0.0, 2.0, 4.0, 6.0]
    assert delays.chance.tolist() == [0.125, 0.375, 0.125, 0.375]
    assert delays.mean_s == pytest.approx(3.5)


def test_a_law_moved_earlier_has_its_mean_earlier_and_nothing_before_0():
    lattice = Lattice(times_of(10.0, 0.0), horizon_s=400.0)
    law = lattice.first_after(certain(50.0))
    moved = Law(lattice.step_s, lattice.earlier(law, 33.3))
    assert moved.mean_s == pytest.approx(Law(lattice.step_s, law).mean_s - 33.3, abs=0.02)
    at_zero = Law(lattice.step_s, lattice.earlier(law, 390.0))
    assert at_zero.mass.sum() == pytest.approx(law.sum())
    assert at_zero.mass[0] > 0.99


# moments of one's own choosing


def test_without_delays_one_waits_a_whole_interval_from_any_moment():
    assert residual_s(times_of(15.0, 0.0)) == pytest.approx(15.0, rel=1e-3)


def test_with_one_delay_the_wait_is_that_of_the_inspection_paradox():
    interval_s, delay_s = 2.0, 1.5
    both = interval_s + delay_s
    expected = (both**2 + interval_s**2) / (2 * both)
    assert residual_s(times_of(interval_s, delay_s, miners=500)) == pytest.approx(expected, rel=5e-3)


# stale rate


@pytest.mark.parametrize("stale_rate", [0.02, 0.3])
def test_delays_are_adapted_to_a_stale_rate(stale_rate):
    adapted = with_stale_rate(BlockTimes(2.0, np.array([0.1, 3.0]), np.full(12, 1 / 12)), stale_rate)
    assert 1 - 2.0 / adapted.mean_s == pytest.approx(stale_rate, abs=1e-6)
    assert adapted.delay_s[1] / adapted.delay_s[0] == pytest.approx(30.0)


def test_without_stale_blocks_there_are_no_delays():
    assert with_stale_rate(times_of(2.0, 1.0), 0.0).mean_s == pytest.approx(2.0)
