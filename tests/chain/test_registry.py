"""The registry: where the parts of the applications are found again, and in which order they stand."""

from dataclasses import make_dataclass

import pytest

from chain.app import App
from chain.bank import Bank, Transfer
from chain.codec import encode
from chain.registry import MalformedAction, Registry, UndeclaredEvent, UnknownAction, UnknownQuery
from chain.table import Table
from tests.chain.sample_app import KEYS, Counted, Filled, Locker, Put, environment, found


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
    known = "expected one of bank.balance, locker.content"
    with pytest.raises(UnknownQuery, match=rf"^no query locker\.contents, {known}$"):
        view.query("locker", "contents")
    assert born.spec.registry.answer("locker", "content")(view, "a") == 0


def test_the_interface_digest_follows_the_shape_of_what_is_stored():
    def digest(kind: object, version: int = 1) -> bytes:
        inner = make_dataclass("Inner", [("value", kind)], frozen=True, slots=True)
        outer = make_dataclass("Outer", [("inner", inner)], frozen=True, slots=True)
        app = type("Kept", (App,), {"name": "kept", "version": version, "rows": Table(str, outer)})()
        return Registry([app]).interface("kept")

    assert digest(int) == digest(int)
    assert len({digest(int), digest(bytes), digest(int, version=2)}) == 3
