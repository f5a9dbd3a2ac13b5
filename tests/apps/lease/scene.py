"""A small lease market on an in-memory chain, and what tests say about it."""

from copy import copy
from dataclasses import replace
from typing import TypeVar

from apps.lease.actions import ListSpectrum, OpenLease, OrderService, PostOffer, ServeOrders
from apps.lease.app import Lease
from apps.lease.rent import MHZ
from chain.accounts import ACCOUNTS
from chain.params import SHARECOIN
from chain.records import Action, Event
from tests.apps.devchain import DevChain, key_of

E = TypeVar("E", bound=Event)
OWNER, OPERATOR, USER, OTHER = (key_of(name).public for name in ("owner", "operator", "user", "other"))
FUNDS = 1000 * SHARECOIN
LEASE = OpenLease("band", 1, 3 * MHZ, 4, 100)
OFFER = PostOffer("plan", 7, 700_000)
ORDER = OrderService("plan", 1, 2 * MHZ, 4, 7, 700_000)


def found() -> DevChain:
    return DevChain([Lease()], dict.fromkeys(("owner", "operator", "user", "other"), FUNDS))


def market(unit_price: int = 5) -> DevChain:
    """A chain with a lot of 10 MHz on the market."""
    chain = found()
    accept(chain, "owner", ListSpectrum("band", 10 * MHZ, unit_price))
    return chain


def served_market() -> DevChain:
    """A lease of 3 MHz opened in block 4 for 6 blocks; an order of 2 MHz served on it in block 5 for 4."""
    chain = market()
    accept(chain, "operator", OFFER)
    accept(chain, "user", ORDER)
    accept(chain, "operator", replace(LEASE, blocks=6))
    accept(chain, "operator", ServeOrders(1))
    return chain


def accept(chain: DevChain, who: str, action: Action) -> None:
    receipt = chain.execute(who, action)
    assert receipt.succeeded, receipt.failure


def refuse(chain: DevChain, who: str, action: Action) -> str:
    """The rule that refuses the action; but for the sender's nonce the block is as good as empty."""
    idle = copy(chain)
    idle.events = []
    idle.mine()
    receipt = chain.execute(who, action)
    assert receipt.failure is not None
    assert receipt.events == ()
    own = ACCOUNTS + key_of(who).public
    assert [pair for pair in chain.state.scan() if pair[0] != own] == [
        pair for pair in idle.state.scan() if pair[0] != own
    ]
    assert chain.balance(who) == idle.balance(who)
    assert receipt.failure.message.startswith(receipt.failure.rule + ": ")
    return receipt.failure.rule


def happened(chain: DevChain, kind: type[E]) -> list[tuple[int, E]]:
    """(height, event) of every event of a kind."""
    return [(height, event) for height, _, event in chain.events if isinstance(event, kind)]
