"""Registration: what an application may not look like, and where its parts are found again."""

from dataclasses import dataclass, make_dataclass

import pytest

from chain.app import App, execute
from chain.bank import Bank, Transfer
from chain.codec import encode
from chain.context import Context
from chain.errors import RegistrationError
from chain.records import Action, Event
from chain.registry import MalformedAction, Registry, UndeclaredEvent, UnknownAction, UnknownQuery
from chain.table import Table
from tests.chain.sample_app import KEYS, Counted, Filled, Locker, Put, environment, found


@dataclass(frozen=True, slots=True)
class Price(Action):
    value: float


@dataclass(slots=True)
class Loose(Action):
    value: int


@dataclass(frozen=True)
class Roomy(Action):
    value: int


@dataclass(frozen=True, slots=True)
class Fine(Action):
    value: int


@dataclass(frozen=True, slots=True)
class NoAction:
    value: int


@dataclass(frozen=True, slots=True)
class Rated(Event):
    rates: list[int]


LONG = make_dataclass("L" * 33, [("value", int)], bases=(Action,), frozen=True, slots=True)


def app_with(action: object) -> App:
    class Bad(App):
        name = "bad"

        def go(self, ctx: Context, action: Action) -> None: ...

    Bad.go.__annotations__["action"] = action
    execute(Bad.go)
    return Bad()


def malformed(**members: object) -> App:
    return type("Bad", (App,), {"name": "bad", **members})()


class Unannotated(App):
    name = "bad"

    @execute
    def go(self, ctx, action): ...  # type: ignore[no-untyped-def]


class Twice(App):
    name = "bad"

    @execute
    def go(self, ctx: Context, action: Fine) -> None: ...

    @execute
    def stop(self, ctx: Context, action: Fine) -> None: ...


def table_of(key: object, value: object) -> Table:
    return Table(key, value)


REFUSALS = [
    (app_with(Price), "Bad.go: Price.value: float has no canonical encoding"),
    (app_with(Loose), "Bad.go: Loose: Loose is a mutable dataclass, expected frozen=True"),
    (app_with(Roomy), "Bad.go: Roomy is not @dataclass(frozen=True, slots=True)"),
    (app_with(NoAction), "Bad.go: NoAction is not a subclass of Action"),
    (app_with(int | None), "Bad.go: expected the parameters (self, ctx: Context, action: <an Action>)"),
    (app_with("Nowhere"), "Bad.go: annotations cannot be resolved (name 'Nowhere' is not defined)"),
    (app_with(LONG), f"Bad.go: the name {'L' * 33} is longer than 32 bytes"),
    (Unannotated(), "Unannotated.go: expected the parameters (self, ctx: Context, action: <an Action>)"),
    (Twice(), "Twice.stop: Fine already has a method in bad"),
    (malformed(name="Bad"), "Bad: name 'Bad' is not 1 to 32 lower case letters, digits and underscores"),
    (malformed(name=""), "Bad: name '' is not 1 to 32 lower case letters, digits and underscores"),
    (
        malformed(name="a" * 33),
        f"Bad: name {'a' * 33!r} is not 1 to 32 lower case letters, digits and underscores",
    ),
    (malformed(emits=(Rated,)), "Bad.emits: Rated.rates: list[int] has no canonical encoding"),
    (malformed(emits=(NoAction,)), "Bad.emits: NoAction is not a subclass of Event"),
    (malformed(lots=table_of(str, Price)), "Bad.lots: Price.value: float has no canonical encoding"),
    (
        malformed(lots=table_of(float, int)),
        "Bad.lots: <class 'float'> is no key type; use str, int, bytes or a tuple of them",
    ),
    (
        malformed(lots=table_of(tuple[str], int)),
        "Bad.lots: tuple[str] has fewer than two parts; use the part itself",
    ),
    (malformed(emits=(Filled, Counted, Filled)), "Bad.emits: two events are called Filled"),
    (malformed(name="bank"), "bank: two applications of this name"),
]


@pytest.mark.parametrize(("app", "message"), REFUSALS, ids=[message[:40] for _, message in REFUSALS])
def test_a_malformed_application_is_refused_with_the_field_named(app, message):
    with pytest.raises(RegistrationError) as caught:
        Registry([app])
    assert str(caught.value) == message


def test_an_action_belongs_to_one_application():
    class Other(App):
        name = "other"

        @execute
        def put(self, ctx: Context, action: Put) -> None: ...

    with pytest.raises(RegistrationError, match=r"Other.put: Put already has a method in locker"):
        Registry([Locker(), Other()])


def test_a_table_inherited_by_another_application_is_refused():
    class Heir(Locker):
        name = "heir"

    Registry([Locker()])
    with pytest.raises(RegistrationError, match=r"the table already is locker/blocks/"):
        Registry([Heir()])


def test_applications_are_in_name_order_with_the_bank_among_them():
    class Aaa(App):
        name = "aaa"

    assert list(Registry([Locker(), Aaa()]).apps) == ["aaa", "bank", "locker"]
    assert list(Registry().apps) == ["bank"]
    assert isinstance(Registry().apps["bank"], Bank)


def test_an_action_goes_out_and_comes_back_typed():
    registry = Registry([Locker()])
    names = registry.encode_action(Put("a", 3))
    assert names[:2] == ("locker", "Put")
    assert registry.decode_action(*names) == Put("a", 3)


def test_an_unknown_action_is_refused_and_the_known_ones_are_named():
    with pytest.raises(UnknownAction) as caught:
        Registry([Locker()]).decode_action("locker", "Steal", b"")
    known = "bank.Transfer, locker.Crash, locker.Jam, locker.Put, locker.Take"
    assert str(caught.value) == f"unknown-action: got locker.Steal, expected one of {known}"
    with pytest.raises(UnknownAction):
        Registry().encode_action(Put("a", 3))


@pytest.mark.parametrize(
    "body", [b"", b"\x90", encode(Transfer(bytes(32), 1)) + b"\x00", b"\xff", b"\x92\xc4\x01\x00\x01"]
)
def test_a_body_that_is_not_the_canonical_encoding_of_its_action_is_refused(body):
    with pytest.raises(MalformedAction, match=r"malformed-action: bank\.Transfer: Transfer"):
        Registry().decode_action("bank", "Transfer", body)


def test_true_is_not_accepted_for_the_amount_one():
    one = encode(Transfer(bytes(32), 1))
    with pytest.raises(MalformedAction, match=r"Transfer.amount: wrong-type: got True"):
        Registry().decode_action("bank", "Transfer", one[:-1] + b"\xc3")


@pytest.mark.parametrize("amount", [b"\xff", b"\xcf\x80" + bytes(7)], ids=["minus one", "2**63"])
def test_an_amount_outside_its_range_is_refused(amount):
    one = encode(Transfer(bytes(32), 1))
    with pytest.raises(MalformedAction, match=r"Transfer.amount: out-of-range"):
        Registry().decode_action("bank", "Transfer", one[:-1] + amount)


def test_an_event_goes_into_a_receipt_and_comes_back_typed():
    registry = Registry([Locker()])
    emitted = registry.encode_event("locker", Filled("a", 3))
    assert (emitted.app, emitted.event) == ("locker", "Filled")
    assert registry.decode_event(emitted) == Filled("a", 3)


def test_an_event_that_is_not_declared_is_a_bug():
    with pytest.raises(UndeclaredEvent, match="bank emitted Counted"):
        Registry().encode_event("bank", Counted(1))


def test_queries_are_answered_by_name_and_unknown_ones_refused():
    born = found()
    view = born.spec.view(born.state, environment(0))
    assert view.query("bank", "balance", KEYS[0].public) == 1_000_000
    assert view.query("locker", "content", "a") == 0
    with pytest.raises(UnknownQuery, match=r"no query locker.contents"):
        view.query("locker", "contents")


def test_the_interface_digest_follows_the_shape_of_what_is_stored():
    def digest(kind: object, version: int = 1) -> bytes:
        inner = make_dataclass("Inner", [("value", kind)], frozen=True, slots=True)
        outer = make_dataclass("Outer", [("inner", inner)], frozen=True, slots=True)
        app = type("Kept", (App,), {"name": "kept", "version": version, "rows": Table(str, outer)})()
        return Registry([app]).interface("kept")

    assert digest(int) == digest(int)
    assert len({digest(int), digest(bytes), digest(int, version=2)}) == 3
