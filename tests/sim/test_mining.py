"""The mining race: exact times, hash rates and difficulties that change, independence of everything else."""

import numpy as np
from scipy.stats import chisquare, kstest

from sim.network import GENESIS, Network, OccurrenceKind, Watch, equal_hash_rates
from sim.relay import RelayConfig
from sim.streams import Streams
from sim.topology import complete_graph, line_graph, random_graph
from tests.sim.networks import FAR_US, network_of, plain_relay

LATENCY_US = 100_000


def test_intervals_of_a_single_miner_are_exponential() -> None:
    network = network_of(line_graph(1))
    network.set_hash_rate(0, 0.25)
    network.run_auto(5_000, 0)
    gaps_s = np.diff(network.blocks.found_us) / 1e6
    assert kstest(gaps_s, "expon", args=(0, 400.0)).pvalue > 0.001


def test_blocks_are_won_in_proportion_to_hash_rate() -> None:
    rates = np.array([0.5, 0.25, 0.15, 0.1, 0.0])
    network = network_of(complete_graph(5), plain_relay("broadcast", 0.0))
    for peer, rate in enumerate(rates):
        network.set_hash_rate(peer, float(rate))
    network.run_auto(20_000, 0)
    blocks = network.blocks
    won = np.bincount(blocks.miner[1:], minlength=5)
    assert won[4] == 0
    assert chisquare(won[:4], rates[:4] * 20_000).pvalue > 0.001
    assert kstest(np.diff(blocks.found_us) / 1e6, "expon", args=(0, 100.0)).pvalue > 0.001
    assert np.array_equal(blocks.height, np.arange(20_001))


def first_find_us(network: Network) -> int:
    occurrence = network.advance(FAR_US)
    assert occurrence.kind == OccurrenceKind.FOUND
    return occurrence.time_us


def test_a_change_of_hash_rate_rescales_what_is_left_of_the_search() -> None:
    alone = network_of(line_graph(1))
    alone.set_hash_rate(0, 1.0)
    undisturbed = first_find_us(alone)
    changed = network_of(line_graph(1))
    changed.set_hash_rate(0, 1.0)
    moment = undisturbed // 4
    changed.advance(moment)
    changed.set_hash_rate(0, 3.0)
    assert abs(first_find_us(changed) - (moment + (undisturbed - moment) / 3)) <= 1


def test_a_paused_miner_keeps_its_progress() -> None:
    alone, paused = network_of(line_graph(1)), network_of(line_graph(1))
    for network in (alone, paused):
        network.set_hash_rate(0, 1.0)
    undisturbed = first_find_us(alone)
    paused.advance(undisturbed // 2)
    paused.set_hash_rate(0, 0.0)
    assert paused.advance(undisturbed * 10).kind == OccurrenceKind.UNTIL
    paused.set_hash_rate(0, 1.0)
    assert abs(first_find_us(paused) - (undisturbed * 10 + undisturbed - undisturbed // 2)) <= 1


def test_a_head_with_a_higher_difficulty_slows_its_miners_from_its_arrival() -> None:
    alone, network = network_of(line_graph(2)), network_of(line_graph(2))
    for either in (alone, network):
        either.set_hash_rate(1, 0.01)
    undisturbed = first_find_us(alone)
    network.add_block(GENESIS, 0, 1, 0, next_difficulty=500.0)
    network.watch(1, Watch.HEAD)
    arrival = network.advance(FAR_US)
    assert (arrival.kind, arrival.time_us) == (OccurrenceKind.HEAD, 3 * LATENCY_US)
    assert abs(first_find_us(network) - (arrival.time_us + 5 * (undisturbed - arrival.time_us))) <= 5


def test_mining_times_depend_on_neither_relay_nor_topology_nor_idle_peers() -> None:
    graphs = [(complete_graph(6), "full"), (line_graph(6), "compact"), (line_graph(9), "broadcast")]
    found = []
    for graph, mode in graphs:
        network = network_of(graph, RelayConfig(mode=mode))  # type: ignore[arg-type]
        for peer in range(6):
            network.set_hash_rate(peer, 0.5 + peer)
        network.run_auto(300, 100_000)
        found.append((network.blocks.found_us, network.blocks.miner))
    for other in found[1:]:
        assert np.array_equal(found[0], other)


def test_watching_leaves_the_run_unchanged() -> None:
    runs = []
    for watched in (0, 7):
        network = network_of(random_graph(30, Streams(2)), RelayConfig())
        equal_hash_rates(network, 5.0, 100.0)
        for peer in range(watched):
            network.watch(peer, Watch.RECEIVED)
        while network.block_count < 100:
            occurrence = network.advance(FAR_US)
            if occurrence.kind == OccurrenceKind.FOUND:
                network.add_block(occurrence.block, occurrence.peer, 1, 535_000, 100.0)
        runs.append((network.blocks, network.messages))
    (plain, sent), (watched_blocks, sent_when_watched) = runs
    assert sent == sent_when_watched
    assert np.array_equal(plain.found_us, watched_blocks.found_us)
    assert np.array_equal(plain.coverage_us, watched_blocks.coverage_us)


def test_the_kernels_own_blocks_are_those_python_would_have_added() -> None:
    by_kernel, by_python = (network_of(random_graph(20, Streams(2)), RelayConfig()) for _ in range(2))
    for network in (by_kernel, by_python):
        equal_hash_rates(network, 3.0, 100.0)
    by_kernel.run_auto(60, 535_000)
    while by_python.block_count < 61:
        occurrence = by_python.advance(FAR_US)
        by_python.add_block(occurrence.block, occurrence.peer, 1, 535_000, 100.0)
    assert np.array_equal(by_kernel.blocks.parent, by_python.blocks.parent)
    assert np.array_equal(by_kernel.blocks.coverage_us, by_python.blocks.coverage_us)
