"""Bugs of an application as a test meets them: an exception that is no refusal, an invariant that does not hold."""

from apps.testing import wording
from chain.refusals import AppCrashed


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
        block = f"block {height} ({'; '.join(done) or 'no actions'})"
        return "\n".join(wording.broken(where, block, sentence) for where, sentence in broken)
