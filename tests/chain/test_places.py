"""Places: from the bytes of a key in the state map back to what it stands for."""

from dataclasses import dataclass

import pytest

from chain.accounts import ACCOUNTS, Account, change_escrow, mint, put_account
from chain.app import App
from chain.context import Context, Environment
from chain.params import ChainParams
from chain.places import Place, place_of, record_at
from chain.registry import Registry
from chain.state import Overlay
from chain.table import Table
from chain.trie import Trie

KEY = bytes(range(32))


@dataclass(frozen=True, slots=True)
class Price:
    amount: int


class Shop(App):
    name = "shop"
    prices = Table(str, Price)
    price = Table(tuple[int, bytes], Price)


class Shoppers(App):
    name = "shop_2"
    prices = Table(str, Price)


SHOP = Shop()
REGISTRY = Registry([SHOP, Shoppers()])


def draft() -> Context:
    return Context(Overlay(Trie()), Environment(1, 0), ChainParams("places"), REGISTRY, "shop", KEY)


def only_path(ctx: Context) -> bytes:
    (path,) = ctx.state.writes
    return path


@pytest.mark.parametrize("key", ["", "milk", "a/b", "shop_2/prices/"])
def test_a_record_is_found_in_its_table_under_its_key(key: str):
    ctx = draft()
    SHOP.prices.set(ctx, key, Price(3))
    path = only_path(ctx)
    assert place_of(REGISTRY, path) == Place("shop", "prices", key)
    assert record_at(REGISTRY, ctx.state, path) == Price(3)
    ctx.state.delete(path)
    assert record_at(REGISTRY, ctx.state, path) is None


def test_tables_whose_names_begin_alike_are_told_apart():
    ctx = draft()
    SHOP.price.set(ctx, (7, b"s/x"), Price(4))
    assert place_of(REGISTRY, only_path(ctx)) == Place("shop", "price", (7, b"s/x"))
    assert place_of(REGISTRY, b"shop_2/prices/x") == Place("shop_2", "prices", "x")


def test_accounts_escrows_and_the_supply_are_the_banks():
    ctx = draft()
    put_account(ctx.state, KEY, Account(5, 2))
    change_escrow(ctx.state, "shop", "till/1", 9)
    mint(ctx.state, 14)
    found = {path: place_of(REGISTRY, path) for path in ctx.state.writes}
    records = [(place, record_at(REGISTRY, ctx.state, path)) for path, place in found.items()]
    assert records == [
        (Place("bank", "accounts", KEY), Account(5, 2)),
        (Place("bank", "escrow", ("shop", "till/1")), 9),
        (Place("bank", "supply", None), 14),
    ]


@pytest.mark.parametrize(
    "path",
    [
        b"",
        b"shop",
        b"shop/prices",
        b"shop/unknown/x",
        b"other/prices/x",
        b"\xff/prices/x",
        b"shop/prices/\xff",
        b"shop/price/\0\0\0",
        b"bank/other",
        ACCOUNTS + KEY[1:],
    ],
)
def test_a_key_that_no_table_has_stands_for_nothing_and_its_value_stays_bytes(path: bytes):
    ctx = draft()
    ctx.state.set(path, b"\x01")
    assert place_of(REGISTRY, path) is None
    assert record_at(REGISTRY, ctx.state, path) == b"\x01"
