"""Applications with planted faults: what the scaffold writes, with something replaced, and what is said of it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from apps.appcheck import Subject, check_app, reachable, subjects_of
from apps.scaffold import write_app

NAME = "raffle"


class Trial:
    """An application called `raffle` in a folder of its own, not installed."""

    def __init__(self, folder: Path) -> None:
        self.folder = write_app(NAME, folder, {})

    def plant(self, file: str, old: str, new: str) -> None:
        """Replace a text of one of its files; one without folder is a module of the package."""
        path = self.folder / (file if "/" in file or file.endswith((".md", ".toml")) else f"{NAME}/{file}")
        text = path.read_text()
        assert text.count(old) >= 1, f"{old!r} is not in {file}"
        path.write_text(text.replace(old, new))

    def check(self, sequences: int = 4, **options: tuple[str, ...]) -> list[str]:
        """The lines of all checks, the folder's path as `HERE`."""
        subjects = subjects_of(str(self.folder), {}, {})
        return self.lines(subjects[0], sequences, **options)

    def lines(self, subject: Subject, sequences: int = 4, **options: tuple[str, ...]) -> list[str]:
        """As `check`, of another subject."""
        with reachable([subject]), forgetting(NAME):
            results = list(check_app(subject, (), sequences, **options))
        return [line.replace(str(self.folder), "HERE") for result in results for line in result.lines()]


@contextmanager
def forgetting(package: str) -> Iterator[None]:
    """Leave no module of a package behind, since the next test has another one of this name."""
    try:
        yield
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] == package]:
            del sys.modules[name]
