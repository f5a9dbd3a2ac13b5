"""Who may do what and when: everything else is refused by name, and nothing is lost by it."""

from dataclasses import replace

import pytest

from apps.coordination.actions import (
    Area,
    Band,
    ChData,
    ChGrade,
    GradeRewards,
    OpenZone,
    PayCoin,
    RevokeLicence,
    RewCoin,
    RxData,
    Terms,
    TxData,
    Verdict,
    Vote,
)
from apps.coordination.commitment import LOWEST_CDBM
from apps.testing import account_of
from chain.codec import EncodeError
from chain.params import SHARECOIN
from chain.records import Action
from tests.apps.coordination.contract_scene import (
    ASK,
    PAPER,
    ask_data,
    collect,
    decided,
    decision_of,
    deliver,
    found,
    grade,
    pay,
    record_of,
    refuse,
    result,
    reward,
    status_of,
    terms,
)

ROOT = bytes(32)
STEPS: list[tuple[str, Action]] = [
    ("ca", TxData("one")),
    ("ss", RxData("one", ROOT, 5, ())),
    ("ca", ChGrade("one", ())),
    ("ca", ChData("one", decision_of())),
    ("ss", RewCoin("one")),
]
"""What follows the payment."""


def test_before_the_payment_there_is_nothing_to_do() -> None:
    chain = found()
    for who, action in STEPS:
        assert refuse(chain, who, action) == "no-such-request"


@pytest.mark.parametrize("done", range(len(STEPS) + 1))
def test_only_the_next_step_can_be_taken(done: int) -> None:
    chain = found()
    pay(chain)
    for who, action in STEPS[:done]:
        chain.execute(who, action)
    for place, (who, action) in enumerate(STEPS):
        if place == done:
            continue
        late_ballot = place in (2, 3) and place < done < len(STEPS)
        twice = (place in (2, 3) and late_ballot) or (place in (1, 4) and place < done)
        assert refuse(chain, who, action) == ("already-done" if twice else "wrong-stage")


@pytest.mark.parametrize("done", range(len(STEPS)))
def test_only_its_caller_can_take_a_step(done: int) -> None:
    chain = found()
    pay(chain)
    for who, action in STEPS[:done]:
        chain.execute(who, action)
    _, action = STEPS[done]
    strangers = {"ca": ("buyer", "ss", "other"), "ss": ("buyer", "ca", "other")}[STEPS[done][0]]
    for stranger in strangers:
        assert refuse(chain, stranger, action) == (
            "not-agency" if STEPS[done][0] == "ca" else "not-sensing-owner"
        )


def test_a_request_needs_a_zone_its_price_and_a_name_of_its_own() -> None:
    chain = found()
    pay(chain)
    for action, rule in (
        (PayCoin("two", "nowhere", SHARECOIN, ASK), "no-such-zone"),
        (PayCoin("one", "campus", SHARECOIN, ASK), "request-exists"),
        (PayCoin("two", "campus", SHARECOIN - 1, ASK), "wrong-deposit"),
        (PayCoin("two", "campus", SHARECOIN + 1, ASK), "wrong-deposit"),
        (PayCoin("two", "campus", SHARECOIN, replace(ASK, x_cm=20_001)), "out-of-range"),
        (PayCoin("two", "campus", SHARECOIN, replace(ASK, y_cm=-1)), "out-of-range"),
        (PayCoin("two", "campus", SHARECOIN, replace(ASK, min_power_cdbm=2301)), "out-of-range"),
        (PayCoin("two", "campus", SHARECOIN, replace(ASK, min_power_cdbm=LOWEST_CDBM)), "out-of-range"),
        (PayCoin("two", "campus", SHARECOIN, replace(ASK, licence_blocks=1001)), "out-of-range"),
        (PayCoin("two", "campus", SHARECOIN, replace(ASK, band=Band(1, 2))), "out-of-range"),
        (
            PayCoin("two", "campus", SHARECOIN, replace(ASK, band=Band(ASK.band.start, ASK.band.end + 1))),
            "out-of-range",
        ),
    ):
        assert refuse(chain, "other", action) == rule


def test_who_cannot_pay_makes_no_request() -> None:
    chain = found(poor=SHARECOIN - 1)
    assert refuse(chain, "poor", PayCoin("one", "campus", SHARECOIN, ASK), fee=0) == "insufficient-balance"


def test_a_delivery_has_enough_points_and_each_participant_once() -> None:
    chain = found(terms(min_points=5))
    ask_data(chain)
    vsp = account_of("vsp")
    assert refuse(chain, "ss", RxData("one", ROOT, 4, ())) == "out-of-range"
    assert refuse(chain, "ss", RxData("one", ROOT, 5, (vsp, vsp))) == "duplicate-account"


def test_there_is_one_grade_for_each_participant() -> None:
    chain = found()
    collect(chain, vsps=("vsp", "vsp2"))
    assert refuse(chain, "ca", ChGrade("one", ())) == "wrong-grade-count"


@pytest.mark.parametrize(
    ("verdict", "changes"),
    [
        (Verdict.GRANT, {"power_cdbm": 2299}),
        (Verdict.GRANT, {"margin_cdb": -1}),
        (Verdict.REDUCE, {"power_cdbm": 2300}),
        (Verdict.REDUCE, {"power_cdbm": 499}),
        (Verdict.REDUCE, {"margin_cdb": -1}),
        (Verdict.DENY, {"power_cdbm": 500}),
        (Verdict.DENY, {"margin_cdb": 0}),
    ],
)
def test_a_decision_must_not_contradict_itself(verdict: Verdict, changes: dict[str, int]) -> None:
    chain = found()
    collect(chain)
    grade(chain)
    bad = replace(decision_of(verdict), **changes)  # type: ignore[arg-type]
    assert refuse(chain, "ca", ChData("one", bad)) == "inconsistent-decision"


@pytest.mark.parametrize("changes", [{"points_used": 2}, {"points_used": 6}, {"map_leaves": 4}])
def test_a_map_is_built_on_enough_of_the_points_and_covers_all(changes: dict[str, int]) -> None:
    chain = found()
    collect(chain)
    grade(chain)
    bad = replace(decision_of(), **changes)  # type: ignore[arg-type]
    assert refuse(chain, "ca", ChData("one", bad)) == "out-of-range"


def test_digests_of_another_length_never_reach_the_contract() -> None:
    chain = found()
    ask_data(chain)
    for action in (RxData("one", bytes(31), 5, ()), Vote("one", bytes(33), True)):
        with chain.refuses(EncodeError) as refused:
            chain.execute("ss", action)
        assert (refused.error_rule, refused.receipt) == ("wrong-length", None)


@pytest.mark.parametrize(
    ("action", "field"),
    [
        (PayCoin("one", "campus", SHARECOIN, replace(ASK, power_cdbm=30_001)), "Ask.power_cdbm"),
        (PayCoin("one", "campus", SHARECOIN, replace(ASK, x_cm=10**9 + 1)), "Ask.x_cm"),
        (PayCoin("one", "campus", SHARECOIN, replace(ASK, licence_blocks=0)), "Ask.licence_blocks"),
        (PayCoin("one", "campus", -1, ASK), "PayCoin.deposit"),
        (RxData("one", ROOT, 2, ()), "RxData.points"),
        (RxData("one", ROOT, 10**7 + 1, ()), "RxData.points"),
        (OpenZone("other", terms(quorum=0)), "Terms.quorum"),
        (OpenZone("other", terms(min_owners=0)), "Terms.min_owners"),
        (OpenZone("other", terms(price=0)), "Terms.price"),
        (OpenZone("other", terms(min_points=2)), "Terms.min_points"),
        (OpenZone("other", terms(max_licence_blocks=0)), "Terms.max_licence_blocks"),
        (
            OpenZone("other", terms(deadlines=replace(PAPER.deadlines, vote_blocks=0))),
            "Deadlines.vote_blocks",
        ),
    ],
)
def test_values_that_cannot_be_meant_never_reach_the_contract(action: Action, field: str) -> None:
    chain = found()
    with chain.refuses(EncodeError) as refused:
        chain.execute("ss", action)
    assert refused.error.args[1] == field


def test_a_vote_is_for_zones_that_ask_for_it() -> None:
    chain = decided(terms(providers=("rsp",)))
    assert refuse(chain, "rsp", Vote("one", record_of(chain).result or ROOT, True)) == "wrong-stage"
    assert refuse(chain, "other", Vote("one", ROOT, True)) == "not-provider"


def test_a_licence_that_was_not_granted_cannot_be_revoked() -> None:
    chain = decided(verdict=Verdict.DENY)
    assert refuse(chain, "registrar", RevokeLicence("one")) == "no-licence"
    assert refuse(chain, "registrar", RevokeLicence("two")) == "no-such-request"


def test_a_zone_is_opened_once() -> None:
    assert refuse(found(), "other", OpenZone("campus", PAPER)) == "zone-exists"


@pytest.mark.parametrize(
    "bad",
    [
        terms(agencies=()),
        terms(owners=()),
        terms(quorum=2),
        terms(agencies=("ca", "ca2"), quorum=1),
        terms(agencies=("ca", "ca2", "ca3", "other"), quorum=2),
        terms(min_owners=2),
        terms(unanimity=True),
        terms(vsp_budget=SHARECOIN + 1),
        terms(vsp_budget=10, grade_rewards=GradeRewards(11, 0, 0, 0)),
        terms(vsp_budget=10, grade_rewards=GradeRewards(5, 6, 0, 0)),
        terms(area=Area(0, 0, -1, 5)),
        terms(area=Area(0, 5, 0, 4)),
        terms(band=Band(5, 5)),
    ],
)
def test_terms_that_cannot_work_are_refused(bad: Terms) -> None:
    assert refuse(found(), "other", OpenZone("other", bad)) == "out-of-range"


@pytest.mark.parametrize("what", ["agencies", "owners", "providers"])
def test_nobody_stands_twice_in_a_list(what: str) -> None:
    bad = terms(quorum=2 if what == "agencies" else 1, **{what: ("other", "other")})
    assert refuse(found(), "other", OpenZone("other", bad)) == "duplicate-account"


def test_a_second_request_goes_its_own_way() -> None:
    chain = found()
    collect(chain)
    pay(chain, "two", "other")
    grade(chain)
    chain.execute("ca", TxData("two"))
    deliver(chain, request="two")
    result(chain)
    reward(chain)
    assert (status_of(chain), status_of(chain, "two")) == ("YYYYYY", "YYYNNN")
    assert (chain.escrow("request/one"), chain.escrow("request/two")) == (0, SHARECOIN)
