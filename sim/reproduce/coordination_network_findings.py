"""What follows from the points of the latency experiment, in words and with the numbers of the runs at hand."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import sqrt

from rich.table import Table

from sim.reproduce.acquisition_network_estimates import Estimate
from sim.reproduce.coordination_network_estimates import Bounded, Estimates, PointEstimate, undone_of
from sim.reproduce.coordination_network_points import CALM, FORKED, REAL_SIZE, Factor
from sim.reproduce.coordination_network_tables import BLOCKS, LATENCY, beyond_by_chance, in_errors
from sim.reproduce.coordination_network_theory import TRANSITIONS

_MOST_NAMED = 4
_MANY_STALE = 0.2


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence and what it is about."""

    about: str
    found: str


def findings(estimates: Estimates) -> list[Finding]:
    """What the runs say of each factor. Means have 95 % intervals over runs."""
    return [
        _interval(estimates),
        *(_confirmations(estimates, series) for series in (CALM, FORKED)),
        _spread(estimates),
        _stale(estimates),
        _stale_theory(estimates),
        _inspection(estimates),
        _undone(estimates),
        _moved(estimates),
        _ends(estimates),
        *_theory(estimates),
    ]


def findings_table(found: Sequence[Finding]) -> Table:
    """The findings for the screen."""
    table = Table(title="From request to decision", show_lines=True)
    table.add_column("about", no_wrap=True)
    table.add_column("found (mean ± 95 % interval over the runs)", ratio=1)
    for finding in found:
        table.add_row(finding.about, finding.found)
    return table


def _interval(estimates: Estimates) -> Finding:
    points = estimates.series(Factor.INTERVAL, REAL_SIZE)
    low, high = points[0], points[-1]
    told = [
        f"{p.known(LATENCY)} s at {p.place.value:g} s ({p.known(LATENCY).mean / p.place.interval_s:.2f} intervals)"
        for p in (low, high)
    ]
    return Finding(
        str(Factor.INTERVAL),
        f"{_size((low, high))}: {' and '.join(told)}: {_ratio(high, low):.3g} times as long for "
        f"{high.place.value / low.place.value:g} times the interval. Without delays it would be {low.undelayed.shape} "
        f"intervals; what exceeds them are delays: {low.known('answer_delay_s')} s from a block until the answer to it "
        f"is at a miner, {len(TRANSITIONS)} times, and forks ({_percent(low, 'stale_rate')} stale at "
        f"{low.place.value:g} s, {_percent(high, 'stale_rate')} at {high.place.value:g} s)",
    )


def _confirmations(estimates: Estimates, series: str) -> Finding:
    points = estimates.series(Factor.CONFIRMATIONS, series)
    low, high = points[0], points[-1]
    told = [f"{_seconds(p)} with {p.place.value:g}" for p in (low, high)]
    found = f"{series}, {_size(points)}: {', '.join(told)}"
    if (more := high.place.confirmations - low.place.confirmations) > 0:
        slope = (high.known(LATENCY).mean - low.known(LATENCY).mean) / more
        chain_s = high.place.interval_s / (1.0 - high.known("stale_rate").mean)
        found += (
            f": {slope:.3g} s for each more, {slope / chain_s:.2f} of the chain's intervals where four steps wait for "
            f"one block more each. Until the buyer relies on it: {low.known('reliance_s')} s and "
            f"{high.known('reliance_s')} s"
        )
    return Finding(str(Factor.CONFIRMATIONS), found)


def _spread(estimates: Estimates) -> Finding:
    points = estimates.series(Factor.CONFIRMATIONS, CALM)
    told = [
        f"{_relative(p):.2f} with {p.place.value:g} (Gamma: {1.0 / sqrt(p.undelayed.shape):.2f}; 10 to 90 %: "
        f"{p.quantiles_s[0].value:.4g} to {p.quantiles_s[-1].value:.4g} s)"
        for p in (points[0], points[-1])
    ]
    fast = estimates.series(Factor.INTERVAL, REAL_SIZE)[0]
    return Finding(
        "spread",
        f"standard deviation over mean, {CALM}, {_size(points)}: {', '.join(told)}: the range grows with the root of "
        f"the blocks. At {fast.place.value:g} s blocks it is {_relative(fast):.2f}, by theory "
        f"{fast.predicted_std_s / fast.predicted[LATENCY].mean:.2f}, as delays do not vary as block times do",
    )


def _stale(estimates: Estimates) -> Finding:
    points = sorted(_one_confirmation(estimates), key=lambda p: p.known("stale_rate").mean)
    low, high = points[0], points[-1]
    told = [
        f"{_in_intervals(p)} intervals at {_percent(p, 'stale_rate')} stale ({p.place.name}; five blocks alone: "
        f"{p.undelayed.shape / (1.0 - p.known('stale_rate').mean):.2f})"
        for p in (low, high)
    ]
    return Finding("stale rate", f"one confirmation, {_size(points)}: {' and '.join(told)}")


def _stale_theory(estimates: Estimates) -> Finding:
    points = _one_confirmation(estimates)
    ratios = [p.known("stale_rate").mean / p.predicted["stale_rate"].mean for p in points]
    return Finding(
        "stale rate, theory",
        f"from the delays of blocks alone theory expects more at {sum(r < 1.0 for r in ratios)} of {len(ratios)} "
        f"points: found is {min(ratios):.2f} to {max(ratios):.2f} times that. It leaves out that who has found a "
        "sibling of a block mines on at once, and takes peers for miners. Latencies are compared at the found rate",
    )


def _inspection(estimates: Estimates) -> Finding:
    told = []
    for series in (CALM, FORKED):
        point = estimates.series(Factor.CONFIRMATIONS, series)[0]
        residual, interval = point.known("residual_s"), point.known("interval_s")
        told.append(
            f"{series}: {residual} s to the next block (theory {point.predicted['residual_s'].mean:.4g}) where blocks "
            f"are {interval} s apart, {residual.mean / interval.mean:.2f} of an interval"
        )
    return Finding(
        "inspection",
        f"a moment of one's own choosing, not half an interval before the next block: {'; '.join(told)}",
    )


def _undone(estimates: Estimates) -> Finding:
    """Pooled over points: a single one has too few of so rare an event."""
    told = []
    for what, chosen in (
        ("with one confirmation", [p for p in estimates.points if p.place.confirmations == 1]),
        ("with two or more", [p for p in estimates.points if p.place.confirmations > 1]),
    ):
        for forked, which in ((False, "fewer"), (True, "more")):
            points = [p for p in chosen if (p.known("stale_rate").mean > _MANY_STALE) is forked]
            if (share := undone_of(points)) is not None:
                relied = sum(one.reliance_s is not None for p in points for one in p.requests)
                told.append(
                    f"{_share(share)} of {relied} {what} and {which} than {100 * _MANY_STALE:g} % stale blocks"
                )
    return Finding(
        "undone",
        f"decisions that a reorganisation undid after the buyer relied on them: {'; '.join(told)} (95 % intervals). It "
        "takes a rival branch that wins, that the buyer sees later, and that does not hold the same decision",
    )


def _moved(estimates: Estimates) -> Finding:
    points = sorted(_one_confirmation(estimates), key=lambda p: p.known("stale_rate").mean)
    low, high = points[0], points[-1]
    told = [f"{p.moved:.2f} at {_percent(p, 'stale_rate')} stale" for p in (low, high)]
    return Finding(
        "steps repeated",
        f"steps of a request that a reorganisation took back and that came again in a higher block: "
        f"{' and '.join(told)}, {_size(points)}",
    )


def _ends(estimates: Estimates) -> Finding:
    decided = sum(len(p.requests) for p in estimates.points)
    undecided, refused = (
        round(sum(p.known(what).mean * p.runs for p in estimates.points))
        for what in ("undecided", "refused_actions")
    )
    worst = max(estimates.points, key=lambda p: p.known("undecided").mean)
    asked = sum(p.place.requests * p.runs for p in estimates.points)
    found = f"{decided} of {asked} requests decided, {undecided} ended undecided, {refused} actions refused"
    if undecided:
        found += (
            f"; most undecided at {worst.place.name}: {round(worst.known('undecided').mean * worst.runs)}"
        )
    return Finding("all runs", found)


def _theory(estimates: Estimates) -> Iterator[Finding]:
    for quantity, what in ((LATENCY, "mean latency"), ("variance_s2", "variance"), (BLOCKS, "blocks")):
        pairs = [
            (p, errors)
            for p in estimates.points
            if (errors := in_errors(p.differences[quantity])) is not None
        ]
        apart = sorted((pair for pair in pairs if abs(pair[1]) > 1.0), key=lambda pair: -abs(pair[1]))
        parts = [p.known(quantity).mean / p.predicted[quantity].mean - 1.0 for p, _ in pairs]
        runs = estimates.points[0].runs
        named = "; ".join(f"{p.place.name} {errors:+.1f}" for p, errors in apart[:_MOST_NAMED])
        yield Finding(
            f"theory, {what}",
            f"more than one standard error apart at {len(apart)} of {len(pairs)} points, where chance alone gives "
            f"{len(pairs) * beyond_by_chance(runs, 1.0):.0f}, more than three at "
            f"{sum(abs(errors) > 3.0 for _, errors in apart)}, where it gives "
            f"{len(pairs) * beyond_by_chance(runs, 3.0):.1f}; found over theory - 1 is "
            f"{100 * _average(parts):+.1f} % on average, {100 * min(parts, default=0.0):+.1f} % to "
            f"{100 * max(parts, default=0.0):+.1f} %. Most, in "
            f"standard errors: {named or 'none'}",
        )


def _one_confirmation(estimates: Estimates) -> list[PointEstimate]:
    factors = (Factor.INTERVAL, Factor.PROPAGATION)
    return [
        p
        for factor in factors
        for name in estimates.series_of(factor)
        for p in estimates.series(factor, name)
    ]


def _average(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _size(points: Sequence[PointEstimate]) -> str:
    """How much a sentence rests on."""
    requests = sorted(len(p.requests) for p in points)
    count = f"{requests[0]}" if requests[0] == requests[-1] else f"{requests[0]} to {requests[-1]}"
    return f"{count} requests a point in {points[0].runs} runs"


def _ratio(high: PointEstimate, low: PointEstimate) -> float:
    return high.known(LATENCY).mean / low.known(LATENCY).mean


def _relative(point: PointEstimate) -> float:
    std = point.std_s
    return (std.mean if std is not None else 0.0) / point.known(LATENCY).mean


def _seconds(point: PointEstimate) -> str:
    return (
        f"{point.known(LATENCY)} s (theory {point.predicted[LATENCY].mean:.4g}), {point.known(BLOCKS)} blocks"
    )


def _in_intervals(point: PointEstimate) -> str:
    found, unit_s = point.known(LATENCY), point.place.interval_s
    return str(
        Estimate(found.mean / unit_s, None if found.reach is None else found.reach / unit_s, found.runs)
    )


def _percent(point: PointEstimate, quantity: str) -> str:
    return f"{100 * point.known(quantity).mean:.2g} %"


def _share(share: Bounded) -> str:
    return f"{100 * share.value:.2g} % ({100 * share.low:.2g} to {100 * share.high:.2g})"
