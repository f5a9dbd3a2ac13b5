"""The runs of the network experiment: each simulated once, and what is measured of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from apps.admm.actions import SubmitBandwidth
from apps.admm.parameters import FloatArray
from apps.admm.settings import AdmmSettings
from sim.arrival import arrival_delays_us
from sim.outcome import US_PER_S, outcome_of, summary_of
from sim.plugins import KitSettings, kit_for
from sim.reproduce.acquisition_network_points import Place
from sim.reproduce.acquisition_network_theory import BlockTimes, blocks_a_round
from sim.reproduce.points import PointFailed, in_parallel
from sim.runner import simulate
from sim.scenario import load_scenario
from sim.simulation import Simulation

SCENARIO, APP = "admm", "admm"


@dataclass(frozen=True, slots=True)
class Run:
    """A point and a seed."""

    place: Place
    seed: int


@dataclass(frozen=True, slots=True)
class Observed:
    """What one run says. Coarse is a gap of 1e-3 to the central optimum, fine 1e-6; None where it never got there.

    Rounds, blocks and seconds count from the block that opened round 1.
    """

    converged: bool | None
    """None: the run ended before it settled."""
    rounds: int
    blocks: int
    seconds: float
    coarse_rounds: int | None
    coarse_blocks: int | None
    coarse_seconds: float | None
    fine_rounds: int | None
    fine_blocks: int | None
    fine_seconds: float | None
    gap: float | None
    """After the last round; None where an operator has no share that carries its rate."""
    undone_rounds: int
    """Closed rounds that a reorganisation took off the owner's best chain."""
    incomplete_rounds: int
    """Rounds that were closed by their deadline, an answer missing."""
    refused_answers: int
    stale_rate: float
    block_delay_s: float
    """Mean time until a block is at a peer."""
    answer_delay_s: float
    """Mean time from the block that opens a round until its last answer is at the next miner."""
    blocks_a_round: float
    seconds_a_round: float
    predicted_blocks_a_round: float | None
    """By theory from the run's own delays; None where an operator is silent."""
    predicted_seconds_a_round: float | None
    honest_power_ratio: float | None
    """Power with the licence over power at the optimum, mean over the honest; None without service."""
    honest_bandwidth_ratio: float | None
    faulty_power_ratio: float | None
    faulty_bandwidth_ratio: float | None


@dataclass(frozen=True, slots=True)
class ObservedRun:
    """A run and what it says."""

    run: Run
    observed: Observed


def observe_all(
    places: Sequence[Place], seeds: int, processes: int | None, on_done: Callable[[int, int], None]
) -> list[ObservedRun]:
    """Every point with `seeds` runs, in order; no two runs share a seed. Raises PointFailed."""
    runs = [
        Run(place, 1 + seeds * number + repeat)
        for number, place in enumerate(places)
        for repeat in range(seeds)
    ]
    observed = in_parallel(observe, runs, processes, on_done)
    return [ObservedRun(run, seen) for run, seen in zip(runs, observed, strict=True)]


def observe(run: Run) -> Observed:
    """Simulate one run and measure it. Raises PointFailed."""
    try:
        scenario = load_scenario(SCENARIO, {**dict(run.place.overrides), "seed": run.seed}, KitSettings())
        simulation = simulate(scenario)
        acquired: Mapping[str, Any] = kit_for(APP).summarise(
            scenario.app_settings(APP), outcome_of(simulation)
        )
        return _observed(simulation, acquired["periods"][0], summary_of(simulation, 0.0))
    except Exception as error:
        raise PointFailed(run.place.overrides, run.seed, f"{type(error).__name__}: {error}") from error


def _observed(simulation: Simulation, period: Mapping[str, Any], summary: Mapping[str, Any]) -> Observed:
    rounds, blocks, seconds = (period[name] for name in ("rounds", "blocks", "seconds"))
    delays = AnswerDelays.of(simulation, period)
    times = BlockTimes(
        simulation.world.scenario.chain.interval / 1_000,
        np.array([row["mean_s"] for row in summary["network"]["propagation"]]),
        delays.hash_shares,
    )
    honest = [operator for operator in period["operators"] if operator["behaviour"] == "honest"]
    faulty = [operator for operator in period["operators"] if operator["behaviour"] != "honest"]
    predicted = None
    if all(operator["behaviour"] != "silent" for operator in faulty):
        settings = cast(AdmmSettings, simulation.world.scenario.app_settings(APP))
        predicted = blocks_a_round(times, *delays.law, settings.round_blocks)
    return Observed(
        converged=period["converged"],
        rounds=rounds,
        blocks=blocks,
        seconds=seconds,
        **_reached("coarse", period["to_1e-3"]),
        **_reached("fine", period["to_1e-6"]),
        gap=period["gap"],
        undone_rounds=period["undone_rounds"],
        incomplete_rounds=sum(
            answered < len(period["operators"]) for answered in period["trace"]["answered"]
        ),
        refused_answers=period["refused_answers"],
        stale_rate=summary["chain"]["stale_rate"],
        block_delay_s=float(np.mean(times.delay_s)),
        answer_delay_s=float(np.dot(*delays.law)),
        blocks_a_round=blocks / rounds,
        seconds_a_round=seconds / rounds,
        predicted_blocks_a_round=predicted,
        predicted_seconds_a_round=None if predicted is None else predicted * times.mean_s,
        honest_power_ratio=_power_ratio(honest),
        honest_bandwidth_ratio=_bandwidth_ratio(honest),
        faulty_power_ratio=_power_ratio(faulty),
        faulty_bandwidth_ratio=_bandwidth_ratio(faulty),
    )


def _reached(name: str, reached: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        f"{name}_{unit}": None if reached is None else reached[unit]
        for unit in ("rounds", "blocks", "seconds")
    }


def _power_ratio(operators: Sequence[Mapping[str, Any]]) -> float | None:
    ratios = [operator["power_ratio"] for operator in operators]
    return float(np.mean(ratios)) if ratios and None not in ratios else None


def _bandwidth_ratio(operators: Sequence[Mapping[str, Any]]) -> float | None:
    ratios = [o["licence_hz"] / o["optimum_hz"] for o in operators if o["licence_hz"] is not None]
    return float(np.mean(ratios)) if ratios else None


@dataclass(frozen=True, slots=True, eq=False)
class AnswerDelays:
    """Times from the block that opens a round until all its answers are at a miner."""

    hash_shares: FloatArray
    """(miners,), sum 1."""
    delay_s: FloatArray
    """(rounds, miners)."""

    @property
    def law(self) -> tuple[FloatArray, FloatArray]:
        """The delays and the chance of each, flat: every round alike, miners by hash share."""
        chance = np.broadcast_to(self.hash_shares / len(self.delay_s), self.delay_s.shape)
        return self.delay_s.ravel(), chance.ravel()

    @classmethod
    def of(cls, simulation: Simulation, period: Mapping[str, Any]) -> "AnswerDelays":
        """Measured in a run: an operator's first answer to a round, on its shortest way to each miner."""
        hosts = simulation.world.hosts
        miners = [host for host in hosts if host.participant.hash_rate > 0]
        peers = [host.peer for host in miners]
        rates = np.array([host.participant.hash_rate for host in miners])
        arrivals: dict[int, FloatArray] = {}
        for number, arrival_us in _arrivals(simulation, period["name"], peers):
            arrivals[number] = np.maximum(arrivals.get(number, arrival_us), arrival_us)
        opened_us = _opened_us(simulation, period)
        delays_us = [arrivals[number] - opened for number, opened in opened_us.items() if number in arrivals]
        return cls(rates / rates.sum(), np.array(delays_us) / US_PER_S)


def _arrivals(
    simulation: Simulation, acquisition: str, peers: Sequence[int]
) -> Iterator[tuple[int, FloatArray]]:
    """For each operator and round it answered: the round and when its first answer was at each of the peers."""
    known: set[tuple[int, int]] = set()
    world = simulation.world
    for identifier, entry in simulation.submitted.items():
        action = entry.host.actions[identifier]
        if not isinstance(action, SubmitBandwidth) or action.acquisition != acquisition:
            continue
        if (entry.host.number, action.round) not in known:
            known.add((entry.host.number, action.round))
            delays_us = arrival_delays_us(world.graph, entry.host.peer, world.relay)
            yield action.round, (entry.time_us + delays_us[list(peers)]).astype(np.float64)


def _opened_us(simulation: Simulation, period: Mapping[str, Any]) -> dict[int, int]:
    """When the block of the best chain was found that opened each round that closed."""
    ledger, heights = simulation.ledger, period["trace"]["height"]
    opened_at = [heights[-1] - period["blocks"], *heights[:-1]]
    chain = ledger.best_chain()
    return {
        number: ledger.blocks[chain[height - 1]].found_us
        for number, height in zip(period["trace"]["round"], opened_at, strict=True)
    }
