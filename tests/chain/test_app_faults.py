"""What a careless application or a hostile action may not do: split the chain, stop it unnamed, write elsewhere."""

from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar

import pytest

from chain.accounts import account_of, broken_invariants
from chain.app import App, execute, query
from chain.codec import Hash
from chain.context import Context, View
from chain.errors import AppError
from chain.fixed import Fixed
from chain.records import MAX_EVENT_BYTES, MAX_EVENTS, Action, Event
from chain.refusals import AppCrashed
from chain.registry import MalformedAction
from chain.table import Table
from chain.transaction import sign
from chain.transition import execute_content, receipts_root
from tests.chain.sample_app import BALANCE, KEYS, MINER, Locker, environment, found, signed

ALICE = KEYS[0]


@dataclass(frozen=True, slots=True)
class Misbehave(Action):
    how: str
    divisor: int = 1

    def __post_init__(self) -> None:
        assert self.how, "say how"
        1 // self.divisor


@dataclass(frozen=True, slots=True)
class Noise(Event):
    data: bytes


@dataclass(frozen=True, slots=True)
class Terms:
    digest: Hash
    price: Fixed


class Unnamed:
    """Its text is its address."""


class OddRule(AppError):
    rule: ClassVar[str] = "é" * 40


class Careless(App):
    name = "careless"
    emits = (Noise,)
    kept = Table(str, int)

    @execute
    def misbehave(self, ctx: Context, action: Misbehave) -> None:
        self.kept.set(ctx, "seen", 1)
        getattr(self, action.how)(ctx)

    @query
    def seen(self, view: View) -> int:
        return self.kept.get(view, "seen") or 0

    @query
    def sneak(self, view: View) -> None:
        self.kept.set(view, "sneaked", 1)  # type: ignore[arg-type]

    def longest_event(self, ctx: Context) -> None:
        ctx.emit(Noise(bytes(MAX_EVENT_BYTES - 4)))

    def too_long_event(self, ctx: Context) -> None:
        ctx.emit(Noise(bytes(MAX_EVENT_BYTES - 3)))

    def too_many_events(self, ctx: Context) -> None:
        for _ in range(MAX_EVENTS + 1):
            ctx.emit(Noise(b""))

    def address(self, ctx: Context) -> None:
        raise AppError("no", (1, [Unnamed()]))

    def unordered(self, ctx: Context) -> None:
        raise AppError({"a", "b"})

    def odd_rule(self, ctx: Context) -> None:
        raise OddRule

    def surrogate(self, ctx: Context) -> None:
        raise AppError("\udc80")

    def stable(self, ctx: Context) -> None:
        raise AppError(Terms(bytes(32), Fixed.from_int(2)), (True, None, b"x"), -1)

    def surrogate_key(self, ctx: Context) -> None:
        self.kept.set(ctx, "\udc80", 1)

    def pay_nobody(self, ctx: Context) -> None:
        ctx.pay(1, b"short")

    def pay_nobody_and_go_on(self, ctx: Context) -> None:
        ctx.hold(5, "x")
        for attempt in (lambda: ctx.pay(1, b"short"), lambda: ctx.release(5, "x", b"short")):
            with suppress(AppError):
                attempt()

    def asking(self, ctx: Context) -> None:
        assert ctx.query("careless", "seen") == 1

    def writing_query(self, ctx: Context) -> None:
        ctx.query("careless", "sneak")

    def foreign_set(self, ctx: Context) -> None:
        Locker.blocks.set(ctx, "count", 7)

    def foreign_delete(self, ctx: Context) -> None:
        Locker.blocks.delete(ctx, "count")


BORN = found(apps=[Locker(), Careless()])


def run(how: str):
    return execute_content(
        BORN.spec, BORN.state, environment(), MINER, [signed(BORN, ALICE, 0, Misbehave(how))]
    )


@pytest.mark.parametrize(
    ("how", "fault"),
    [
        ("too_long_event", "EncodeError: careless.Noise: wrong-length: got 16385 bytes"),
        ("too_many_events", "EncodeError: Receipt.events: wrong-length: got 65537 events"),
        ("address", "TypeError: AppError carries a tuple, whose text differs between processes"),
        ("unordered", "TypeError: AppError carries a set, whose text differs between processes"),
        ("odd_rule", "EncodeError: Failure.rule: wrong-length"),
        ("surrogate", "EncodeError: Failure.message: not-unicode"),
        ("writing_query", "AttributeError"),
        ("foreign_set", "ForeignTable: careless wrote to the table blocks, which belongs to locker"),
        ("foreign_delete", "ForeignTable: careless wrote to the table blocks, which belongs to locker"),
    ],
)
def test_what_no_receipt_may_hold_and_no_action_may_do_stops_the_run_and_names_the_transaction(how, fault):
    with pytest.raises(AppCrashed) as caught:
        run(how)
    assert str(caught.value).startswith("application careless crashed in transaction ")
    assert fault in str(caught.value)


def test_a_refusal_may_carry_every_value_whose_text_is_the_same_everywhere():
    message = run("stable").receipts[0].failure.message
    assert message.startswith("refused: Terms(digest=b'")
    assert message.endswith("(True, None, b'x'), -1")


def test_the_longest_event_fits_its_receipt():
    executed = run("longest_event")
    assert len(executed.receipts[0].events[0].body) == MAX_EVENT_BYTES
    assert len(receipts_root(executed.receipts)) == 32


@pytest.mark.parametrize(
    ("how", "rule"), [("surrogate_key", "key-out-of-range"), ("pay_nobody", "malformed-account")]
)
def test_a_key_or_an_account_that_cannot_be_is_a_refusal(how, rule):
    executed = run(how)
    assert executed.receipts[0].failure.rule == rule
    assert account_of(executed.state, ALICE.public).balance == BALANCE - 1
    assert list(broken_invariants(executed.state)) == []


def test_a_refusal_that_an_application_catches_has_moved_no_money():
    executed = run("pay_nobody_and_go_on")
    assert executed.receipts[0].succeeded
    assert account_of(executed.state, ALICE.public).balance == BALANCE - 1 - 5
    assert list(broken_invariants(executed.state)) == []


def test_a_query_of_an_action_sees_what_the_action_has_written():
    assert run("asking").receipts[0].succeeded


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"\x92\xa0\x01", "say how"),
        (b"\x92\xa1x\x00", "integer division or modulo by zero"),
    ],
)
def test_an_action_that_its_own_class_refuses_is_an_invalid_transaction(body, reason):
    transaction = sign(ALICE, BORN.spec.chain_id, 0, 1, "careless", "Misbehave", body)
    with pytest.raises(MalformedAction, match=f"refused-by-record: got {reason}"):
        BORN.spec.registry.decode_action(transaction.app, transaction.action, transaction.body)
