"""What follows from the points of the network experiment, in words and with the numbers of the runs at hand."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.table import Table

from sim.reproduce.acquisition_network_estimates import Estimate, Estimates, PointEstimate, reached
from sim.reproduce.acquisition_network_points import (
    DEADLINE,
    FAULTS,
    HONEST,
    HONEST_FAST,
    MEASURED,
    ONE_DELAY,
    ONE_SILENT,
    SLOW,
    SLOW_ONE,
    UNITS,
    Factor,
)
from sim.reproduce.acquisition_network_runs import Observed, ObservedRun

BLOCKS, SECONDS = "blocks_a_round", "seconds_a_round"
_TINY = 1e-6


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence and what it is about."""

    about: str
    found: str


def findings(observed: Sequence[ObservedRun], estimates: Estimates) -> list[Finding]:
    """What the runs say of each factor."""
    return [
        _rounds(observed),
        _interval(estimates),
        _delay(estimates),
        _theory(estimates),
        *_shares(estimates),
        *(_fault(estimates, kind) for kind in FAULTS),
        *_deadlines(estimates),
    ]


def findings_table(found: Sequence[Finding]) -> Table:
    """The findings for the screen."""
    table = Table(title="What proof of work makes of the rounds", show_lines=True)
    table.add_column("about", no_wrap=True)
    table.add_column("found (mean ± 95 % interval over the runs)", ratio=1)
    for finding in found:
        table.add_row(finding.about, finding.found)
    return table


def _rounds(observed: Sequence[ObservedRun]) -> Finding:
    """Of all runs in which everybody answers and rounds have the usual deadline."""
    varied = (Factor.INTERVAL, Factor.DELAY, Factor.SHARE)
    runs = [entry.observed for entry in observed if entry.run.place.factor in varied]
    complete = [run for run in runs if not run.incomplete_rounds]
    others = [run for run in runs if run.incomplete_rounds]
    found = (
        f"over all block intervals, delays and hash shares {_counted(complete)} in the {len(complete)} runs in which "
        f"every round closed with all answers, {sum(run.undone_rounds for run in complete)} undone rounds "
        "notwithstanding: a round has the same answers on every branch, so forks decide when it closes, not how"
    )
    if others:
        found += f". {_counted(others)} in {len(others)} runs in which the deadline of a round was sooner"
    return Finding("rounds", found)


def _counted(runs: Sequence[Observed]) -> str:
    coarse, fine = {run.coarse_rounds for run in runs}, {run.fine_rounds for run in runs}
    return f"{_several(coarse)} rounds to 1e-3 and {_several(fine)} to 1e-6"


def _several(rounds: set[int | None]) -> str:
    known = sorted(number for number in rounds if number is not None)
    text = f"{known[0]}" if len(known) == 1 else f"{known[0]} to {known[-1]}" if known else "never"
    return f"{text} (some never)" if None in rounds and known else text


def _interval(estimates: Estimates) -> Finding:
    low, high = _ends(estimates, Factor.INTERVAL, MEASURED)
    ratio = high.known(SECONDS).mean / low.known(SECONDS).mean
    return Finding(
        str(Factor.INTERVAL),
        f"{_values(low, high)}: {_change(low, high, BLOCKS)} blocks a round, {_change(low, high, SECONDS)} s a round, "
        f"{ratio:.3g} times as long for {high.place.value / low.place.value:g} times the interval; "
        f"{_change(low, high, 'fine_seconds')} s to 1e-6. At {low.place.value:g} s the last answer is at a miner "
        f"{low.known('answer_delay_s')} s after the round opens, which no faster block shortens",
    )


def _delay(estimates: Estimates) -> Finding:
    low, high = _ends(estimates, Factor.DELAY, ONE_DELAY)
    return Finding(
        str(Factor.DELAY),
        f"{_values(low, high)}: {_change(low, high, BLOCKS)} blocks a round, {_change(low, high, SECONDS)} s a round; "
        f"{_change(low, high, 'fine_seconds')} s to 1e-6. {_stale(low, high)}, {_change(low, high, 'undone_rounds')} "
        f"of {high.known('rounds').mean:.3g} rounds undone by reorganisations, "
        f"{_change(low, high, 'refused_answers')} answers refused",
    )


def _theory(estimates: Estimates) -> Finding:
    points = [
        p
        for p in estimates.points
        if p.place.factor is not Factor.DEADLINE and p.estimates["predicted_blocks_a_round"] is not None
    ]
    return Finding(
        "theory",
        f"seconds a round {_agreement(points, SECONDS)}; blocks a round {_agreement(points, BLOCKS)}. Theory: blocks a "
        "round are 1 and the expected number of blocks within D, from the block that opens the round until its last "
        "answer is at the next miner (both delays measured in each run), and seconds are that times the chain's "
        "interval; miners who mine on at once on their own siblings of a block are left out, which long delays show",
    )


def _agreement(points: Sequence[PointEstimate], quantity: str) -> str:
    pairs = [(p, p.known(quantity), p.known(f"predicted_{quantity}")) for p in points]
    within = sum(found.apart(predicted) <= 1.0 or _unseen(p, predicted) for p, found, predicted in pairs)
    worst, found, predicted = max(
        (pair for pair in pairs if pair[1].reach), key=lambda pair: pair[1].apart(pair[2]), default=pairs[0]
    )
    return (
        f"agree within 95 % intervals at {within} of {len(pairs)} points without silent operators, least at "
        f"{worst.place.name} with {found} found and {predicted} predicted"
    )


def _unseen(point: PointEstimate, predicted: Estimate) -> bool:
    """Whether so few more blocks than one a round may have been missed by chance (rule of three)."""
    found = point.known(BLOCKS)
    return found.mean == 1.0 and 0.0 <= predicted.mean - 1.0 <= 3.0 / (
        point.known("rounds").mean * point.runs
    )


def _shares(estimates: Estimates) -> Iterator[Finding]:
    for series in (MEASURED, SLOW, SLOW_ONE):
        low, high = _ends(estimates, Factor.SHARE, series)
        before, after = low.known(SECONDS), high.known(SECONDS)
        told = "no difference to be seen" if before.apart(after) <= 1.0 else f"{_more(after, before)}"
        yield Finding(
            str(Factor.SHARE),
            f"{series}, {_values(low, high)}: {_change(low, high, SECONDS)} s a round ({told}), "
            f"{_change(low, high, BLOCKS)} blocks a round, {_stale(low, high)}",
        )


def _fault(estimates: Estimates, kind: str) -> Finding:
    (honest,) = estimates.series(Factor.FAULTS, HONEST)
    points = estimates.series(Factor.FAULTS, kind)
    extra = [_signed(p.known(BLOCKS).mean - honest.known(BLOCKS).mean, 2) for p in points]
    settled = [f"{round(p.known('converged').mean * p.runs)}" for p in points]
    return Finding(
        kind,
        f"{_listed([f'{p.place.value:g}' for p in points])} of six: {_came_near(points, honest)}; "
        f"{_listed(extra)} blocks a round; {_listed(settled)} of {honest.runs} runs settle before the limit of rounds; "
        f"power above the least possible: {_listed([_gap(p) for p in points])}. With "
        f"{points[0].place.value:g}: the faulty {_side(points[0], 'faulty')}, the others {_side(points[0], 'honest')}",
    )


def _came_near(points: Sequence[PointEstimate], honest: PointEstimate) -> str:
    if all(p.estimates["coarse_seconds"] is None for p in points):
        return "never within 1e-3"
    coarse, fine = (_listed([_after(p, f"{name}_seconds") for p in points]) for name in ("coarse", "fine"))
    return (
        f"1e-3 {coarse} (0 of six: {_after(honest, 'coarse_seconds')}), 1e-6 {fine} (0: "
        f"{_after(honest, 'fine_seconds')})"
    )


def _after(point: PointEstimate, quantity: str) -> str:
    text = reached(point, quantity)
    return text if point.estimates[quantity] is None else f"after {text} s"


def _listed(texts: Sequence[str]) -> str:
    return texts[0] if len(set(texts)) == 1 else ", ".join(texts)


def _gap(point: PointEstimate) -> str:
    found = point.estimates["gap"]
    if found is None:
        return "no bound, as somebody has no share"
    return f"{100 * found.mean:.3g} %" if found.mean > _TINY else f"less than {_TINY:g}"


def _side(point: PointEstimate, side: str) -> str:
    bandwidth, power = (point.estimates[f"{side}_{what}_ratio"] for what in ("bandwidth", "power"))
    if bandwidth is None:
        return "have no licence"
    need = "cannot serve" if power is None else f"need {_percent(power.mean)} power"
    return f"get {_percent(bandwidth.mean)} bandwidth and {need}"


def _percent(ratio: float) -> str:
    return f"{_signed(100 * (ratio - 1.0), 1)} %"


def _signed(value: float, decimals: int) -> str:
    # Adding 0 takes the sign off a rounded -0.
    return f"{round(value, decimals) + 0.0:+.{decimals}f}"


def _more(after: Estimate, before: Estimate) -> str:
    return _percent(after.mean / before.mean)


def _deadlines(estimates: Estimates) -> Iterator[Finding]:
    for series in (HONEST, HONEST_FAST):
        points = estimates.series(Factor.DEADLINE, series)
        told = [
            f"{reached(p, 'fine_rounds')} rounds, {reached(p, 'fine_seconds')} s at {p.place.value:g}"
            for p in points
        ]
        yield Finding(str(Factor.DEADLINE), f"{series}, to 1e-6: {'; '.join(told)} {UNITS[Factor.DEADLINE]}")
    points = estimates.series(Factor.DEADLINE, ONE_SILENT)
    told = [f"{p.known(BLOCKS)} at {p.place.value:g}" for p in points]
    yield Finding(
        str(Factor.DEADLINE),
        f"{ONE_SILENT} after 3 rounds, blocks a round: {', '.join(told)} {UNITS[Factor.DEADLINE]} (elsewhere it is "
        f"{DEADLINE})",
    )


def _ends(estimates: Estimates, factor: Factor, series: str) -> tuple[PointEstimate, PointEstimate]:
    points = estimates.series(factor, series)
    return points[0], points[-1]


def _values(low: PointEstimate, high: PointEstimate) -> str:
    return f"{low.place.value:g} -> {high.place.value:g} {UNITS[low.place.factor]}"


def _change(low: PointEstimate, high: PointEstimate, quantity: str) -> str:
    return f"{reached(low, quantity)} -> {reached(high, quantity)}"


def _stale(low: PointEstimate, high: PointEstimate) -> str:
    before, after = (100 * point.known("stale_rate").mean for point in (low, high))
    return f"{before:.2g} % -> {after:.2g} % stale blocks"
