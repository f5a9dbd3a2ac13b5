"""A chain for applications whose block hooks promise never to refuse."""

from collections.abc import Sequence

from apps.testing import DevChain
from apps.testing.blocks import Request
from chain.records import Receipt


class StrictChain(DevChain):
    """A `DevChain` on which a hook that refuses fails the test, in its block."""

    def block_of(self, requests: Sequence[Request], miner: str = "miner") -> list[Receipt]:
        """As on any `DevChain`."""
        receipts = super().block_of(requests, miner)
        assert list(self.state.head.hook_failures) == []
        return receipts
