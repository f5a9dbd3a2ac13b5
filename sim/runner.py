"""Runs a scenario from its name to a folder of results, or to a summary alone: where a run meets files."""

import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from apps.kit import Json
from sim.collector import calm_collector
from sim.interrupt import StopRequest
from sim.ledger import SharedLedger
from sim.outcome import (
    US_PER_S,
    block_rows,
    event_rows,
    metric_rows,
    outcome_of,
    summary_of,
    transaction_rows,
)
from sim.plugins import KitSettings, kit_for, registry_for
from sim.progress import Observer, Silent
from sim.replicas import Replicas
from sim.run_folder import RunFolder, RunStatus
from sim.scenario import Scenario, load_scenario
from sim.simulation import Simulation
from sim.world import World, build_world


class Interrupted(Exception):
    """The run was stopped by the user; what was simulated is saved. Args: folder."""

    @property
    def folder(self) -> Path:
        """Where it is saved."""
        return Path(self.args[0])

    def __str__(self) -> str:
        return f"interrupted; {self.folder} holds the run up to here"


def run_scenario(
    scenario: str | Path,
    seed: int | None,
    overrides: Mapping[str, object],
    out: str | Path | None,
    observer: Observer | None = None,
    *,
    force: bool = False,
) -> Path:
    """Run a scenario and write its folder. Raises ScenarioError, FolderInUse, StoreError, Interrupted."""
    resolved = _resolve(scenario, seed, overrides)
    world = _world(resolved)
    target = Path(out) if out is not None else Path("out") / f"{resolved.name}-{resolved.seed}"
    participants = {host.participant.name: host.key.public for host in world.hosts}
    folder = RunFolder.create(target, resolved, world.born.genesis, force=force, participants=participants)
    started = time.perf_counter()
    with _Recording(folder) as recording:
        simulation = _simulation(world)
        recording.follow(simulation)
        interrupted = _drive(simulation, observer or Silent())
        summary = _summary(simulation, time.perf_counter() - started)
        recording.finish(simulation, summary, interrupted=interrupted)
    if interrupted:
        raise Interrupted(folder.path)
    return folder.path


def summary_of_run(
    scenario: str | Path, seed: int | None, overrides: Mapping[str, object]
) -> dict[str, Json]:
    """Run a scenario and return its summary; nothing is written. Raises ScenarioError."""
    started = time.perf_counter()
    simulation = _simulation(_world(_resolve(scenario, seed, overrides)))
    if _drive(simulation, Silent()):
        raise KeyboardInterrupt
    return _summary(simulation, time.perf_counter() - started)


def simulate(scenario: Scenario) -> Simulation:
    """Run a scenario in memory and return the finished simulation. Raises ScenarioError, KeyboardInterrupt."""
    simulation = _simulation(_world(scenario))
    if _drive(simulation, Silent()):
        raise KeyboardInterrupt
    return simulation


def _resolve(scenario: str | Path, seed: int | None, overrides: Mapping[str, object]) -> Scenario:
    chosen = dict(overrides) if seed is None else {**overrides, "seed": seed}
    return load_scenario(scenario, chosen, KitSettings())


def _world(scenario: Scenario) -> World:
    kits = {name: kit_for(name) for name in scenario.apps}
    return build_world(scenario, registry_for(scenario.apps), kits)


def _simulation(world: World) -> Simulation:
    replicas = None
    ledger = SharedLedger(world.born)
    if world.scenario.execution == "replicated":
        replicas = Replicas(world, ledger)
    return Simulation(world, ledger, replicas)


def _drive(simulation: Simulation, observer: Observer) -> bool:
    """Run to the end; True if the user asked to stop before."""
    with StopRequest() as stop, calm_collector():
        simulation.start()
        while not simulation.is_over() and not stop.requested:
            simulation.step()
            observer.update(simulation.done, simulation.now_us / US_PER_S, simulation.ledger.tip_height)
        interrupted = not simulation.is_over()
        simulation.settle()
    observer.update(simulation.done, simulation.ended_us / US_PER_S, simulation.ledger.tip_height)
    return interrupted


def _summary(simulation: Simulation, wall_s: float) -> dict[str, Json]:
    summary = summary_of(simulation, wall_s)
    scenario = simulation.world.scenario
    outcome = outcome_of(simulation)
    for name in scenario.apps:
        summary[name] = kit_for(name).summarise(scenario.app_settings(name), outcome)
    return summary


class _Recording(AbstractContextManager["_Recording"]):
    """Keeps a run's folder in step with the run, and its status true whatever happens."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder

    def follow(self, simulation: Simulation) -> None:
        """Append every block to the ledger's file as it is found."""
        ledger = simulation.ledger
        simulation.on_block = lambda index: self._folder.store.append(
            ledger.blocks[index].block, ledger.cumulative_work(index), ledger.blocks[index].found_us
        )

    def finish(self, simulation: Simulation, summary: Mapping[str, Any], *, interrupted: bool) -> None:
        """Write the tables, the figures, the summary and the final status."""
        from sim.charts import draw_charts
        from sim.figures import run_figures

        folder, ledger = self._folder, simulation.ledger
        folder.store.set_head(ledger.blocks[ledger.tip].block.id)
        folder.write_table("blocks", block_rows(simulation))
        folder.write_table("transactions", transaction_rows(simulation))
        folder.write_table("metrics", metric_rows(simulation))
        for name, rows in event_rows(simulation).items():
            folder.write_events(name, rows)
        run_figures(summary, folder.path / "figures")
        for name in simulation.world.scenario.apps:
            draw_charts(name, kit_for(name).charts(summary[name]), folder.path / "figures")
        folder.write_summary(summary)
        folder.close(RunStatus.INTERRUPTED if interrupted else RunStatus.COMPLETE)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._folder.close(RunStatus.FAILED, f"{type(error).__name__}: {error}")

    def __enter__(self) -> Self:
        return self
