"""The one application every chain has: transfers of the native coin."""

from dataclasses import dataclass

from chain.app import App, execute, query
from chain.codec import Amount, PublicKey
from chain.context import Context, View
from chain.records import Action, Event


@dataclass(frozen=True, slots=True)
class Transfer(Action):
    """Move coins from the sender to another account."""

    to: PublicKey
    amount: Amount
    """Base units."""


@dataclass(frozen=True, slots=True)
class Transferred(Event):
    """Coins moved."""

    sender: PublicKey
    to: PublicKey
    amount: Amount


class Bank(App):
    """Transfers of the native coin between accounts."""

    name = "bank"
    emits = (Transferred,)

    @execute
    def transfer(self, ctx: Context, action: Transfer) -> None:
        """Pay `amount` to `to`."""
        ctx.pay(action.amount, action.to)
        ctx.emit(Transferred(ctx.sender, action.to, action.amount))

    @query
    def balance(self, view: View, account: bytes) -> int:
        """Base units the account may spend."""
        return view.balance(account)
