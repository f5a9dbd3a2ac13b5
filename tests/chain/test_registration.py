"""Registration: what an application may not look like, and the message that says so."""

import pickle
from dataclasses import dataclass, make_dataclass

import pytest

from chain.app import API_VERSION, App, execute, query
from chain.context import Context
from chain.errors import RegistrationError
from chain.records import Action, Event
from chain.registry import Registry
from chain.table import Table
from tests.chain.sample_app import Counted, Filled, Locker, Put


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


class Unseen(App):
    name = "bad"

    @query
    def total(self) -> int: ...


class Blind(App):
    name = "bad"

    @query
    def total(self, lot: str) -> int: ...


class Meddling(App):
    name = "bad"

    @query
    def total(self, ctx: Context) -> int: ...


class Unresolved(App):
    name = "bad"

    @query
    def total(self, view: "Nowhere") -> int: ...  # type: ignore[name-defined]  # noqa: F821


A_NAME = "expected 1 to 32 lower case letters, digits and underscores"
AN_API = "expected 1: written for another version of the application interface"
A_QUERY = "expected the parameters (self, view: View, ...)"
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
    (malformed(name="Bad"), f"Bad.name: got 'Bad', {A_NAME}"),
    (malformed(name=""), f"Bad.name: got '', {A_NAME}"),
    (malformed(name="a/b"), f"Bad.name: got 'a/b', {A_NAME}"),
    (malformed(name=7), f"Bad.name: got 7, {A_NAME}"),
    (malformed(name="a" * 33), f"Bad.name: got {'a' * 33!r}, {A_NAME}"),
    (malformed(api=2), f"Bad.api: got 2, {AN_API}"),
    (malformed(api=2, name="a/b", emits=None), f"Bad.api: got 2, {AN_API}"),
    (malformed(api="1"), f"Bad.api: got '1', {AN_API}"),
    (Locker, "Locker: got the class itself"),
    ([Locker()], "list: got an object of this class"),
    (Unseen(), f"Unseen.total: {A_QUERY}"),
    (Blind(), f"Blind.total: {A_QUERY}"),
    (Meddling(), f"Meddling.total: {A_QUERY}"),
    (Unresolved(), "Unresolved.total: annotations cannot be resolved (name 'Nowhere' is not defined)"),
    (malformed(emits=Filled), f"Bad.emits: got {Filled!r}, expected a tuple"),
    (malformed(emits=("Filled",)), "Bad.emits: 'Filled' is no class"),
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
    (malformed(name="bank"), "Bad.name: two applications are called 'bank', this one and Bank"),
]


@pytest.mark.parametrize(("app", "message"), REFUSALS, ids=[message[:40] for _, message in REFUSALS])
def test_a_malformed_application_is_refused_with_the_field_named(app, message):
    with pytest.raises(RegistrationError) as caught:
        Registry([app])
    first, where, expected, to_do = str(caught.value).splitlines()
    assert first == f"malformed-app: {message}"
    kind = app if isinstance(app, type) else type(app)
    named = message.partition(":")[0]
    assert where == f"  where:    {kind.__module__}:{named}"
    assert expected.startswith("  expected: ")
    assert to_do.startswith("  to do:    ")
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_the_message_of_a_malformed_application_teaches():
    with pytest.raises(RegistrationError) as caught:
        Registry([app_with(Price)])
    assert str(caught.value) == (
        "malformed-app: Bad.go: Price.value: float has no canonical encoding\n"
        "  where:    tests.chain.test_registration:Bad.go\n"
        "  expected: frozen dataclasses of int, bool, str, bytes, tuple, T | None, enumerations, Fixed"
        " and such dataclasses\n"
        "  to do:    keep a fraction as an integer of small units or as Fixed, several values as a tuple"
    )


def test_two_actions_of_one_name_are_refused():
    def named(value: object) -> type[Action]:
        return make_dataclass("Same", [("value", value)], bases=(Action,), frozen=True, slots=True)

    first, second = app_with(named(int)), app_with(named(str))
    both = type("Both", (App,), {"name": "both", "go": type(first).go, "stop": type(second).go})
    with pytest.raises(RegistrationError, match=r"^malformed-app: Both\.stop: two actions are called Same\n"):
        Registry([both()])


def test_an_application_says_which_interface_it_is_written_for():
    assert API_VERSION == 1
    assert Locker.api == API_VERSION
    with pytest.raises(RegistrationError) as caught:
        Registry([malformed(api=2)])
    assert str(caught.value) == (
        "malformed-app: Bad.api: got 2, expected 1: written for another version of the application interface\n"
        "  where:    tests.chain.test_registration:Bad.api\n"
        "  expected: 1, the interface of this Hertzchain\n"
        "  to do:    install a Hertzchain whose interface is 2, or port it and write `api = 1`"
    )


def test_an_action_belongs_to_one_application():
    class Other(App):
        name = "other"

        @execute
        def put(self, ctx: Context, action: Put) -> None: ...

    with pytest.raises(
        RegistrationError, match=r"^malformed-app: Other\.put: Put already has a method in locker"
    ):
        Registry([Locker(), Other()])


def test_a_table_inherited_by_another_application_is_refused():
    class Heir(Locker):
        name = "heir"

    Registry([Locker()])
    with pytest.raises(RegistrationError, match=r"the table already is locker/blocks/"):
        Registry([Heir()])
