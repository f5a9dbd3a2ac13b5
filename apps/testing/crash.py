"""Bugs of an application as a test meets them: an exception that is no refusal, an invariant that does not hold."""

from apps.testing import wording
from chain import accounts
from chain.app import where_is
from chain.context import View
from chain.refusals import AppCrashed
from chain.registry import Registry


class AppCrash(AppCrashed):
    """An application crashed on a `DevChain`.

    Args: application, origin, the exception in words, where (`module:Class.method`), what it was doing.
    """

    def __str__(self) -> str:
        _, _, fault, where, doing = self.args
        return wording.crashed(where, doing, fault)


class InvariantBroken(AssertionError):
    """Something that must always hold does not. Args: height, the block's actions, ((where, sentence), ...)."""

    def __str__(self) -> str:
        height, done, broken = self.args
        return "\n".join(wording.broken(where, height, done, sentence) for where, sentence in broken)


def broken_invariants(registry: Registry, view: View) -> tuple[tuple[str, str], ...]:
    """(where, sentence) of every invariant of the money and of the applications that does not hold."""
    money = where_is(accounts.broken_invariants)
    found = [(money, sentence) for sentence in accounts.broken_invariants(view.state)]
    for app in registry.apps.values():
        found += [(where_is(app.invariants), sentence) for sentence in app.invariants(view)]
    return tuple(found)
