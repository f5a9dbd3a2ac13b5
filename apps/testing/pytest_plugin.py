"""pytest plugin of the application author's kit: the fixture `dev_chain`, and a last check of every chain of a test.

pytest loads it in every session, so it imports nothing of the ledger before a test asks for a chain.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from apps.testing.watch import checking_afterwards

if TYPE_CHECKING:
    from apps.testing.devchain import DevChain


@pytest.fixture
def dev_chain() -> "type[DevChain]":
    """Makes chains: `dev = dev_chain(Auction(), balances={"alice": 100})`."""
    from apps.testing.devchain import DevChain

    return DevChain


@pytest.fixture(autouse=True)
def _every_invariant_holds_afterwards() -> Iterator[None]:
    """After the test: the supply and all invariants of every `DevChain` whose newest block was not checked."""
    with checking_afterwards():
        yield
