"""A small lease market on an in-memory chain, and what tests say about it."""

from dataclasses import replace
from typing import TypeVar

from apps.lease.actions import ListSpectrum, OpenLease, OrderService, PostOffer, ServeOrders
from apps.lease.app import Lease
from apps.lease.rent import MHZ
from apps.testing import DevChain, account_of
from chain.accounts import ACCOUNTS
from chain.errors import AppError
from chain.params import SHARECOIN
from chain.records import Action, Event
from tests.apps.strict_chain import StrictChain

E = TypeVar("E", bound=Event)
OWNER, OPERATOR, USER, OTHER = (account_of(name) for name in ("owner", "operator", "user", "other"))
FUNDS = 1000 * SHARECOIN
LEASE = OpenLease("band", 1, 3 * MHZ, 4, 100)
OFFER = PostOffer("plan", 7, 700_000)
ORDER = OrderService("plan", 1, 2 * MHZ, 4, 7, 700_000)


def found() -> DevChain:
    return StrictChain(Lease(), balances=dict.fromkeys(("owner", "operator", "user", "other"), FUNDS))


def market(unit_price: int = 5) -> DevChain:
    """A chain with a lot of 10 MHz on the market."""
    chain = found()
    chain.execute("owner", ListSpectrum("band", 10 * MHZ, unit_price))
    return chain


def served_market() -> DevChain:
    """A lease of 3 MHz opened in block 4 for 6 blocks; an order of 2 MHz served on it in block 5 for 4."""
    chain = market()
    chain.execute("operator", OFFER)
    chain.execute("user", ORDER)
    chain.execute("operator", replace(LEASE, blocks=6))
    chain.execute("operator", ServeOrders(1))
    return chain


def refuse(chain: DevChain, who: str, action: Action) -> str:
    """The rule that refuses the action; but for the sender's nonce the block is as good as empty."""
    before = chain.state
    chain.mine()
    idle, balance = chain.state.trie, chain.balance(who)
    chain.state = before
    with chain.refuses(AppError) as refused:
        chain.execute(who, action)
    assert refused.attempt.receipt is not None
    assert refused.attempt.receipt.events == ()
    own = ACCOUNTS + account_of(who)
    assert [pair for pair in chain.state.trie.scan() if pair[0] != own] == [
        pair for pair in idle.scan() if pair[0] != own
    ]
    assert chain.balance(who) == balance
    assert refused.failure.message.startswith(refused.error_rule + ": ")
    return refused.failure.rule


def happened(chain: DevChain, kind: type[E]) -> list[tuple[int, E]]:
    """(height, event) of every event of a kind."""
    return [(height, event) for height, _, event in chain.events if isinstance(event, kind)]
