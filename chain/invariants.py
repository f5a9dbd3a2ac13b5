"""What must hold after every block, whatever happened in it: the money's rules and those that applications state."""

from collections.abc import Iterator

from chain import accounts
from chain.app import where_is
from chain.context import View
from chain.registry import Registry


def broken_invariants(registry: Registry, view: View) -> Iterator[tuple[str, str]]:
    """(where, sentence) of every invariant that does not hold in `view`: `lottery.app:Lottery.invariants`, why."""
    money = where_is(accounts.broken_invariants)
    yield from ((money, sentence) for sentence in accounts.broken_invariants(view.state))
    for app in registry.apps.values():
        yield from ((where_is(app.invariants), sentence) for sentence in app.invariants(view))
