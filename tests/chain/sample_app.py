"""A small application for tests: boxes that hold coins, a hook that counts blocks, and ways to make both fail."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from chain.app import App, execute, query
from chain.bank import Transfer
from chain.codec import U32, Amount, PublicKey
from chain.context import Context, Environment, View
from chain.errors import AppError
from chain.genesis import Born, found_chain, make_genesis
from chain.keys import SigningKey
from chain.params import ChainParams
from chain.records import Action, Event
from chain.registry import Registry
from chain.table import Table
from chain.transaction import Transaction, sign

KEYS = [SigningKey.from_seed(bytes([number]) * 32) for number in range(1, 9)]
MINER = SigningKey.from_seed(b"m" * 32).public
BALANCE = 1_000_000


@dataclass(frozen=True, slots=True)
class Put(Action):
    label: str
    amount: Amount


@dataclass(frozen=True, slots=True)
class Take(Action):
    label: str


@dataclass(frozen=True, slots=True)
class Jam(Action):
    """The hook refuses from now on."""


@dataclass(frozen=True, slots=True)
class Crash(Action):
    """A bug in the application."""


@dataclass(frozen=True, slots=True)
class Filled(Event):
    label: str
    amount: Amount


@dataclass(frozen=True, slots=True)
class Counted(Event):
    blocks: U32


@dataclass(frozen=True, slots=True)
class Box:
    owner: PublicKey
    amount: Amount


class BoxTaken(AppError):
    rule: ClassVar[str] = "box-taken"


class NotYours(AppError):
    rule: ClassVar[str] = "not-yours"


class Jammed(AppError):
    rule: ClassVar[str] = "jammed"


class Locker(App):
    name = "locker"
    emits = (Filled, Counted)
    boxes = Table(str, Box)
    blocks = Table(str, int)

    @execute
    def put(self, ctx: Context, action: Put) -> None:
        # The box is written before the money is asked for: a refusal must take it back.
        taken = self.boxes.get(ctx, action.label) is not None
        self.boxes.set(ctx, action.label, Box(ctx.sender, action.amount))
        ctx.emit(Filled(action.label, action.amount))
        ctx.require(not taken, BoxTaken(action.label))
        ctx.hold(action.amount, action.label)

    @execute
    def take(self, ctx: Context, action: Take) -> None:
        box = self.boxes.get(ctx, action.label)
        if box is None or box.owner != ctx.sender:
            raise NotYours(action.label)
        self.boxes.delete(ctx, action.label)
        ctx.release(box.amount, action.label, ctx.sender)

    @execute
    def jam(self, ctx: Context, action: Jam) -> None:
        self.blocks.set(ctx, "jammed", 1)

    @execute
    def crash(self, ctx: Context, action: Crash) -> None:
        self.blocks.set(ctx, "crashed", 1)
        raise ZeroDivisionError("a bug")

    @query
    def content(self, view: View, label: str) -> int:
        box = self.boxes.get(view, label)
        return 0 if box is None else box.amount

    def end_block(self, ctx: Context) -> None:
        blocks = (self.blocks.get(ctx, "count") or 0) + 1
        self.blocks.set(ctx, "count", blocks)
        ctx.emit(Counted(blocks))
        if self.blocks.get(ctx, "jammed"):
            raise Jammed(blocks)

    def invariants(self, view: View) -> Iterator[str]:
        for label, box in self.boxes.scan(view):
            if view.escrow(self.name, label) != box.amount:
                yield f"box {label} holds {box.amount}, its escrow {view.escrow(self.name, label)}"


def found(
    params: ChainParams | None = None,
    apps: Iterable[App] | None = None,
    allocations: Mapping[bytes, int] | None = None,
) -> Born:
    """A chain with the locker on which every key of `KEYS` owns `BALANCE`."""
    registry = Registry([Locker()] if apps is None else apps)
    funds = {key.public: BALANCE for key in KEYS} if allocations is None else allocations
    return found_chain(make_genesis(params or ChainParams("sample"), funds, registry), registry)


def signed(born: Born, key: SigningKey, nonce: int, action: Action, fee: int = 1) -> Transaction:
    return sign(key, born.spec.chain_id, nonce, fee, *born.spec.registry.encode_action(action))


def transfer(
    born: Born, key: SigningKey, nonce: int, to: SigningKey = KEYS[0], amount: int = 1, fee: int = 1
) -> Transaction:
    return signed(born, key, nonce, Transfer(to.public, amount), fee)


def environment(height: int = 1) -> Environment:
    return Environment(height, height * 1_000)
