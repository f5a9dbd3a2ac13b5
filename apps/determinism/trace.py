"""A trace: what a chain was asked to do, enough to do all of it again somewhere else.

trace = trace_of(dev)
assert replay_twice(trace) is None
"""

import inspect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Protocol

from chain.app import App
from chain.bank import Bank
from chain.codec import MaxLen, Millis, PublicKey
from chain.errors import has_stable_text
from chain.genesis import Genesis
from chain.records import Receipt
from chain.registry import Registry
from chain.state import Reader
from chain.transaction import Transaction

Bytes = Annotated[bytes, MaxLen(2**24)]
"""A key or a value of the state, of any length that there is."""


class NotReplayable(Exception):
    """An application that another process cannot make again. Args: `module:Class`, why."""

    def __str__(self) -> str:
        where, why = self.args
        return f"{where} cannot be replayed in another process: {why}"


@dataclass(frozen=True, slots=True)
class TracedBlock:
    """A block: what was asked for, and what answers were given."""

    time_ms: Millis
    miner: PublicKey
    transactions: Annotated[tuple[Annotated[bytes, MaxLen(65_536)], ...], MaxLen(65_536)]
    """Encoded, in order."""
    receipts: Annotated[tuple[Receipt, ...], MaxLen(65_536)]
    """Those of hooks among them, in the order of execution."""


@dataclass(frozen=True, slots=True)
class Trace:
    """A chain from genesis on. It has a canonical encoding."""

    apps: tuple[str, ...]
    """`module:Class` of every application but the bank, which is always there."""
    genesis: Genesis
    """Parameters and allocations."""
    blocks: Annotated[tuple[TracedBlock, ...], MaxLen(2**20)]
    state: Annotated[tuple[tuple[Bytes, Bytes], ...], MaxLen(2**24)]
    """(key, value) of the whole state after the last block, in key order."""


class RecordedBlock(Protocol):
    """A block, as far as a trace needs it."""

    @property
    def time_ms(self) -> int:
        """Milliseconds since genesis."""

    @property
    def miner(self) -> bytes:
        """Public key."""

    @property
    def transactions(self) -> Sequence[Transaction]:
        """In order."""

    @property
    def receipts(self) -> Iterable[Receipt]:
        """In the order of execution."""


class RecordedState(Protocol):
    """A moment of a chain that remembers its blocks."""

    @property
    def trie(self) -> Reader:
        """The state."""

    def blocks(self, after: int) -> Sequence[RecordedBlock]:
        """The blocks above height `after`, oldest first."""


class Recording(Protocol):
    """A chain that can be traced: `apps.testing.DevChain` is one."""

    @property
    def genesis(self) -> Genesis:
        """What it was founded with."""

    @property
    def registry(self) -> Registry:
        """Its applications."""

    @property
    def state(self) -> RecordedState:
        """Its head."""


def trace_of(chain: Recording) -> Trace:
    """Everything that `chain` did from genesis to its head. Raises NotReplayable."""
    apps = [app for app in chain.registry.apps.values() if not isinstance(app, Bank)]
    blocks = [
        TracedBlock(
            block.time_ms,
            block.miner,
            tuple(transaction.encoded for transaction in block.transactions),
            tuple(block.receipts),
        )
        for block in chain.state.blocks(0)
    ]
    return Trace(tuple(map(_name_of, apps)), chain.genesis, tuple(blocks), tuple(chain.state.trie.scan()))


def _name_of(app: App) -> str:
    kind = type(app)
    name = f"{kind.__module__}:{kind.__qualname__}"
    if kind.__module__ == "__main__" or "<" in kind.__qualname__:
        raise NotReplayable(
            name, "got a class inside a function or a script, expected one at the top of a module"
        )
    _check_settings(name, app)
    return name


def _check_settings(name: str, app: App) -> None:
    """The other process calls the class without arguments; that must give the same application."""
    parameters = inspect.signature(type(app)).parameters.values()
    if any(
        one.default is one.empty and one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)
        for one in parameters
    ):
        raise NotReplayable(name, "its constructor needs arguments, expected a default for each")
    if not parameters:
        return
    for attribute, usual in vars(type(app)()).items():
        got = vars(app)[attribute]
        if has_stable_text(usual) and got != usual:
            raise NotReplayable(name, f"got {attribute} = {got!r}, expected {usual!r}, which a new one has")
