"""Transactions arrive after the shortest path of mean delays."""

import numpy as np
import pytest

from sim.arrival import arrival_delays_us
from sim.relay import RelayConfig
from sim.streams import Streams
from sim.topology import graph_from_links, line_graph, random_graph

CONSTANT = RelayConfig(latency="constant", constant_latency_ms=40.0, message_overhead_ms=10.0)


def test_each_hop_costs_an_inv_a_getdata_and_the_transaction() -> None:
    assert arrival_delays_us(line_graph(4), 1, CONSTANT).tolist() == [150_000, 0, 150_000, 300_000]


def test_a_fast_detour_beats_a_slow_link() -> None:
    graph = graph_from_links(3, [(0, 1), (1, 2), (0, 2)], regions=[4, 3, 2])
    delays = arrival_delays_us(graph, 0)
    japan_to_south_america, over_asia = 3 * (301 + 10), 3 * (58 + 10) + 3 * (325 + 10)
    assert delays.tolist() == [0, 3 * 68_000, min(japan_to_south_america, over_asia) * 1000]


def test_delays_agree_with_relaxing_every_link_until_nothing_changes() -> None:
    relay = RelayConfig()
    graph = random_graph(60, Streams(3))
    mean_us = (relay.mean_latency_us() + 10_000) * 3
    delays = np.full(60, np.inf)
    delays[7] = 0.0
    for _ in range(60):
        for a in range(60):
            for b in graph.neighbours_of(a):
                delays[b] = min(delays[b], delays[a] + mean_us[graph.regions[a], graph.regions[b]])
    assert arrival_delays_us(graph, 7, relay).tolist() == delays.tolist()


def test_broadcast_takes_one_latency_to_everyone_else() -> None:
    relay = RelayConfig(mode="broadcast", latency="constant", constant_latency_ms=40.0)
    assert arrival_delays_us(line_graph(3), 2, relay).tolist() == [40_000, 40_000, 0]


def test_links_without_delay_are_still_links() -> None:
    relay = RelayConfig(latency="constant", constant_latency_ms=0.0, message_overhead_ms=0.0)
    assert arrival_delays_us(line_graph(3), 0, relay).tolist() == [0, 0, 0]


def test_a_remembered_answer_cannot_be_changed_by_its_reader() -> None:
    graph = line_graph(3)
    delays = arrival_delays_us(graph, 0, CONSTANT)
    assert arrival_delays_us(graph, 0, CONSTANT) is delays
    with pytest.raises(ValueError, match="read-only"):
        delays[1] = 0


def test_the_origin_is_a_peer() -> None:
    with pytest.raises(ValueError, match=r"0\.\.2"):
        arrival_delays_us(line_graph(3), 3, CONSTANT)
