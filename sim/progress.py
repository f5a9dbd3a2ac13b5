"""Shows a run while it goes on: a bar on a terminal, a line every few seconds elsewhere."""

import sys
import time
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

_REDRAW_S = 0.1
_LINE_S = 5.0


class Observer(Protocol):
    """Told about a run's progress as often as the run likes."""

    def update(self, done: float, simulated_s: float, height: int) -> None:
        """`done` is the share of the run that is over, 0 to 1."""


class Silent:
    """Shows nothing."""

    def update(self, done: float, simulated_s: float, height: int) -> None:
        """Nothing."""


class RunProgress:
    """A progress bar with simulated time, height and speed; plain lines where the output is not a terminal."""

    def __init__(self, title: str, console: Console) -> None:
        self._title, self._console = title, console
        self._started = self._shown = time.monotonic()
        self._bar: Progress | None = None
        if console.is_terminal:
            text = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:3.0f} %")
            self._bar = Progress(
                *text, TextColumn("{task.fields[news]}"), TimeElapsedColumn(), console=console
            )
            self._task = self._bar.add_task(title, total=1.0, news="")

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def update(self, done: float, simulated_s: float, height: int) -> None:
        """Redraw, at most ten times a second; or print a line, at most every five seconds."""
        now = time.monotonic()
        if now - self._shown < (_REDRAW_S if self._bar is not None else _LINE_S) and done < 1.0:
            return
        self._shown = now
        speed = simulated_s / max(now - self._started, 1e-9)
        news = f"height {height}, {_duration(simulated_s)} simulated, {speed:,.0f} x real time"
        if self._bar is not None:
            self._bar.update(self._task, completed=min(done, 1.0), news=news)
        else:
            print(f"{self._title}: {100 * done:.0f} %, {news}", file=sys.stderr, flush=True)  # noqa: T201


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7_200 else f"{seconds / 3_600:.1f} h"


class StepProgress:
    """A progress bar over a known number of steps; plain lines where the output is not a terminal."""

    def __init__(self, title: str, console: Console) -> None:
        self._title, self._console = title, console
        self._shown = time.monotonic()
        columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}")
        self._bar = Progress(*columns, TimeElapsedColumn(), console=console) if console.is_terminal else None
        self._task = self._bar.add_task(title, total=None) if self._bar is not None else None

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def update(self, done: int, total: int) -> None:
        """`done` of `total` steps are over."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done, total=total)
        elif time.monotonic() - self._shown >= _LINE_S or done == total:
            self._shown = time.monotonic()
            print(f"{self._title}: {done} of {total}", file=sys.stderr, flush=True)  # noqa: T201
