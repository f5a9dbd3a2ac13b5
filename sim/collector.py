"""Python's cycle collector, tamed for long runs.

A ledger holds hundreds of thousands of small objects for good and makes no reference cycles. Left alone, the
collector walks over all of them again and again: at 100,000 accounts that costs about as much as executing
the blocks.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_YOUNG, _MIDDLE, _OLD = 1_000_000, 20, 100


@contextmanager
def calm_collector() -> Iterator[None]:
    """Exempt what exists already from collection, and collect seldom; both end with the block."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
