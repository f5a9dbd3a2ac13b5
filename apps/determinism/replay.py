"""Executes a trace again, step by step, by the functions of the production transition.

A step is the hooks before a block's transactions, one transaction, or the hooks after them with the miner's reward.
Signatures are not checked again: they cannot change what a transaction does.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Annotated

from apps.determinism.trace import Bytes, Trace, TracedBlock
from chain.app import App
from chain.codec import Height, MaxLen
from chain.context import Environment
from chain.errors import InvalidTransaction
from chain.genesis import found_chain
from chain.records import Receipt
from chain.refusals import AppCrashed
from chain.registry import Registry
from chain.state import Overlay
from chain.transaction import Transaction
from chain.transition import ChainSpec, apply_transaction, pay_miner, run_hooks
from chain.trie import Trie

_MOST_SAID = 10_000
BEFORE, AFTER = "begin_block", "end_block"


@dataclass(frozen=True, slots=True)
class Step:
    """What one step did to the state. It has a canonical encoding, by which two runs are compared."""

    height: Height
    doing: str
    """`begin_block`, `end_block`, or the position of the transaction."""
    writes: Annotated[tuple[tuple[Bytes, Bytes | None], ...], MaxLen(2**24)] = ()
    """(key, value) in key order; None deletes."""
    receipts: Annotated[tuple[Receipt, ...], MaxLen(65_536)] = ()
    crash: Annotated[str, MaxLen(65_536)] = ""
    """Why nothing follows; empty where it went well."""


def load_apps(trace: Trace) -> list[App]:
    """The applications of a trace, made anew. Raises ImportError, AttributeError."""
    return [_load(name)() for name in trace.apps]


def replay(trace: Trace, apps: Iterable[App]) -> Iterator[Step]:
    """Every step from genesis on, up to the first crash. Raises WrongAppSet."""
    born = found_chain(trace.genesis, Registry(apps))
    state = born.state
    for height, block in enumerate(trace.blocks, 1):
        run = _BlockRun(born.spec, state, Environment(height, block.time_ms))
        yield from run.steps(block)
        if run.crashed:
            return
        state = run.state


class _BlockRun:
    """The execution of one block."""

    def __init__(self, spec: ChainSpec, state: Trie, environment: Environment) -> None:
        self.spec = spec
        self.state = state
        self.environment = environment
        self.draft = Overlay(state)
        self.crashed = False

    def steps(self, block: TracedBlock) -> Iterator[Step]:
        """The steps of `block`; `state` is then the state after it."""
        fees = 0
        yield self._step(BEFORE, lambda layer: self._hooks(layer, BEFORE))
        for position, encoded in enumerate(block.transactions):
            if not self.crashed:
                transaction = Transaction.from_bytes(encoded)
                yield self._transaction_step(position, transaction)
                fees += transaction.fee
        if not self.crashed:
            yield self._last_step(block.miner, fees)

    def _transaction_step(self, position: int, transaction: Transaction) -> Step:
        return self._step(
            str(position),
            lambda layer: [apply_transaction(self.spec, layer, self.environment, transaction, _trust)],
        )

    def _last_step(self, miner: bytes, fees: int) -> Step:
        def run(layer: Overlay) -> list[Receipt]:
            receipts = self._hooks(layer, AFTER)
            pay_miner(self.spec, layer, self.environment.height, miner, fees)
            return receipts

        step = self._step(AFTER, run)
        self.state = self.state.updated(self.draft.writes)
        return step

    def _hooks(self, layer: Overlay, hook: str) -> list[Receipt]:
        return run_hooks(self.spec, layer, self.environment, hook)

    def _step(self, doing: str, run: Callable[[Overlay], list[Receipt]]) -> Step:
        layer, height = Overlay(self.draft), self.environment.height
        try:
            receipts = run(layer)
        except (AppCrashed, InvalidTransaction) as error:
            self.crashed = True
            return Step(height, doing, crash=str(error)[:_MOST_SAID])
        writes = tuple(sorted(layer.writes.items()))
        layer.merge_down()
        return Step(height, doing, writes, tuple(receipts))


def _load(name: str) -> type[App]:
    module, _, qualified = name.partition(":")
    found: object = import_module(module)
    for part in qualified.split("."):
        found = getattr(found, part)
    assert isinstance(found, type), f"{name} is no class"
    assert issubclass(found, App), f"{name} is no application"
    return found


def _trust(transaction: Transaction) -> None:
    """Accept the signature."""
