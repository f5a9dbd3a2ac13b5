"""Points of the network experiment as means with intervals over their runs, and as files."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from math import floor, hypot, inf, log10, sqrt
from pathlib import Path
from statistics import fmean, stdev

from sim.folders import write_text
from sim.reproduce.acquisition_network_points import UNITS, Factor, Place
from sim.reproduce.acquisition_network_runs import Observed, ObservedRun
from sim.reproduce.tables import write_csv

QUANTITIES = tuple(field.name for field in fields(Observed))
_CONFIDENCE = 0.95
_MOST_DECIMALS = 3


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over runs."""

    mean: float
    reach: float | None
    """Half of its 95 % interval by Student's t; None with one run."""
    runs: int
    """Runs that have the quantity."""

    def __str__(self) -> str:
        if not self.reach:
            return f"{self.mean:.4g}" + ("" if self.reach is None else " ± 0")
        decimals = min(max(1 - floor(log10(self.reach)), 0), _MOST_DECIMALS)
        return f"{self.mean:.{decimals}f} ± {self.reach:.{decimals}f}"

    def apart(self, other: "Estimate") -> float:
        """Distance in units of both intervals together, at most 1 where they agree; inf where neither has one."""
        reach = hypot(self.reach or 0.0, other.reach or 0.0)
        return abs(self.mean - other.mean) / reach if reach else 0.0 if self.mean == other.mean else inf


def estimate(values: Sequence[float]) -> Estimate | None:
    """Mean of independent values; None without any."""
    if not values:
        return None
    if len(values) == 1:
        return Estimate(values[0], None, 1)
    # Imported here: it takes longer to load than a command line may take to start.
    from scipy.stats import t

    quantile = float(t.ppf((1.0 + _CONFIDENCE) / 2.0, len(values) - 1))
    return Estimate(fmean(values), quantile * stdev(values) / sqrt(len(values)), len(values))


@dataclass(frozen=True, slots=True)
class PointEstimate:
    """What the runs of a point say together."""

    place: Place
    runs: int
    estimates: Mapping[str, Estimate | None]
    """Of each of QUANTITIES; None where no run has it: it was never reached."""

    def known(self, quantity: str) -> Estimate:
        """An estimate of what runs always have. Raises KeyError where none has it."""
        found = self.estimates[quantity]
        if found is None:
            raise KeyError(f"{self.place.name}: no run has {quantity}")
        return found


@dataclass(frozen=True, slots=True)
class Estimates:
    """All points, in their order."""

    points: tuple[PointEstimate, ...]

    def series(self, factor: Factor, series: str) -> list[PointEstimate]:
        """One curve, in the order of its values."""
        return [p for p in self.points if p.place.factor is factor and p.place.series == series]

    def series_of(self, factor: Factor) -> list[str]:
        """Names of a factor's curves, in their order."""
        return list(dict.fromkeys(p.place.series for p in self.points if p.place.factor is factor))


def estimates_of(observed: Sequence[ObservedRun]) -> Estimates:
    """The runs of each place together."""
    groups: dict[str, list[ObservedRun]] = {}
    for entry in observed:
        groups.setdefault(entry.run.place.name, []).append(entry)
    return Estimates(
        tuple(_point(group[0].run.place, [entry.observed for entry in group]) for group in groups.values())
    )


def _point(place: Place, runs: Sequence[Observed]) -> PointEstimate:
    found = {name: [getattr(run, name) for run in runs] for name in QUANTITIES}
    return PointEstimate(
        place,
        len(runs),
        {name: estimate([float(v) for v in values if v is not None]) for name, values in found.items()},
    )


def reached(point: PointEstimate, quantity: str) -> str:
    """Mean and interval of what it took to get somewhere; which runs did where not all did."""
    found = point.estimates[quantity]
    if found is None:
        return "never"
    return str(found) if found.runs == point.runs else f"{found} ({found.runs} of {point.runs})"


def write_runs(path: Path, observed: Sequence[ObservedRun]) -> Path:
    """A row a run; an empty cell: there was none, or it was never reached."""
    rows = (
        [*_name(entry.run.place).values(), entry.run.seed, *(getattr(entry.observed, q) for q in QUANTITIES)]
        for entry in observed
    )
    return write_csv(path, ["factor", "series", "value", "unit", "seed", *QUANTITIES], rows)


def point_rows(estimates: Estimates) -> Iterator[dict[str, object]]:
    """A row a point, as JSON values: of each quantity mean, 95 % interval and runs that have it; null: none has."""
    for point in estimates.points:
        quantities = {name: _interval(found) for name, found in point.estimates.items()}
        yield {**_name(point.place), "runs": point.runs, **quantities}


def write_points(path: Path, estimates: Estimates, findings: Sequence[Mapping[str, str]]) -> Path:
    """The points, and what follows from them in words. Raises ResultsError."""
    document = {"points": list(point_rows(estimates)), "findings": list(findings)}
    write_text(path, json.dumps(document, indent=2, allow_nan=False) + "\n")
    return path


def _name(place: Place) -> dict[str, object]:
    return {
        "factor": str(place.factor),
        "series": place.series,
        "value": place.value,
        "unit": UNITS[place.factor],
    }


def _interval(found: Estimate | None) -> dict[str, float | None] | None:
    if found is None:
        return None
    low, high = (None, None) if found.reach is None else (found.mean - found.reach, found.mean + found.reach)
    return {"mean": found.mean, "low": low, "high": high, "runs": found.runs}
