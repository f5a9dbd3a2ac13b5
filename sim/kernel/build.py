"""Make the kernel's arrays from a peer graph, a relay protocol and the run's streams."""

import math

import numpy as np

from sim.kernel.draws import warm_up
from sim.kernel.mining import start_miners
from sim.kernel.state import (
    BLOCKS,
    BROADCAST,
    COMPACT_RELAY,
    FULL_RELAY,
    HOLDERS,
    MAX_PEERS,
    MINER,
    NONE,
    PARENT,
    SLOT,
    TRAITS,
    VALID,
    Fabric,
    Floats,
    Ints,
    State,
    allocate,
)
from sim.regions import MISSING_CHURN, MISSING_STABLE
from sim.relay import US_PER_MS, RelayConfig
from sim.streams import Streams
from sim.topology import PeerGraph

COVERAGE_QUANTILES = tuple(k / 20 for k in range(1, 21))
"""Shares of the peers whose time of arrival is recorded for every block."""

_MODES = {"broadcast": BROADCAST, "full": FULL_RELAY, "compact": COMPACT_RELAY}


def check_graph(graph: PeerGraph, relay: RelayConfig) -> None:
    """Refuse a graph that the kernel cannot run.

    Raises:
        ValueError: too many peers, an unknown region, or blocks that could not reach everyone.
    """
    if not 1 <= graph.peers <= MAX_PEERS:
        raise ValueError(f"expected 1..{MAX_PEERS} peers, got {graph.peers}")
    regions = len(relay.tables.latency_ms)
    if graph.regions.min() < 0 or graph.regions.max() >= regions:
        raise ValueError(f"regions must be in 0..{regions - 1}, got 0..{graph.regions.max()}")
    if relay.mode != "broadcast" and graph.components().any():
        raise ValueError("the peer graph must be connected: a block could not reach every peer")


def build_fabric(graph: PeerGraph, relay: RelayConfig, streams: Streams) -> Fabric:
    """The fixed tables; each peer's abilities come from its own row of the stream `peer`."""
    scale_us, exponent = relay.latency_law()
    overhead_us = 0 if relay.mode == "broadcast" else round(relay.message_overhead_ms * US_PER_MS)
    traits = streams.words("peer", entities=graph.peers) / 2.0**32
    shares = np.array([relay.compact_capable_share, relay.churn_share])
    values, cumulative = _missing_laws()
    return Fabric(
        offsets=graph.offsets,
        neighbours=graph.neighbours,
        regions=graph.regions,
        scale_us=scale_us,
        exponent=exponent,
        floor_us=scale_us.astype(np.int64) + overhead_us,
        bandwidth_bps=relay.tables.bandwidth_bps(),
        trait=np.ascontiguousarray((traits[:, :TRAITS] < shares).T.astype(np.int64)),
        failure=np.array([relay.compact_failure_stable, relay.compact_failure_churn]),
        missing_fraction=values,
        missing_cumulative=cumulative,
        ranks=coverage_ranks(graph.peers),
        mode=_MODES[relay.mode],
        overhead_us=overhead_us,
        processing_us=round(relay.processing_ms * US_PER_MS),
        compact_bytes=relay.compact_block_bytes,
        free_on_delivery=int(relay.upload_end == "delivery"),
    )


def coverage_ranks(peers: int) -> Ints:
    """How many peers make up each of the coverage quantiles, rounded up."""
    return np.array([math.ceil(round(q * peers, 9)) for q in COVERAGE_QUANTILES], dtype=np.int64)


def _missing_laws() -> tuple[Floats, Floats]:
    """Values and cumulative probabilities of the missing part, rows: peers that stay, peers that churn."""
    width = max(len(MISSING_STABLE), len(MISSING_CHURN))
    values, cumulative = np.zeros((2, width)), np.full((2, width), 2.0)
    for row, law in enumerate((MISSING_STABLE, MISSING_CHURN)):
        values[row, : len(law)] = [fraction for fraction, _ in law]
        cumulative[row, : len(law) - 1] = np.cumsum([probability for _, probability in law])[:-1]
    return values, cumulative


def build_state(peers: int, streams: Streams, genesis_difficulty: float) -> State:
    """Every peer at genesis (block 0) at time 0, no hash rate, generators seeded, first hazards drawn."""
    state = allocate(peers, len(COVERAGE_QUANTILES))
    state.block[[PARENT, MINER, SLOT], 0] = NONE
    state.block[VALID, 0] = 1
    state.block[HOLDERS, 0] = peers
    state.difficulty[0] = genesis_difficulty
    state.coverage_us[0, :] = 0
    state.scalar[BLOCKS] = 1
    state.message_draws[:] = streams.words("messages", entities=peers)
    state.mining_draws[:] = streams.words("mining", entities=peers)
    warm_up(state.message_draws)
    warm_up(state.mining_draws)
    start_miners(state)
    return state
