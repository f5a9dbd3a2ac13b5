"""Builds what a scenario describes: participants and their peers, the peer graph, the genesis, the network."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel

from apps.kit import Kit, Participant, Population, Surroundings
from chain.genesis import Born, found_chain, make_genesis
from chain.params import (
    ChainParams,
    DifficultyParams,
    DifficultyRule,
    ProofKind,
    RewardParams,
    TimeParams,
)
from chain.registry import Registry
from consensus.compact import bits_for_difficulty, difficulty_of_bits
from sim.host import Host
from sim.network import Network, Watch
from sim.participants import key_of
from sim.regions import INTERNET_2015, INTERNET_2019, OUTBOUND_LINKS, REGION_SHARES
from sim.relay import RelayConfig
from sim.scenario import Scenario
from sim.scenario_errors import Problem, ScenarioError
from sim.streams import Streams
from sim.topology import PeerGraph, complete_graph, random_graph, ring_graph

EASIEST_BITS = 0x207FFFFF
_TABLES = {"2019": INTERNET_2019, "2015": INTERNET_2015}


@dataclass(slots=True)
class World:
    """Everything that exists when the clock starts."""

    scenario: Scenario
    streams: Streams
    born: Born
    graph: PeerGraph
    relay: RelayConfig
    network: Network
    hosts: list[Host]
    """Dedicated miners first, then the applications' participants."""

    def by_account(self) -> dict[bytes, Host]:
        """The host of each account."""
        return {host.key.public: host for host in self.hosts}


def build_world(scenario: Scenario, registry: Registry, kits: Mapping[str, Kit[BaseModel]]) -> World:
    """The world of a scenario and its seed. Raises ScenarioError where the parts do not fit together."""
    streams = Streams(scenario.seed)
    miners = _dedicated_miners(scenario, streams)
    populations = [_population(scenario, streams, name, kit) for name, kit in kits.items()]
    participants = [*miners, *(p for population in populations for p in population.participants)]
    _check_names(scenario, participants)
    hosts = _place(scenario, streams, participants)
    initial = sum(p.hash_rate * p.mining_fraction for p in participants)
    params = _chain_params(scenario, initial, [p.subsidy for p in populations if p.subsidy is not None])
    allocations = {host.key.public: host.participant.balance for host in hosts if host.participant.balance}
    born = found_chain(make_genesis(params, allocations, registry), registry)
    graph = _graph(scenario, streams)
    difficulty = difficulty_of_bits(params.difficulty.genesis_bits)
    relay = _relay(scenario)
    network = Network(graph, relay, streams, difficulty)
    for host in hosts:
        if host.agent is not None:
            network.watch(host.peer, Watch.HEAD)
    return World(scenario, streams, born, graph, relay, network, hosts)


def _dedicated_miners(scenario: Scenario, streams: Streams) -> list[Participant]:
    mining = scenario.mining
    if mining.shares == "equal":
        weights = [1.0] * mining.miners
    elif mining.shares == "normal":
        # SimBlock's spread: standard deviation a quarter of the mean, never negative.
        draws = (
            streams.generator("mining", "share", miner).normal(1.0, 0.25) for miner in range(mining.miners)
        )
        weights = [max(float(draw), 0.01) for draw in draws]
    else:
        weights = list(mining.shares)
    total = sum(weights)
    return [
        Participant(f"miner-{i}", "miner", None, 0, mining.hash_rate * weight / total)
        for i, weight in enumerate(weights)
    ]


def _population(scenario: Scenario, streams: Streams, name: str, kit: Kit[BaseModel]) -> Population:
    surroundings = Surroundings(
        miners_hash_rate=scenario.mining.hash_rate,
        target_interval_ms=scenario.chain.interval,
        draw=streams.generator("population", name),
        account=lambda participant: key_of(scenario.seed, participant).public,
    )
    return kit.populate(scenario.app_settings(name), surroundings)


def _check_names(scenario: Scenario, participants: list[Participant]) -> None:
    """Two participants of one name would have one key. Raises ScenarioError."""
    count = Counter(participant.name for participant in participants)
    if twice := sorted(name for name, times in count.items() if times > 1):
        message = "a name of its own for every participant, dedicated miners (miner-0, miner-1, ...) included"
        raise ScenarioError(scenario.name, (Problem("apps", twice, message),))


def _place(scenario: Scenario, streams: Streams, participants: list[Participant]) -> list[Host]:
    """Peers 0, 1, ... to those with a hash rate, one each; a random one of the rest to everybody else."""
    peers = scenario.network.peers
    with_peer = sum(p.hash_rate > 0 for p in participants)
    if with_peer > peers:
        message = f"at least {with_peer}: every participant that can mine has a peer of its own"
        raise ScenarioError(scenario.name, (Problem("network.peers", peers, message),))
    hosts: list[Host] = []
    taken = 0
    for participant in participants:
        name = participant.name
        if participant.hash_rate > 0:
            peer, taken = taken, taken + 1
        else:
            first = with_peer if with_peer < peers else 0
            peer = int(streams.generator("place", name).integers(first, peers))
        key = key_of(scenario.seed, name)
        rng = streams.generator("agent", name)
        fraction = participant.mining_fraction if participant.hash_rate > 0 else 0.0
        hosts.append(Host(len(hosts), participant, key, peer, rng, mining_fraction=fraction))
    return hosts


def _chain_params(scenario: Scenario, hash_rate: float, subsidies: list[int]) -> ChainParams:
    chain = scenario.chain
    expected_hashes = max(hash_rate * chain.interval / 1_000, 2.0)
    difficulty = DifficultyParams(
        rule=DifficultyRule(chain.difficulty),
        target_interval_ms=chain.interval,
        genesis_bits=min(bits_for_difficulty(expected_hashes), EASIEST_BITS),
        limit_bits=EASIEST_BITS,
        window=chain.window,
        half_life_ms=chain.half_life,
    )
    if len(set(subsidies)) > 1:
        message = "applications that agree on the block subsidy their rewards ask for"
        raise ScenarioError(scenario.name, (Problem("apps", list(scenario.apps), message),))
    subsidy = subsidies[0] if subsidies else chain.subsidy
    return ChainParams(
        name=scenario.name,
        proof=ProofKind(chain.proof),
        difficulty=difficulty,
        time=TimeParams(),
        reward=RewardParams(subsidy, chain.halving),
        max_block_bytes=chain.max_block,
        min_fee=chain.min_fee,
    )


def _graph(scenario: Scenario, streams: Streams) -> PeerGraph:
    network = scenario.network
    if network.graph == "complete":
        return complete_graph(network.peers)
    if network.graph == "ring":
        return ring_graph(network.peers)
    degrees = OUTBOUND_LINKS[network.degrees.replace("-", "_")]
    shares = REGION_SHARES[network.regions.replace("-", "_")]
    return random_graph(network.peers, streams, degrees, shares)


def _relay(scenario: Scenario) -> RelayConfig:
    network = scenario.network
    kind = "table" if network.latency == "mean" else network.latency
    return RelayConfig(
        mode=network.relay,
        latency=kind,
        constant_latency_ms=network.constant_latency,
        tables=_TABLES[network.tables],
    )
