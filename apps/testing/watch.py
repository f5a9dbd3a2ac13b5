"""Which chains a running test still has to check. Imports nothing, so that pytest starts as fast as without it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Checkable(Protocol):
    """A chain, as far as this file knows one."""

    def check(self) -> None:
        """Raise unless every invariant holds."""


_WATCHES: list[dict[int, Checkable]] = []


@contextmanager
def checking_afterwards() -> Iterator[None]:
    """Check, at the end of the `with` block, every chain whose newest block nobody has looked at until then."""
    unchecked: dict[int, Checkable] = {}
    _WATCHES.append(unchecked)
    try:
        yield
    finally:
        _WATCHES.remove(unchecked)
    for chain in unchecked.values():
        chain.check()


def unchecked(chain: Checkable) -> None:
    """Note that `chain` has a block which nobody has checked."""
    if _WATCHES:
        _WATCHES[-1][id(chain)] = chain


def checked(chain: Checkable) -> None:
    """Note that somebody has checked `chain`, and was told of what is broken."""
    for watch in _WATCHES:
        watch.pop(id(chain), None)
