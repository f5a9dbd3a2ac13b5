"""Points of the latency experiment: means over their runs, quantiles over all their requests, theory beside both."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from statistics import fmean, variance

import numpy as np

from sim.folders import write_text
from sim.reproduce.acquisition_network_estimates import Estimate, estimate
from sim.reproduce.coordination_network_points import UNITS, Factor, Place
from sim.reproduce.coordination_network_runs import Observed, ObservedRun, Request
from sim.reproduce.coordination_network_theory import GammaLatency
from sim.reproduce.tables import write_csv

LEVELS = (0.1, 0.5, 0.9)
"""Of the quantiles of the latency."""
_CONFIDENCE = 0.95
_LATENCY = "latency_s"


def _mean_latency_s(run: Observed) -> float | None:
    return _mean([one.latency_s for one in run.requests])


def _mean_reliance_s(run: Observed) -> float | None:
    return _mean([one.reliance_s for one in run.requests if one.reliance_s is not None])


def _mean_blocks(run: Observed) -> float | None:
    return _mean([one.latency_blocks for one in run.requests])


def _variance_s2(run: Observed) -> float | None:
    return variance(one.latency_s for one in run.requests) if len(run.requests) > 1 else None


def _mean(values: Sequence[float]) -> float | None:
    return fmean(values) if values else None


_OF_RUN: Mapping[str, Callable[[Observed], float | None]] = {
    _LATENCY: _mean_latency_s,
    "variance_s2": _variance_s2,
    "latency_blocks": _mean_blocks,
    "reliance_s": _mean_reliance_s,
    "undecided": lambda run: run.undecided,
    "moved_steps": lambda run: run.moved_steps,
    "refused_actions": lambda run: run.refused_actions,
    "stale_rate": lambda run: run.stale_rate,
    "block_delay_s": lambda run: run.block_delay_s,
    "answer_delay_s": lambda run: run.answer_delay_s,
    "interval_s": lambda run: run.interval_s,
    "residual_s": lambda run: run.residual_s,
}
"""What a run says of each quantity; None where it has none."""
_PREDICTED_OF_RUN: Mapping[str, Callable[[Observed], float]] = {
    _LATENCY: lambda run: run.predicted.law.mean_s,
    "variance_s2": lambda run: run.predicted.law.variance_s2,
    "latency_blocks": lambda run: run.predicted.latency_blocks,
    "reliance_s": lambda run: run.predicted.reliance_s,
    "stale_rate": lambda run: run.predicted.stale_rate,
    "interval_s": lambda run: run.predicted.interval_s,
    "residual_s": lambda run: run.predicted.residual_s,
}
QUANTITIES, PREDICTED = tuple(_OF_RUN), tuple(_PREDICTED_OF_RUN)


@dataclass(frozen=True, slots=True)
class Bounded:
    """A number between the bounds of its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class PointEstimate:
    """What the runs of a point say together."""

    place: Place
    runs: int
    requests: tuple[Request, ...]
    """Decided ones of all runs."""
    found: Mapping[str, Estimate | None]
    """Of each of QUANTITIES; None where no run has it."""
    predicted: Mapping[str, Estimate]
    """By theory, of each of PREDICTED."""
    differences: Mapping[str, Estimate | None]
    """Found less predicted, run by run, of each of PREDICTED."""
    quantiles_s: tuple[Bounded, ...]
    """Of the latency over all requests, at each of LEVELS; empty without requests."""
    predicted_quantiles_s: tuple[float, ...]
    """The same by theory."""

    def known(self, quantity: str) -> Estimate:
        """An estimate of what runs always have. Raises KeyError where none has it."""
        estimated = self.found[quantity]
        if estimated is None:
            raise KeyError(f"{self.place.name}: no run has {quantity}")
        return estimated

    @property
    def std_s(self) -> Estimate | None:
        """Standard deviation of the latency: the root of the runs' mean variance."""
        return None if (spread := self.found["variance_s2"]) is None else _root(spread)

    @property
    def predicted_std_s(self) -> float:
        """The same by theory."""
        return sqrt(self.predicted["variance_s2"].mean)

    @property
    def undelayed(self) -> GammaLatency:
        """The latency if everything were everywhere at once."""
        return GammaLatency(self.place.interval_s, self.place.confirmations)

    @property
    def undone(self) -> Bounded | None:
        """Share of the decisions relied on that a reorganisation undid afterwards."""
        return undone_of([self])

    @property
    def moved(self) -> float | None:
        """Steps that a reorganisation undid and that came again later, a request."""
        moved = self.known("moved_steps").mean * self.runs
        return moved / len(self.requests) if self.requests else None


@dataclass(frozen=True, slots=True)
class Estimates:
    """All points, in their order."""

    points: tuple[PointEstimate, ...]

    def series(self, factor: Factor, series: str) -> list[PointEstimate]:
        """One curve, in the order of its values; points without a decided request are left out."""
        return [p for p in self.points if (p.place.factor, p.place.series) == (factor, series) and p.requests]

    def series_of(self, factor: Factor) -> list[str]:
        """Names of a factor's curves, in their order."""
        return list(dict.fromkeys(p.place.series for p in self.points if p.place.factor is factor))


def undone_of(points: Sequence[PointEstimate]) -> Bounded | None:
    """Share of the decisions relied on in these points that was undone afterwards; None without any."""
    relied = [one.undone > 0 for p in points for one in p.requests if one.reliance_s is not None]
    return _share(sum(relied), len(relied)) if relied else None


def estimates_of(observed: Sequence[ObservedRun]) -> Estimates:
    """The runs of each place together."""
    groups: dict[str, list[ObservedRun]] = {}
    for entry in observed:
        groups.setdefault(entry.run.place.name, []).append(entry)
    return Estimates(
        tuple(_point(group[0].run.place, [entry.observed for entry in group]) for group in groups.values())
    )


def _point(place: Place, runs: Sequence[Observed]) -> PointEstimate:
    found = {name: [of(run) for run in runs] for name, of in _OF_RUN.items()}
    predicted = {name: [of(run) for run in runs] for name, of in _PREDICTED_OF_RUN.items()}
    requests = tuple(one for run in runs for one in run.requests)
    return PointEstimate(
        place=place,
        runs=len(runs),
        requests=requests,
        found={name: estimate([v for v in values if v is not None]) for name, values in found.items()},
        predicted={name: e for name, values in predicted.items() if (e := estimate(values)) is not None},
        differences={
            name: estimate([f - p for f, p in zip(found[name], values, strict=True) if f is not None])
            for name, values in predicted.items()
        },
        quantiles_s=_quantiles([one.latency_s for one in requests]),
        predicted_quantiles_s=tuple(
            fmean(run.predicted.law.quantile_s(level) for run in runs) for level in LEVELS
        ),
    )


def _quantiles(values: Sequence[float]) -> tuple[Bounded, ...]:
    """Quantiles of independent values with the order statistics that bound them, whatever the distribution."""
    if not values:
        return ()
    from scipy.stats import binom

    ordered, n, tail = sorted(values), len(values), (1.0 - _CONFIDENCE) / 2.0
    found = []
    for level in LEVELS:
        low, high = int(binom.ppf(tail, n, level)), int(binom.ppf(1.0 - tail, n, level)) + 1
        bounds = ordered[max(low, 1) - 1], ordered[min(high, n) - 1]
        found.append(Bounded(float(np.quantile(ordered, level)), *bounds))
    return tuple(found)


def _share(count: int, of: int) -> Bounded:
    """A share with its Clopper-Pearson interval."""
    from scipy.stats import beta

    tail = (1.0 - _CONFIDENCE) / 2.0
    low = float(beta.ppf(tail, count, of - count + 1)) if count else 0.0
    high = float(beta.ppf(1.0 - tail, count + 1, of - count)) if count < of else 1.0
    return Bounded(count / of, low, high)


def _root(spread: Estimate) -> Estimate:
    """Of a variance; its interval by linear error propagation."""
    std = sqrt(spread.mean)
    reach = None if spread.reach is None or std == 0.0 else spread.reach / (2.0 * std)
    return Estimate(std, reach, spread.runs)


def standard_error(found: Estimate) -> float | None:
    """Of a mean over runs; None with one run."""
    if found.reach is None:
        return None
    from scipy.stats import t

    return found.reach / float(t.ppf((1.0 + _CONFIDENCE) / 2.0, found.runs - 1))


def write_requests(path: Path, observed: Sequence[ObservedRun]) -> Path:
    """A row a request that was decided."""
    columns = ["latency_s", "latency_blocks", "reliance_s", "undone"]
    rows = (
        [*_name(entry.run.place).values(), entry.run.seed, *(getattr(one, column) for column in columns)]
        for entry in observed
        for one in entry.observed.requests
    )
    return write_csv(path, ["factor", "series", "value", "unit", "seed", *columns], rows)


def point_rows(estimates: Estimates) -> Iterator[dict[str, object]]:
    """A row a point, as JSON values: means with 95 % intervals, quantiles, theory; null: no run has it."""
    for point in estimates.points:
        quantiles = zip(LEVELS, point.quantiles_s, point.predicted_quantiles_s, strict=False)
        yield {
            **_name(point.place),
            "runs": point.runs,
            "requests": len(point.requests),
            "found": {name: _interval(found) for name, found in point.found.items()},
            "predicted": {name: found.mean for name, found in point.predicted.items()},
            "differences": {name: _interval(found) for name, found in point.differences.items()},
            "quantiles": [
                {
                    "level": level,
                    "seconds": found.value,
                    "low": found.low,
                    "high": found.high,
                    "predicted": theory,
                }
                for level, found, theory in quantiles
            ],
            "undelayed": {"mean_s": point.undelayed.mean_s, "std_s": point.undelayed.std_s},
            "undone": None if (undone := point.undone) is None else [undone.value, undone.low, undone.high],
        }


def write_points(path: Path, estimates: Estimates, findings: Sequence[Mapping[str, str]]) -> Path:
    """The points, and what follows from them in words. Raises ResultsError."""
    document = {"points": list(point_rows(estimates)), "findings": list(findings)}
    write_text(path, json.dumps(document, indent=2, allow_nan=False) + "\n")
    return path


def _name(place: Place) -> dict[str, object]:
    factor, unit = str(place.factor), UNITS[place.factor]
    return {"factor": factor, "series": place.series, "value": place.value, "unit": unit}


def _interval(found: Estimate | None) -> dict[str, float | None] | None:
    if found is None:
        return None
    low, high = (None, None) if found.reach is None else (found.mean - found.reach, found.mean + found.reach)
    return {"mean": found.mean, "low": low, "high": high, "runs": found.runs}
