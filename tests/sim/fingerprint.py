"""Prints a digest of everything a small network does; run as a script under different interpreters' settings.

`python -m tests.sim.fingerprint [without-numba]`
"""

import hashlib
import sys

from sim.network import Network, OccurrenceKind, Watch, equal_hash_rates
from sim.relay import RelayConfig, RelayMode, UploadEnd
from sim.streams import Streams
from sim.topology import random_graph


def fingerprint(mode: RelayMode, upload_end: UploadEnd) -> str:
    """SHA-256 over every occurrence and block of a run with forks, retargets and changing hash rates."""
    streams = Streams(11)
    relay = RelayConfig(mode=mode, upload_end=upload_end)
    network = Network(random_graph(12, streams), relay, streams, 3.0)
    equal_hash_rates(network, 3.0, 3.0)
    for peer in range(0, 12, 2):
        network.watch(peer, Watch.RECEIVED if peer % 4 else Watch.HEAD)
    digest = hashlib.sha256()
    while network.block_count < 40:
        occurrence = network.advance(network.now_us + 400_000)
        digest.update(repr(occurrence).encode())
        if occurrence.kind == OccurrenceKind.FOUND:
            number = network.block_count
            network.add_block(
                occurrence.block, occurrence.peer, 10 + number % 3, 535_000, 3.0 + number % 2, number % 9 > 0
            )
        elif occurrence.kind == OccurrenceKind.UNTIL:
            network.set_hash_rate(network.block_count % 12, 0.05)
    network.run_auto(5, 535_000, next_difficulty=4.0)
    network.settle()
    blocks = network.blocks
    for column in (blocks.parent, blocks.miner, blocks.found_us, blocks.holders, blocks.coverage_us):
        digest.update(column.tobytes())
    digest.update(repr((network.messages, network.events, network.now_us)).encode())
    return digest.hexdigest()


if __name__ == "__main__":
    if "without-numba" in sys.argv:
        sys.modules["numba"] = None  # type: ignore[assignment]
    print(  # noqa: T201
        fingerprint("compact", "delivery"),
        fingerprint("full", "transmission"),
        fingerprint("broadcast", "delivery"),
    )
