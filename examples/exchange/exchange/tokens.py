"""The token book on chain: who issued what, who gave it to whom. It asks the exchange what was traded."""

from collections.abc import Iterator
from typing import cast

from chain.app import execute, query
from chain.context import Context, View

from exchange.actions import Give, Issue
from exchange.errors import NotEnoughTokens, TokenExists, TooLittle
from exchange.events import Given, Issued
from exchange.state import Half, Holding, Token, TokenTables, move


class Tokens(TokenTables):
    """Tokens to issue and to give away; what the exchange says was traded belongs to a balance too."""

    emits = (Issued, Given)

    @execute
    def issue(self, ctx: Context, action: Issue) -> None:
        """Make a new token. Raises TokenExists, TooLittle, HalfOutOfRange."""
        ctx.require(self.issued.get(ctx, action.symbol) is None, TokenExists(action.symbol))
        ctx.require(action.supply > 0, TooLittle("tokens", action.supply))
        self.issued.set(ctx, action.symbol, Token(ctx.sender, action.supply))
        move(self.halves, ctx, (action.symbol, ctx.sender), action.supply)
        ctx.emit(Issued(action.symbol, ctx.sender, action.supply))

    @execute
    def give(self, ctx: Context, action: Give) -> None:
        """Give tokens away. Raises NotEnoughTokens, HalfOutOfRange."""
        held = self.balance(ctx, action.symbol, ctx.sender)
        ctx.require(action.amount <= held, NotEnoughTokens(action.symbol, action.amount, held))
        move(self.halves, ctx, (action.symbol, ctx.sender), -action.amount)
        move(self.halves, ctx, (action.symbol, action.to), action.amount)
        ctx.emit(Given(action.symbol, ctx.sender, action.to, action.amount))

    @query
    def balance(self, view: View, symbol: str, account: bytes) -> int:
        """Tokens that an account may give or sell: both halves."""
        own = (self.halves.get(view, (symbol, account)) or Half()).amount
        return own + cast("int", view.query("exchange", "traded", symbol, account))

    @query
    def token(self, view: View, symbol: str) -> Token | None:
        """Who issued a token, and how much of it; None where nobody did."""
        return self.issued.get(view, symbol)

    def invariants(self, view: View) -> Iterator[str]:
        """All there is of a token is in its book, and nobody has less than nothing."""
        booked = dict.fromkeys((symbol for symbol, _ in self.issued.scan(view)), 0)
        for (symbol, account), half in self.halves.scan(view):
            booked[symbol] = booked.get(symbol, 0) + half.amount
            yield from self._overdrawn(view, symbol, account)
        for symbol, amount in booked.items():
            token = self.issued.get(view, symbol)
            if token is None or token.supply != amount:
                yield f"the book of {symbol!r} has {amount} tokens, not those that were issued"
            for traded in cast("tuple[Holding, ...]", view.query("exchange", "all_traded", symbol)):
                yield from self._overdrawn(view, symbol, traded.account)

    def _overdrawn(self, view: View, symbol: str, account: bytes) -> Iterator[str]:
        balance = self.balance(view, symbol, account)
        if balance < 0:
            yield f"{account.hex()[:16]} has {balance} {symbol}"
