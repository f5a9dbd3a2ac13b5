"""Genesis: the chain's id commits to everything the chain is born with."""

from dataclasses import fields, is_dataclass, replace
from enum import StrEnum

import pytest

from chain import accounts
from chain.accounts import MAX_SUPPLY, NegativeAmount, SupplyOverflow
from chain.codec import EncodeError, decode, encode
from chain.genesis import Genesis, WrongAppSet, found_chain, make_genesis
from chain.params import ChainParams
from chain.registry import Registry
from tests.chain.sample_app import BALANCE, KEYS, Locker, found

PARAMS = ChainParams("sample")


def variants(record):
    """The record with one field changed, for each field at any depth."""
    for field in fields(record):
        value = getattr(record, field.name)
        if is_dataclass(value):
            yield from (replace(record, **{field.name: inner}) for inner in variants(value))
        elif isinstance(value, StrEnum):
            others = [member for member in type(value) if member is not value]
            yield from (replace(record, **{field.name: member}) for member in others)
        else:
            yield replace(record, **{field.name: value + ("x" if isinstance(value, str) else 1)})


def test_every_parameter_changes_the_chain_id():
    changed = list(variants(PARAMS))
    ids = {found(params).spec.chain_id for params in [PARAMS, *changed]}
    assert len(changed) == 16
    assert len(ids) == len(changed) + 1


def test_every_allocation_changes_the_chain_id():
    funds = [{}, {KEYS[0].public: 1}, {KEYS[0].public: 2}, {KEYS[1].public: 1}, {k.public: 1 for k in KEYS}]
    assert len({found(allocations=each).spec.chain_id for each in funds}) == len(funds)


def test_the_application_set_and_its_versions_change_the_chain_id():
    class Newer(Locker):
        version = 2

    sets = [[], [Locker()], [Newer()]]
    assert len({found(apps=apps).spec.chain_id for apps in sets}) == len(sets)


def test_the_order_of_allocations_and_applications_does_not_matter():
    funds = {key.public: n for n, key in enumerate(KEYS)}
    backwards = dict(reversed(funds.items()))
    assert found(allocations=funds).spec.chain_id == found(allocations=backwards).spec.chain_id


def test_genesis_survives_its_encoding_and_founds_the_same_chain():
    born = found()
    again = decode(Genesis, encode(born.genesis))
    assert again == born.genesis
    assert found_chain(again, Registry([Locker()])).block == born.block


def test_genesis_pays_the_allocations_and_nothing_else():
    born = found()
    assert accounts.supply_of(born.state) == BALANCE * len(KEYS)
    assert {key: account.balance for key, account in accounts.accounts(born.state)} == {
        key.public: BALANCE for key in KEYS
    }
    assert list(accounts.broken_invariants(born.state)) == []
    born.block.check_whole()


def test_a_chain_is_not_founded_with_other_applications_than_its_genesis_names():
    genesis = make_genesis(PARAMS, {}, Registry([Locker()]))
    with pytest.raises(
        WrongAppSet, match=r"wrong-app-set: got bank version 1 .*; expected bank .*, locker version 1"
    ):
        found_chain(genesis, Registry())


def test_allocations_that_no_balance_can_hold_are_refused():
    with pytest.raises(SupplyOverflow):
        found(allocations={KEYS[0].public: MAX_SUPPLY, KEYS[1].public: 1})
    with pytest.raises((NegativeAmount, EncodeError)):
        found(allocations={KEYS[0].public: -1})
