"""Times pieces of work, says which of their parts the time goes to, and holds the figures against targets."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from cProfile import Profile
from dataclasses import dataclass
from multiprocessing import get_context
from statistics import median
from types import CodeType, FunctionType
from typing import Literal, ParamSpec, TypeVar, cast

from sim.threads import one_thread

Row = dict[str, int | float | str | bool | None]
Unit = Literal["ms", "s"]
P = ParamSpec("P")
T = TypeVar("T")

_PER_SECOND: dict[Unit, float] = {"ms": 1e3, "s": 1.0}
_LEAST_SHARE = 0.005


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds that the same work took each time: `cpu_s` of all threads of the process, `wall_s` on the clock."""

    cpu_s: tuple[float, ...]
    wall_s: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Target:
    """A limit that a figure must not exceed, or with `at_least` must reach."""

    limit: float
    at_least: bool = False

    def __str__(self) -> str:
        return f"{'>=' if self.at_least else '<='} {self.limit:g}"

    def met(self, value: float) -> bool:
        """Whether `value` is on the right side; NaN is not."""
        return value >= self.limit if self.at_least else value <= self.limit


def timed(work: Callable[[], object], repeats: int) -> Timing:
    """Do the work once to warm up, then `repeats` times on the clocks."""
    work()
    return joined([timed_once(work) for _ in range(repeats)])


def timed_once(work: Callable[[], object]) -> Timing:
    """Do the work once, on the clocks."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Timing((time.process_time() - cpu,), (time.perf_counter() - wall,))


def joined(timings: list[Timing]) -> Timing:
    """All of them as one."""
    return Timing(
        tuple(value for timing in timings for value in timing.cpu_s),
        tuple(value for timing in timings for value in timing.wall_s),
    )


def measured_row(
    case: str,
    size: int,
    value: float | None,
    unit: str,
    target: Target | None = None,
    *,
    best: float | None = None,
    wall: float | None = None,
    limited_by: str = "",
) -> Row:
    """A row {case, size, value, unit, target, met, best, wall, limited_by}.

    `met` is None without a target; a value of None, for what was not reached, does not meet one.
    """
    return {
        "case": case,
        "size": size,
        "value": value,
        "unit": unit,
        "target": None if target is None else str(target),
        "met": None if target is None else value is not None and target.met(value),
        "best": best,
        "wall": wall,
        "limited_by": limited_by,
    }


def time_row(
    case: str,
    size: int,
    timing: Timing,
    unit: Unit,
    target: Target | None = None,
    limited_by: str = "",
) -> Row:
    """A row whose `value` is the median processor time; `best` the least of it, `wall` the median on the clock."""
    scale = _PER_SECOND[unit]
    return measured_row(
        case,
        size,
        scale * median(timing.cpu_s),
        unit,
        target,
        best=scale * min(timing.cpu_s),
        wall=scale * median(timing.wall_s),
        limited_by=limited_by,
    )


def profiled_shares(work: Callable[[], object], parts: Mapping[str, Callable[..., object]]) -> str:
    """Do the work once under a profiler: the share of each of the functions, by label, as `shares` words it."""
    profile = Profile()
    profile.runcall(work)
    entries = profile.getstats()
    total = sum(entry.inlinetime for entry in entries)
    spent = {entry.code: entry.totaltime for entry in entries if isinstance(entry.code, CodeType)}
    return shares({part: spent.get(_code(function), 0.0) for part, function in parts.items()}, total)


def shares(seconds: Mapping[str, float], total: float) -> str:
    """Parts of a total time in words, the largest first, without those under half a per cent."""
    order = sorted(seconds, key=lambda part: -seconds[part])
    return ", ".join(
        f"{seconds[part] / total:.0%} {part}" for part in order if seconds[part] > _LEAST_SHARE * total
    )


def in_own_process(measure: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """`measure(...)` in a new process, where numerical libraries run on one thread and peak memory is its own."""
    with (
        one_thread(),
        ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as process,
    ):
        return process.submit(measure, *args, **kwargs).result()


def _code(function: Callable[..., object]) -> CodeType:
    return cast(FunctionType, function).__code__
