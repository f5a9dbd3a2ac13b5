"""The latency experiment's points as tables for the screen, one for each factor, and where theory is off."""

from collections.abc import Callable, Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table

from sim.reproduce.acquisition_network_estimates import Estimate
from sim.reproduce.coordination_network_estimates import Estimates, PointEstimate, standard_error
from sim.reproduce.coordination_network_points import UNITS, Factor

_Cell = Callable[[PointEstimate], str]
LATENCY, BLOCKS = "latency_s", "latency_blocks"


def _found(quantity: str) -> _Cell:
    return lambda point: _text(point.found[quantity])


def _mean(quantity: str, scale: float = 1.0) -> _Cell:
    return lambda point: f"{scale * point.known(quantity).mean:.3g}"


def _predicted(quantity: str, scale: float = 1.0) -> _Cell:
    return lambda point: f"{scale * point.predicted[quantity].mean:.4g}"


def _quantiles(point: PointEstimate) -> str:
    return " ".join(f"{found.value:.4g}" for found in point.quantiles_s)


def _predicted_quantiles(point: PointEstimate) -> str:
    return " ".join(f"{found:.4g}" for found in point.predicted_quantiles_s)


def _undone(point: PointEstimate) -> str:
    return "" if (share := point.undone) is None else f"{100 * share.value:.2g}"


_COLUMNS: Sequence[tuple[str, _Cell]] = (
    ("requests", lambda point: f"{len(point.requests)}"),
    ("request to decision, s\nmean", _found(LATENCY)),
    ("\ntheory", _predicted(LATENCY)),
    ("10 50 90 %, s\nfound", _quantiles),
    ("\ntheory", _predicted_quantiles),
    ("std, s\nfound", lambda point: _text(point.std_s)),
    ("\ntheory", lambda point: f"{point.predicted_std_s:.4g}"),
    ("blocks\nfound", _found(BLOCKS)),
    ("\ntheory", _predicted(BLOCKS)),
    ("until relied\non, s", _mean("reliance_s")),
    ("stale %\nfound", _mean("stale_rate", 100.0)),
    ("\ntheory", _predicted("stale_rate", 100.0)),
    ("undone\n%", _undone),
)


def factor_tables(estimates: Estimates) -> list[Table]:
    """One for each factor: how long it took, what theory says, what forks did."""
    return [_table(estimates, factor) for factor in Factor]


def differences_table(estimates: Estimates) -> Table:
    """The points whose mean or variance is more than one standard error from theory."""
    table = _empty(
        "Where simulation and theory differ by more than one standard error (a third of all by chance)"
    )
    table.add_column("point", no_wrap=True)
    for heading in ("what", "found - theory", "in standard errors", "% of theory"):
        table.add_column(heading, justify="right")
    for point in estimates.points:
        for quantity, what in ((LATENCY, "mean, s"), ("variance_s2", "variance, s²"), (BLOCKS, "blocks")):
            found = point.differences[quantity]
            errors = in_errors(found)
            if found is not None and errors is not None and abs(errors) > 1.0:
                part = 100 * found.mean / point.predicted[quantity].mean
                table.add_row(point.place.name, what, f"{found.mean:+.3g}", f"{errors:+.1f}", f"{part:+.1f}")
    return table


def in_errors(difference: Estimate | None) -> float | None:
    """A mean difference in its standard errors; None where there is no such error."""
    if difference is None or not (error := standard_error(difference)):
        return None
    return difference.mean / error


def beyond_by_chance(runs: int, errors: float) -> float:
    """Probability that a mean over so many runs is more than so many of its standard errors off (Student's t)."""
    from scipy.stats import t

    return 2.0 * float(t.sf(errors, runs - 1))


def _table(estimates: Estimates, factor: Factor) -> Table:
    runs = estimates.points[0].runs
    table = _empty(f"{factor.capitalize()}: {runs} runs a point, 95 % intervals over the runs")
    table.add_column("", no_wrap=True)
    table.add_column(UNITS[factor], justify="right")
    for heading, _ in _COLUMNS:
        table.add_column(heading, justify="right")
    for series in estimates.series_of(factor):
        for number, point in enumerate(estimates.series(factor, series)):
            name = series if number == 0 else ""
            table.add_row(name, f"{point.place.value:g}", *(cell(point) for _, cell in _COLUMNS))
    return table


def _empty(title: str) -> Table:
    return Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)


def _text(found: Estimate | None) -> str:
    return "" if found is None else str(found)
