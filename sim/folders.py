"""Folders that results are written into: taken only if new, empty or ours; each file whole or absent."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

MARKER = ".hertzchain"
"""An empty file by which a folder of ours is known."""
_OWN_SUFFIXES = frozenset(
    (".json", ".toml", ".parquet", ".csv", ".png", ".pdf", ".svg", ".md", ".db", ".db-wal", ".db-shm")
)
_OWN_FOLDERS = ("", "events", "figures")


class ResultsError(Exception):
    """A folder or file of results that cannot be read or written. Args: path, details."""

    def __str__(self) -> str:
        path, details = self.args
        return f"{path}: {details}"


class FolderInUse(ResultsError):
    """The folder holds something already. Args: path, details."""


def prepare_folder(folder: Path, *, force: bool = False) -> None:
    """Make `folder` ready to be written into.

    Args:
        folder: new, empty, or with `force` one with earlier results of ours; other files stay.
        force: replace earlier results.

    Raises:
        FolderInUse: the folder holds something else, or earlier results and `force` is not given.
        ResultsError: it cannot be made.
    """
    try:
        if folder.exists() and not folder.is_dir():
            raise FolderInUse(str(folder), "got a file, expected a folder that is new or empty")
        if folder.is_dir() and any(folder.iterdir()):
            _empty(folder, force=force)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MARKER).touch()
    except OSError as error:
        raise ResultsError(str(folder), f"cannot be written ({error.strerror})") from None


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path; what is written there becomes `path` at the end, in one step. Raises ResultsError."""
    draft = path.with_name(f".{path.name}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield draft
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        raise ResultsError(str(path), f"cannot be written ({error.strerror or error})") from None
    finally:
        with suppress(OSError):
            draft.unlink()


def write_text(path: Path, text: str) -> None:
    """Write the whole file or nothing. Raises ResultsError."""
    with replacing(path) as draft:
        draft.write_text(text, "utf-8")


def _empty(folder: Path, *, force: bool) -> None:
    if not (folder / MARKER).exists():
        raise FolderInUse(
            str(folder), "got a folder with other files in it, expected one that is new or empty"
        )
    if not force:
        raise FolderInUse(
            str(folder), "holds earlier results; choose another folder, or --force to replace them"
        )
    for name in _OWN_FOLDERS:
        for file in (folder / name).glob("*"):
            if file.is_file() and file.suffix in _OWN_SUFFIXES:
                file.unlink()
