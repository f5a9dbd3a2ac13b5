"""The application interface: what an author of on-chain code writes.

An application is one class. Its actions and events are frozen dataclasses, its state is typed tables, its
rules are methods marked `@execute`, its answers methods marked `@query`:

    class Greeter(App):
        name = "greeter"
        emits = (Greeted,)
        counts = Table(bytes, Count)

        @execute
        def greet(self, ctx: Context, action: Greet) -> None: ...

        @query
        def times(self, view: View, who: bytes) -> int: ...
"""

from collections.abc import Callable, Iterator
from typing import Any, ClassVar, TypeVar

from chain.context import Context, View
from chain.records import Event

API_VERSION = 1
"""Version of the interface between applications and the ledger: what this file, `Context`, `View` and `Table` offer."""
Method = TypeVar("Method", bound=Callable[..., Any])
EXECUTES = "_hertzchain_execute"
ANSWERS = "_hertzchain_query"


def execute(method: Method) -> Method:
    """Mark a method that carries out the action its second parameter is annotated with."""
    setattr(method, EXECUTES, True)
    return method


def query(method: Method) -> Method:
    """Mark a method that answers a question about a `View`."""
    setattr(method, ANSWERS, True)
    return method


def where_is(thing: Callable[..., object]) -> str:
    """The place of a class, function or method as messages name it: `lottery.app:Lottery.buy`."""
    return f"{thing.__module__}:{thing.__qualname__}"


class App:
    """Base of every on-chain application.

    An application is trusted code: it reads and writes through its tables and the context's methods. Writing to
    `ctx.state` itself would go past its namespace, and nothing stops it.

    On-chain code is deterministic: integers and fixed point, no clock, no randomness, no input or output. An
    `AppError` refuses the action; any other exception is a bug and stops the chain.
    """

    name: ClassVar[str] = ""
    """Namespace of its tables, escrows, actions and events: lower case, digits and underscores."""
    api: ClassVar[int] = API_VERSION
    """The interface it is written for. Write the number down: a ledger with another one then refuses it."""
    version: ClassVar[int] = 1
    """Raise it when the rules change: it is hashed into genesis."""
    emits: ClassVar[tuple[type[Event], ...]] = ()
    """Every event type it may emit."""

    def begin_block(self, ctx: Context) -> None:
        """Run before the transactions of every block."""

    def end_block(self, ctx: Context) -> None:
        """Run after the transactions of every block."""

    def invariants(self, view: View) -> Iterator[str]:
        """One sentence for each invariant that does not hold."""
        yield from ()
