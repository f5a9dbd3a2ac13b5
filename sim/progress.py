"""Shows how far something is: a bar on a terminal, a line every few seconds elsewhere."""

import sys
import time
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn, TimeElapsedColumn

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


class _Display:
    """A bar with a title and one text, or lines on standard error where the console is no terminal."""

    def __init__(self, title: str, console: Console) -> None:
        self._title = title
        self._started = self._shown = time.monotonic()
        self._bar: Progress | None = None
        if console.is_terminal:
            columns: list[ProgressColumn] = [TextColumn("{task.description}"), BarColumn()]
            columns += [TextColumn("{task.fields[news]}"), TimeElapsedColumn()]
            self._bar = Progress(*columns, console=console)
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

    @property
    def elapsed_s(self) -> float:
        """Time since it was made."""
        return max(time.monotonic() - self._started, 1e-9)

    def is_due(self, done: float) -> bool:
        """Whether to show again: a bar ten times a second, a line every five seconds, and both at the end once."""
        now = time.monotonic()
        due = now - self._shown >= (_REDRAW_S if self._bar is not None else _LINE_S)
        ended = done >= 1.0 and self._shown != float("inf")
        if ended:
            self._shown = float("inf")
        elif due:
            self._shown = now
        return due or ended

    def show(self, done: float, news: str) -> None:
        """Redraw the bar, or print the line."""
        if self._bar is not None:
            self._bar.update(self._task, completed=min(done, 1.0), news=news)
        else:
            print(f"{self._title}: {news}", file=sys.stderr, flush=True)  # noqa: T201


class RunProgress(_Display):
    """Progress of a run: simulated time, height and speed."""

    def update(self, done: float, simulated_s: float, height: int) -> None:
        """See `Observer.update`."""
        if self.is_due(done):
            speed = f"{simulated_s / self.elapsed_s:,.0f} x real time"
            self.show(
                done, f"{100 * done:.0f} %, height {height}, {_duration(simulated_s)} simulated, {speed}"
            )


class StepProgress(_Display):
    """Progress over a known number of steps."""

    def update(self, done: int, total: int) -> None:
        """`done` of `total` steps are over."""
        if self.is_due(done / total if total else 1.0):
            self.show(done / total if total else 1.0, f"{done} of {total}")


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7_200 else f"{seconds / 3_600:.1f} h"
