"""Licences and the interference they add up to: expiry, revocation, and decisions that know all sharers."""

import pytest

from apps.coordination.actions import ChData, OpenZone, RevokeLicence, TxData, Verdict
from apps.coordination.app import Coordination
from apps.coordination.events import LicenceExpired, LicenceRevoked
from apps.testing import DevChain, account_of
from tests.apps.coordination.contract_scene import (
    ASK,
    DEADLINES,
    PAPER,
    ask_data,
    collect,
    decided,
    decision_of,
    deliver,
    found,
    grade,
    happened,
    pay,
    record_of,
    refuse,
    result,
    status_of,
    terms,
    vote,
)


def sharing(chain: DevChain) -> list[tuple[str, int, bool]]:
    return [
        (sharer.request, sharer.power_cdbm, sharer.licensed)
        for sharer in chain.query(Coordination.sharers, "campus")
    ]


def both(chain: DevChain) -> None:
    """Two requests, both graded."""
    for request in ("one", "two"):
        collect(chain, request)
        grade(chain, request=request)


def test_a_licence_says_what_was_granted_and_until_when() -> None:
    chain = decided(verdict=Verdict.REDUCE)
    licence = chain.query(Coordination.licence, "one")
    assert licence is not None
    assert (licence.holder, licence.ask, licence.power_cdbm) == (account_of("buyer"), ASK, 1495)
    assert licence.expires_at == chain.height + ASK.licence_blocks
    assert licence.result == record_of(chain).result


def test_a_licence_ends_after_its_last_block() -> None:
    chain = decided()
    chain.mine(ASK.licence_blocks - 1)
    assert sharing(chain) == [("one", 2300, True)]
    chain.mine()
    assert sharing(chain) == []
    assert [event.request for event in happened(chain, LicenceExpired)] == ["one"]
    assert refuse(chain, "registrar", RevokeLicence("one")) == "no-licence"


@pytest.mark.parametrize("who", ["registrar", "buyer"])
def test_registrar_and_holder_may_end_a_licence(who: str) -> None:
    chain = decided(terms(providers=("rsp",)))
    assert refuse(chain, "rsp", RevokeLicence("one")) == "not-revoker"
    assert refuse(chain, "ca", RevokeLicence("one")) == "not-revoker"
    chain.execute(who, RevokeLicence("one"))
    licence = chain.query(Coordination.licence, "one")
    assert licence is not None
    assert (licence.revoked, licence.ended_at) == (True, chain.height)
    assert sharing(chain) == []
    assert [event.by for event in happened(chain, LicenceRevoked)] == [account_of(who)]
    assert refuse(chain, who, RevokeLicence("one")) == "no-licence"
    chain.mine(ASK.licence_blocks)
    assert happened(chain, LicenceExpired) == []


def test_a_provider_may_where_the_zone_lets_it() -> None:
    chain = decided(terms(providers=("rsp",), providers_revoke=True))
    assert refuse(chain, "other", RevokeLicence("one")) == "not-revoker"
    chain.execute("rsp", RevokeLicence("one"))
    assert sharing(chain) == []


def test_a_decision_must_know_every_sharer_that_was_certified_before() -> None:
    chain = found()
    both(chain)
    result(chain, request="one")
    assert refuse(chain, "ca", ChData("two", decision_of())) == "stale-aggregate"
    assert refuse(chain, "ca", ChData("two", decision_of(aggregate=2))) == "stale-aggregate"
    result(chain, Verdict.REDUCE, request="two", aggregate=1)
    assert sharing(chain) == [("one", 2300, True), ("two", 1495, True)]


def test_one_that_is_voted_on_counts_until_it_is_denied() -> None:
    chain = found(terms(providers=("rsp",), unanimity=True))
    both(chain)
    result(chain, request="one")
    assert sharing(chain) == [("one", 2300, False)]
    assert refuse(chain, "ca", ChData("two", decision_of())) == "stale-aggregate"
    vote(chain, "rsp", approve=False)
    assert sharing(chain) == []


def test_a_denial_changes_nothing_for_others() -> None:
    chain = found()
    both(chain)
    result(chain, Verdict.DENY, request="one")
    result(chain, request="two")
    assert sharing(chain) == [("two", 2300, True)]


def test_a_ballot_that_has_become_stale_is_cast_anew() -> None:
    chain = found(terms(agencies=("ca", "ca2"), quorum=2))
    for request in ("one", "two"):
        collect(chain, request)
        grade(chain, ("ca", "ca2"), request)
    result(chain, agencies=("ca",), request="two")
    result(chain, agencies=("ca", "ca2"), request="one")
    result(chain, agencies=("ca2",), request="two", aggregate=1)
    assert status_of(chain, "two") == "YYYYNN"
    result(chain, agencies=("ca",), request="two", aggregate=1)
    assert status_of(chain, "two") == "YYYYYN"


def test_zones_do_not_share_their_sharers() -> None:
    chain = decided()
    chain.execute("other", OpenZone("campus 2", PAPER))
    assert chain.query(Coordination.sharers, "campus 2") == ()
    assert chain.query(Coordination.sharers, "camp") == ()


def test_what_is_open_is_listed_by_its_deadline() -> None:
    chain = found()
    ask_data(chain, "one")
    pay(chain, "two")
    assert [name for name, _ in chain.query(Coordination.open_requests)] == ["one", "two"]
    chain.execute("ca", TxData("two"))
    deliver(chain, request="one")
    assert [name for name, _ in chain.query(Coordination.open_requests)] == ["two", "one"]
    chain.mine(DEADLINES.data_blocks)
    assert [name for name, _ in chain.query(Coordination.open_requests)] == ["one"]
