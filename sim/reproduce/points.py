"""Runs the points of a replication, many at a time, and keeps a failed one as a row with its error."""

import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import active_children, get_context
from typing import Any, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")


class PointFailed(Exception):
    """A simulated point ended with an error. Args: overrides, seed, error."""

    def __str__(self) -> str:
        overrides, seed, error = self.args
        return f"the run with {dict(overrides)} and seed {seed} failed: {error}"


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
    return in_parallel(run_point, list(points), processes, on_done)


def in_parallel(
    function: Callable[[Task], Result],
    tasks: Sequence[Task],
    processes: int | None,
    on_done: Callable[[int, int], None],
) -> list[Result]:
    """function(task) of every task, in the order given, on worker processes (one for each core when None).

    `on_done` is told how many of how many are done. An interrupt or an error of a task ends the others.
    """
    # Forking a process that has compiled kernels and threads of numpy is not safe on every platform.
    pool = ProcessPoolExecutor(processes or os.cpu_count(), mp_context=get_context("spawn"))
    others = set(active_children())
    try:
        with _interrupts_ignored():
            futures = [pool.submit(function, task) for task in tasks]
        for count, future in enumerate(as_completed(futures), start=1):
            future.result()
            on_done(count, len(tasks))
        return [future.result() for future in futures]
    except BaseException:
        for worker in set(active_children()) - others:
            worker.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """Processes started here ignore Ctrl-C, which a shell sends to all, for good: whoever started them ends them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)


def run_point(point: Point) -> Done:
    """Simulate one point without writing a folder."""
    from sim.runner import summary_of_run

    try:
        return Done(point, summary_of_run(point.scenario, point.seed, dict(point.overrides)))
    except Exception as error:
        return Done(point, error=f"{type(error).__name__}: {error}")
