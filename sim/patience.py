"""Shows progress only of what takes longer than a second."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console

from sim.progress import StepProgress


class LateProgress:
    """`StepProgress` from the second on in which somebody might begin to wonder."""

    def __init__(self, title: str, console: Console, patience_s: float = 1.0) -> None:
        self._title, self._console = title, console
        self._from = time.monotonic() + patience_s
        self._shown: StepProgress | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown is not None:
            self._shown.__exit__(kind, error, trace)

    def update(self, done: int, total: int) -> None:
        """`done` of `total` steps are over."""
        if self._shown is None and time.monotonic() > self._from:
            self._shown = StepProgress(self._title, self._console).__enter__()
        if self._shown is not None:
            self._shown.update(done, total)
