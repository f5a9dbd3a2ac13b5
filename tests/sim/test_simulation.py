import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest

from apps.kit import Json, Outcome, Participant, Population, ReportChart, ReportTable, Surroundings
from apps.lease.settings import LeaseSettings
from chain.accounts import broken_invariants
from chain.refusals import AppCrashed
from chain.transition import apply_block
from consensus.node import Node
from sim.arrival import arrival_delays_us
from sim.failures import described, exit_status
from sim.plugins import kit_for, registry_for
from sim.replicas import ReplicaDiverged
from sim.runner import simulate
from sim.scenario_errors import ScenarioError
from sim.simulation import InvariantBroken
from sim.world import World, build_world
from tests.sim.runs import fingerprint, run_small, small_lease


class OtherKit:
    """A kit with the lease market's settings and a population of its own."""

    settings = LeaseSettings

    def __init__(self, population: Population) -> None:
        self.population = population

    def populate(self, settings: LeaseSettings, surroundings: Surroundings) -> Population:
        return self.population

    def summarise(self, settings: LeaseSettings, outcome: Outcome) -> dict[str, Json]:
        return {}

    def tables(self, summary: Mapping[str, Any]) -> tuple[ReportTable, ...]:
        return ()

    def charts(self, summary: Mapping[str, Any]) -> tuple[ReportChart, ...]:
        return ()


def build_with(population: Population) -> World:
    """The world of a lease market beside that population."""
    scenario = small_lease()
    kits = {"lease": kit_for("lease"), "other": OtherKit(population)}
    both = scenario.model_copy(update={"app_tables": dict.fromkeys(kits, scenario.app_settings("lease"))})
    return build_world(both, registry_for(["lease"]), kits)


FINGERPRINT = """
import json
from tests.sim.runs import fingerprint, run_small
print(json.dumps(fingerprint(run_small(run__blocks=12))))
"""


def _in_process(**environment: str) -> list[str]:
    result = subprocess.run(
        [sys.executable, "-c", FINGERPRINT],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    ids: list[str] = json.loads(result.stdout)
    return ids


def test_one_seed_gives_one_chain_under_any_hash_seed_and_without_compilation():
    first = _in_process(PYTHONHASHSEED="1")
    assert len(first) > 12
    assert _in_process(PYTHONHASHSEED="2") == first
    assert _in_process(PYTHONHASHSEED="3", NUMBA_DISABLE_JIT="1") == first


def test_another_seed_gives_another_chain():
    assert fingerprint(run_small(run__blocks=3)) != fingerprint(run_small(run__blocks=3, seed=2))


def test_every_block_is_valid_from_genesis_and_conserves_the_supply():
    simulation = run_small()
    ledger = simulation.ledger
    state = simulation.world.born.state
    for index in ledger.best_chain():
        state = apply_block(ledger.spec, state, ledger.blocks[index].block).state
        assert not list(broken_invariants(state))
    assert state.root == ledger.state(ledger.tip).root


@pytest.mark.parametrize(("interval", "seed"), [("20s", 1), ("60s", 2), ("2s", 3), ("2s", 4), ("2s", 5)])
def test_separate_full_nodes_reach_what_the_shared_ledger_says(interval, seed):
    """Also with heavy forks, where children often arrive before their parents."""
    shared = run_small(seed=seed, chain__interval=interval)
    replicated = run_small(seed=seed, chain__interval=interval, execution="replicated")
    assert fingerprint(replicated) == fingerprint(shared)
    assert replicated.replicas is not None
    heads = replicated.world.network.heads().tolist()
    nodes = replicated.replicas.nodes
    assert [node.head.id for node in nodes] == [replicated.ledger.blocks[head].block.id for head in heads]


def test_a_node_that_stands_elsewhere_stops_the_run():
    simulation = run_small(execution="replicated", run__blocks=3)
    assert simulation.replicas is not None
    simulation.replicas.compare_all()
    simulation.replicas.nodes[7] = Node(simulation.world.born)
    with pytest.raises(ReplicaDiverged, match="peer 7"):
        simulation.replicas.compare_all()


def test_adding_an_agent_leaves_the_mining_times_untouched():
    """One user more submits more transactions, but no block is found at another moment or by another miner."""
    few, more = (
        simulate(small_lease(lease__users=users, chain__difficulty="fixed", lease__mining_reward=0.05))
        for users in (4, 5)
    )
    # The subsidy follows the number of users, so the blocks differ; when and by whom they were found does not.
    assert fingerprint(few) != fingerprint(more)
    times = [[entry.found_us for entry in simulation.ledger.blocks] for simulation in (few, more)]
    assert times[0] == times[1]


def test_with_asert_and_blocks_of_one_size_more_content_leaves_the_mining_times_untouched():
    """Where the size of a block's content matters to its journey, it may move later difficulties by milliseconds."""
    runs = [
        simulate(small_lease(lease__users=users, network__block_size="100kB", lease__mining_reward=0.05))
        for users in (4, 5)
    ]
    times = [[entry.found_us for entry in simulation.ledger.blocks] for simulation in runs]
    assert times[0] == times[1]


def test_what_an_operator_earns_is_what_its_peer_mined():
    simulation = run_small(run__blocks=60, lease__users=2)
    operator = next(h for h in simulation.world.hosts if h.participant.role == "micro-operator")
    ledger = simulation.ledger
    mined = [i for i in ledger.best_chain() if ledger.blocks[i].block.coinbase.miner == operator.key.public]
    assert mined
    found_by = simulation.world.network.blocks.miner
    assert {int(found_by[index]) for index in mined} == {operator.peer}


def test_transactions_enter_a_block_only_after_they_reached_its_miner():
    simulation = run_small(run__blocks=40)
    checked = 0
    miners = {host.key.public: host.peer for host in simulation.world.hosts}
    for entry in simulation.ledger.blocks[1:]:
        for transaction in entry.block.transactions:
            submitted = simulation.submitted[transaction.id]
            delays = arrival_delays_us(simulation.world.graph, submitted.host.peer, simulation.world.relay)
            assert entry.found_us >= submitted.time_us + delays[miners[entry.block.coinbase.miner]]
            checked += 1
    assert checked > 50


def test_a_broken_invariant_stops_the_run_and_says_where(monkeypatch):
    import sim.simulation

    planted = [("beacon.app:Beacon.invariants", "one is two")]
    monkeypatch.setattr(sim.simulation, "broken_invariants", lambda registry, view: planted)
    with pytest.raises(InvariantBroken) as caught:
        run_small(run__blocks=2)
    identifier = caught.value.args[1].hex()[:16]
    assert described(caught.value) == (
        f"invariant-broken: beacon.app:Beacon.invariants after block 1 ({identifier})\n"
        "  got:      one is two\n"
        "  expected: that every invariant holds after every block\n"
        "  to do:    correct the action or hook that broke it, or the invariant if it demands too much"
    )


def test_a_crash_that_stops_a_run_is_told_with_where_and_what_to_do():
    crash = AppCrashed("beacon", "hook/beacon/end_block", "KeyError: 7", "beacon.app:Beacon.end_block")
    assert described(crash) == (
        "app-crashed: beacon.app:Beacon.end_block crashed in hook/beacon/end_block\n"
        "  got:      KeyError: 7\n"
        "  expected: no exception but an AppError, which refuses\n"
        "  to do:    correct it, or refuse with an AppError of your own what may not be asked for"
    )
    assert exit_status(crash) == 1


def test_applications_that_ask_for_different_subsidies_are_refused():
    with pytest.raises(ScenarioError, match="agree on the block subsidy"):
        build_with(Population((), subsidy=1))


def test_participants_of_one_name_are_refused_for_they_would_share_a_key():
    with pytest.raises(ScenarioError, match=r"miner-0[^$]*a name of its own"):
        build_with(Population((Participant("miner-0", "user", None, 1),)))


def test_participants_who_mine_need_peers_of_their_own():
    with pytest.raises(ScenarioError, match=r"network\.peers"):
        simulate(small_lease(network__peers=4))
