"""The relay protocol against a second, plain implementation that queues every message."""

import heapq
from collections import deque
from typing import Any

import numpy as np
import pytest

from sim.network import Network
from sim.relay import RelayConfig, UploadEnd
from sim.streams import Streams
from sim.topology import PeerGraph, random_graph


class Reference:
    """Full-block relay with the tables' mean latencies; nothing is left out of the queue."""

    def __init__(self, graph: PeerGraph, relay: RelayConfig) -> None:
        self.graph, self.relay = graph, relay
        self.latency_us = (relay.tables.mean_latency_ms() * 1000).astype(int) + 10_000
        self.bandwidth_bps = relay.tables.bandwidth_bps()
        self.queue: list[tuple[int, int, str, Any]] = []
        self.inserted = self.now_us = 0
        self.known: set[tuple[int, int]] = set()
        self.received_us: dict[tuple[int, int], int] = {}
        self.waiting: list[deque[tuple[int, int]]] = [deque() for _ in range(graph.peers)]
        self.busy = [False] * graph.peers

    def later(self, delay_us: int, kind: str, what: object) -> None:
        heapq.heappush(self.queue, (self.now_us + delay_us, self.inserted, kind, what))
        self.inserted += 1

    def between(self, table: Any, sender: int, receiver: int) -> int:
        return int(table[self.graph.regions[sender], self.graph.regions[receiver]])

    def have(self, peer: int, block: int) -> None:
        self.known.add((peer, block))
        self.received_us[peer, block] = self.now_us
        for other in self.graph.neighbours_of(peer).tolist():
            self.later(self.between(self.latency_us, peer, other), "inv", (peer, other, block))

    def upload_next(self, peer: int, sizes: dict[int, int]) -> None:
        self.busy[peer] = bool(self.waiting[peer])
        if not self.waiting[peer]:
            return
        receiver, block = self.waiting[peer].popleft()
        bits_us = sizes[block] * 8_000_000 // self.between(self.bandwidth_bps, peer, receiver) + 2_000
        latency_us = self.between(self.latency_us, peer, receiver)
        self.later(bits_us + latency_us, "block", (peer, receiver, block))
        if self.relay.upload_end == "transmission":
            self.later(bits_us, "free", (peer, peer, block))

    def run(self, found: list[tuple[int, int, int]]) -> None:
        """Blocks as (time, miner, size); events of one time come by insertion, finds last."""
        sizes = {number: size for number, (_, _, size) in enumerate(found, 1)}
        for number, (time_us, miner, _) in enumerate(found, 1):
            self.until(time_us, sizes)
            self.now_us = time_us
            self.have(miner, number)
        self.until(10**15, sizes)

    def until(self, time_us: int, sizes: dict[int, int]) -> None:
        while self.queue and self.queue[0][0] <= time_us:
            self.now_us, _, kind, (sender, receiver, block) = heapq.heappop(self.queue)
            if kind == "inv" and (receiver, block) not in self.known:
                self.known.add((receiver, block))
                self.later(self.between(self.latency_us, receiver, sender), "get", (receiver, sender, block))
            elif kind == "get":
                self.waiting[receiver].append((sender, block))
                if not self.busy[receiver]:
                    self.upload_next(receiver, sizes)
            elif kind == "free":
                self.upload_next(sender, sizes)
            elif kind == "block":
                if self.relay.upload_end == "delivery":
                    self.upload_next(sender, sizes)
                self.have(receiver, block)


@pytest.mark.parametrize("upload_end", ["delivery", "transmission"])
@pytest.mark.parametrize("seed", range(4))
def test_leaving_out_ineffective_invs_changes_no_arrival(seed: int, upload_end: UploadEnd) -> None:
    """Blocks of mixed sizes 0.3 s apart compete for the uploads of 40 peers."""
    relay = RelayConfig(mode="full", latency="table", upload_end=upload_end)
    graph = random_graph(40, Streams(seed))
    network, reference = Network(graph, relay, Streams(seed), 100.0), Reference(graph, relay)
    rng = np.random.default_rng(seed)
    found = [(300_000 * k, int(rng.integers(40)), int(rng.integers(600_000))) for k in range(12)]
    for time_us, miner, size_bytes in found:
        network.advance(time_us)
        network.add_block(0, miner, 1, size_bytes, 100.0)
    network.settle()
    reference.run(found)
    ranks = np.ceil(np.arange(1, 21) * 40 / 20).astype(int) - 1
    for block, (time_us, _, _) in enumerate(found, 1):
        times = np.array(sorted(reference.received_us[peer, block] for peer in range(40))) - time_us
        assert network.blocks.coverage_us[block].tolist() == times[ranks].tolist()
