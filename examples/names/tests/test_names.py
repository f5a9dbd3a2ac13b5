"""The register of names: who holds a name, for how long, and what it costs."""

import pytest
from apps.testing import DevChain, stateful
from chain.accounts import InsufficientBalance

from names import (
    PERIOD_BLOCKS,
    MalformedName,
    NameExpired,
    NameRegistered,
    NameRenewed,
    Names,
    NameTaken,
    NameTransferred,
    NoSuchName,
    NotHolder,
    RegisterName,
    RenewName,
    RentOutOfRange,
    TransferName,
    fee_for,
)

FUNDS = 1_000_000


def found() -> DevChain:
    return DevChain(Names(), balances={"alice": FUNDS, "bob": FUNDS})


def with_name(periods: int = 1) -> DevChain:
    """A chain at height 1, where alice holds `band-7`."""
    dev = found()
    dev.execute("alice", RegisterName("band-7", periods))
    return dev


def test_who_registers_a_free_name_holds_it() -> None:
    dev = with_name()
    assert dev.query(Names.holder, "band-7") == dev.account("alice")
    assert dev.query(Names.names_of, dev.account("alice")) == ("band-7",)
    assert dev.query(Names.names_of, dev.account("bob")) == ()
    registered = NameRegistered("band-7", dev.account("alice"), 1 + PERIOD_BLOCKS, 1_000)
    assert [happened.event for happened in dev.events] == [registered]


def test_a_name_is_registered_once() -> None:
    dev = with_name()
    with dev.refuses(NameTaken) as refused:
        dev.execute("bob", RegisterName("band-7", 1))
    assert refused.failure.message == (
        "name-taken: got 'band-7', expected a free name; this one is taken until block 101"
    )


def test_fees_are_burnt() -> None:
    dev = with_name(periods=3)
    assert dev.balance("alice") == FUNDS - 3_000
    assert dev.escrow("fees") == 3_000
    dev.mine(3 * PERIOD_BLOCKS)
    assert dev.query(Names.holder, "band-7") is None
    assert dev.escrow("fees") == 3_000


def test_short_names_are_dear() -> None:
    assert fee_for("abc", 2) == 25 * fee_for("abcd", 2) == 50_000


def test_who_cannot_pay_gets_no_name() -> None:
    dev = DevChain(Names(), balances={"alice": 999})
    with dev.refuses(InsufficientBalance):
        dev.execute("alice", RegisterName("band-7", 1))
    assert dev.query(Names.entry, "band-7") is None


@pytest.mark.parametrize("name", ["", "Band", "a b", "é", "a\0b", "a/b"])
def test_names_are_lower_case_letters_digits_and_hyphens(name: str) -> None:
    dev = found()
    with dev.refuses(MalformedName):
        dev.execute("alice", RegisterName(name, 1))


def test_a_name_lasts_to_the_end_of_its_last_block_and_is_free_in_the_next() -> None:
    dev = with_name()
    dev.mine(PERIOD_BLOCKS - 1)
    with dev.refuses(NameTaken):
        dev.execute("bob", RegisterName("band-7", 1))
    assert dev.height == 1 + PERIOD_BLOCKS
    assert dev.events[-1] == (101, "names", NameExpired("band-7", dev.account("alice")))
    dev.execute("bob", RegisterName("band-7", 1))
    assert dev.query(Names.holder, "band-7") == dev.account("bob")


def test_a_renewal_begins_where_the_rent_ends() -> None:
    dev = with_name()
    dev.mine(10)
    dev.execute("alice", RenewName("band-7", 2))
    assert dev.events[-1].event == NameRenewed("band-7", 1 + 3 * PERIOD_BLOCKS, 2_000)
    dev.mine(3 * PERIOD_BLOCKS - 12)
    assert dev.query(Names.holder, "band-7") == dev.account("alice")
    dev.mine()
    assert dev.query(Names.holder, "band-7") is None


@pytest.mark.parametrize(("periods", "most"), [(0, 10), (11, 10), (255, 10)])
def test_a_name_is_rented_for_one_to_ten_periods(periods: int, most: int) -> None:
    dev = found()
    with dev.refuses(RentOutOfRange) as refused:
        dev.execute("alice", RegisterName("band-7", periods))
    assert refused.error.args == (periods, most)


def test_a_renewal_reaches_no_further_ahead_than_a_registration() -> None:
    dev = with_name(periods=9)
    dev.mine(PERIOD_BLOCKS - 2)
    with dev.refuses(RentOutOfRange) as refused:
        dev.execute("alice", RenewName("band-7", 2))
    assert refused.error.args == (2, 1)
    dev.execute("alice", RenewName("band-7", 2))


def test_who_rented_as_far_ahead_as_possible_is_told_to_wait() -> None:
    dev = with_name(periods=10)
    with dev.refuses(RentOutOfRange) as refused:
        dev.execute("alice", RenewName("band-7", 1))
    assert str(refused.error) == (
        "rent-out-of-range: got 1 periods, expected a renewal later: the rent reaches as far as it can"
    )


def test_a_transferred_name_is_the_new_holders() -> None:
    dev = with_name()
    dev.execute("alice", TransferName("band-7", dev.account("bob")))
    assert dev.events[-1].event == NameTransferred("band-7", dev.account("alice"), dev.account("bob"))
    assert dev.query(Names.names_of, dev.account("alice")) == ()
    assert dev.query(Names.names_of, dev.account("bob")) == ("band-7",)
    with dev.refuses(NotHolder):
        dev.execute("alice", RenewName("band-7", 1))
    dev.execute("bob", RenewName("band-7", 1))


def test_a_name_can_be_transferred_to_its_holder() -> None:
    dev = with_name()
    dev.execute("alice", TransferName("band-7", dev.account("alice")))
    assert dev.query(Names.names_of, dev.account("alice")) == ("band-7",)


def test_only_its_holder_renews_and_transfers_a_name() -> None:
    dev = with_name()
    for action in (RenewName("band-7", 1), TransferName("band-7", dev.account("bob"))):
        with dev.refuses(NotHolder):
            dev.execute("bob", action)


def test_a_name_that_nobody_holds_is_named() -> None:
    dev = found()
    for action in (RenewName("band-7", 1), TransferName("band-7", dev.account("bob"))):
        with dev.refuses(NoSuchName):
            dev.execute("alice", action)


def test_names_of_one_block_expire_together() -> None:
    dev = found()
    dev.block(
        [
            ("alice", RegisterName("later", 2)),
            ("alice", RegisterName("one", 1)),
            ("bob", RegisterName("two", 1)),
        ]
    )
    dev.mine(PERIOD_BLOCKS)
    expired = [NameExpired("one", dev.account("alice")), NameExpired("two", dev.account("bob"))]
    assert [happened.event for happened in dev.events[-2:]] == expired
    assert dev.query(Names.names_of, dev.account("alice")) == ("later",)


TestAnySequence = stateful(Names, max_examples=10)
