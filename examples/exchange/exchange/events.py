"""What happened to tokens and pools."""

from dataclasses import dataclass

from chain.codec import Amount, PublicKey
from chain.fixed import Fixed
from chain.records import Event

from exchange.actions import Symbol


@dataclass(frozen=True, slots=True)
class Issued(Event):
    """There is a new token."""

    symbol: Symbol
    issuer: PublicKey
    supply: Amount


@dataclass(frozen=True, slots=True)
class Given(Event):
    """Tokens have another holder."""

    symbol: Symbol
    sender: PublicKey
    to: PublicKey
    amount: Amount


@dataclass(frozen=True, slots=True)
class PoolOpened(Event):
    """A token can be traded."""

    symbol: Symbol
    provider: PublicKey
    coins: Amount
    tokens: Amount
    fee: Fixed


@dataclass(frozen=True, slots=True)
class PoolClosed(Event):
    """The provider has taken out what was in a pool."""

    symbol: Symbol
    provider: PublicKey
    coins: Amount
    tokens: Amount


@dataclass(frozen=True, slots=True)
class Bought(Event):
    """Somebody paid coins and got tokens."""

    symbol: Symbol
    buyer: PublicKey
    coins: Amount
    tokens: Amount


@dataclass(frozen=True, slots=True)
class Sold(Event):
    """Somebody paid tokens and got coins."""

    symbol: Symbol
    seller: PublicKey
    tokens: Amount
    coins: Amount
