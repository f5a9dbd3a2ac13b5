"""The audit of acquisitions: it is content with what the rules lead to, and names every change made past them."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from apps.admm.app import Admm
from apps.admm.state import CLOSING_BASE, MAX_OPERATORS_CLOSED, Licence, Mark, Operator, Phase
from apps.testing import DevChain, account_of
from chain.context import HOOK_SENDER, Context, Environment, View
from chain.state import Overlay
from tests.apps.admm.scene import MHZ, TERMS, answer, record_of, running, terms

ANN, BOB = account_of("ann"), account_of("bob")
Change = Callable[[Admm, Context], object]


def settled() -> DevChain:
    chain = running(("ann", "bob"), terms(max_rounds=1))
    answer(chain, {"ann": 80 * MHZ, "bob": 60 * MHZ})
    return chain


def open_round() -> DevChain:
    chain = running(("ann", "bob"))
    answer(chain, {"ann": 80 * MHZ, "bob": 60 * MHZ})
    return chain


def found_broken(chain: DevChain, change: Change) -> list[str]:
    """What the audit says of the head after a change made past the rules."""
    app, draft = chain.registry.apps["admm"], Overlay(chain.state.trie)
    assert isinstance(app, Admm)
    environment = chain.view.environment
    change(app, Context(draft, environment, chain.spec.params, chain.registry, "admm", HOOK_SENDER))
    state = chain.state.trie.updated(draft.writes)
    return list(app.invariants(View(state, environment, chain.spec.params, chain.registry)))


def test_what_the_rules_lead_to_is_in_order() -> None:
    for chain in (open_round(), settled()):
        assert found_broken(chain, lambda app, ctx: None) == []


def recorded(**changes: object) -> Change:
    def change(app: Admm, ctx: Context) -> None:
        record = app.acquisitions.get(ctx, "band")
        assert record is not None
        app.acquisitions.set(ctx, "band", replace(record, **changes))  # type: ignore[arg-type]

    return change


def known(**changes: int) -> Change:
    def change(app: Admm, ctx: Context) -> None:
        operator = app.operators.get(ctx, ("band", ANN))
        assert operator is not None
        app.operators.set(ctx, ("band", ANN), replace(operator, **changes))

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (recorded(members=3), "counts 3 operators and 2 answers missing, expected 2 and 2"),
        (recorded(missing=1), "counts 2 operators and 1 answers missing, expected 2 and 2"),
        (recorded(split_bandwidth=99 * MHZ), "splits 100000000000000 microhertz of 99000000 Hz"),
        (recorded(due_at=9), "2 deadlines are missing or stand where nothing is due"),
        (recorded(phase=Phase.GATHERING, missing=0), "1 deadlines are missing"),
        (recorded(terms=replace(TERMS, round_blocks=9)), "is due at 8, expected 13"),
        (recorded(licensed=5), "has licences of 0 Hz, expected 5"),
        (known(answered=3), "has an answer to a round after round 2"),
        (known(split=-1), "or a negative share"),
        (known(split=100 * MHZ * 10**6), "splits 140000000000000 microhertz of 100000000 Hz"),
        (lambda app, ctx: app.deadlines.set(ctx, (9, "band"), Mark()), "1 deadlines are missing or stand"),
        (
            lambda app, ctx: app.operators.set(ctx, ("tv", ANN), Operator()),
            "an operator belongs to acquisition 'tv', which does not exist",
        ),
        (
            lambda app, ctx: app.licences.set(ctx, ("tv", ANN), Licence(1, 0, TERMS.penalty, 1, True, 1)),
            "a licence belongs to acquisition 'tv', which does not exist",
        ),
        (
            lambda app, ctx: app.licences.set(
                ctx, ("band", ANN), Licence(60 * MHZ, 0, TERMS.penalty, 1, True, 1)
            ),
            "is running and has licences",
        ),
    ],
)
def test_a_broken_acquisition_is_named(change: Change, words: str) -> None:
    assert any(words in sentence for sentence in found_broken(open_round(), change))


def licensed(key: bytes, **changes: int) -> Change:
    def change(app: Admm, ctx: Context) -> None:
        licence = app.licences.get(ctx, ("band", key))
        assert licence is not None
        app.licences.set(ctx, ("band", key), replace(licence, **changes))  # type: ignore[arg-type]

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (licensed(max(ANN, BOB), start=1), "begins at 1 Hz"),
        (licensed(min(ANN, BOB), bandwidth=0), "begins at 0 Hz, 0 Hz wide"),
        (licensed(ANN, bandwidth=60 * MHZ + 1), "is 1 Hz or more away from its share"),
        (licensed(ANN, bandwidth=60 * MHZ - 1), "is 1 Hz or more away from its share"),
        (lambda app, ctx: app.operators.delete(ctx, ("band", ANN)), "is 1 Hz or more away from its share"),
        (recorded(terms=replace(TERMS, bandwidth=99 * MHZ)), "expected 100000000 of 99000000 Hz"),
    ],
)
def test_a_broken_licence_is_named(change: Change, words: str) -> None:
    assert any(words in sentence for sentence in found_broken(settled(), change))


def test_an_overdue_round_is_named_unless_others_filled_the_block() -> None:
    chain = running(("ann", "bob"))
    app, record = chain.registry.apps["admm"], record_of(chain)
    assert isinstance(app, Admm)
    draft, late = Overlay(chain.state.trie), Environment(record.due_at, 0)
    ctx = Context(draft, late, chain.spec.params, chain.registry, "admm", HOOK_SENDER)
    assert list(app.invariants(ctx)) == ["acquisition 'band' is overdue at height 7"]
    room = MAX_OPERATORS_CLOSED - record.closing_cost - CLOSING_BASE
    busy = replace(record, phase=Phase.SETTLED, members=room, closed_at=7)
    app.acquisitions.set(ctx, "tv", busy)
    assert "acquisition 'band' is overdue at height 7" in list(app.invariants(ctx))
    app.acquisitions.set(ctx, "tv", replace(busy, members=room + 1))
    assert "acquisition 'band' is overdue at height 7" not in list(app.invariants(ctx))
