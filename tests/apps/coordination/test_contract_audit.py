"""The audit says so when the state of coordination is wrong, and is silent when it is right."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from apps.coordination.actions import Verdict
from apps.coordination.app import Coordination
from apps.coordination.audit import broken_rules
from apps.coordination.stages import Cause, Stage
from apps.coordination.state import AgencyRecord, Mark, RequestRecord, ResultBallot
from apps.testing import DevChain, account_of
from chain.context import Context
from chain.state import Overlay
from tests.apps.coordination.contract_scene import collect, decided, found, pay, record_of, terms, vote

Tamper = Callable[[Coordination, Context], None]
SS, CA, RSP = ("one", account_of("ss")), ("one", account_of("ca")), ("one", account_of("rsp"))


def approved() -> DevChain:
    """A chain on which a licence was granted with a provider's approval."""
    chain = decided(terms(providers=("rsp",), unanimity=True))
    vote(chain, "rsp")
    return chain


def broken(chain: DevChain, tamper: Tamper) -> list[str]:
    """What the audit says after somebody wrote past the rules."""
    app = chain.registry.apps["coordination"]
    assert isinstance(app, Coordination)
    view = chain.view
    ctx = Context(
        Overlay(view.state), view.environment, view.params, chain.registry, app.name, account_of("other")
    )
    assert list(broken_rules(app, ctx)) == []
    tamper(app, ctx)
    return list(broken_rules(app, ctx))


def set_request(**changes: object) -> Tamper:
    def tamper(app: Coordination, ctx: Context) -> None:
        record = app.requests.get(ctx, "one")
        assert record is not None
        app.requests.set(ctx, "one", replace(record, **changes))  # type: ignore[arg-type]

    return tamper


def set_licence(**changes: object) -> Tamper:
    def tamper(app: Coordination, ctx: Context) -> None:
        licence = app.licences.get(ctx, "one")
        assert licence is not None
        app.licences.set(ctx, "one", replace(licence, **changes))  # type: ignore[arg-type]

    return tamper


def set_ballot(**changes: object) -> Tamper:
    def tamper(app: Coordination, ctx: Context) -> None:
        ballot = app.result_ballots.get(ctx, CA)
        assert isinstance(ballot, ResultBallot)
        app.result_ballots.set(ctx, CA, replace(ballot, **changes))  # type: ignore[arg-type]

    return tamper


def set_delivery(**changes: object) -> Tamper:
    def tamper(app: Coordination, ctx: Context) -> None:
        delivery = app.deliveries.get(ctx, SS)
        assert delivery is not None
        app.deliveries.set(ctx, SS, replace(delivery, **changes))  # type: ignore[arg-type]

    return tamper


def set_step(**changes: int) -> Tamper:
    def tamper(app: Coordination, ctx: Context) -> None:
        record = app.requests.get(ctx, "one")
        assert isinstance(record, RequestRecord)
        app.requests.set(ctx, "one", replace(record, steps=replace(record.steps, **changes)))

    return tamper


@pytest.mark.parametrize(
    ("tamper", "words"),
    [
        (set_request(held=1), "owes"),
        (set_request(stage=Stage.VOTING), "owes|steps"),
        (set_request(delivered=2), "counts 2 deliveries"),
        (set_request(rewarded=1), "1 paid"),
        (set_request(verdict=None), "has verdict None"),
        (set_request(verdict=Verdict.DENY), "without a decision to grant it"),
        (set_request(cause=Cause.NOT_GRADED), "for cause not-graded"),
        (set_request(cause=Cause.VOTE_MISSING), "refused by a provider"),
        (set_request(result=None), "certified result"),
        (set_request(due_at=99), "deadlines of requests"),
        (set_step(tx_data=0), "expected them in order"),
        (set_step(tx_data=99), "expected them in order"),
        (set_step(rew_coin=99), "owners unpaid"),
        (set_delivery(paid=7), "pays 7"),
        (set_delivery(paid_at=7), "0 paid|owes"),
        (set_ballot(digest=bytes(32)), "a result of 0 agencies"),
        (set_ballot(disproved=True), "live without a quorum"),
        (set_licence(power_cdbm=2301), "expected 500 to 2300"),
        (set_licence(power_cdbm=2299), "not what was certified"),
        (set_licence(expires_at=5), "ends of licences"),
        (set_licence(ended_at=5), "those who share"),
        (lambda app, ctx: app.votes.delete(ctx, RSP), "lacks the approval"),
        (lambda app, ctx: app.sharing.delete(ctx, ("campus", "one")), "those who share"),
        (lambda app, ctx: app.expiries.delete(ctx, (37, "one")), "ends of licences"),
        (lambda app, ctx: app.deadlines.set(ctx, (5, "two"), Mark()), "deadlines of requests"),
        (
            lambda app, ctx: app.agencies.set(ctx, ("campus", account_of("ca")), AgencyRecord(bond=5)),
            "holds a bond of 0",
        ),
        (
            lambda app, ctx: ctx.hold(1, "request/one"),
            "holds 100000001",
        ),
    ],
)
def test_what_is_wrong_is_said(tamper: Tamper, words: str) -> None:
    chain = approved()
    assert record_of(chain).stage is Stage.REWARDING
    licence = chain.query(Coordination.licence, "one")
    assert licence is not None
    assert licence.expires_at == 37
    said = broken(chain, tamper)
    assert any(word in sentence for word in words.split("|") for sentence in said), said


def test_more_certified_sharers_than_decisions_are_noticed() -> None:
    def tamper(app: Coordination, ctx: Context) -> None:
        zone = app.zones.get(ctx, "campus")
        assert zone is not None
        app.zones.set(ctx, "campus", replace(zone, certified=2))

    assert broken(approved(), tamper) == ["zone 'campus' counts 2 certified sharers, expected 1"]


def test_what_is_overdue_is_noticed() -> None:
    def tamper(app: Coordination, ctx: Context) -> None:
        record = app.requests.get(ctx, "one")
        assert record is not None
        app.deadlines.delete(ctx, (record.due_at, "one"))
        app.deadlines.set(ctx, (ctx.height, "one"), Mark())
        app.requests.set(ctx, "one", replace(record, due_at=ctx.height))

    chain = found()
    pay(chain)
    assert broken(chain, tamper) == ["request 'one' is overdue at height 2"]


def test_a_chain_without_requests_and_one_with_all_kinds_are_in_order() -> None:
    chain = found()
    chain.check()
    collect(chain)
    chain.check()
