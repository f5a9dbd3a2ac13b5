"""Small networks for tests."""

from sim.network import Network
from sim.relay import RelayConfig, RelayMode
from sim.streams import Streams
from sim.topology import PeerGraph

FAR_US = 10**15


def plain_relay(mode: RelayMode = "full", latency_ms: float = 100.0) -> RelayConfig:
    """Constant latency and nothing else but bandwidth."""
    return RelayConfig(
        mode=mode,
        latency="constant",
        constant_latency_ms=latency_ms,
        message_overhead_ms=0.0,
        processing_ms=0.0,
    )


def network_of(graph: PeerGraph, relay: RelayConfig | None = None, seed: int = 1) -> Network:
    return Network(graph, relay or plain_relay(), Streams(seed), 100.0)
