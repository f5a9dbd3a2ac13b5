"""Numerical libraries on one thread, where processes share the cores or processor time is measured."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

_THREAD_COUNTS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS")


@contextmanager
def one_thread() -> Iterator[None]:
    """Processes that are started within have libraries of one thread; this one is as it was."""
    # Libraries read these when they are loaded, so they must be there before the new process begins.
    before = {name: os.environ.get(name) for name in _THREAD_COUNTS}
    os.environ.update(dict.fromkeys(_THREAD_COUNTS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
