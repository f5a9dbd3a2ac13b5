"""What the two applications refuse, and with which words."""

from typing import ClassVar

from chain.errors import AppError


class TokenExists(AppError):
    """A symbol is given once. Args: symbol."""

    rule: ClassVar[str] = "token-exists"

    def __str__(self) -> str:
        return f"{self.rule}: got {self.args[0]!r}, expected a symbol that no token has"


class NotEnoughTokens(AppError):
    """Somebody has fewer tokens. Args: symbol, asked, held."""

    rule: ClassVar[str] = "not-enough-tokens"

    def __str__(self) -> str:
        symbol, asked, held = self.args
        return f"{self.rule}: got {asked} {symbol}, expected at most the {held} that the sender has"


class HalfOutOfRange(AppError):
    """One application's part of a balance has grown too far from the other's. Args: value got, bound."""

    rule: ClassVar[str] = "half-out-of-range"

    def __str__(self) -> str:
        got, bound = self.args
        return f"{self.rule}: got {got}, expected -{bound} to {bound}; use another account"


class PoolExists(AppError):
    """A token has one pool. Args: symbol."""

    rule: ClassVar[str] = "pool-exists"

    def __str__(self) -> str:
        return f"{self.rule}: got {self.args[0]!r}, expected a token without a pool"


class NoSuchPool(AppError):
    """A token without a pool cannot be traded. Args: symbol."""

    rule: ClassVar[str] = "no-such-pool"

    def __str__(self) -> str:
        return f"{self.rule}: got {self.args[0]!r}, expected a token with a pool"


class NotProvider(AppError):
    """A pool is closed by its provider. Args: symbol, sender, provider."""

    rule: ClassVar[str] = "not-provider"

    def __str__(self) -> str:
        symbol, sender, provider = self.args
        return f"{self.rule}: {symbol}: got {sender.hex()[:16]}, expected its provider {provider.hex()[:16]}"


class FeeOutOfRange(AppError):
    """A fee that is no share. Args: fee."""

    rule: ClassVar[str] = "fee-out-of-range"

    def __str__(self) -> str:
        return f"{self.rule}: got {self.args[0]}, expected 0 or more, less than 1"


class TooLittle(AppError):
    """An amount that is nothing, or for which rounding leaves nothing. Args: what, amount paid in."""

    rule: ClassVar[str] = "too-little"

    def __str__(self) -> str:
        what, amount = self.args
        return f"{self.rule}: got {amount} {what}, expected enough to get something for it"


class PriceBeyondLimit(AppError):
    """A trade that is worse than its sender accepts. Args: coins, tokens, the limit."""

    rule: ClassVar[str] = "price-beyond-limit"

    def __str__(self) -> str:
        coins, tokens, limit = self.args
        return f"{self.rule}: got {coins} coins for {tokens} tokens, expected a price of {limit} or better"
