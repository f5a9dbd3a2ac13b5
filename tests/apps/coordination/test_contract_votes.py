"""Unanimity of the incumbents: every one must have approved, silence is a refusal."""

from dataclasses import replace

from apps.coordination.actions import RewCoin, Verdict, Vote
from apps.coordination.app import Coordination
from apps.coordination.events import LicenceGranted
from apps.coordination.stages import Cause, Stage
from apps.testing import DevChain, account_of
from tests.apps.coordination.contract_scene import (
    DEADLINES,
    decided,
    happened,
    record_of,
    refuse,
    reward,
    status_of,
    terms,
    vote,
)

UNANIMOUS = terms(providers=("rsp", "rsp2"), unanimity=True)


def denied(chain: DevChain) -> Cause:
    """Why, although the agencies would have granted it."""
    record = record_of(chain)
    assert record.decision is not None
    assert (record.decision.verdict, record.verdict) == (Verdict.GRANT, Verdict.DENY)
    assert chain.query(Coordination.licence, "one") is None
    assert chain.query(Coordination.sharers, "campus") == ()
    return record.cause


def test_a_licence_needs_every_provider() -> None:
    chain = decided(UNANIMOUS)
    assert (record_of(chain).stage, status_of(chain)) == (Stage.VOTING, "YYYYNN")
    assert refuse(chain, "ss", RewCoin("one")) == "wrong-stage"
    vote(chain, "rsp2")
    assert happened(chain, LicenceGranted) == []
    vote(chain, "rsp")
    assert status_of(chain) == "YYYYYN"
    assert len(happened(chain, LicenceGranted)) == 1
    assert [key for key, _ in chain.query(Coordination.votes_of, "one")] == list(
        map(account_of, ("rsp", "rsp2"))
    )


def test_one_refusal_denies_at_once() -> None:
    chain = decided(UNANIMOUS)
    vote(chain, "rsp")
    vote(chain, "rsp2", approve=False)
    assert denied(chain) is Cause.PROVIDER_REFUSED
    reward(chain)
    assert status_of(chain) == "YYYYYY"


def test_a_missing_vote_denies_at_the_deadline() -> None:
    chain = decided(UNANIMOUS)
    vote(chain, "rsp")
    chain.mine(DEADLINES.vote_blocks - 2)
    assert record_of(chain).stage is Stage.VOTING
    chain.mine()
    assert denied(chain) is Cause.VOTE_MISSING


def test_no_votes_are_no_approval() -> None:
    chain = decided(UNANIMOUS)
    chain.mine(DEADLINES.vote_blocks)
    assert denied(chain) is Cause.VOTE_MISSING


def test_what_the_agencies_deny_is_not_voted_on() -> None:
    chain = decided(UNANIMOUS, Verdict.DENY)
    assert record_of(chain).stage is Stage.REWARDING
    assert record_of(chain).cause is Cause.CERTIFIED


def test_a_provider_votes_once_and_on_the_certified_result() -> None:
    chain = decided(UNANIMOUS)
    assert refuse(chain, "rsp", Vote("one", bytes(32), True)) == "another-result"
    certified = record_of(chain).result
    assert certified is not None
    assert refuse(chain, "ca", Vote("one", certified, True)) == "not-provider"
    vote(chain, "rsp")
    assert refuse(chain, "rsp", Vote("one", certified, False)) == "already-done"


def test_a_refused_request_is_free_where_denials_are() -> None:
    chain = decided(replace(UNANIMOUS, pay_on_denial=False))
    before = chain.balance("buyer")
    vote(chain, "rsp", approve=False)
    assert chain.balance("buyer") - before == UNANIMOUS.price
    assert record_of(chain).stage is Stage.CLOSED
