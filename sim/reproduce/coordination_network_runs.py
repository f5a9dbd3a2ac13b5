"""The runs of the latency experiment: each simulated once, and what is measured of it beside what theory says."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from apps.admm.parameters import FloatArray
from apps.coordination.actions import ChData, ChGrade, PayCoin, RxData, TxData
from apps.coordination.agents import ASKED, RELIANCE_UNDONE, RELIED, request_name
from apps.coordination.duties import ACTION_REFUSED, request_of
from apps.coordination.stages import Stage
from apps.coordination.state import RequestRecord
from sim.arrival import arrival_delays_us
from sim.outcome import US_PER_S
from sim.plugins import KitSettings
from sim.reproduce.acquisition_network_theory import BlockTimes
from sim.reproduce.coordination_network_points import Place
from sim.reproduce.coordination_network_theory import (
    TRANSITIONS,
    Delays,
    Flow,
    Law,
    latency,
    residual_s,
    with_stale_rate,
)
from sim.reproduce.points import PointFailed, in_parallel
from sim.runner import simulate
from sim.scenario import load_scenario
from sim.simulation import Simulation

SCENARIO = "coordination"
ACTIONS = {"pay_coin": PayCoin, "tx_data": TxData, "rx_data": RxData, "ch_grade": ChGrade, "ch_data": ChData}
"""Steps up to the decision, in their order."""
STEPS = tuple(ACTIONS)
Step = PayCoin | TxData | RxData | ChGrade | ChData
_MS_PER_S = 1_000


@dataclass(frozen=True, slots=True)
class Run:
    """A point and a seed."""

    place: Place
    seed: int


@dataclass(frozen=True, slots=True)
class Request:
    """What became of one request that was decided."""

    latency_s: float
    """From the buyer's sending to the time of the block that holds the decision."""
    latency_blocks: int
    """From the block that holds the payment to the one that holds the decision."""
    reliance_s: float | None
    """From the buyer's sending until it first saw the decision confirmed; None where the run ended before."""
    undone: int
    """Reorganisations that undid the decision after the buyer relied on it."""


@dataclass(frozen=True, slots=True)
class Predicted:
    """What theory says of a run, from the run's own stale rate and the delays of its transactions."""

    law: Law
    """Of the latency in seconds."""
    latency_blocks: float
    reliance_s: float
    interval_s: float
    """Between blocks of the best chain."""
    residual_s: float
    """From a moment of somebody's own choosing to the next block."""
    stale_rate: float
    """From the delays of its blocks."""


@dataclass(frozen=True, slots=True)
class Observed:
    """What one run says."""

    requests: tuple[Request, ...]
    """Those decided, in order."""
    undecided: int
    """Requests that ended without a decision: somebody did not act in time."""
    moved_steps: int
    """Steps of the decided requests that a block held which went stale, and that only a higher block holds now."""
    refused_actions: int
    """Actions in blocks that the chain refused: mostly sent on a branch that was given up."""
    stale_rate: float
    block_delay_s: float
    """Mean time until a block is at a peer."""
    answer_delay_s: float
    """Mean time from the block that makes somebody act until the action is at a miner."""
    interval_s: float
    """Mean time between blocks of the best chain."""
    residual_s: float
    """Mean time to the next of them, over all moments of the run."""
    predicted: Predicted


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
        return _observed(run.place, _Traced(simulate(scenario)))
    except Exception as error:
        raise PointFailed(run.place.overrides, run.seed, f"{type(error).__name__}: {error}") from error


class _Traced:
    """A finished run, with its steps followed through the blocks."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation, self.ledger = simulation, simulation.ledger
        self.chain = simulation.ledger.best_chain()
        hosts = simulation.world.hosts
        miners = [host for host in hosts if host.participant.hash_rate > 0]
        self.miner_peers = [host.peer for host in miners]
        rates = np.array([host.participant.hash_rate for host in miners])
        self.hash_shares: FloatArray = rates / rates.sum()
        (self.buyer,) = (host for host in hosts if host.participant.role == "fb-user")
        self.requests = dict(self._requests())
        self.decided = {name: record for name, record in self.requests.items() if record.verdict is not None}

    def _requests(self) -> Iterator[tuple[str, RequestRecord]]:
        view = self.ledger.view(self.ledger.tip)
        for attempt in self.measured_s(ASKED):
            name = request_name(self.buyer.participant.name, attempt)
            record = request_of(view, name)
            if record is not None:
                yield name, record

    def measured_s(self, measure: str) -> dict[int, list[float]]:
        """Attempt -> the times at which the buyer reported a measure of it."""
        times: dict[int, list[float]] = {}
        for placed in self.simulation.measures:
            if placed.participant == self.buyer.participant.name and placed.measure.name == measure:
                times.setdefault(int(placed.measure.value), []).append(placed.time_ms / _MS_PER_S)
        return times

    def found_s(self, height: int) -> float:
        """When the block of the best chain at a height was found."""
        return self.ledger.blocks[self.chain[height - 1]].found_us / US_PER_S

    def at_miners_s(self, height: int, step: str, request: str) -> FloatArray:
        """(miners,) when the transaction was there that took a step in the block at a height. Raises KeyError."""
        for identifier, action in self._steps_in(self.chain[height - 1]):
            if isinstance(action, ACTIONS[step]) and action.request == request:
                world, entry = self.simulation.world, self.simulation.submitted[identifier]
                delays_us = arrival_delays_us(world.graph, entry.host.peer, world.relay)
                return np.asarray((entry.time_us + delays_us[self.miner_peers]) / US_PER_S)
        raise KeyError(f"{step} of {request} in block {height}")

    def moved_steps(self) -> int:
        """See Observed.moved_steps."""
        best = set(self.chain)
        lowest: dict[bytes, int] = {}
        for index, entry in enumerate(self.ledger.blocks[1:], start=1):
            if index not in best:
                height = entry.block.header.height
                for identifier, _ in self._steps_in(index):
                    lowest[identifier] = min(height, lowest.get(identifier, height))
        return sum(
            lowest.get(identifier, height) < height
            for height, index in enumerate(self.chain, start=1)
            for identifier, _ in self._steps_in(index)
        )

    def _steps_in(self, index: int) -> Iterator[tuple[bytes, Step]]:
        """(transaction id, action) of the steps that a block takes."""
        for transaction, receipt in self.ledger.receipts_of(index):
            action = self.simulation.submitted[transaction.id].host.actions[transaction.id]
            if receipt.succeeded and isinstance(action, Step):
                yield transaction.id, action

    def block_delays_s(self) -> FloatArray:
        """(quantiles,) mean time until a block of the best chain is at each share of the peers.

        Stale blocks are left out: who has a sibling of theirs gets them late, and that delays nothing.
        """
        network = self.simulation.world.network
        spread_s = np.array(
            [network.propagation_quantile_s(share)[self.chain] for share in network.quantiles]
        )
        return np.asarray(np.nanmean(spread_s, axis=1))

    def interval_times_s(self) -> FloatArray:
        """(blocks - 1,) times between the blocks of the best chain."""
        return np.diff([self.found_s(height) for height in range(1, len(self.chain) + 1)])


def _observed(place: Place, traced: _Traced) -> Observed:
    simulation = traced.simulation
    spreading = BlockTimes(place.interval_s, traced.block_delays_s(), traced.hash_shares)
    stale_rate = 1.0 - len(traced.chain) / (len(traced.ledger.blocks) - 1)
    times = with_stale_rate(spreading, stale_rate)
    block_delay_s = float(np.mean(spreading.delay_s))
    flow = _flow(place, traced, times)
    intervals_s = traced.interval_times_s()
    ended = [one for one in traced.requests.values() if one.verdict is None and one.stage is Stage.CLOSED]
    return Observed(
        requests=tuple(_decided(traced)),
        undecided=len(ended),
        moved_steps=traced.moved_steps(),
        refused_actions=sum(placed.measure.name == ACTION_REFUSED for placed in simulation.measures),
        stale_rate=stale_rate,
        block_delay_s=block_delay_s,
        answer_delay_s=float(np.mean([delays.mean_s for delays in flow.transitions])),
        interval_s=float(intervals_s.mean()),
        residual_s=float(np.sum(intervals_s**2) / (2.0 * np.sum(intervals_s))),
        predicted=_predicted(flow, block_delay_s, 1.0 - place.interval_s / spreading.mean_s),
    )


def _decided(traced: _Traced) -> Iterator[Request]:
    asked, relied = traced.measured_s(ASKED), traced.measured_s(RELIED)
    undone = traced.measured_s(RELIANCE_UNDONE)
    for name, record in traced.decided.items():
        attempt = int(name.rpartition("/")[2])
        asked_s, steps = asked[attempt][0], record.steps
        yield Request(
            latency_s=traced.found_s(steps.ch_data) - asked_s,
            latency_blocks=steps.ch_data - steps.pay_coin,
            reliance_s=relied[attempt][0] - asked_s if attempt in relied else None,
            undone=len(undone.get(attempt, ())),
        )


def _flow(place: Place, traced: _Traced, times: BlockTimes) -> Flow:
    """The delays of the decided requests' steps, measured from the blocks that made their senders act."""
    asked_s: list[float] = []
    payments: list[Delays] = []
    rows: dict[str, list[FloatArray]] = {step: [] for step in TRANSITIONS}
    asked, confirmed_by = traced.measured_s(ASKED), 0
    if not traced.decided:
        raise ValueError(f"no request was decided in {len(traced.chain)} blocks, expected one or more")
    for name, record in traced.decided.items():
        heights = {step: int(getattr(record.steps, step)) for step in STEPS}
        arrived_s = {step: traced.at_miners_s(height, step, name) for step, height in heights.items()}
        sent_s = asked[int(name.rpartition("/")[2])][0]
        trigger_s = min(traced.found_s(confirmed_by) if confirmed_by else sent_s, sent_s)
        asked_s.append(sent_s - trigger_s)
        payments.append(Delays.mixed(arrived_s["pay_coin"][None] - trigger_s, traced.hash_shares))
        for before, step in zip(STEPS, TRANSITIONS, strict=False):
            seen_s = traced.found_s(heights[before] + place.confirmations - 1)
            rows[step].append(arrived_s[step] - seen_s)
        # The buyer asks again when it sees the decision confirmed.
        confirmed_by = heights["ch_data"] + place.confirmations - 1
    laws = [Delays.mixed(np.array(delays), traced.hash_shares) for delays in rows.values()]
    return Flow(times, place.confirmations, np.array(asked_s), payments, laws)


def _predicted(flow: Flow, block_delay_s: float, stale_rate: float) -> Predicted:
    theory, mean_s = latency(flow), flow.times.mean_s
    return Predicted(
        law=theory.law,
        latency_blocks=theory.blocks,
        reliance_s=theory.law.mean_s + (flow.confirmations - 1) * mean_s + block_delay_s,
        interval_s=mean_s,
        residual_s=residual_s(flow.times),
        stale_rate=stale_rate,
    )
