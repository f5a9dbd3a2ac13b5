"""What the two applications remember.

Neither can write what the other keeps. So a balance of tokens has two halves, one in each application, and is
their sum: the token book says what was issued and given, the exchange what was bought less what was sold. A
half alone may be negative; both applications ask for the sum before they take anything from it.
"""

from dataclasses import dataclass

from chain.app import App
from chain.codec import Amount, PublicKey
from chain.context import Context
from chain.fixed import Fixed
from chain.table import Table

from exchange.errors import HalfOutOfRange

MOST_IN_A_HALF = 2**62
"""Halves drift apart where somebody buys and gives away again and again; integers on chain have 64 bits."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token."""

    issuer: PublicKey
    supply: Amount
    """All there is of it."""


@dataclass(frozen=True, slots=True)
class Half:
    """One application's part of somebody's balance; it may be negative."""

    amount: int = 0


@dataclass(frozen=True, slots=True)
class Holding:
    """Somebody's half of a token."""

    account: PublicKey
    amount: int


@dataclass(frozen=True, slots=True)
class Pool:
    """Coins and tokens that are traded for each other."""

    provider: PublicKey
    coins: Amount
    """In escrow under the token's symbol."""
    tokens: Amount
    fee: Fixed
    opening_coins: Amount
    opening_tokens: Amount


class TokenTables(App):
    """The tables of the token book."""

    name = "tokens"
    api = 1
    issued = Table(str, Token)
    halves = Table(tuple[str, bytes], Half)
    """(symbol, account)."""


class ExchangeTables(App):
    """The tables of the exchange."""

    name = "exchange"
    api = 1
    pools = Table(str, Pool)
    halves = Table(tuple[str, bytes], Half)
    """(symbol, account)."""


def move(halves: Table[tuple[str, bytes], Half], ctx: Context, key: tuple[str, bytes], change: int) -> None:
    """Add to a half. Raises HalfOutOfRange."""
    amount = (halves.get(ctx, key) or Half()).amount + change
    ctx.require(abs(amount) <= MOST_IN_A_HALF, HalfOutOfRange(amount, MOST_IN_A_HALF))
    if amount:
        halves.set(ctx, key, Half(amount))
    else:
        halves.delete(ctx, key)
