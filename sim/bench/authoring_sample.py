"""The application of the author's benchmark: one action, one refusal, one event, a query and an invariant."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from chain.app import App, execute, query
from chain.codec import Amount
from chain.context import Context, View
from chain.errors import AppError
from chain.records import Action, Event
from chain.table import Table


@dataclass(frozen=True, slots=True)
class Save(Action):
    """Put an amount aside."""

    amount: Amount


@dataclass(frozen=True, slots=True)
class Saved(Event):
    """An amount was put aside."""

    amount: Amount


class NothingSaved(AppError):
    """There must be something to save. Args: amount."""

    rule: ClassVar[str] = "nothing-saved"


class Savings(App):
    """Keeps what everybody puts aside."""

    name = "savings"
    api = 1
    emits = (Saved,)
    saved = Table(bytes, int)

    @execute
    def save(self, ctx: Context, action: Save) -> None:
        """Hold the amount. Raises NothingSaved, InsufficientBalance."""
        ctx.require(action.amount > 0, NothingSaved(action.amount))
        ctx.hold(action.amount, "savings")
        self.saved.set(ctx, ctx.sender, self.savings(ctx, ctx.sender) + action.amount)
        ctx.emit(Saved(action.amount))

    @query
    def savings(self, view: View, account: bytes) -> int:
        """What an account has put aside, base units."""
        return self.saved.get(view, account) or 0

    def invariants(self, view: View) -> Iterator[str]:
        """The escrow holds all savings."""
        held, owed = view.escrow(self.name, "savings"), sum(amount for _, amount in self.saved.scan(view))
        if held != owed:
            yield f"the escrow holds {held}, the savings are {owed}"
