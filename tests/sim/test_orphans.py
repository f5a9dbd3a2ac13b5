"""Blocks that reach a peer before their parent: the order in which they connect, and the head that comes of it."""

from collections import Counter, defaultdict, deque

import numpy as np
import pytest

from consensus.fork_choice import Candidate, prefers
from sim.network import GENESIS, Network, Occurrence, OccurrenceKind, Watch, equal_hash_rates
from sim.relay import LatencyKind, RelayConfig, RelayMode
from sim.streams import Streams
from sim.topology import graph_from_links, random_graph
from tests.sim.networks import FAR_US, network_of

BYTES_PER_S = 2_400_000  # 19.2 Mbit/s, the upload of region 0
HEAD, RECEIVED = OccurrenceKind.HEAD, OccurrenceKind.RECEIVED


def with_a_late_parent() -> tuple[Network, int]:
    """A network whose peers 0 to 2 hold a block that peer 3 will get a minute later, and that block."""
    network = network_of(graph_from_links(4, [(0, 1), (0, 2), (0, 3), (1, 3), (2, 3)]))
    parent = network.add_block(GENESIS, 0, 1, 60 * BYTES_PER_S, 100.0)
    network.advance(125_000_000)
    assert [network.holds(peer, parent) for peer in range(4)] == [True, True, True, False]
    network.watch(3, Watch.RECEIVED)
    return network, parent


def drain(network: Network, until_us: int = FAR_US) -> list[Occurrence]:
    """Everything reported up to a time."""
    seen = []
    while (occurrence := network.advance(until_us)).kind != OccurrenceKind.UNTIL:
        seen.append(occurrence)
    return seen


@pytest.mark.parametrize("slow", [0, 1])
def test_of_equal_orphans_the_first_received_becomes_head_whichever_was_made_first(slow: int) -> None:
    network, parent = with_a_late_parent()
    sizes = [10 * BYTES_PER_S if k == slow else 10 for k in range(2)]
    children = [network.add_block(parent, 1 + k, 1, sizes[k], 100.0) for k in range(2)]
    seen = drain(network)
    assert [o.block for o in seen if o.kind == RECEIVED] == [children[1 - slow], children[slow], parent]
    assert [o.block for o in seen if o.kind == HEAD] == [parent, children[1 - slow]]


def test_waiting_children_connect_before_waiting_grandchildren() -> None:
    """Child and grandchild together weigh as much as the other child, which comes last of the three."""
    network, parent = with_a_late_parent()
    child = network.add_block(parent, 1, 1, 10, 100.0)
    grandchild = network.add_block(child, 1, 1, 10, 100.0)
    early = drain(network, network.now_us + 10_000_000)
    other = network.add_block(parent, 2, 2, 10, 100.0)
    seen = early + drain(network)
    assert [o.block for o in seen if o.kind == RECEIVED] == [child, grandchild, other, parent]
    assert [o.block for o in seen if o.kind == HEAD] == [parent, child, other]
    assert network.blocks.holders.tolist() == [4] * 5


def test_settling_connects_orphans_whose_parent_was_the_last_message() -> None:
    network, parent = with_a_late_parent()
    child = network.add_block(parent, 1, 1, 10, 100.0)
    while network.head_of(3) != parent:
        network.advance(FAR_US)
    assert not network.holds(3, child)
    network.settle()
    assert network.head_of(3) == child
    assert network.spreading == 0


class FirstSeenNode:
    """One peer's blocks, orphans and heads, told only which whole blocks it gets, in order."""

    def __init__(self, parent: dict[int, int], work: dict[int, int]) -> None:
        self.parent, self.work = parent, work
        self.place = {GENESIS: 0}
        self.orphans: defaultdict[int, list[int]] = defaultdict(list)
        self.heads = [GENESIS]
        self.cases: Counter[str] = Counter()

    def receive(self, block: int) -> None:
        if self.parent[block] not in self.place:
            self.orphans[self.parent[block]].append(block)
            return
        ready = deque([block])
        while ready:
            added = ready.popleft()
            self.place[added] = len(self.place)
            if prefers(self.candidate(self.heads[-1]), self.candidate(added)):
                self.heads.append(added)
            elif added != block:
                self.cases["ties"] += self.work[added] == self.work[self.heads[-1]]
            waiting = self.orphans.pop(added, [])
            self.cases["oldest first"] += len(waiting) > 1 and waiting[0] < waiting[1]
            self.cases["newest first"] += len(waiting) > 1 and waiting[0] > waiting[1]
            self.cases["grandchildren"] += len(waiting) > 0 and added != block
            ready.extend(waiting)

    def candidate(self, block: int) -> Candidate:
        return Candidate(self.work[block], self.place[block])


def mine_beside_nodes(
    network: Network, blocks: int, seed: int
) -> tuple[list[FirstSeenNode], list[list[int]]]:
    """Mine blocks of mixed work and size, some invalid, until all have spread.

    Gives a node for every peer, fed with the valid blocks that the peer found or received, and every peer's heads.
    """
    rng = np.random.default_rng(seed)
    parent, work = {GENESIS: -1}, {GENESIS: 0}
    nodes = [FirstSeenNode(parent, work) for _ in range(network.peers)]
    heads = [[GENESIS] for _ in nodes]
    while (seen := network.advance(FAR_US)).kind != OccurrenceKind.UNTIL:
        if seen.kind == HEAD:
            heads[seen.peer].append(seen.block)
        elif seen.kind == RECEIVED and seen.block in parent:
            nodes[seen.peer].receive(seen.block)
        elif seen.kind == OccurrenceKind.FOUND:
            valid, worth, size_bytes = (
                rng.random() > 0.1,
                int(rng.integers(1, 3)),
                int(rng.integers(2_000_000)),
            )
            block = network.add_block(seen.block, seen.peer, worth, size_bytes, 100.0, valid)
            if valid:
                parent[block], work[block] = seen.block, work[seen.block] + worth
                nodes[seen.peer].receive(block)
            if block == blocks:
                equal_hash_rates(network, float("inf"), 100.0)
    return nodes, heads


@pytest.mark.parametrize(
    ("mode", "latency", "interval_s"),
    [
        ("full", "pareto", 0.3),
        ("full", "constant", 0.3),
        ("compact", "table", 0.1),
        ("compact", "pareto", 0.3),
    ],
)
def test_every_peer_moves_its_head_as_a_plain_node_fed_with_what_it_receives(
    mode: RelayMode, latency: LatencyKind, interval_s: float
) -> None:
    """Blocks come faster than they spread: many wait for a parent, several for the same one, and many weigh alike."""
    cases: Counter[str] = Counter()
    for seed in range(5):
        relay = RelayConfig(mode=mode, latency=latency)
        network = network_of(random_graph(15, Streams(seed)), relay, seed)
        equal_hash_rates(network, interval_s, 100.0)
        for peer in range(15):
            network.watch(peer, Watch.RECEIVED)
        nodes, heads = mine_beside_nodes(network, 300, seed)
        assert heads == [node.heads for node in nodes]
        assert network.heads().tolist() == [node.heads[-1] for node in nodes]
        for node in nodes:
            cases.update(node.cases)
    assert min(cases[case] for case in ("ties", "oldest first", "newest first", "grandchildren")) > 0, cases
