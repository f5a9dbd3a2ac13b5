"""Tokens and an exchange for them: two applications that ask each other, and an adversary between them."""

from exchange.actions import Buy, ClosePool, Give, Issue, OpenPool, Sell
from exchange.agents import Issuer, Sandwicher, Saver
from exchange.app import Exchange
from exchange.errors import (
    FeeOutOfRange,
    HalfOutOfRange,
    NoSuchPool,
    NotEnoughTokens,
    NotProvider,
    PoolExists,
    PriceBeyondLimit,
    TokenExists,
    TooLittle,
)
from exchange.events import Bought, Given, Issued, PoolClosed, PoolOpened, Sold
from exchange.pricing import coins_for, tokens_for
from exchange.state import Pool
from exchange.tokens import Tokens

__all__ = [
    "Bought",
    "Buy",
    "ClosePool",
    "Exchange",
    "FeeOutOfRange",
    "Give",
    "Given",
    "HalfOutOfRange",
    "Issue",
    "Issued",
    "Issuer",
    "NoSuchPool",
    "NotEnoughTokens",
    "NotProvider",
    "OpenPool",
    "Pool",
    "PoolClosed",
    "PoolExists",
    "PoolOpened",
    "PriceBeyondLimit",
    "Sandwicher",
    "Saver",
    "Sell",
    "Sold",
    "TokenExists",
    "Tokens",
    "TooLittle",
    "coins_for",
    "tokens_for",
]
