"""The network experiment's points as tables for the screen, one for each factor."""

from collections.abc import Callable, Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table

from sim.reproduce.acquisition_network_estimates import Estimates, PointEstimate, reached
from sim.reproduce.acquisition_network_points import UNITS, Factor

_Cell = Callable[[PointEstimate], str]
_Column = tuple[str, _Cell]


def _with_interval(quantity: str) -> _Cell:
    return lambda point: reached(point, quantity)


def _mean(quantity: str, scale: float = 1.0, none: str = "") -> _Cell:
    def cell(point: PointEstimate) -> str:
        found = point.estimates[quantity]
        return none if found is None else f"{scale * found.mean:.4g}"

    return cell


def _power(side: str) -> _Cell:
    def cell(point: PointEstimate) -> str:
        without = "" if point.estimates[f"{side}_bandwidth_ratio"] is None else "no service"
        return _mean(f"{side}_power_ratio", none=without)(point)

    return cell


_TIMES: Sequence[_Column] = (
    ("rounds to\n1e-3", _with_interval("coarse_rounds")),
    ("\n1e-6", _with_interval("fine_rounds")),
    ("seconds to\n1e-3", _with_interval("coarse_seconds")),
    ("\n1e-6", _with_interval("fine_seconds")),
    ("blocks a round\nfound", _with_interval("blocks_a_round")),
)
_CHAIN: Sequence[_Column] = (
    ("\ntheory", _mean("predicted_blocks_a_round")),
    ("seconds a round\nfound", _with_interval("seconds_a_round")),
    ("\ntheory", _mean("predicted_seconds_a_round")),
    ("stale\n%", _mean("stale_rate", 100.0)),
    ("rounds\nundone", _with_interval("undone_rounds")),
)
_POWERS: Sequence[_Column] = (
    ("settled\n%", _mean("converged", 100.0)),
    ("power above\noptimum, %", _mean("gap", 100.0, none="no end")),
    ("bandwidth / optimum\nfaulty", _mean("faulty_bandwidth_ratio")),
    ("\nothers", _mean("honest_bandwidth_ratio")),
    ("power / optimum\nfaulty", _power("faulty")),
    ("\nothers", _power("honest")),
)


def factor_tables(estimates: Estimates, seeds: int) -> list[Table]:
    """One for each factor: what it took to come near the optimum, what theory says, who pays for faults."""
    return [
        _table(estimates, factor, (*_TIMES, *(_POWERS if factor is Factor.FAULTS else _CHAIN)), seeds)
        for factor in Factor
    ]


def _table(estimates: Estimates, factor: Factor, columns: Sequence[_Column], seeds: int) -> Table:
    title = f"{factor.capitalize()}: {seeds} runs a point, 95 % intervals"
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column("", no_wrap=True)
    table.add_column(UNITS[factor], justify="right")
    for heading, _ in columns:
        table.add_column(heading, justify="right")
    for series in estimates.series_of(factor):
        for number, point in enumerate(estimates.series(factor, series)):
            name = series if number == 0 else ""
            table.add_row(name, f"{point.place.value:g}", *(cell(point) for _, cell in columns))
    return table
