"""What a pool gives: the product of its coins and tokens stays the same but for the fee and the rounding.

Who pays x into a reserve X gets Y g / (X + g) out of the other reserve Y, with g = (1 - fee) x, so that
(X + g)(Y - out) = X Y; all of x goes into the pool. Both roundings are against the trader, so the product
never falls and nobody gets rich by rounding. This is the constant-product market maker; its integers are
analysed in Zhang, Chen and Park, "Formal Specification of Constant Product (x * y = k) Market Maker Model
and Implementation" (2018).
"""

from chain.fixed import SCALE, Fixed, Rounding, divide, mul_div

from exchange.state import Pool


def tokens_for(pool: Pool, coins: int) -> int:
    """Tokens that a pool gives for coins."""
    return _out(pool.coins, pool.tokens, coins, pool.fee)


def coins_for(pool: Pool, tokens: int) -> int:
    """Coins that a pool gives for tokens."""
    return _out(pool.tokens, pool.coins, tokens, pool.fee)


def price_of(pool: Pool) -> Fixed:
    """Coins for one token, of a trade too small to move the price and without fee. Raises FixedOverflow."""
    return Fixed.from_fraction(pool.coins, pool.tokens, Rounding.HALF_EVEN)


def costs_more_than(limit: Fixed, coins: int, tokens: int) -> bool:
    """Whether so many coins for so many tokens is a price above `limit`, exactly."""
    return divide(coins * SCALE, tokens, Rounding.CEIL) > limit.raw


def costs_less_than(limit: Fixed, coins: int, tokens: int) -> bool:
    """Whether so many coins for so many tokens is a price below `limit`, exactly."""
    return divide(coins * SCALE, tokens, Rounding.FLOOR) < limit.raw


def _out(reserve_in: int, reserve_out: int, paid: int, fee: Fixed) -> int:
    counted = mul_div(paid, SCALE - fee.raw, SCALE, Rounding.FLOOR)
    return mul_div(reserve_out, counted, reserve_in + counted, Rounding.FLOOR)
