"""The exchange on chain: pools of coins and tokens. It asks the token book who has how many.

The coins of a pool are in escrow under the token's symbol. Its tokens are in no account: what all accounts
have traded, and what is in the pool, adds up to nothing.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import cast

from chain.accounts import escrows
from chain.app import execute, query
from chain.context import Context, View
from chain.fixed import SCALE, Fixed

from exchange.actions import Buy, ClosePool, OpenPool, Sell
from exchange.errors import (
    FeeOutOfRange,
    NoSuchPool,
    NotEnoughTokens,
    NotProvider,
    PoolExists,
    PriceBeyondLimit,
    TooLittle,
)
from exchange.events import Bought, PoolClosed, PoolOpened, Sold
from exchange.pricing import coins_for, costs_less_than, costs_more_than, price_of, tokens_for
from exchange.state import ExchangeTables, Half, Holding, Pool, move


class Exchange(ExchangeTables):
    """Trades coins for tokens; a pool's price follows from what is in it."""

    emits = (PoolOpened, PoolClosed, Bought, Sold)

    @execute
    def open_pool(self, ctx: Context, action: OpenPool) -> None:
        """Provide a pool.

        Raises PoolExists, FeeOutOfRange, TooLittle, NotEnoughTokens, InsufficientBalance, HalfOutOfRange.
        """
        symbol, coins, tokens = action.symbol, action.coins, action.tokens
        ctx.require(self.pools.get(ctx, symbol) is None, PoolExists(symbol))
        ctx.require(0 <= action.fee.raw < SCALE, FeeOutOfRange(action.fee))
        ctx.require(coins > 0, TooLittle("coins", coins))
        ctx.require(tokens > 0, TooLittle("tokens", tokens))
        self._take(ctx, symbol, tokens)
        ctx.hold(coins, symbol)
        self.pools.set(ctx, symbol, Pool(ctx.sender, coins, tokens, action.fee, coins, tokens))
        ctx.emit(PoolOpened(symbol, ctx.sender, coins, tokens, action.fee))

    @execute
    def close_pool(self, ctx: Context, action: ClosePool) -> None:
        """Take everything out. Raises NoSuchPool, NotProvider, HalfOutOfRange."""
        symbol, pool = action.symbol, self._pool(ctx, action.symbol)
        ctx.require(pool.provider == ctx.sender, NotProvider(symbol, ctx.sender, pool.provider))
        self.pools.delete(ctx, symbol)
        move(self.halves, ctx, (symbol, ctx.sender), pool.tokens)
        ctx.release(pool.coins, symbol, ctx.sender)
        ctx.emit(PoolClosed(symbol, ctx.sender, pool.coins, pool.tokens))

    @execute
    def buy(self, ctx: Context, action: Buy) -> None:
        """Trade coins for tokens.

        Raises NoSuchPool, TooLittle, PriceBeyondLimit, InsufficientBalance, HalfOutOfRange.
        """
        symbol, coins, limit = action.symbol, action.coins, action.highest_price
        pool = self._pool(ctx, symbol)
        tokens = tokens_for(pool, coins)
        ctx.require(tokens > 0, TooLittle("coins", coins))
        if limit is not None and costs_more_than(limit, coins, tokens):
            raise PriceBeyondLimit(coins, tokens, limit)
        ctx.hold(coins, symbol)
        move(self.halves, ctx, (symbol, ctx.sender), tokens)
        self.pools.set(ctx, symbol, replace(pool, coins=pool.coins + coins, tokens=pool.tokens - tokens))
        ctx.emit(Bought(symbol, ctx.sender, coins, tokens))

    @execute
    def sell(self, ctx: Context, action: Sell) -> None:
        """Trade tokens for coins.

        Raises NoSuchPool, TooLittle, PriceBeyondLimit, NotEnoughTokens, HalfOutOfRange.
        """
        symbol, tokens, limit = action.symbol, action.tokens, action.lowest_price
        pool = self._pool(ctx, symbol)
        coins = coins_for(pool, tokens)
        ctx.require(coins > 0, TooLittle("tokens", tokens))
        if limit is not None and costs_less_than(limit, coins, tokens):
            raise PriceBeyondLimit(coins, tokens, limit)
        self._take(ctx, symbol, tokens)
        ctx.release(coins, symbol, ctx.sender)
        self.pools.set(ctx, symbol, replace(pool, coins=pool.coins - coins, tokens=pool.tokens + tokens))
        ctx.emit(Sold(symbol, ctx.sender, tokens, coins))

    @query
    def traded(self, view: View, symbol: str, account: bytes) -> int:
        """Tokens that an account bought and took out of pools, less those it sold and put in."""
        return (self.halves.get(view, (symbol, account)) or Half()).amount

    @query
    def all_traded(self, view: View, symbol: str) -> tuple[Holding, ...]:
        """Everybody's half of a token, where it is not 0."""
        found = list[Holding]()
        for (whose, account), half in self.halves.scan(view, (symbol, b"")):
            if whose != symbol:
                break
            found.append(Holding(account, half.amount))
        return tuple(found)

    @query
    def pool(self, view: View, symbol: str) -> Pool | None:
        """What is in a pool; None where there is none."""
        return self.pools.get(view, symbol)

    @query
    def price(self, view: View, symbol: str) -> Fixed | None:
        """Coins for one token now; None without a pool. Raises FixedOverflow."""
        pool = self.pools.get(view, symbol)
        return None if pool is None else price_of(pool)

    def invariants(self, view: View) -> Iterator[str]:
        """Escrow and halves say what the pools say, and no pool was ever worn down by trading."""
        pools, traded = dict(self.pools.scan(view)), Counter[str]()
        for (symbol, _), half in self.halves.scan(view):
            traded[symbol] += half.amount
        skip = len(self.name) + 1
        held = {label[skip:]: amount for label, amount in escrows(view.state, self.name)}
        if held != {symbol: pool.coins for symbol, pool in pools.items()}:
            yield f"the escrow holds {held}, which is not what the pools have"
        for symbol in sorted(pools.keys() | traded.keys()):
            in_pool = pools[symbol].tokens if symbol in pools else 0
            if traded[symbol] + in_pool != 0:
                yield f"{symbol!r}: {traded[symbol]} were traded, {in_pool} are in the pool: the sum is not 0"
        for symbol, pool in pools.items():
            if pool.coins * pool.tokens < pool.opening_coins * pool.opening_tokens:
                yield f"the pool of {symbol!r} gave more than it got"

    def _pool(self, view: View, symbol: str) -> Pool:
        pool = self.pools.get(view, symbol)
        if pool is None:
            raise NoSuchPool(symbol)
        return pool

    def _take(self, ctx: Context, symbol: str, tokens: int) -> None:
        """Take tokens from the sender. Raises NotEnoughTokens, HalfOutOfRange."""
        held = cast("int", ctx.query("tokens", "balance", symbol, ctx.sender))
        ctx.require(tokens <= held, NotEnoughTokens(symbol, tokens, held))
        move(self.halves, ctx, (symbol, ctx.sender), -tokens)
