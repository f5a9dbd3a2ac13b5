"""Greeter: everybody may greet anybody by name, and the chain counts how often each name was greeted."""

from dataclasses import dataclass

from chain.app import App, execute, query
from chain.context import Context, View
from chain.errors import AppError
from chain.records import Action
from chain.table import Table


@dataclass(frozen=True, slots=True)
class Greet(Action):
    """Say hello to somebody."""

    whom: str


class NobodyGreeted(AppError):
    """A greeting is for somebody. Args: what is wrong."""

    rule = "nobody-greeted"


class Greeter(App):
    """Counts greetings."""

    name, api = "greeter", 1
    counts = Table(str, int)

    @execute
    def greet(self, ctx: Context, action: Greet) -> None:
        """Count one more. Raises NobodyGreeted."""
        ctx.require(action.whom != "", NobodyGreeted("got no name, expected one"))
        self.counts.set(ctx, action.whom, self.greetings(ctx, action.whom) + 1)

    @query
    def greetings(self, view: View, whom: str) -> int:
        """How often somebody was greeted."""
        return self.counts.get(view, whom) or 0
