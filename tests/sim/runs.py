"""Small runs for tests: a few peers, a few blocks, everything else as bundled."""

from pathlib import Path

from sim.plugins import KitSettings
from sim.runner import simulate
from sim.scenario import Scenario, load_scenario
from sim.simulation import Simulation

SMALL_LEASE: dict[str, object] = {
    "network.peers": 18,
    "mining.miners": 4,
    "run.blocks": 24,
    "lease.users": 8,
    "chain.interval": "20s",
}


def small_lease(**overrides: object) -> Scenario:
    """The lease scenario on 18 peers for 24 blocks; `network__peers=9` overrides `network.peers`."""
    dotted = {key.replace("__", "."): value for key, value in overrides.items()}
    return load_scenario("lease", {**SMALL_LEASE, **dotted}, KitSettings())


def run_small(**overrides: object) -> Simulation:
    """`small_lease`, run in memory."""
    return simulate(small_lease(**overrides))


def fingerprint(simulation: Simulation) -> list[str]:
    """Ids of all blocks in the order they were found."""
    return [entry.block.id.hex() for entry in simulation.ledger.blocks]


def write_scenario(path: Path, text: str) -> Path:
    """A scenario file."""
    path.write_text(text)
    return path
