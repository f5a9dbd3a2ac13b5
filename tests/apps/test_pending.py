"""What an agent remembers of its actions: when one is due again, and when never."""

import pytest

from apps.agent import Fate, Status
from apps.pending import MOST_REFUSALS, PATIENCE_BLOCKS, Pending
from chain.bank import Transfer

PAY, OTHER = Transfer(bytes(32), 1), Transfer(bytes(32), 2)


@pytest.fixture
def pending() -> Pending:
    return Pending()


def test_what_is_on_its_way_is_not_due_until_patience_ends(pending: Pending) -> None:
    assert pending.due([PAY], 1) == (PAY,)
    assert pending.due([PAY, OTHER], PATIENCE_BLOCKS) == (OTHER,)
    assert pending.due([PAY, OTHER], PATIENCE_BLOCKS + 1) == (PAY,)


def test_what_was_carried_out_is_due_again_if_it_is_wanted_again(pending: Pending) -> None:
    pending.due([PAY], 1)
    pending.note([Fate(PAY, Status.CONFIRMED, None)], 2)
    assert pending.due([PAY], 2) == (PAY,)


def test_what_a_reorganisation_took_out_is_on_its_way_again(pending: Pending) -> None:
    pending.due([PAY], 1)
    pending.note([Fate(PAY, Status.CONFIRMED, None), Fate(PAY, Status.UNCONFIRMED, None)], 3)
    assert pending.due([PAY], 3) == ()


def test_what_is_refused_again_and_again_is_given_up(pending: Pending) -> None:
    for _ in range(MOST_REFUSALS):
        assert not pending.refused_for_good(PAY)
        assert pending.due([PAY], 1) == (PAY,)
        pending.note([Fate(PAY, Status.REFUSED, None)], 1)
    assert pending.refused_for_good(PAY)
    assert pending.due([PAY, OTHER], 1) == (OTHER,)
