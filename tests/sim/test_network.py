"""The network: relay, uploads, fork choice, orphans, invalid blocks, bad arguments."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.bench.gossip import GossipCase, measure_case
from sim.network import (
    GENESIS,
    Network,
    Occurrence,
    OccurrenceKind,
    ParentNotHeldError,
    Watch,
    equal_hash_rates,
)
from sim.relay import RelayConfig, RelayMode
from sim.streams import Streams
from sim.topology import complete_graph, graph_from_links, line_graph, random_graph
from tests.sim.networks import FAR_US, network_of, plain_relay

LATENCY_US = 100_000
BYTES_PER_MS = 2_400  # 19.2 Mbit/s, the upload of region 0


def drain(network: Network, until_us: int) -> list[Occurrence]:
    """Everything reported up to a time."""
    seen = []
    while (occurrence := network.advance(until_us)).kind != OccurrenceKind.UNTIL:
        seen.append(occurrence)
    return seen


@pytest.mark.parametrize("mode", ["full", "compact", "broadcast"])
@pytest.mark.parametrize("seed", [1, 2])
def test_in_the_end_every_peer_has_every_block_and_a_heaviest_head(mode: RelayMode, seed: int) -> None:
    network = network_of(random_graph(50, Streams(seed)), RelayConfig(mode=mode), seed)
    equal_hash_rates(network, 1.0, 100.0)
    network.run_auto(200, 535_000)
    network.settle()
    blocks = network.blocks
    assert np.all(blocks.holders == 50)
    assert np.all(np.diff(blocks.coverage_us[1:], axis=1) >= 0)
    assert not np.isnan(network.propagation_quantile_s(1.0)).any()
    assert len(np.unique(blocks.height)) < 201  # there were forks
    best = max(network.cumulative_work(block) for block in range(201))
    assert {network.cumulative_work(network.head_of(peer)) for peer in range(50)} == {best}
    assert network.hash_rate_of(3) == pytest.approx(2.0)


def test_each_block_is_asked_for_and_sent_once_per_peer_and_offered_over_every_link() -> None:
    graph = random_graph(40, Streams(3))
    network = network_of(graph, RelayConfig(mode="full"))
    equal_hash_rates(network, 600.0, 100.0)
    network.run_auto(30, 535_000)
    network.settle()
    sent = network.messages
    assert sent["getdata"] == sent["block"] == 30 * 39
    assert sent["inv"] == 30 * 2 * graph.links
    assert sent["compact"] == sent["getblocktxn"] == 0


def test_compact_blocks_fail_at_the_given_rate_and_cost_a_round_trip() -> None:
    relay = RelayConfig(compact_failure_churn=0.27, churn_share=1.0, compact_capable_share=1.0)
    network = network_of(complete_graph(2), relay)
    network.set_hash_rate(0, 0.01)
    network.run_auto(4_000, 535_000)
    network.settle()
    sent = network.messages
    assert sent["block"] == 0
    assert sent["compact"] == 4_000
    assert sent["getblocktxn"] == sent["blocktxn"]
    assert abs(sent["blocktxn"] - 1_080) < 3 * (4_000 * 0.27 * 0.73) ** 0.5


def test_a_peer_without_compact_blocks_gets_full_ones() -> None:
    network = network_of(complete_graph(2), RelayConfig(compact_capable_share=0.0))
    network.add_block(GENESIS, 0, 1, 535_000, 100.0)
    network.settle()
    assert (network.messages["block"], network.messages["compact"]) == (1, 0)


@pytest.mark.parametrize(("upload_end", "between_us"), [("delivery", 110_000), ("transmission", 10_000)])
def test_a_peer_uploads_one_block_at_a_time(upload_end: str, between_us: int) -> None:
    relay = RelayConfig(
        mode="full",
        latency="constant",
        constant_latency_ms=100.0,
        message_overhead_ms=0.0,
        processing_ms=0.0,
        upload_end=upload_end,  # type: ignore[arg-type]
    )
    network = network_of(graph_from_links(5, [(0, leaf) for leaf in range(1, 5)]), relay)
    for leaf in range(1, 5):
        network.watch(leaf, Watch.RECEIVED)
    network.add_block(GENESIS, 0, 1, 10 * BYTES_PER_MS, 100.0)
    arrivals = [(o.time_us, o.peer) for o in drain(network, FAR_US) if o.kind == OccurrenceKind.RECEIVED]
    first = 3 * LATENCY_US + 10_000
    assert arrivals == [(first + k * between_us, 1 + k) for k in range(4)]


def test_a_branch_that_overtakes_by_several_blocks_moves_the_head_in_one_step() -> None:
    network = network_of(line_graph(2))
    network.watch(0, Watch.HEAD)
    network.watch(1, Watch.HEAD)
    ours, theirs = [GENESIS], [GENESIS]
    for _ in range(2):
        ours.append(network.add_block(ours[-1], 0, 1, 10, 100.0))
    for _ in range(3):
        theirs.append(network.add_block(theirs[-1], 1, 1, 10, 100.0))
    moves = [(o.previous, o.block) for o in drain(network, FAR_US) if o.peer == 0]
    assert moves == [(GENESIS, ours[1]), (ours[1], ours[2]), (ours[2], theirs[3])]
    assert network.head_of(1) == theirs[3]
    assert network.blocks.holders.tolist() == [2] * 6


def test_the_first_seen_of_equal_branches_stays_head() -> None:
    network = network_of(line_graph(2))
    mine = [network.add_block(GENESIS, peer, 5, 10, 100.0) for peer in (0, 1)]
    network.settle()
    assert [network.head_of(0), network.head_of(1)] == mine
    assert network.holds(0, mine[1])


def test_a_block_before_its_parent_waits_and_is_then_connected_and_relayed() -> None:
    """0 uploads a large parent to 1 and then to 2; meanwhile 1 extends it and 2 gets the small child first."""
    network = network_of(graph_from_links(4, [(0, 1), (0, 2), (1, 2), (2, 3)]))
    network.watch(1, Watch.HEAD)
    network.watch(2, Watch.RECEIVED)
    parent = network.add_block(GENESIS, 0, 1, 60_000 * BYTES_PER_MS, 100.0)
    arrival = network.advance(FAR_US)
    assert (arrival.peer, arrival.block) == (1, parent)
    child = network.add_block(parent, 1, 1, 10, 100.0)
    seen = [o for o in drain(network, FAR_US) if o.peer == 2]
    kinds = [(o.kind, o.block) for o in seen]
    received, head = OccurrenceKind.RECEIVED, OccurrenceKind.HEAD
    assert kinds == [(received, child), (received, parent), (head, parent), (head, child)]
    assert seen[0].time_us < seen[1].time_us == seen[2].time_us == seen[3].time_us
    assert network.head_of(3) == child
    assert network.blocks.holders.tolist() == [4, 4, 4]


def test_orphans_of_one_parent_are_all_connected_when_it_arrives() -> None:
    network = network_of(graph_from_links(3, [(0, 1), (0, 2), (1, 2)]))
    network.watch(1, Watch.HEAD)
    parent = network.add_block(GENESIS, 0, 1, 60_000 * BYTES_PER_MS, 100.0)
    network.advance(FAR_US)
    children = [network.add_block(parent, 1, work, 10, 100.0) for work in (1, 2, 3)]
    grandchild = network.add_block(children[0], 1, 9, 10, 100.0)
    network.settle()
    assert all(network.holds(2, block) for block in (parent, *children, grandchild))
    assert network.head_of(2) == grandchild


def test_an_invalid_block_goes_no_further_than_its_finders_neighbours() -> None:
    network = network_of(line_graph(4))
    for peer in range(4):
        network.watch(peer, Watch.RECEIVED)
    bad = network.add_block(GENESIS, 1, 1, 10, 100.0, valid=False)
    worse = network.add_block(bad, 1, 1, 10, 100.0)
    seen = drain(network, FAR_US)
    assert {(o.kind, o.peer, o.block) for o in seen} == {
        (OccurrenceKind.RECEIVED, peer, block) for peer in (0, 2) for block in (bad, worse)
    }
    assert network.heads().tolist() == [GENESIS] * 4
    assert network.blocks.holders.tolist() == [4, 0, 0]
    assert network.blocks.valid.tolist() == [True, False, False]
    assert np.isnan(network.propagation_quantile_s(0.05)[1:]).all()
    good = network.add_block(GENESIS, 2, 1, 10, 100.0)
    network.settle()
    assert network.heads().tolist() == [good] * 4


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 2**100), min_size=1, max_size=20))
def test_cumulative_work_is_exact(works: Sequence[int]) -> None:
    network = network_of(line_graph(1))
    head = GENESIS
    for number, work in enumerate(works, 1):
        head = network.add_block(head, 0, work, 10, 100.0)
        assert network.cumulative_work(head) == sum(works[:number])


def test_one_unit_of_work_decides_between_huge_branches() -> None:
    network = network_of(line_graph(2))
    network.add_block(GENESIS, 0, 2**100 - 1, 10, 100.0)
    heavier = network.add_block(GENESIS, 1, 2**100, 10, 100.0)
    network.settle()
    assert network.heads().tolist() == [heavier, heavier]


def test_arrays_grow_while_many_blocks_spread_at_once() -> None:
    network = network_of(line_graph(30), plain_relay(latency_ms=50_000.0))
    head = GENESIS
    for _ in range(500):
        head = network.add_block(head, 0, 1, 10, 100.0)
    network.settle()
    assert network.heads().tolist() == [head] * 30
    assert np.all(network.blocks.holders == 30)


def test_memory_of_a_block_is_given_back_when_it_has_reached_everyone() -> None:
    network = network_of(random_graph(20, Streams(1)), RelayConfig())
    network.add_block(GENESIS, 0, 1, 10, 100.0)
    network.add_block(GENESIS, 1, 1, 10, 100.0, valid=False)
    assert network.spreading == 2
    network.settle()
    assert network.spreading == 0
    equal_hash_rates(network, 600.0, 100.0)
    network.run_auto(2_000, 535_000)
    assert network.spreading <= 2
    network.settle()
    assert network.spreading == 0


def test_time_stands_at_until_when_nothing_happens() -> None:
    network = network_of(line_graph(2))
    assert network.advance(5_000) == Occurrence(OccurrenceKind.UNTIL, 5_000)
    assert network.now_us == 5_000
    assert network.advance(5_000).time_us == 5_000
    network.add_block(GENESIS, 0, 1, 0, 100.0)
    network.watch(1, Watch.HEAD)
    at_that_very_time = network.advance(5_000 + 3 * LATENCY_US)
    assert (at_that_very_time.kind, at_that_very_time.peer) == (OccurrenceKind.HEAD, 1)


def test_bad_arguments_are_refused_and_change_nothing() -> None:
    network = network_of(line_graph(3))
    block = network.add_block(GENESIS, 0, 1, 10, 100.0)
    with pytest.raises(ParentNotHeldError, match="peer 2 must hold"):
        network.add_block(block, 2, 1, 10, 100.0)
    bad_blocks = [(9, 0, 1, 1, 1.0), (-1, 0, 1, 1, 1.0), (0, 3, 1, 1, 1.0), (0, -1, 1, 1, 1.0)]
    bad_blocks += [(0, 0, -1, 1, 1.0), (0, 0, 2**100 + 1, 1, 1.0), (0, 0, 1, -1, 1.0)]
    bad_blocks += [(0, 0, 1, 1, 0.0), (0, 0, 1, 1, float("inf")), (0, 0, 1, 1, float("nan"))]
    for arguments in bad_blocks:
        with pytest.raises(ValueError, match="must"):
            network.add_block(*arguments)
    for rate in (-1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="hash rate"):
            network.set_hash_rate(0, rate)
    with pytest.raises(ValueError, match="until_us"):
        network.advance(-1)
    with pytest.raises(ValueError, match="quantile"):
        network.propagation_quantile_s(0.52)
    with pytest.raises(ValueError, match="one miner"):
        network.run_auto(1, 10)
    assert network.block_count == 2


def test_a_graph_that_blocks_cannot_cross_is_refused() -> None:
    with pytest.raises(ValueError, match="connected"):
        network_of(graph_from_links(3, [(0, 1)]))
    with pytest.raises(ValueError, match="regions"):
        network_of(graph_from_links(2, [(0, 1)], regions=[0, 6]))


def test_a_benchmark_row_says_what_was_measured() -> None:
    row = measure_case(GossipCase(peers=50, blocks=20, relay="full"), seed=1)
    assert row["messages"] == 20 * (49 * 2 + 2 * random_graph(50, Streams(1)).links)
    assert 0.2 < float(row["p50_s"]) < float(row["p90_s"]) < 20
    assert float(row["kernel_s"]) > 0
    assert float(row["peak_mb"]) > 10
