"""How fast and how large the gossip kernel is, and how blocks propagate in it.

Every case runs in a process of its own, so that its peak memory is its own. What is timed is the kernel
alone: not compilation, which is reported apart, and not the drawing of the peer graph.
"""

import resource
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Literal

from sim.network import Network, equal_hash_rates
from sim.relay import RelayConfig
from sim.streams import Streams
from sim.topology import random_graph

BLOCK_BYTES = 535_000
INTERVAL_S = 600.0


@dataclass(frozen=True, slots=True)
class GossipCase:
    """One measurement: peers, blocks, relay protocol."""

    peers: int
    blocks: int
    relay: Literal["full", "compact"]


DEFAULT_CASES = tuple(
    GossipCase(peers, blocks, relay)
    for peers, blocks in ((600, 100), (1_000, 1_000), (10_000, 100))
    for relay in ("full", "compact")
)


def run_gossip(
    cases: Sequence[GossipCase] | None = None, seeds: Sequence[int] = (1,)
) -> list[dict[str, int | float | str]]:
    """Measure the cases, one after another; a row for each case and seed, as `gossip_rows` gives them."""
    return list(gossip_rows(DEFAULT_CASES if cases is None else cases, seeds))


def gossip_rows(cases: Sequence[GossipCase], seeds: Sequence[int]) -> Iterator[dict[str, int | float | str]]:
    """Rows as they are measured; if nothing is compiled yet, the first row's peak memory includes the
    compiler's.

    Columns: `peers, blocks, relay, seed`; `kernel_s` simulating until every peer has every block; `compile_s`
    compiling, or loading compiled code, before that; `messages` sent, `events` queued for them; `p50_s,
    p90_s` mean over the blocks of the time until half and nine tenths of the peers had it; `peak_mb` of the
    whole process.
    """
    for case in cases:
        for seed in seeds:
            with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as process:
                yield process.submit(measure_case, case, seed).result()


def measure_case(case: GossipCase, seed: int) -> dict[str, int | float | str]:
    """One row, measured in this process."""
    compile_s = _timed_run(_network(GossipCase(4, 2, case.relay), seed), 2)
    network = _network(case, seed)
    kernel_s = _timed_run(network, case.blocks)
    return {
        "peers": case.peers,
        "blocks": case.blocks,
        "relay": case.relay,
        "seed": seed,
        "kernel_s": kernel_s,
        "compile_s": compile_s,
        "messages": sum(network.messages.values()),
        "events": network.events,
        "p50_s": float(network.propagation_quantile_s(0.5)[1:].mean()),
        "p90_s": float(network.propagation_quantile_s(0.9)[1:].mean()),
        "peak_mb": peak_memory_mb(),
    }


def _network(case: GossipCase, seed: int) -> Network:
    streams = Streams(seed)
    network = Network(random_graph(case.peers, streams), RelayConfig(mode=case.relay), streams, INTERVAL_S)
    equal_hash_rates(network, INTERVAL_S, INTERVAL_S)
    return network


def _timed_run(network: Network, blocks: int) -> float:
    start = time.perf_counter()
    network.run_auto(blocks, BLOCK_BYTES)
    network.settle()
    return time.perf_counter() - start


def peak_memory_mb() -> float:
    """Largest resident size this process has had, in 10^6 bytes.

    Linux carries `ru_maxrss` over from the process that started this one, so its own high-water mark is read
    there.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6
