"""What can be asked of the two applications.

Coins are base units of the native coin, tokens a token's smallest units; a price is in coins for one token.
"""

from dataclasses import dataclass
from typing import Annotated

from chain.codec import Amount, MaxLen, PublicKey
from chain.fixed import Fixed
from chain.records import Action

Symbol = Annotated[str, MaxLen(12)]


@dataclass(frozen=True, slots=True)
class Issue(Action):
    """Make a new token; all of it is the sender's, and there will never be more."""

    symbol: Symbol
    supply: Amount


@dataclass(frozen=True, slots=True)
class Give(Action):
    """Give tokens away."""

    symbol: Symbol
    to: PublicKey
    amount: Amount


@dataclass(frozen=True, slots=True)
class OpenPool(Action):
    """Put coins and tokens into a pool that trades one for the other; the sender is its only provider."""

    symbol: Symbol
    coins: Amount
    tokens: Amount
    fee: Fixed
    """Share of what a trader pays in that earns the provider something instead of moving the price."""


@dataclass(frozen=True, slots=True)
class ClosePool(Action):
    """The provider takes out everything that is in its pool."""

    symbol: Symbol


@dataclass(frozen=True, slots=True)
class Buy(Action):
    """Pay coins into a pool and get tokens out."""

    symbol: Symbol
    coins: Amount
    highest_price: Fixed | None = None
    """Refused where a token would cost more."""


@dataclass(frozen=True, slots=True)
class Sell(Action):
    """Pay tokens into a pool and get coins out."""

    symbol: Symbol
    tokens: Amount
    lowest_price: Fixed | None = None
    """Refused where a token would bring less."""
