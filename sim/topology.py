"""Peer graphs: who is linked to whom, and in which region each peer is.

Links carry messages both ways. Neighbour lists are stored one after another (compressed sparse rows),
ascending, so that the gossip kernel walks contiguous memory.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.regions import OUTBOUND_LINKS, REGION_SHARES
from sim.streams import Streams


@dataclass(frozen=True, slots=True, eq=False)
class PeerGraph:
    """An undirected graph of peers 0..n-1.

    Attributes:
        regions: region index of each peer, shape (n,).
        offsets: neighbours of p are `neighbours[offsets[p]:offsets[p + 1]]`, shape (n + 1,).
        neighbours: the neighbour lists, shape (2 x links,).
    """

    regions: NDArray[np.int64]
    offsets: NDArray[np.int64]
    neighbours: NDArray[np.int64]

    @property
    def peers(self) -> int:
        """Number of peers."""
        return len(self.regions)

    @property
    def links(self) -> int:
        """Number of undirected links."""
        return len(self.neighbours) // 2

    def neighbours_of(self, peer: int) -> NDArray[np.int64]:
        """The peers linked to `peer`, ascending."""
        return self.neighbours[self.offsets[peer] : self.offsets[peer + 1]]

    def degrees(self) -> NDArray[np.int64]:
        """Links per peer, shape (n,)."""
        return np.diff(self.offsets)

    def components(self) -> NDArray[np.int64]:
        """For each peer the smallest peer it can reach, shape (n,); all zero in a connected graph."""
        sources = np.repeat(np.arange(self.peers), self.degrees())
        label = np.arange(self.peers)
        while True:
            lower = label.copy()
            np.minimum.at(lower, sources, label[self.neighbours])
            lower = np.minimum(lower, lower[lower])
            if np.array_equal(lower, label):
                return label
            label = lower


def graph_from_links(
    peers: int, links: Iterable[tuple[int, int]], regions: Sequence[int] | NDArray[np.int64] | None = None
) -> PeerGraph:
    """The graph with these undirected links; a link given twice counts once.

    Args:
        peers: number of peers, at least 1.
        links: pairs of different peers.
        regions: region of each peer; all 0 when left out.

    Raises:
        ValueError: a link to oneself or to a peer that does not exist, or a wrong number of regions.
    """
    pairs = np.array(sorted({(min(a, b), max(a, b)) for a, b in links}), dtype=np.int64).reshape(-1, 2)
    if len(pairs) and (pairs.min() < 0 or pairs.max() >= peers or np.any(pairs[:, 0] == pairs[:, 1])):
        raise ValueError(f"links must join two different peers of 0..{peers - 1}")
    region = np.zeros(peers, dtype=np.int64) if regions is None else np.array(regions, dtype=np.int64)
    if peers < 1 or region.shape != (peers,):
        raise ValueError(f"expected one region for each of {peers} peers, got shape {region.shape}")
    both = np.concatenate([pairs, pairs[:, ::-1]])
    both = both[np.lexsort((both[:, 1], both[:, 0]))]
    offsets = np.zeros(peers + 1, dtype=np.int64)
    np.cumsum(np.bincount(both[:, 0], minlength=peers), out=offsets[1:])
    return PeerGraph(regions=region, offsets=offsets, neighbours=np.ascontiguousarray(both[:, 1]))


def complete_graph(peers: int) -> PeerGraph:
    """Everyone linked to everyone, all in region 0."""
    return graph_from_links(peers, ((a, b) for a in range(peers) for b in range(a)))


def line_graph(peers: int) -> PeerGraph:
    """0 - 1 - 2 - ..., all in region 0."""
    return graph_from_links(peers, ((p, p + 1) for p in range(peers - 1)))


def ring_graph(peers: int) -> PeerGraph:
    """A line whose ends are linked too."""
    return graph_from_links(peers, ((p, (p + 1) % peers) for p in range(peers) if peers > 1))


def draw_regions(
    peers: int, streams: Streams, shares: Sequence[float] = REGION_SHARES["bitcoin_2019"]
) -> NDArray[np.int64]:
    """A region for each peer, independent draws from `shares` (normalised), shape (peers,)."""
    cumulative = np.cumsum(np.asarray(shares, dtype=np.float64))
    uniform = streams.generator("topology", "regions").random(peers) * cumulative[-1]
    return np.asarray(np.searchsorted(cumulative, uniform, side="right"), dtype=np.int64)


def draw_outbound(
    peers: int, streams: Streams, cumulative: Sequence[float] = OUTBOUND_LINKS["bitcoin_2015"]
) -> NDArray[np.int64]:
    """Outbound links wanted by each peer, independent draws from the cumulative law, shape (peers,)."""
    uniform = streams.generator("topology", "outbound").random(peers)
    return np.asarray(np.searchsorted(np.asarray(cumulative), uniform, side="right"), dtype=np.int64) + 1


def random_graph(
    peers: int,
    streams: Streams,
    outbound: Sequence[float] = OUTBOUND_LINKS["bitcoin_2015"],
    region_shares: Sequence[float] = REGION_SHARES["bitcoin_2019"],
) -> PeerGraph:
    """A random connected graph: each peer in turn opens its links to peers it is not yet linked to.

    A peer that has run out of strangers opens fewer. If the result is in pieces it is repaired, not redrawn:
    a random peer of each smaller piece is linked to a random peer of the largest, which keeps all other
    links.

    Args:
        peers: number of peers, at least 1.
        streams: the run's streams; uses those under "topology".
        outbound: cumulative distribution of outbound links, element k is P(links <= k + 1).
        region_shares: share of the peers in each region.
    """
    rng = streams.generator("topology", "links")
    known: list[set[int]] = [{peer} for peer in range(peers)]
    for peer, wanted in enumerate(draw_outbound(peers, streams, outbound).tolist()):
        strangers = min(wanted, peers - len(known[peer]))
        for other in _pick_strangers(rng, peers, known[peer], strangers):
            known[peer].add(other)
            known[other].add(peer)
    links = [(a, b) for a in range(peers) for b in known[a] if b < a]
    regions = draw_regions(peers, streams, region_shares)
    graph = graph_from_links(peers, links, regions)
    bridges = _bridges(graph, streams.generator("topology", "bridges"))
    return graph_from_links(peers, links + bridges, regions) if bridges else graph


def _pick_strangers(rng: np.random.Generator, peers: int, known: set[int], count: int) -> list[int]:
    """`count` different peers outside `known`, uniformly; there are at least that many."""
    if 2 * (len(known) + count) > peers:
        rest = np.array([p for p in range(peers) if p not in known], dtype=np.int64)
        picked: list[int] = rng.permutation(rest)[:count].tolist()
        return picked
    found: dict[int, None] = {}
    while len(found) < count:
        for candidate in rng.integers(0, peers, size=count).tolist():
            if candidate not in known and len(found) < count:
                found[candidate] = None
    return list(found)


def _bridges(graph: PeerGraph, rng: np.random.Generator) -> list[tuple[int, int]]:
    """One random link from every smaller piece of the graph to its largest piece."""
    label = graph.components()
    names, sizes = np.unique(label, return_counts=True)
    largest = names[np.argmax(sizes)]
    core = np.flatnonzero(label == largest)
    pieces = (np.flatnonzero(label == name) for name in names if name != largest)
    return [(int(rng.choice(piece)), int(rng.choice(core))) for piece in pieces]
