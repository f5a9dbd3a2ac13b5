"""Tables: typed records under ordered keys."""

from dataclasses import dataclass, make_dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.codec import EncodeError
from chain.errors import RegistrationError
from chain.state import Overlay
from chain.table import KeyOutOfRange, Table
from chain.trie import Trie


@dataclass(frozen=True, slots=True)
class Item:
    number: int


@dataclass(slots=True)
class Draft:
    """What a table needs of a context."""

    state: Overlay
    app: str = "app"


def table(key: Any, name: str = "items") -> Table[Any, Item]:
    made: Table[Any, Item] = Table(key, Item)
    made.__set_name__(object, name)
    made.bind("app")
    return made


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)
NUMBER = st.integers(0, 2**64 - 1) | st.integers(0, 300)
KINDS = [
    (str, TEXT),
    (int, NUMBER),
    (bytes, st.binary(max_size=6)),
    (tuple[str, int], st.tuples(TEXT, NUMBER)),
    (tuple[int, str], st.tuples(NUMBER, TEXT)),
    (tuple[str, str, int], st.tuples(TEXT, TEXT, NUMBER)),
    (tuple[int, bytes], st.tuples(NUMBER, st.binary(max_size=4))),
    (tuple[bytes, int], st.tuples(st.binary(min_size=3, max_size=3), NUMBER)),
]


@pytest.mark.parametrize(("kind", "keys"), KINDS, ids=str)
@given(data=st.data())
def test_a_scan_gives_every_record_in_the_order_of_its_key(kind, keys, data):
    wanted = data.draw(st.dictionaries(keys, st.integers(0, 9), max_size=8))
    items, ctx = table(kind), Draft(Overlay(Trie()))
    for key, number in wanted.items():
        items.set(ctx, key, Item(number))
    assert list(items.scan(ctx)) == [(key, Item(wanted[key])) for key in sorted(wanted)]
    assert all(items.get(ctx, key) == Item(number) for key, number in wanted.items())
    start = data.draw(keys)
    assert [key for key, _ in items.scan(ctx, start)] == sorted(key for key in wanted if key >= start)


def test_a_deleted_record_is_gone_and_an_absent_one_can_be_deleted():
    items, ctx = table(str), Draft(Overlay(Trie()))
    items.set(ctx, "a", Item(1))
    items.delete(ctx, "a")
    items.delete(ctx, "b")
    assert items.get(ctx, "a") is None
    assert list(items.scan(ctx)) == []


def test_tables_whose_names_begin_alike_do_not_mix():
    ctx = Draft(Overlay(Trie()))
    table(str, "lot").set(ctx, "s/x", Item(1))
    assert list(table(str, "lots").scan(ctx)) == []


def test_a_loop_over_a_scan_may_write():
    items, ctx = table(int), Draft(Overlay(Overlay(Trie())))
    for number in range(5):
        items.set(ctx, number, Item(number))
    ctx.state.merge_down()
    for number, item in items.scan(ctx):
        items.delete(ctx, number)
        items.set(ctx, number + 100, item)
    assert [key for key, _ in items.scan(ctx)] == [100, 101, 102, 103, 104]


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        *[(int, -1), (int, 2**64), (int, True), (int, "1"), (str, "a\0b"), (str, b"a"), (bytes, "a")],
        *[(tuple[str, int], ("a",)), (tuple[str, int], "a"), (tuple[str, int], ("a", -1))],
    ],
)
def test_a_key_without_an_ordered_encoding_is_refused(kind, key):
    with pytest.raises(KeyOutOfRange, match="key-out-of-range: table items got"):
        table(kind).get(Draft(Overlay(Trie())), key)


def test_a_value_of_another_type_is_refused():
    other = make_dataclass("Other", [("number", int)], frozen=True, slots=True)
    with pytest.raises(EncodeError, match="Item"):
        table(str).set(Draft(Overlay(Trie())), "a", other(1))


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (float, "<class 'float'> is no key type; use str, int, bytes or a tuple of them"),
        (tuple[bytes, str], "bytes inside a key come last, or before integers only"),
        (tuple[bytes, bytes], "bytes inside a key come last, or before integers only"),
    ],
)
def test_a_key_type_without_an_ordered_encoding_is_refused(kind, message):
    with pytest.raises(RegistrationError) as caught:
        table(kind)
    assert str(caught.value) == message


def test_a_table_belongs_to_one_application():
    shared = table(str)
    shared.bind("app")
    with pytest.raises(RegistrationError) as caught:
        shared.bind("other")
    assert str(caught.value) == "the table already is app/items/; another application needs its own"


@pytest.mark.parametrize(("kind", "keys"), KINDS, ids=str)
@given(data=st.data())
def test_a_path_gives_back_its_key_and_what_is_no_path_of_the_table_gives_none(kind, keys, data):
    items, ctx = table(kind), Draft(Overlay(Trie()))
    key = data.draw(keys)
    items.set(ctx, key, Item(3))
    ((path, value),) = ctx.state.writes.items()
    assert items.holds(path)
    assert items.key_at(path) == key
    assert value is not None
    assert items.record(value) == Item(3)
    assert table(kind, "other").key_at(path) is None
    assert not table(kind, "other").holds(path)
    other = b"app/items/" + data.draw(st.binary(max_size=20))
    found = items.key_at(other)
    if found is not None:
        items.set(ctx, found, Item(4))
        assert other in ctx.state.writes
