"""What an application sees while it runs: a `View` to read, a `Context` to act.

Nothing else exists for it.
"""

from dataclasses import dataclass
from typing import Protocol

from chain import accounts
from chain.errors import AppError
from chain.params import ChainParams
from chain.records import Event
from chain.state import Overlay, Reader, ReadOnly


class Queries(Protocol):
    """How one application asks another (the registry answers)."""

    def query(self, view: "View", app: str, name: str, *arguments: object) -> object:
        """The result of the named query."""


@dataclass(frozen=True, slots=True)
class Environment:
    """The block in which something runs."""

    height: int
    time_ms: int
    """The block's time, milliseconds since the chain's epoch."""


class View:
    """A state of the chain, read only."""

    __slots__ = ("_queries", "environment", "params", "state")

    def __init__(
        self, state: Reader, environment: Environment, params: ChainParams, queries: Queries
    ) -> None:
        self.state = state
        self.environment = environment
        self.params = params
        self._queries = queries

    @property
    def height(self) -> int:
        """Height of the block."""
        return self.environment.height

    @property
    def time_ms(self) -> int:
        """Time of the block, milliseconds since the chain's epoch."""
        return self.environment.time_ms

    def balance(self, public_key: bytes) -> int:
        """Spendable base units of an account."""
        return accounts.account_of(self.state, public_key).balance

    def nonce(self, public_key: bytes) -> int:
        """Number of transactions an account has sent."""
        return accounts.account_of(self.state, public_key).nonce

    def escrow(self, app: str, label: str) -> int:
        """Base units held in an application's escrow account."""
        return accounts.escrow_of(self.state, app, label)

    def query(self, app: str, name: str, *arguments: object) -> object:
        """The answer of another application's query."""
        return self._queries.query(self, app, name, *arguments)


HOOK_SENDER = bytes(32)
"""Sender of a block hook: nobody."""


class NobodyPays(Exception):
    """A bug in an application: a block hook asked its sender for money, and it has none. Args: app."""

    def __str__(self) -> str:
        return f"a block hook of {self.args[0]} cannot pay or hold: it has no sender; release from escrow instead"


class Context(View):
    """One execution: an action of `sender`, or a block hook (`sender` is then `HOOK_SENDER`)."""

    __slots__ = ("app", "events", "sender", "state")

    state: Overlay

    def __init__(
        self,
        state: Overlay,
        environment: Environment,
        params: ChainParams,
        queries: Queries,
        app: str,
        sender: bytes,
    ) -> None:
        super().__init__(state, environment, params, queries)
        self.state: Overlay = state
        self.app = app
        self.sender = sender
        self.events: list[Event] = []

    def query(self, app: str, name: str, *arguments: object) -> object:
        """The answer of another application's query, which sees what was written so far and cannot write."""
        view = View(ReadOnly(self.state), self.environment, self.params, self._queries)
        return self._queries.query(view, app, name, *arguments)

    def emit(self, event: Event) -> None:
        """Put a typed fact into the receipt; it is dropped if the action is refused."""
        self.events.append(event)

    def hold(self, amount: int, label: str) -> None:
        """Move `amount` from the sender into `escrow/<app>/<label>`.

        Raises InsufficientBalance, NegativeAmount.
        """
        self._check_payer()
        accounts.debit(self.state, self.sender, amount)
        accounts.change_escrow(self.state, self.app, label, amount)

    def release(self, amount: int, label: str, to: bytes) -> None:
        """Move `amount` from `escrow/<app>/<label>` to an account.

        Raises InsufficientBalance, NegativeAmount, MalformedAccount.
        """
        if amount < 0:
            raise accounts.NegativeAmount(amount)
        accounts.check_account(to)
        accounts.change_escrow(self.state, self.app, label, -amount)
        accounts.credit(self.state, to, amount)

    def pay(self, amount: int, to: bytes) -> None:
        """Move `amount` from the sender to an account.

        Raises InsufficientBalance, NegativeAmount, MalformedAccount.
        """
        self._check_payer()
        # First: an application that catches the refusal must find nothing moved.
        accounts.check_account(to)
        accounts.debit(self.state, self.sender, amount)
        accounts.credit(self.state, to, amount)

    def _check_payer(self) -> None:
        """Anyone may send coins to the zero key; a hook that spent them would be a surprise to all."""
        if self.sender == HOOK_SENDER:
            raise NobodyPays(self.app)

    def require(self, condition: bool, error: AppError) -> None:
        """Raise `error` unless `condition` holds."""
        if not condition:
            raise error
