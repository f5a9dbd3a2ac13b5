"""Trials on worker processes whose linear algebra keeps to one thread each."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from sim.reproduce.points import in_parallel
from sim.threads import one_thread

Task = TypeVar("Task")
Result = TypeVar("Result")


def in_parallel_on_one_thread(
    function: Callable[[Task], Result],
    tasks: Sequence[Task],
    processes: int | None,
    on_done: Callable[[int, int], None],
) -> list[Result]:
    """As `in_parallel`. With as many threads in every process as there are cores, they would wait for each other."""
    with one_thread():
        return in_parallel(function, tasks, processes, on_done)
