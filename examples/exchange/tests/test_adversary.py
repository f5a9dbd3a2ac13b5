"""What somebody can and cannot get out of a pool: nothing by rounding, something by coming first."""

import pytest
from apps.agent import Agent
from apps.testing import DevChain
from chain.fixed import SCALE, Fixed
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange import Buy, Exchange, Issuer, Pool, Sandwicher, Saver, Sell, Tokens, coins_for, tokens_for

reproducible = settings(derandomize=True, deadline=None)
amounts = st.integers(1, 2**62)
fees = st.integers(0, SCALE - 1).map(Fixed)
pools = st.builds(
    lambda coins, tokens, fee: Pool(bytes(32), coins, tokens, fee, coins, tokens), amounts, amounts, fees
)


def bought(pool: Pool, coins: int) -> tuple[Pool, int]:
    tokens = tokens_for(pool, coins)
    after = Pool(pool.provider, pool.coins + coins, pool.tokens - tokens, pool.fee, pool.coins, pool.tokens)
    return after, tokens


def sold(pool: Pool, tokens: int) -> tuple[Pool, int]:
    coins = coins_for(pool, tokens)
    after = Pool(pool.provider, pool.coins - coins, pool.tokens + tokens, pool.fee, pool.coins, pool.tokens)
    return after, coins


@reproducible
@given(pools, amounts)
def test_no_trade_lets_the_product_fall_or_empties_the_pool(pool: Pool, paid: int) -> None:
    for after, _ in (bought(pool, paid), sold(pool, paid)):
        assert after.coins * after.tokens >= pool.coins * pool.tokens
        assert after.coins > 0
        assert after.tokens > 0


@reproducible
@given(pools, amounts, st.integers(1, 5))
def test_buying_and_selling_in_any_portions_brings_no_gain(pool: Pool, coins: int, portions: int) -> None:
    after, tokens = bought(pool, coins)
    received = 0
    for portion in [tokens // portions] * (portions - 1) + [tokens - tokens // portions * (portions - 1)]:
        after, coins_back = sold(after, portion)
        received += coins_back
    assert received <= coins


@reproducible
@given(pools, amounts, amounts)
def test_one_large_purchase_gives_no_less_than_two_small_ones_without_a_fee(
    pool: Pool, first: int, second: int
) -> None:
    free = Pool(pool.provider, pool.coins, pool.tokens, Fixed(0), pool.coins, pool.tokens)
    between, some = bought(free, first)
    _, more = bought(between, second)
    assert some + more <= tokens_for(free, first + second)


RICH = 10_000_000
POOL = 1_000_000
EVERY = 10


def played(saver_coins: int, slippage: str | None, sandwich_coins: int, blocks: int = 100) -> tuple[int, int]:
    """(coins the sandwicher gained, tokens the saver has) after so many blocks, a purchase in one of ten."""
    dev = DevChain(Exchange(), Tokens(), balances=dict.fromkeys(("issuer", "saver", "sandwicher"), RICH))
    limit = None if slippage is None else Fixed.from_str(slippage)
    agents: dict[str, Agent] = {
        "issuer": Issuer("MHZ", POOL, POOL, Fixed.from_str("0.003")),
        "sandwicher": Sandwicher("MHZ", sandwich_coins, EVERY, 0),
        "saver": Saver("MHZ", saver_coins, EVERY, limit),
    }
    if not sandwich_coins:
        del agents["sandwicher"]
    dev.play(agents, blocks + 2)
    assert dev.query(Tokens.balance, "MHZ", dev.account("sandwicher")) == 0
    return dev.balance("sandwicher") - RICH, dev.query(Tokens.balance, "MHZ", dev.account("saver"))


def test_a_sandwich_around_a_careless_purchase_earns_what_the_formula_says() -> None:
    pool = Pool(bytes(32), POOL, POOL, Fixed.from_str("0.003"), POOL, POOL)
    after, held = bought(pool, 100_000)
    after, _ = bought(after, 50_000)
    _, received = sold(after, held)
    assert played(50_000, None, 100_000, blocks=10)[0] == received - 100_000 > 8_000


def test_the_saver_pays_for_the_sandwich() -> None:
    gained, with_sandwich = played(50_000, None, 100_000)
    _, alone = played(50_000, None, 0)
    assert gained > 60_000
    assert with_sandwich < 0.92 * alone


def test_a_limit_makes_the_sandwich_a_loss_of_two_fees_and_costs_the_saver_the_purchase() -> None:
    gained, tokens = played(50_000, "0.01", 100_000)
    assert tokens == 0
    assert -10 * 700 < gained < -10 * 500


def test_a_limit_does_not_keep_anybody_from_buying_where_nobody_comes_first() -> None:
    assert played(50_000, "0", 0) == played(50_000, None, 0)


@pytest.mark.parametrize(("share", "profitable"), [(0.001, False), (0.01, True)])
def test_purchases_that_move_the_price_less_than_the_fee_are_safe(share: float, profitable: bool) -> None:
    gained, _ = played(round(share * POOL), None, 100_000, blocks=10)
    assert (gained > 0) is profitable


def test_who_comes_first_is_decided_by_the_order_in_the_block() -> None:
    dev = DevChain(Exchange(), Tokens(), balances=dict.fromkeys(("issuer", "alice", "mallory"), RICH))
    dev.play({"issuer": Issuer("MHZ", POOL, POOL, Fixed(0))}, 1)
    start = dev.state
    held = tokens_for(dev.query(Exchange.pool, "MHZ") or pytest.fail("no pool"), 100_000)
    buy, sell = ("mallory", Buy("MHZ", 100_000)), ("mallory", Sell("MHZ", held))
    victim = ("alice", Buy("MHZ", 50_000))
    gains = []
    for order in ([buy, victim, sell], [victim, buy, sell], [buy, sell, victim]):
        dev.state = start
        dev.block(order)
        gains.append(dev.balance("mallory") - RICH)
    assert gains[0] > 8_000
    assert -2 <= gains[2] <= 0
