"""Runs the points of a replication, many at a time, and keeps a failed one as a row with its error."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import Any


@dataclass(frozen=True, slots=True)
class Point:
    """One run to make: a scenario, its overrides, a seed."""

    scenario: str
    overrides: tuple[tuple[str, object], ...]
    seed: int


@dataclass(frozen=True, slots=True)
class Done:
    """A point and its summary, or the error that ended it."""

    point: Point
    summary: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""


def run_points(
    points: Iterable[Point], processes: int | None, on_done: Callable[[int, int], None]
) -> list[Done]:
    """All points, in the order given, on `processes` worker processes (one for each core when None)."""
    wanted = list(points)
    with _pool(processes) as pool:
        return list(_in_order(pool, wanted, on_done))


def _pool(processes: int | None) -> Executor:
    # Forking a process that has compiled kernels and threads of numpy is not safe on every platform.
    return ProcessPoolExecutor(processes or os.cpu_count(), mp_context=get_context("spawn"))


def _in_order(pool: Executor, points: list[Point], on_done: Callable[[int, int], None]) -> Iterator[Done]:
    futures = [pool.submit(run_point, point) for point in points]
    for count, _ in enumerate(as_completed(futures), start=1):
        on_done(count, len(points))
    for future in futures:
        yield future.result()


def run_point(point: Point) -> Done:
    """Simulate one point without writing a folder."""
    from sim.runner import summary_of_run

    try:
        return Done(point, summary_of_run(point.scenario, point.seed, dict(point.overrides)))
    except Exception as error:
        return Done(point, error=f"{type(error).__name__}: {error}")
