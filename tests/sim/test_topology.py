"""Peer graphs: simple, symmetric, connected, and with the measured distributions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from sim.regions import OUTBOUND_LINKS, REGION_SHARES
from sim.streams import Streams
from sim.topology import (
    PeerGraph,
    complete_graph,
    draw_outbound,
    draw_regions,
    graph_from_links,
    line_graph,
    random_graph,
    ring_graph,
)


def links_of(graph: PeerGraph) -> set[tuple[int, int]]:
    return {(peer, int(other)) for peer in range(graph.peers) for other in graph.neighbours_of(peer)}


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 80), st.integers(0, 10**6), st.sampled_from(["bitcoin_2015", "litecoin", "dogecoin"]))
def test_a_random_graph_is_simple_symmetric_and_connected(peers: int, seed: int, law: str) -> None:
    graph = random_graph(peers, Streams(seed), OUTBOUND_LINKS[law])
    links = links_of(graph)
    assert graph.peers == peers
    assert len(links) == len(graph.neighbours) == 2 * graph.links
    assert all(a != b and (b, a) in links for a, b in links)
    assert not graph.components().any()


def test_a_graph_in_pieces_is_bridged_and_keeps_its_links() -> None:
    one_link_each = (1.0,)
    graph = random_graph(200, Streams(4), one_link_each)
    assert not graph.components().any()
    assert graph.links >= 199


def test_outbound_links_and_regions_follow_their_distributions() -> None:
    law, shares = OUTBOUND_LINKS["bitcoin_2015"], np.array(REGION_SHARES["bitcoin_2019"])
    outbound = draw_outbound(20_000, Streams(1))
    expected = np.diff([0.0, *law]) * 20_000
    observed = np.bincount(outbound, minlength=21)[1:]
    possible = expected > 0
    assert observed[~possible].sum() == 0
    assert chisquare(observed[possible], expected[possible]).pvalue > 0.001
    regions = np.bincount(draw_regions(20_000, Streams(1)), minlength=6)
    assert chisquare(regions, shares / shares.sum() * 20_000).pvalue > 0.001


def test_every_peer_opens_its_wanted_links_when_there_are_enough_strangers() -> None:
    graph, wanted = random_graph(3_000, Streams(2)), draw_outbound(3_000, Streams(2))
    assert graph.links == wanted.sum()
    assert np.all(graph.degrees() >= wanted)


def test_the_same_seed_gives_the_same_graph_and_another_seed_another() -> None:
    first, again, other = (random_graph(50, Streams(seed)) for seed in (3, 3, 4))
    assert links_of(first) == links_of(again) != links_of(other)


def test_regions_of_the_first_peers_do_not_change_when_peers_are_added() -> None:
    assert np.array_equal(draw_regions(50, Streams(9)), draw_regions(80, Streams(9))[:50])


def test_complete_ring_and_line_have_the_links_of_their_names() -> None:
    assert complete_graph(5).degrees().tolist() == [4] * 5
    assert ring_graph(5).degrees().tolist() == [2] * 5
    assert line_graph(4).degrees().tolist() == [1, 2, 2, 1]
    assert links_of(line_graph(3)) == {(0, 1), (1, 0), (1, 2), (2, 1)}


def test_components_name_the_smallest_peer_in_reach() -> None:
    graph = graph_from_links(6, [(5, 1), (1, 3), (2, 4)])
    assert graph.components().tolist() == [0, 1, 2, 1, 2, 1]


@pytest.mark.parametrize("link", [(0, 0), (0, 3), (-1, 1)])
def test_a_link_joins_two_different_existing_peers(link: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="links must join"):
        graph_from_links(3, [link])


def test_there_is_one_region_for_each_peer() -> None:
    with pytest.raises(ValueError, match="one region"):
        graph_from_links(3, [(0, 1)], regions=[0, 1])
