"""Who gets the deposit: several owners, participants by grade, denials, and what comes back at each deadline."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.coordination.actions import (
    ChData,
    ChGrade,
    Grade,
    GradeRewards,
    PayCoin,
    RewCoin,
    RxData,
    TxData,
    Verdict,
)
from apps.coordination.app import Coordination
from apps.coordination.events import CoinReturned, OwnerRewarded, RequestClosed, VspRewarded
from apps.coordination.shares import part_of
from apps.coordination.stages import Cause, Stage
from apps.testing import DevChain, account_of
from chain.params import SHARECOIN
from tests.apps.coordination.contract_scene import (
    ASK,
    DEADLINES,
    FUNDS,
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
    reward,
    status_of,
    terms,
)

THREE = terms(owners=("ss", "ss2", "ss3"), min_owners=1, price=101)
GRADES = (Grade.EXCELLENT, Grade.GOOD, Grade.EDGE)


def gained(chain: DevChain, who: str) -> int:
    return chain.balance(who) - FUNDS


def ended(chain: DevChain) -> Cause:
    """Why the only request was closed."""
    (event,) = happened(chain, RequestClosed)
    assert record_of(chain).stage is Stage.CLOSED
    assert chain.escrow("request/one") == 0
    return event.cause


@given(st.integers(0, 10**14), st.integers(1, 16))
def test_parts_add_up_and_differ_by_one_at_most(amount: int, owners: int) -> None:
    parts = [part_of(amount, place, owners) for place in range(owners)]
    assert sum(parts) == amount
    assert parts == sorted(parts, reverse=True)
    assert parts[0] - parts[-1] <= 1


def test_owners_share_the_price_and_the_first_have_what_is_left_over() -> None:
    chain = found(THREE)
    collect(chain, owners=("ss3", "ss", "ss2"))
    grade(chain)
    result(chain, map_leaves=15)
    for owner in ("ss2", "ss", "ss3"):
        assert status_of(chain) == "YYYYYN"
        reward(chain, owner)
    assert [gained(chain, owner) for owner in ("ss", "ss2", "ss3")] == [34, 34, 33]
    assert status_of(chain) == "YYYYYY"
    assert ended(chain) is Cause.CERTIFIED


def test_the_share_of_a_silent_owner_goes_back_to_the_buyer() -> None:
    chain = found(THREE)
    collect(chain, owners=("ss2",))
    chain.mine(DEADLINES.data_blocks)
    assert (record_of(chain).stage, status_of(chain)) == (Stage.GRADING, "YYYNNN")
    assert refuse(chain, "ss", RxData("one", bytes(32), 5, ())) == "wrong-stage"
    grade(chain)
    result(chain)
    assert gained(chain, "buyer") == -34
    assert refuse(chain, "ss", RewCoin("one")) == "not-delivered"
    reward(chain, "ss2")
    assert gained(chain, "ss2") == 34
    assert [event.amount for event in happened(chain, CoinReturned)] == [67]


def test_participants_are_paid_by_grade_out_of_their_owners_share() -> None:
    chain = found(terms(price=100, vsp_budget=60, grade_rewards=GradeRewards(20, 10, 5, 0)))
    collect(chain, vsps=("vsp", "vsp2", "other"))
    grade(chain, grades=GRADES)
    result(chain)
    reward(chain)
    assert [gained(chain, who) for who in ("vsp", "vsp2", "other", "ss", "buyer")] == [20, 10, 0, 70, -100]
    assert [(event.grade, event.amount) for event in happened(chain, VspRewarded)] == [
        (Grade.EXCELLENT, 20),
        (Grade.GOOD, 10),
    ]


def test_an_owner_lists_no_more_participants_than_its_part_of_the_budget_pays() -> None:
    chain = found(
        terms(price=100, owners=("ss", "ss2"), vsp_budget=41, grade_rewards=GradeRewards(20, 0, 0, 0))
    )
    ask_data(chain)
    vsps = (account_of("vsp"), account_of("vsp2"))
    assert refuse(chain, "ss", RxData("one", bytes(32), 5, vsps)) == "over-budget"
    deliver(chain, "ss", vsps=("vsp",))
    deliver(chain, "ss2", vsps=("vsp",))


def test_an_owner_that_does_not_ask_is_paid_at_the_deadline_with_its_participants() -> None:
    chain = found(terms(price=100, vsp_budget=40, grade_rewards=GradeRewards(20, 10, 5, 0)))
    collect(chain, vsps=("vsp", "vsp2"))
    grade(chain, grades=(Grade.EXCELLENT, Grade.FAIR))
    result(chain)
    chain.mine(DEADLINES.reward_blocks - 1)
    assert status_of(chain) == "YYYYYN"
    chain.mine()
    assert [gained(chain, who) for who in ("vsp", "vsp2", "ss")] == [20, 5, 75]
    assert [event.asked for event in happened(chain, OwnerRewarded)] == [False]
    assert (status_of(chain), ended(chain)) == ("YYYYYY", Cause.CERTIFIED)


def test_a_denial_is_paid_for_as_in_the_paper() -> None:
    chain = decided(verdict=Verdict.DENY)
    reward(chain)
    assert (gained(chain, "buyer"), gained(chain, "ss")) == (-SHARECOIN, SHARECOIN)
    assert chain.query(Coordination.licence, "one") is None


def test_a_denial_is_free_where_the_zone_says_so() -> None:
    chain = decided(terms(pay_on_denial=False), Verdict.DENY)
    assert (gained(chain, "buyer"), gained(chain, "ss")) == (0, 0)
    assert (status_of(chain), ended(chain)) == ("YYYYYN", Cause.CERTIFIED)
    assert refuse(chain, "ss", RewCoin("one")) == "wrong-stage"


@pytest.mark.parametrize(
    ("steps", "blocks", "cause"),
    [
        (0, DEADLINES.request_blocks, Cause.NOT_REQUESTED),
        (1, DEADLINES.data_blocks, Cause.DATA_MISSING),
        (2, DEADLINES.grade_blocks, Cause.NOT_GRADED),
        (3, DEADLINES.decision_blocks, Cause.NOT_CERTIFIED),
    ],
)
def test_the_buyer_gets_everything_back_when_somebody_does_not_answer(
    steps: int, blocks: int, cause: Cause
) -> None:
    chain = found()
    pay(chain)
    taken = [("ca", TxData("one")), ("ss", RxData("one", bytes(32), 5, ())), ("ca", ChGrade("one", ()))]
    for who, action in taken[:steps]:
        chain.execute(who, action)
    chain.mine(blocks - 1)
    assert gained(chain, "buyer") == -SHARECOIN
    chain.mine()
    assert gained(chain, "buyer") == 0
    assert ended(chain) is cause
    for who, action in [*taken, ("ca", ChData("one", decision_of())), ("ss", RewCoin("one"))][steps:]:
        assert refuse(chain, who, action) == "wrong-stage"


@pytest.mark.parametrize(
    ("steps", "blocks"),
    [(0, DEADLINES.request_blocks), (1, DEADLINES.data_blocks), (2, DEADLINES.grade_blocks)],
)
def test_an_answer_in_the_last_block_counts(steps: int, blocks: int) -> None:
    chain = found()
    pay(chain)
    taken = [("ca", TxData("one")), ("ss", RxData("one", bytes(32), 5, ())), ("ca", ChGrade("one", ()))]
    for who, action in taken[:steps]:
        chain.execute(who, action)
    chain.mine(blocks - 1)
    chain.execute(*taken[steps])
    assert status_of(chain).count("Y") == steps + 2


def test_too_few_owners_end_the_request() -> None:
    chain = found(terms(owners=("ss", "ss2", "ss3"), min_owners=2))
    collect(chain, owners=("ss",))
    chain.mine(DEADLINES.data_blocks)
    assert ended(chain) is Cause.DATA_MISSING
    assert gained(chain, "buyer") == 0


def test_many_deadlines_in_one_block_are_met_over_several() -> None:
    """A block makes 8,192 payments or less; an answer to what still waits is refused, and nothing is lost."""
    names = [f"request {number}" for number in range(600)]
    chain = found(buyer=600 * SHARECOIN)
    chain.check_every_block = False
    chain.block([("buyer", PayCoin(name, "campus", SHARECOIN, ASK)) for name in names])
    chain.mine(DEADLINES.request_blocks)
    waiting = sorted(name for name in names if record_of(chain, name).stage is Stage.PAID)
    assert len(waiting) == 600 - 8192 // 16
    chain.check()
    assert refuse(chain, "ca", TxData(waiting[0])) == "too-late"
    chain.mine()
    assert chain.balance("buyer") == 600 * SHARECOIN
