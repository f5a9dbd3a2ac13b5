"""The acquisitions' part of a run's summary: what proof of work made of ADMM, beside the central optimum."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from apps.admm.agents import ANSWER_REFUSED, ROUND_UNDONE
from apps.admm.central import Allocation
from apps.admm.parameters import BadParameter, FloatArray, RateOutOfReach
from apps.admm.problem import AcquisitionProblem
from apps.admm.replay import History, PastRound, replay
from apps.admm.settings import OWNER, AdmmSettings, problem_of
from apps.admm.state import MICROHERTZ_PER_HZ
from apps.admm.units import float_of
from apps.kit import Json, Outcome

TARGETS = {"to_1e-3": 1e-3, "to_1e-6": 1e-6}
"""Name in the summary -> gap to the optimum from which on it counts as reached."""
MOST_TRACED = 50
"""With more operators a trace leaves out who has which split."""
_MS_PER_S = 1_000


@dataclass(frozen=True, slots=True)
class _Scene:
    """What every figure is measured against."""

    problem: AcquisitionProblem
    best: Allocation
    keys: tuple[bytes, ...]
    """Public keys of the operators, in the order of the settings."""
    times_ms: tuple[int, ...]
    """Time of the block at each height, from 0."""

    def splits_hz(self, past: PastRound) -> FloatArray:
        """The split z after a round (M,), Hz; 0 for who is not a member."""
        members = past.operators
        shares = [members[key].split if key in members else 0 for key in self.keys]
        return np.array(shares) / MICROHERTZ_PER_HZ

    def gap(self, split_hz: FloatArray) -> float:
        """Sum of p(z) over the least possible, less 1; inf where an operator cannot keep its rate."""
        if not np.all(split_hz > 0):
            return math.inf
        try:
            total = float(np.sum(self.problem.power_w(split_hz)))
        except RateOutOfReach:
            return math.inf
        return total / self.best.total_power_w - 1.0

    def power_w(self, operator: int, bandwidth_hz: int) -> float | None:
        """Power of an operator with that bandwidth, W; None where none will do."""
        curve = self.problem.power_curve.take(np.array([operator]))
        try:
            power = float(curve.power_w(np.array([float(bandwidth_hz)]))[0])
        except (BadParameter, RateOutOfReach):
            return None
        return _finite(power)

    def seconds(self, start: int, height: int) -> float:
        """Seconds between two blocks."""
        return (self.times_ms[height] - self.times_ms[start]) / _MS_PER_S


def summarise(settings: AdmmSettings, outcome: Outcome) -> dict[str, Json]:
    """The `admm` part of `summary.json`: the central `optimum` and each acquisition of `periods`.

    Bandwidth is in Hz (`split_mhz` in MHz), power in W, prices in W/Hz. What there is none of is None.

    Of an acquisition, `rounds`, `blocks` and `seconds` count from the block that opened round 1 to the block that
    closed the last round of the best chain. `to_1e-3` and `to_1e-6` are the same up to the first round from which on
    `gap` stays within that: the power the split z takes over the least possible, less 1 (None while an operator's
    share cannot carry its rate). `converged` is None where the run ended first. `undone_rounds` are closed rounds
    that a reorganisation took off the owner's best chain, `refused_answers` answers that an operator found refused;
    one seen again after another reorganisation counts once. An acquisition that a stranger opened under the name is
    left out, and so is the gap of a round that split another band than the settings'.

    Of an operator, `power_ratio` is its power with its licence over that at the optimum: what faults do to it and
    to the others. A trace's residuals are those of the chain's stopping rule: ||w - z||/W, and the change
    of z over ||u|| (None while u is 0).
    """
    problem = problem_of(settings)
    names = [name for name, _ in settings.named_operators]
    scene = _Scene(
        problem,
        problem.solve(),
        tuple(outcome.accounts[name] for name in names),
        (outcome.blocks[0].time_ms if outcome.blocks else 0, *(block.time_ms for block in outcome.blocks)),
    )
    histories, reported = replay(outcome.events), _reported(outcome)
    return {
        "bandwidth_hz": settings.bandwidth_hz,
        "optimum": {
            "power_w": scene.best.total_power_w,
            "price_w_per_hz": scene.best.price_w_per_hz,
            "bandwidth_hz": dict(zip(names, scene.best.bandwidth_hz.tolist(), strict=True)),
        },
        "periods": [
            _period(settings, scene, histories[name], reported, number)
            for number, name in enumerate(settings.acquisitions, 1)
            if name in histories and histories[name].owner == outcome.accounts[OWNER]
        ],
    }


def _reported(outcome: Outcome) -> Counter[tuple[str, int]]:
    """(measure, number of the acquisition) -> of how many rounds and participants; seen again it counts once."""
    distinct = {
        (placed.measure.name, placed.measure.key, placed.participant, placed.measure.value)
        for placed in outcome.measures
    }
    return Counter((name, number) for name, number, _, _ in distinct)


def _period(
    settings: AdmmSettings,
    scene: _Scene,
    history: History,
    reported: Mapping[tuple[str, int], int],
    number: int,
) -> dict[str, Json]:
    splits = [scene.splits_hz(past) for past in history.rounds]
    gaps = [
        scene.gap(split) if past.bandwidth == settings.bandwidth_hz else math.inf
        for past, split in zip(history.rounds, splits, strict=True)
    ]
    return {
        "name": history.name,
        "penalty_w_per_hz2": float_of(history.terms.penalty),
        "converged": None if history.settled is None else history.settled.converged,
        **(_reached(scene, history, len(gaps) - 1) or {"rounds": 0, "blocks": 0, "seconds": 0.0}),
        **{name: _reached(scene, history, _first_within(gaps, target)) for name, target in TARGETS.items()},
        "gap": _finite(gaps[-1]) if gaps else None,
        "price_w_per_hz": float_of(history.rounds[-1].price) if gaps else None,
        "undone_rounds": reported[ROUND_UNDONE, number],
        "refused_answers": reported[ANSWER_REFUSED, number],
        "operators": list(_operators(settings, scene, history)),
        "trace": _trace(scene, history, splits, gaps),
    }


def _first_within(gaps: Sequence[float], target: float) -> int | None:
    """Index of the first round from which on the gap stays within the target."""
    first = len(gaps)
    while first and gaps[first - 1] <= target:
        first -= 1
    return first if first < len(gaps) else None


def _reached(scene: _Scene, history: History, index: int | None) -> dict[str, Json] | None:
    """What it took to the close of a round, given by its index; None where there is no such round."""
    if index is None or index < 0 or history.started_at is None:
        return None
    past = history.rounds[index]
    return {
        "rounds": index + 1,
        "blocks": past.height - history.started_at,
        "seconds": scene.seconds(history.started_at, past.height),
    }


def _operators(settings: AdmmSettings, scene: _Scene, history: History) -> Iterator[dict[str, Json]]:
    best = scene.best
    for index, (key, (name, operator)) in enumerate(zip(scene.keys, settings.named_operators, strict=True)):
        granted = history.licences.get(key)
        licence_hz = None if history.settled is None else 0 if granted is None else granted.bandwidth
        power_w = None if licence_hz is None else scene.power_w(index, licence_hz)
        answered = sum(
            past.operators[key].answered == past.number for past in history.rounds if key in past.operators
        )
        yield {
            "name": name,
            "behaviour": operator.behaviour,
            "licence_hz": licence_hz,
            "optimum_hz": float(best.bandwidth_hz[index]),
            "power_w": power_w,
            "power_ratio": None if power_w is None else _finite(power_w / float(best.power_w[index])),
            "answered_rounds": answered,
            "silent_rounds": sum(key in past.operators for past in history.rounds) - answered,
        }


def _trace(
    scene: _Scene, history: History, splits: Sequence[FloatArray], gaps: Sequence[float]
) -> dict[str, Json]:
    """Lists with an element for each closed round; `split_mhz` has one list for each operator."""
    rounds = history.rounds
    start = history.started_at or 0
    shown = scene.keys if len(scene.keys) <= MOST_TRACED else ()
    return {
        "round": [past.number for past in rounds],
        "height": [past.height for past in rounds],
        "seconds": [scene.seconds(start, past.height) for past in rounds],
        "answered": [past.answered for past in rounds],
        "primal_residual": [past.primal / (past.bandwidth * MICROHERTZ_PER_HZ) for past in rounds],
        "dual_residual": [past.relative_change for past in rounds],
        "price_w_per_hz": [float_of(past.price) for past in rounds],
        "gap": [_finite(gap) for gap in gaps],
        "split_mhz": [[float(split[i]) / 1e6 for split in splits] for i in range(len(shown))],
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
