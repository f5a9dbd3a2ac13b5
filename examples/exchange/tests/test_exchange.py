"""Tokens and pools on chain: both halves of a balance, what a trade gives, who may do what."""

import pytest
from apps.testing import DevChain, stateful
from chain.accounts import InsufficientBalance
from chain.app import App
from chain.fixed import Fixed
from chain.records import Action
from chain.registry import Registry
from hypothesis import strategies as st

from exchange import (
    Bought,
    Buy,
    ClosePool,
    Exchange,
    FeeOutOfRange,
    Give,
    Given,
    HalfOutOfRange,
    Issue,
    Issued,
    NoSuchPool,
    NotEnoughTokens,
    NotProvider,
    OpenPool,
    Pool,
    PoolClosed,
    PoolExists,
    PoolOpened,
    PriceBeyondLimit,
    Sell,
    Sold,
    TokenExists,
    Tokens,
    TooLittle,
)

FREE = Fixed(0)
RICH = 1_000_000


def found() -> DevChain:
    return DevChain(Exchange(), Tokens(), balances={"issuer": RICH, "alice": RICH, "bob": RICH})


def with_pool(fee: str = "0", coins: int = 10_000, tokens: int = 1_000) -> DevChain:
    """A chain where 5,000 MHZ were issued and a pool is open; the price is 10 coins a token."""
    dev = found()
    dev.execute("issuer", Issue("MHZ", 5_000))
    dev.execute("issuer", OpenPool("MHZ", coins, tokens, Fixed.from_str(fee)))
    return dev


def tokens_of(dev: DevChain, name: str) -> int:
    return dev.query(Tokens.balance, "MHZ", dev.account(name))


def pool_of(dev: DevChain) -> tuple[int, int]:
    pool = dev.query(Exchange.pool, "MHZ")
    assert pool is not None
    return pool.coins, pool.tokens


def test_a_new_token_is_its_issuers_and_can_be_given() -> None:
    dev = found()
    dev.execute("issuer", Issue("MHZ", 100))
    dev.execute("issuer", Give("MHZ", dev.account("alice"), 30))
    assert (tokens_of(dev, "issuer"), tokens_of(dev, "alice")) == (70, 30)
    assert [happened.event for happened in dev.events] == [
        Issued("MHZ", dev.account("issuer"), 100),
        Given("MHZ", dev.account("issuer"), dev.account("alice"), 30),
    ]


def test_a_token_is_issued_once() -> None:
    dev = with_pool()
    with dev.refuses(TokenExists):
        dev.execute("alice", Issue("MHZ", 1))
    with dev.refuses(TooLittle):
        dev.execute("alice", Issue("KHZ", 0))


def test_nobody_gives_more_than_it_has() -> None:
    dev = with_pool()
    with dev.refuses(NotEnoughTokens) as refused:
        dev.execute("issuer", Give("MHZ", dev.account("alice"), 4_001))
    assert refused.error.args == ("MHZ", 4_001, 4_000)


def test_a_pool_takes_coins_and_tokens_of_its_provider() -> None:
    dev = with_pool()
    assert tokens_of(dev, "issuer") == 4_000
    assert (dev.balance("issuer"), dev.escrow("exchange", "MHZ")) == (RICH - 10_000, 10_000)
    assert dev.query(Exchange.pool, "MHZ") == Pool(dev.account("issuer"), 10_000, 1_000, FREE, 10_000, 1_000)
    assert dev.query(Exchange.price, "MHZ") == Fixed.from_int(10)
    assert dev.events[-1].event == PoolOpened("MHZ", dev.account("issuer"), 10_000, 1_000, FREE)


def test_a_purchase_keeps_the_product() -> None:
    dev = with_pool()
    dev.execute("alice", Buy("MHZ", 10_000))
    assert tokens_of(dev, "alice") == 500
    assert pool_of(dev) == (20_000, 500)
    assert dev.balance("alice") == RICH - 10_000
    assert dev.events[-1].event == Bought("MHZ", dev.account("alice"), 10_000, 500)


def test_a_sale_keeps_the_product() -> None:
    dev = with_pool()
    dev.execute("issuer", Sell("MHZ", 1_000))
    assert tokens_of(dev, "issuer") == 3_000
    assert pool_of(dev) == (5_000, 2_000)
    assert dev.balance("issuer") == RICH - 10_000 + 5_000
    assert dev.events[-1].event == Sold("MHZ", dev.account("issuer"), 1_000, 5_000)


def test_the_fee_stays_in_the_pool() -> None:
    dev = with_pool(fee="0.2")
    dev.execute("alice", Buy("MHZ", 12_500))
    assert (tokens_of(dev, "alice"), pool_of(dev)) == (500, (22_500, 500))


def test_bought_tokens_can_be_given_and_given_ones_sold() -> None:
    dev = with_pool()
    dev.execute("alice", Buy("MHZ", 10_000))
    dev.execute("alice", Give("MHZ", dev.account("bob"), 500))
    with dev.refuses(NotEnoughTokens):
        dev.execute("alice", Sell("MHZ", 1))
    dev.execute("bob", Sell("MHZ", 500))
    assert pool_of(dev) == (10_000, 1_000)
    assert (tokens_of(dev, "alice"), tokens_of(dev, "bob")) == (0, 0)
    assert dev.balance("bob") == RICH + 10_000


def test_one_action_sees_what_the_one_before_it_did_in_the_other_application() -> None:
    dev = with_pool()
    bob = dev.account("bob")
    receipts = dev.block(
        [
            ("alice", Buy("MHZ", 10_000)),
            ("alice", Give("MHZ", bob, 500)),
            ("alice", Sell("MHZ", 500)),
            ("bob", Sell("MHZ", 500)),
        ]
    )
    assert [receipt.succeeded for receipt in receipts] == [True, True, False, True]


def test_a_trade_that_brings_nothing_is_refused() -> None:
    dev = with_pool()
    for action in (Buy("MHZ", 10), Buy("MHZ", 0), Sell("MHZ", 0)):
        with dev.refuses(TooLittle):
            dev.execute("issuer", action)
    dev.execute("issuer", Buy("MHZ", 11))


@pytest.mark.parametrize(
    ("trade", "limit", "fits"),
    [
        (Buy("MHZ", 10_000), "20", True),
        (Buy("MHZ", 10_000), "19.999999999", False),
        (Sell("MHZ", 1_000), "5", True),
        (Sell("MHZ", 1_000), "5.000000001", False),
    ],
)
def test_a_limit_holds_to_the_last_decimal(trade: Buy | Sell, limit: str, fits: bool) -> None:
    dev, price = with_pool(), Fixed.from_str(limit)
    action = Buy("MHZ", trade.coins, price) if isinstance(trade, Buy) else Sell("MHZ", trade.tokens, price)
    if fits:
        dev.execute("issuer", action)
        return
    with dev.refuses(PriceBeyondLimit):
        dev.execute("issuer", action)


def test_who_cannot_pay_does_not_trade() -> None:
    dev = with_pool()
    with dev.refuses(InsufficientBalance):
        dev.execute("alice", Buy("MHZ", RICH + 1))
    with dev.refuses(NotEnoughTokens):
        dev.execute("alice", Sell("MHZ", 1))
    assert pool_of(dev) == (10_000, 1_000)


def test_the_provider_takes_out_what_trading_left_in_the_pool() -> None:
    dev = with_pool(fee="0.2")
    dev.execute("alice", Buy("MHZ", 12_500))
    with dev.refuses(NotProvider):
        dev.execute("alice", ClosePool("MHZ"))
    dev.execute("issuer", ClosePool("MHZ"))
    assert (dev.balance("issuer"), tokens_of(dev, "issuer")) == (RICH + 12_500, 4_500)
    assert dev.events[-1].event == PoolClosed("MHZ", dev.account("issuer"), 22_500, 500)
    assert dev.query(Exchange.price, "MHZ") is None


@pytest.mark.parametrize("action", [Buy("KHZ", 100), Sell("KHZ", 1), ClosePool("KHZ")])
def test_a_token_without_a_pool_is_named(action: Action) -> None:
    dev = with_pool()
    with dev.refuses(NoSuchPool):
        dev.execute("alice", action)


def test_a_pool_is_opened_once_with_something_in_it_and_a_fee_below_one() -> None:
    dev = with_pool()
    with dev.refuses(PoolExists):
        dev.execute("issuer", OpenPool("MHZ", 1, 1, FREE))
    dev.execute("issuer", ClosePool("MHZ"))
    for coins, tokens in ((0, 1), (1, 0)):
        with dev.refuses(TooLittle):
            dev.execute("issuer", OpenPool("MHZ", coins, tokens, FREE))
    for fee in (Fixed.from_int(1), Fixed(-1)):
        with dev.refuses(FeeOutOfRange):
            dev.execute("issuer", OpenPool("MHZ", 1, 1, fee))
    with dev.refuses(NotEnoughTokens):
        dev.execute("alice", OpenPool("MHZ", 1, 1, FREE))


def test_halves_that_drift_too_far_apart_are_refused_not_wrapped() -> None:
    dev = DevChain(Exchange(), Tokens(), balances={"issuer": RICH})
    dev.execute("issuer", Issue("MHZ", 2**62))
    dev.execute("issuer", OpenPool("MHZ", 1, 2**62, FREE))
    dev.execute("issuer", Buy("MHZ", 2))
    gained = tokens_of(dev, "issuer")
    dev.execute("issuer", Give("MHZ", dev.account("alice"), gained))
    dev.execute("alice", Sell("MHZ", gained))
    with dev.refuses(HalfOutOfRange):
        for _ in range(3):
            dev.execute("issuer", Buy("MHZ", 2))
            dev.execute("issuer", Give("MHZ", dev.account("alice"), tokens_of(dev, "issuer")))
            dev.execute("alice", Sell("MHZ", tokens_of(dev, "alice")))


@pytest.mark.parametrize("alone", [Exchange, Tokens])
def test_each_application_can_be_registered_on_its_own(alone: type[App]) -> None:
    assert alone.name in Registry([alone()]).apps


SYMBOLS = st.sampled_from(["MHZ", "KHZ"])
TestAnySequence = stateful(
    Exchange,
    others=(Tokens,),
    fields={f"{action}.symbol": SYMBOLS for action in ("Buy", "Sell", "OpenPool", "Issue")},
    max_examples=10,
)
