"""A small application with every way to fail: it refuses, crashes, breaks its invariant, and its hook does so too."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from chain.app import App, execute, query
from chain.codec import U32, Amount, PublicKey
from chain.context import Context, View
from chain.errors import AppError
from chain.records import Action, Event
from chain.table import Table

LEAST = 10


class Trick(StrEnum):
    """What the hook is to do at the end of every block."""

    REFUSE = "refuse"
    CRASH = "crash"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Buy(Action):
    """Take a number for `amount`, which goes into the pot."""

    number: U32
    amount: Amount


@dataclass(frozen=True, slots=True)
class Give(Action):
    """Give a number away; the number 13 is not foreseen."""

    number: U32
    to: PublicKey


@dataclass(frozen=True, slots=True)
class Steal(Action):
    """Write a ticket that nobody paid."""

    number: U32


@dataclass(frozen=True, slots=True)
class Tamper(Action):
    """Make the hook misbehave."""

    how: Trick


@dataclass(frozen=True, slots=True)
class Bought(Event):
    number: U32
    holder: PublicKey


@dataclass(frozen=True, slots=True)
class Ticket:
    holder: PublicKey
    amount: Amount


@dataclass(frozen=True, slots=True)
class Setting:
    trick: Trick


class TooCheap(AppError):
    """Args: amount got, least."""

    rule: ClassVar[str] = "too-cheap"

    def __str__(self) -> str:
        return f"{self.rule}: got {self.args[0]}, expected at least {self.args[1]}"


class NumberTaken(AppError):
    """Args: number."""

    rule: ClassVar[str] = "number-taken"


class OutOfOrder(AppError):
    """The hook cannot go on. Args: height."""

    rule: ClassVar[str] = "out-of-order"


class Lottery(App):
    name = "lottery"
    emits = (Bought,)
    tickets = Table(int, Ticket)
    settings = Table(str, Setting)

    @execute
    def buy(self, ctx: Context, action: Buy) -> None:
        ctx.require(action.amount >= LEAST, TooCheap(action.amount, LEAST))
        ctx.require(self.tickets.get(ctx, action.number) is None, NumberTaken(action.number))
        ctx.hold(action.amount, "pot")
        self.tickets.set(ctx, action.number, Ticket(ctx.sender, action.amount))
        ctx.emit(Bought(action.number, ctx.sender))

    @execute
    def give(self, ctx: Context, action: Give) -> None:
        names = {number: str(number) for number in range(13)}
        self.tickets.set(ctx, int(names[action.number]), Ticket(action.to, 0))

    @execute
    def steal(self, ctx: Context, action: Steal) -> None:
        self.tickets.set(ctx, action.number, Ticket(ctx.sender, LEAST))

    @execute
    def tamper(self, ctx: Context, action: Tamper) -> None:
        self.settings.set(ctx, "trick", Setting(action.how))

    @query
    def holder(self, view: View, number: int) -> bytes | None:
        ticket = self.tickets.get(view, number)
        return None if ticket is None else ticket.holder

    def sold(self, view: View) -> int:
        """Not a query: it is not marked."""
        return sum(1 for _ in self.tickets.scan(view))

    def end_block(self, ctx: Context) -> None:
        setting = self.settings.get(ctx, "trick")
        if setting is None or setting.trick is Trick.NOTHING:
            return
        self.tickets.set(ctx, 99, Ticket(ctx.sender, 0))
        if setting.trick is Trick.REFUSE:
            raise OutOfOrder(ctx.height)
        raise KeyError("winner")

    def invariants(self, view: View) -> Iterator[str]:
        owed = sum(ticket.amount for _, ticket in self.tickets.scan(view))
        if owed != view.escrow(self.name, "pot"):
            yield f"tickets are worth {owed}, the pot holds {view.escrow(self.name, 'pot')}"
