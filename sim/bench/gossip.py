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
from math import sqrt
from multiprocessing import get_context
from pathlib import Path
from statistics import fmean, stdev
from typing import Literal

from sim.network import Network, equal_hash_rates
from sim.relay import RelayConfig
from sim.streams import Streams
from sim.topology import random_graph

BLOCK_BYTES = 535_000
INTERVAL_S = 600.0
Row = dict[str, int | float | str | None]


@dataclass(frozen=True, slots=True)
class GossipCase:
    """One measurement: peers, blocks, relay protocol, and over how many random networks it is averaged."""

    peers: int
    blocks: int
    relay: Literal["full", "compact"]
    networks: int = 1


DEFAULT_CASES = tuple(
    GossipCase(peers, blocks, relay, networks)
    for peers, blocks, networks in ((600, 100, 20), (1_000, 1_000, 1), (10_000, 100, 1))
    for relay in ("full", "compact")
)
"""One network of 600 peers scatters by 0.06 s in its median propagation, so twenty are averaged."""


def run_gossip(cases: Sequence[GossipCase] = DEFAULT_CASES, seed: int = 1) -> list[Row]:
    """Measure the cases, one after another; a row for each, as `gossip_rows` gives them."""
    return list(gossip_rows(cases, seed))


def gossip_rows(cases: Sequence[GossipCase], seed: int) -> Iterator[Row]:
    """Rows as they are measured; if nothing is compiled yet, the first row's peak memory includes the compiler's.

    Columns: `peers, blocks, relay, networks`; `kernel_s` processor time of one network until all have all blocks;
    `compile_s` compiling, or loading compiled code, before that; `messages` sent and `events` queued for them in
    one network; `p50_s, p90_s` mean over networks and blocks of the time until half and nine tenths of the peers
    had a block, `p50_se_s, p90_se_s` their standard errors over the networks (none for one); `peak_mb` of the process.
    """
    for case in cases:
        with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as process:
            yield process.submit(measure_case, case, seed).result()


def measure_case(case: GossipCase, seed: int) -> Row:
    """One row, measured in this process; its networks have the seeds from `seed` on."""
    compile_s = _timed_run(_network(GossipCase(4, 2, case.relay), seed), 2)
    kernel_s, messages, events = 0.0, 0, 0
    medians, tails = [], []
    for number in range(case.networks):
        network = _network(case, seed + number)
        kernel_s += _timed_run(network, case.blocks)
        messages += sum(network.messages.values())
        events += network.events
        medians.append(float(network.propagation_quantile_s(0.5)[1:].mean()))
        tails.append(float(network.propagation_quantile_s(0.9)[1:].mean()))
    return {
        "peers": case.peers,
        "blocks": case.blocks,
        "relay": case.relay,
        "networks": case.networks,
        "kernel_s": kernel_s / case.networks,
        "compile_s": compile_s,
        "messages": messages // case.networks,
        "events": events // case.networks,
        "p50_s": fmean(medians),
        "p50_se_s": _standard_error(medians),
        "p90_s": fmean(tails),
        "p90_se_s": _standard_error(tails),
        "peak_mb": peak_memory_mb(),
    }


def _standard_error(values: Sequence[float]) -> float | None:
    return stdev(values) / sqrt(len(values)) if len(values) > 1 else None


def _network(case: GossipCase, seed: int) -> Network:
    streams = Streams(seed)
    network = Network(random_graph(case.peers, streams), RelayConfig(mode=case.relay), streams, INTERVAL_S)
    equal_hash_rates(network, INTERVAL_S, INTERVAL_S)
    return network


def _timed_run(network: Network, blocks: int) -> float:
    # The kernel is one thread that computes only: its processor time is what it costs on a busy machine too.
    start = time.process_time()
    network.run_auto(blocks, BLOCK_BYTES)
    network.settle()
    return time.process_time() - start


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
