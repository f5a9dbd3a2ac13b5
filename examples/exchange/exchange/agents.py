"""What people do on the exchange: one issues a token, some save in it, one lives off the savers.

Savers buy at fixed heights, which is all that the adversary needs to know: it does not see what waits.
"""

from collections.abc import Iterable
from typing import cast

import numpy as np
from apps.agent import Decision, Fate, Measure, Status, Update
from chain.context import View
from chain.fixed import Fixed, Rounding
from chain.records import Action

from exchange.actions import Buy, Issue, OpenPool, Sell
from exchange.pricing import tokens_for
from exchange.state import Pool

REFUSED = "refused"
"""Measure in which a saver reports that its purchase was refused; the key is its head's height."""


class Issuer:
    """Issues a token and opens a pool with all of it."""

    def __init__(self, symbol: str, tokens: int, coins: int, fee: Fixed) -> None:
        self._opening: tuple[Action, ...] = (Issue(symbol, tokens), OpenPool(symbol, coins, tokens, fee))

    def decide(self, update: Update, rng: np.random.Generator) -> Decision:
        """Act once."""
        actions, self._opening = self._opening, ()
        return Decision(actions)


class Saver:
    """Buys for the same amount at every multiple of so many blocks, whatever the price, or up to a limit."""

    def __init__(self, symbol: str, coins: int, every_blocks: int, slippage: Fixed | None) -> None:
        self.symbol = symbol
        self.coins = coins
        """Base units of the native coin for each purchase."""
        self.every_blocks = every_blocks
        self.slippage = slippage
        """Share by which it may pay more than the pool would take from it now; None for no limit."""

    def decide(self, update: Update, rng: np.random.Generator) -> Decision:
        """Buy where the next block is one of its own."""
        measures = tuple(
            Measure(REFUSED, 1.0, update.view.height)
            for fate in update.fates
            if fate.status is Status.REFUSED
        )
        expected = _quote(update.view, self.symbol, self.coins)
        if (update.view.height + 1) % self.every_blocks or not expected:
            return Decision(measures=measures)
        return Decision((Buy(self.symbol, self.coins, self._limit(expected)),), measures=measures)

    def _limit(self, expected: int) -> Fixed | None:
        if self.slippage is None:
            return None
        price = Fixed.from_fraction(self.coins, expected, Rounding.CEIL)
        return price + price.mul(self.slippage, Rounding.FLOOR)


class Sandwicher:
    """Buys before the savers, at a fee that puts it first in their block, and sells in the block after."""

    def __init__(self, symbol: str, coins: int, every_blocks: int, fee: int) -> None:
        self.symbol = symbol
        self.coins = coins
        """Base units of the native coin with which it moves the price."""
        self.every_blocks = every_blocks
        """The savers' rhythm."""
        self.fee = fee
        """Base units a transaction; more than others pay."""
        self._waiting = False

    def decide(self, update: Update, rng: np.random.Generator) -> Decision:
        """Sell whatever it holds; else buy where the savers are about to."""
        self._note(update.fates)
        view = update.view
        held = cast("int", view.query("tokens", "balance", self.symbol, update.account))
        if self._waiting or _pool(view, self.symbol) is None:
            return Decision()
        if held:
            self._waiting = True
            return Decision((Sell(self.symbol, held),), fee=self.fee)
        if (view.height + 1) % self.every_blocks or view.balance(update.account) < self.coins + self.fee:
            return Decision()
        self._waiting = True
        return Decision((Buy(self.symbol, self.coins),), fee=self.fee)

    def _note(self, fates: Iterable[Fate]) -> None:
        for fate in fates:
            self._waiting = fate.status is Status.UNCONFIRMED


def _pool(view: View, symbol: str) -> Pool | None:
    return cast("Pool | None", view.query("exchange", "pool", symbol))


def _quote(view: View, symbol: str, coins: int) -> int:
    """Tokens for coins at the head; 0 without a pool."""
    pool = _pool(view, symbol)
    return 0 if pool is None else tokens_for(pool, coins)
