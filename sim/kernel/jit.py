"""Compile kernel functions with Numba when it is there, and otherwise run the same functions as plain Python.

Numba caches compiled code per source file but does not see a change in a *called* file, so the cache folder
is named after a digest of the whole package: code of another version is never loaded. Reference counting of
arrays (`_nrt`) is off: the kernel only borrows arrays from its caller, and counting took four fifths of the
time.
"""

import hashlib
import importlib
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_HERE = Path(__file__).parent


def _jit_wanted() -> bool:
    if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):
        return False
    try:
        importlib.import_module("numba")
    except ImportError:
        return False
    return True


def _cache_folder(chosen: str) -> Path | None:
    """Where compiled code is kept: as chosen, beside the source, in the user's cache; None if none can be written."""
    digest = hashlib.sha256()
    for source in sorted(_HERE.glob("*.py")):
        digest.update(source.name.encode() + b"\0" + source.read_bytes())
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")  # noqa: PTH111
    places = (Path(chosen),) if chosen else (_HERE / "__pycache__", Path(home) / "hertzchain")
    for place in places:
        folder = place / f"numba-{digest.hexdigest()[:16]}"
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            if os.access(folder, os.W_OK):
                return folder
    return None


COMPILED = _jit_wanted()
"""Whether kernel functions are machine code."""


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """An entry point of the kernel: called from Python, machine code cached on disk where that is possible."""
    if not COMPILED:
        return function
    numba = importlib.import_module("numba")
    chosen = numba.config.CACHE_DIR
    folder = _cache_folder(chosen)
    numba.config.CACHE_DIR = str(folder) if folder is not None else chosen
    try:
        dispatcher: Callable[P, R] = numba.njit(cache=folder is not None, _nrt=False)(function)
    finally:
        numba.config.CACHE_DIR = chosen
    return dispatcher


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """A part of an entry point, merged into its caller: passing the state costs more than most bodies."""
    if not COMPILED:
        return function
    numba = importlib.import_module("numba")
    merged: Callable[P, R] = numba.njit(forceinline=True, _nrt=False)(function)
    return merged
