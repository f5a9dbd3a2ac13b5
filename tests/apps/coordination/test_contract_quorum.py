"""Several agencies: a quorum of equal results decides, one that deviates is recorded, disagreement ends in a refund."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from apps.coordination.actions import ChData, ChGrade, Decision, Grade, Verdict
from apps.coordination.app import Coordination
from apps.coordination.events import AgencyDeviated, RequestClosed, ResultCertified
from apps.coordination.quorum import agreed, grades_digest, out_of_reach, result_digest, unanimous
from apps.coordination.stages import Cause
from apps.testing import account_of
from tests.apps.coordination.contract_scene import (
    FUNDS,
    collect,
    decision_of,
    found,
    grade,
    happened,
    record_of,
    refuse,
    result,
    reward,
    status_of,
    terms,
)

TWO_OF_THREE = terms(agencies=("ca", "ca2", "ca3"), quorum=2)
digests = st.lists(st.sampled_from((b"a", b"b", b"c")), max_size=9)


@given(digests, st.integers(0, 9))
def test_what_more_than_half_say_is_one_thing(given: list[bytes], silent: int) -> None:
    quorum = (len(given) + silent) // 2 + 1
    found = agreed(given, quorum)
    most = max((given.count(digest) for digest in given), default=0)
    assert (found is not None) == (most >= quorum)
    assert out_of_reach(given, silent, quorum) == (most + silent < quorum)
    assert found is None or given.count(found) == most


def test_nobody_at_all_does_not_approve() -> None:
    assert not unanimous([])
    assert unanimous([True, True])
    assert not unanimous([True, None])
    assert not unanimous([True, False])


def test_a_digest_covers_request_data_grades_and_every_field_of_the_decision() -> None:
    roots, grades, decision = [bytes(32)], bytes(32), decision_of()
    changed = [
        replace(decision, verdict=Verdict.REDUCE),
        replace(decision, power_cdbm=2299),
        replace(decision, margin_cdb=121),
        replace(decision, limit_x_cm=4001),
        replace(decision, limit_y_cm=5601),
        replace(decision, map_root=bytes([1]) * 32),
        replace(decision, map_leaves=6),
        replace(decision, points_used=4),
        replace(decision, aggregate=1),
    ]
    assert len(changed) == len(Decision.__slots__)
    known = [result_digest("one", roots, grades, other) for other in (decision, *changed)]
    known += [
        result_digest("two", roots, grades, decision),
        result_digest("one", [], grades, decision),
        result_digest("one", roots, bytes([1]) * 32, decision),
    ]
    assert len(set(known)) == len(known)
    assert grades_digest("one", (Grade.GOOD,)) != grades_digest("one", (Grade.FAIR,))
    assert grades_digest("one", ()) != grades_digest("two", ())


def test_a_step_counts_once_a_quorum_has_taken_it() -> None:
    chain = found(TWO_OF_THREE)
    collect(chain)
    grade(chain, ("ca3",))
    assert status_of(chain) == "YYYNNN"
    grade(chain, ("ca",))
    assert status_of(chain) == "YYYYNN"
    result(chain, agencies=("ca2",))
    assert status_of(chain) == "YYYYNN"
    result(chain, agencies=("ca3",))
    assert status_of(chain) == "YYYYYN"


def test_an_agency_that_deviates_is_outvoted_and_recorded() -> None:
    chain = found(TWO_OF_THREE)
    collect(chain, vsps=("vsp",))
    grade(chain, ("ca2",), grades=(Grade.EDGE,))
    grade(chain, ("ca", "ca3"), grades=(Grade.GOOD,))
    result(chain, Verdict.DENY, ("ca2",))
    result(chain, Verdict.GRANT, ("ca", "ca3"))
    (certified,) = happened(chain, ResultCertified)
    assert certified.verdict is Verdict.GRANT
    deviations = happened(chain, AgencyDeviated)
    assert [(event.agency, event.step) for event in deviations] == [
        (account_of("ca2"), "ch_grade"),
        (account_of("ca2"), "ch_data"),
    ]
    assert chain.query(Coordination.agency, "campus", account_of("ca2")).deviations == 2
    assert chain.query(Coordination.agency, "campus", account_of("ca")).deviations == 0
    (_, delivery), *_ = chain.query(Coordination.deliveries_of, "one")
    assert delivery.grades == (Grade.GOOD,)


def test_a_ballot_after_the_quorum_is_compared_and_changes_nothing_else() -> None:
    chain = found(TWO_OF_THREE)
    collect(chain)
    grade(chain, ("ca", "ca2"))
    grade(chain, ("ca3",))
    result(chain, agencies=("ca", "ca2"))
    before = record_of(chain)
    result(chain, Verdict.DENY, ("ca3",))
    assert record_of(chain) == before
    assert [event.agency for event in happened(chain, AgencyDeviated)] == [account_of("ca3")]
    assert refuse(chain, "ca3", ChData("one", decision_of())) == "already-done"
    reward(chain)
    assert len(chain.query(Coordination.result_ballots_of, "one")) == 3
    assert len(chain.query(Coordination.grade_ballots_of, "one")) == 3
    assert refuse(chain, "ca3", ChGrade("one", ())) == "wrong-stage"


def test_agencies_that_cannot_agree_any_more_end_the_request_at_once() -> None:
    chain = found(TWO_OF_THREE)
    collect(chain)
    grade(chain, ("ca", "ca2"))
    for agency, verdict in (("ca", Verdict.GRANT), ("ca2", Verdict.DENY), ("ca3", Verdict.REDUCE)):
        assert chain.balance("buyer") < FUNDS
        result(chain, verdict, (agency,))
    assert chain.balance("buyer") == FUNDS
    assert [event.cause for event in happened(chain, RequestClosed)] == [Cause.NO_AGREEMENT]
    assert status_of(chain) == "YYYYNN"


def test_grades_that_differ_from_each_other_end_the_request_at_once() -> None:
    chain = found(terms(agencies=("ca", "ca2"), quorum=2))
    collect(chain, vsps=("vsp",))
    grade(chain, ("ca",), grades=(Grade.GOOD,))
    grade(chain, ("ca2",), grades=(Grade.FAIR,))
    assert chain.balance("buyer") == FUNDS
    assert record_of(chain).cause is Cause.NO_AGREEMENT
