"""Folders that results are written into: taken only if new, empty or ours; each file whole or absent."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

if sys.platform != "win32":
    import fcntl

MARKER = ".hertzchain"
"""An empty file by which a folder of ours is known; locked while a run writes there."""
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


class FolderHold:
    """A folder that is being written into: until it is released or the process ends, nobody else takes it.

    Where the system has no file locks (Windows, some network disks) it holds nothing.
    """

    def __init__(self, folder: Path, made: tuple[Path, ...]) -> None:
        """Hold `folder`; `made` are the files and folders to remove if it is given back. Raises FolderInUse."""
        self._folder = folder
        self._made = made
        self._marker = (folder / MARKER).open("ab")
        if not _lock(self._marker):
            self._marker.close()
            raise FolderInUse(
                str(folder), "a run is going on there; choose another folder, or wait for its end"
            )

    def release(self) -> None:
        """Let others take the folder. Twice is no error."""
        self._marker.close()

    def give_back(self) -> None:
        """Remove what was written since the folder was taken, and the folder where it was made for that."""
        with suppress(OSError):
            _remove_results(self._folder)
        for path in self._made:
            with suppress(OSError):
                path.rmdir() if path.is_dir() else path.unlink()
        self.release()


def take_folder(folder: Path, *, force: bool = False) -> FolderHold:
    """Make `folder` ready to be written into, and hold it.

    Args:
        folder: new, empty, or with `force` one with earlier results of ours; other files stay.
        force: replace earlier results, but never those of a run that is going on.

    Raises:
        FolderInUse: the folder holds something else, or earlier results and `force` is not given, or is held.
        ResultsError: it cannot be made.
    """
    try:
        if folder.exists() and not folder.is_dir():
            raise FolderInUse(str(folder), "got a file, expected a folder that is new or empty")
        made = tuple(_missing(folder))
        held = folder.is_dir() and any(folder.iterdir())
        if held and not (folder / MARKER).exists():
            raise FolderInUse(
                str(folder), "got a folder with other files in it, expected one that is new or empty"
            )
        folder.mkdir(parents=True, exist_ok=True)
        hold = FolderHold(folder, made)
        try:
            _empty(folder, force=force)
        except BaseException:
            hold.release()
            raise
    except OSError as error:
        raise ResultsError(str(folder), f"cannot be written ({error.strerror or error})") from None
    return hold


def prepare_folder(folder: Path, *, force: bool = False) -> None:
    """Make `folder` ready to be written into, without holding it; see `take_folder`."""
    take_folder(folder, force=force).release()


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


def _missing(folder: Path) -> Iterator[Path]:
    """What taking `folder` makes: the marker, the folder, its parents, as far as there are none."""
    for path in (folder / MARKER, folder, *folder.parents):
        if path.exists():
            return
        yield path


def _empty(folder: Path, *, force: bool) -> None:
    if not force and any(path.name != MARKER for path in folder.iterdir()):
        raise FolderInUse(
            str(folder), "holds earlier results; choose another folder, or replace them (force)"
        )
    _remove_results(folder)


def _remove_results(folder: Path) -> None:
    for name in _OWN_FOLDERS:
        for file in (folder / name).glob("*"):
            if file.is_file() and file.suffix in _OWN_SUFFIXES:
                file.unlink()


def _lock(file: BinaryIO) -> bool:
    """Lock a file until it is closed; False if somebody else has."""
    if sys.platform == "win32":
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        # A disk without locks.
        return True
    return True
