"""When a transaction reaches each peer: shortest paths from its origin, no events.

Transactions are small, so bandwidth does not matter: one hop is an inv, a getdata and the transaction, each
taking the mean latency between the two regions and the overhead of a message.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sim.relay import US_PER_MS, RelayConfig
from sim.topology import PeerGraph

MESSAGES_PER_HOP = 3
_DEFAULT_RELAY = RelayConfig()


def hop_delays_us(graph: PeerGraph, relay: RelayConfig) -> NDArray[np.float64]:
    """Mean time a transaction takes over each directed link, in the order of `graph.neighbours`."""
    mean_us = relay.mean_latency_us() + relay.message_overhead_ms * US_PER_MS
    senders = np.repeat(graph.regions, graph.degrees())
    return np.asarray(MESSAGES_PER_HOP * mean_us[senders, graph.regions[graph.neighbours]])


@lru_cache(maxsize=1024)
def arrival_delays_us(
    graph: PeerGraph, origin: int, relay: RelayConfig = _DEFAULT_RELAY
) -> NDArray[np.int64]:
    """Time from submission at `origin` to arrival at every peer, microseconds, shape (peers,), read-only.

    Broadcast relay: one latency. Otherwise the fastest path (Dijkstra). Remembered for each graph, origin and
    relay.

    Raises:
        ValueError: `origin` is not a peer.
    """
    if not 0 <= origin < graph.peers:
        raise ValueError(f"origin must be in 0..{graph.peers - 1}, got {origin}")
    if relay.mode == "broadcast":
        delays = relay.mean_latency_us()[graph.regions[origin], graph.regions]
        delays[origin] = 0.0
    else:
        # Imported here: sparse graphs take longer to load than the command line may take to start.
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import dijkstra

        links = csr_array(
            (hop_delays_us(graph, relay), graph.neighbours, graph.offsets),
            shape=(graph.peers, graph.peers),
            dtype=np.float64,
        )
        delays = dijkstra(links, indices=[origin])[0]
    rounded: NDArray[np.int64] = np.rint(delays).astype(np.int64)
    rounded.setflags(write=False)
    return rounded
