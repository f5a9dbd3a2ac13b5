"""Stale blocks, reward shares and propagation against theory and published figures.

Theory: constant one-way delay D between any two miners, mean interval T, r = D / T, longest chain, first
seen. Two equal miners: stale rate r / (2 (1 + r)) (Sompolinsky and Zohar, two-node growth rate); N equal
miners: (1 - 1/N) r / (1 + r), exact for N = 2 and in the limit. Standard errors come from batch means,
because stale blocks next to each other are correlated.
"""

import math
from statistics import fmean, stdev

import numpy as np
import pytest
from numpy.typing import NDArray

from sim.network import BlockTable, Network, equal_hash_rates
from sim.relay import RelayConfig, RelayMode
from sim.streams import Streams
from sim.topology import PeerGraph, complete_graph, line_graph, random_graph

INTERVAL_S = 100.0
BATCHES = 40


def race(shares: list[float], ratio: float, blocks: int, seed: int) -> Network:
    """Miners with these hash shares and delay ratio x interval between any two, after `blocks` blocks."""
    relay = RelayConfig(mode="broadcast", latency="constant", constant_latency_ms=ratio * INTERVAL_S * 1000)
    network = Network(line_graph(len(shares)), relay, Streams(seed), INTERVAL_S)
    for peer, share in enumerate(shares):
        network.set_hash_rate(peer, share)
    network.run_auto(blocks, 0)
    network.settle()
    return network


def on_main_chain(network: Network) -> NDArray[np.bool_]:
    """Whether each block is an ancestor of peer 0's head or that head, shape (blocks,)."""
    parents = network.blocks.parent.tolist()
    main = np.zeros(len(parents), dtype=bool)
    block = network.head_of(0)
    while block >= 0:
        main[block] = True
        block = parents[block]
    return main


def mean_and_error(values: NDArray[np.bool_]) -> tuple[float, float]:
    """Mean and its standard error from batch means."""
    means = [float(batch.mean()) for batch in np.array_split(values, BATCHES)]
    return float(values.mean()), stdev(means) / math.sqrt(BATCHES)


def assert_stale_rate(miners: int, ratio: float, blocks: int) -> None:
    stale = ~on_main_chain(race([1.0 / miners] * miners, ratio, blocks, seed=miners))[1:]
    rate, error = mean_and_error(stale)
    expected = (1 - 1 / miners) * ratio / (1 + ratio)
    assert error < 0.1 * expected, "the sample is too small to tell"
    assert abs(rate - expected) < 3 * error


@pytest.mark.parametrize("ratio", [0.1, 0.5, 1.0])
def test_stale_rate_of_two_equal_miners(ratio: float) -> None:
    assert_stale_rate(2, ratio, 100_000)


@pytest.mark.parametrize("ratio", [0.1, 0.5, 1.0])
def test_stale_rate_of_a_hundred_equal_miners(ratio: float) -> None:
    assert_stale_rate(100, ratio, 20_000)


@pytest.mark.slow
@pytest.mark.parametrize(("miners", "ratio"), [(2, 0.01), (100, 0.01), (2, 1.0), (100, 0.1)])
def test_stale_rate_in_long_races(miners: int, ratio: float) -> None:
    assert_stale_rate(miners, ratio, 1_000_000 if miners == 2 else 200_000)


@pytest.mark.parametrize(
    ("miners", "ratio", "reference"),
    [(2, 0.5, 0.166823), (3, 1.0, 0.331437), (5, 0.5, 0.266009), (10, 0.1, 0.081757), (100, 1.0, 0.494555)],
)
def test_stale_rate_agrees_with_an_independent_monte_carlo(
    miners: int, ratio: float, reference: float
) -> None:
    blocks = 20_000 if miners == 100 else 60_000
    stale = ~on_main_chain(race([1.0 / miners] * miners, ratio, blocks, seed=7 + miners))[1:]
    rate, error = mean_and_error(stale)
    assert abs(rate - reference) < 3 * math.hypot(error, 0.0002)


def test_stale_rate_of_two_unequal_miners_and_the_small_ones_share() -> None:
    """p = 0.3, r = 0.5: exact stale rate 0.138770; the small miner keeps 0.2285 of the main chain (Monte Carlo)."""
    network = race([0.7, 0.3], 0.5, 100_000, seed=3)
    main = on_main_chain(network)[1:]
    rate, error = mean_and_error(~main)
    assert abs(rate - 0.138770) < 3 * error
    share, share_error = mean_and_error(network.blocks.miner[1:][main] == 1)
    assert abs(share - 0.2285) < 3 * math.hypot(share_error, 0.0002)


def test_share_of_heights_with_competing_blocks() -> None:
    """Two equal miners, r = 0.5: 0.200226 of the heights have two blocks or more (Monte Carlo, reference table)."""
    blocks: BlockTable = race([0.5, 0.5], 0.5, 100_000, seed=5).blocks
    contested, error = mean_and_error(np.bincount(blocks.height)[1:] >= 2)
    assert abs(contested - 0.200226) < 3 * math.hypot(error, 0.0003)


def test_without_delay_no_block_is_stale() -> None:
    assert on_main_chain(race([0.25] * 4, 0.0, 5_000, seed=1)).all()


def propagation_s(mode: RelayMode, graph: PeerGraph, streams: Streams) -> tuple[float, float]:
    """Mean over 100 blocks of the time until half, and nine tenths, of the peers have a block of 535 kB."""
    network = Network(graph, RelayConfig(mode=mode), streams, 600.0)
    equal_hash_rates(network, 600.0, 600.0)
    network.run_auto(100, 535_000)
    network.settle()
    p50, p90 = (network.propagation_quantile_s(share)[1:].mean() for share in (0.5, 0.9))
    return float(p50), float(p90)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mode", "median_s", "ninety_s"),
    [("full", (2.7, 2.9), (4.9, 5.1)), ("compact", (1.0, 1.3), (2.3, 2.5))],
)
def test_propagation_with_the_2019_tables_is_simblocks(
    mode: RelayMode, median_s: tuple[float, float], ninety_s: tuple[float, float]
) -> None:
    """600 peers: the confidence interval (3 standard errors over 20 networks) meets SimBlock's range."""
    measured = []
    for seed in range(1, 21):
        streams = Streams(seed)
        measured.append(propagation_s(mode, random_graph(600, streams), streams))
    for values, (low, high) in zip(zip(*measured, strict=True), (median_s, ninety_s), strict=True):
        margin = 3 * stdev(values) / math.sqrt(len(values))
        assert low < fmean(values) + margin
        assert fmean(values) - margin < high


def test_full_blocks_take_longer_than_compact_ones() -> None:
    streams = Streams(1)
    graph = random_graph(100, streams)
    full, compact = (propagation_s(mode, graph, streams) for mode in ("full", "compact"))
    assert full[0] > 1.5 * compact[0]
    assert full[1] > 1.5 * compact[1]


def test_a_complete_graph_of_two_delivers_after_three_messages_and_the_upload() -> None:
    """inv, getdata, block: 3 x (32 + 10) ms on average; 2 ms processing; 535 kB at 19.2 Mbit/s: 222.9 ms."""
    relay = RelayConfig(mode="full", latency="table")
    network = Network(complete_graph(2), relay, Streams(1), 600.0)
    network.add_block(0, 0, 1, 535_000, 600.0)
    network.settle()
    assert network.propagation_quantile_s(1.0)[1] == pytest.approx(0.126 + 0.002 + 4.28e6 / 19.2e6, abs=2e-6)
