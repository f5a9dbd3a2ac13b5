"""What a full peer costs: the same chain and the same transactions with few peers and with many.

All peers share one execution of each block, so fifty should cost little more than the fewest that can run the
scenario: the operator's and one miner's. Runs are interleaved; the best of each is compared, because noise only adds.
"""

import time
from typing import Any

from sim.bench.gossip import peak_memory_mb

FEWEST = 2
USERS = 110
"""Users of the operator: about 20 transactions a block."""


def run_sharing(peers: int = 50, blocks: int = 300, rounds: int = 2) -> list[dict[str, Any]]:
    """Rows {peers, blocks, transactions, wall_s, ratio, peak_mb}; `ratio` is to the row with the fewest peers."""
    _run(FEWEST, 2)
    best: dict[int, tuple[float, int]] = {}
    for _ in range(rounds):
        for count in (FEWEST, peers):
            best[count] = min(best.get(count, (float("inf"), 0)), _run(count, blocks))
    return [
        {
            "peers": count,
            "blocks": blocks,
            "transactions": transactions,
            "wall_s": wall_s,
            "ratio": wall_s / best[FEWEST][0],
            "peak_mb": peak_memory_mb(),
        }
        for count, (wall_s, transactions) in best.items()
    ]


def _run(peers: int, blocks: int) -> tuple[float, int]:
    """Wall seconds of one run, and the transactions of its best chain."""
    from sim.runner import summary_of_run

    overrides = {
        "network.peers": peers,
        "mining.miners": peers - 1,
        "run.blocks": blocks,
        "lease.users": USERS,
        "checks.invariants_every": 0,
    }
    start = time.perf_counter()
    chain = summary_of_run("lease", 1, overrides)["chain"]
    wall_s = time.perf_counter() - start
    assert isinstance(chain, dict)
    return wall_s, chain["transactions"]
