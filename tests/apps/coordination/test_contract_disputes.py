"""Measurements under dispute: proofs that match or do not, maps that contradict the data, and what that costs."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from apps.coordination.actions import (
    Challenge,
    ChData,
    ChGrade,
    PostBond,
    RxData,
    ShowPoint,
    Terms,
    TxData,
    WithdrawBond,
)
from apps.coordination.app import Coordination
from apps.coordination.commitment import MapPoint, Measurement, mismatch, proof_of, root_of
from apps.coordination.events import AgencyDisproved, LicenceRevoked, PointShown, RequestClosed
from apps.coordination.shares import bond_label
from apps.coordination.stages import Cause, Stage
from apps.testing import DevChain, account_of
from tests.apps.coordination.contract_scene import (
    DEADLINES,
    FUNDS,
    ask_data,
    decision_of,
    found,
    grade,
    happened,
    map_of,
    measurements_of,
    pay,
    proved,
    record_of,
    refuse,
    reward,
    terms,
    vote,
)

DATA = {"ss": measurements_of(count=5), "ss2": measurements_of(count=4, start_cdbm=-7000)}
ALL = [*DATA["ss"], *DATA["ss2"]]
BOND = 1001
BONDED = terms(
    agencies=("ca", "ca2", "ca3"), quorum=2, owners=("ss", "ss2"), bond=BOND, map_tolerance_cdb=10, price=100
)
HONEST = map_of(ALL)
WRONG_AT = 6
"""The second measurement of the second owner."""
FALSE = [
    replace(point, rss_cdbm=point.rss_cdbm + 11 * (place == WRONG_AT)) for place, point in enumerate(HONEST)
]


def graded(chosen: Terms = BONDED) -> DevChain:
    """A chain whose agencies are bonded and have graded the data of two owners."""
    chain = found(chosen)
    for agency in ("ca", "ca2", "ca3"):
        if chosen.bond:
            chain.execute(agency, PostBond("campus"))
    ask_data(chain)
    for owner, data in DATA.items():
        chain.execute(owner, RxData("one", root_of(data), len(data), ()))
    grade(chain, ("ca", "ca2"))
    return chain


def give(chain: DevChain, agency: str, points: Sequence[MapPoint] = HONEST) -> None:
    """The result of an agency with this map."""
    chain.execute(agency, ChData("one", decision_of(points=len(ALL), map_root=root_of(points))))


def challenge_of(agency: str, points: Sequence[MapPoint] = FALSE, leaf: int = WRONG_AT) -> Challenge:
    """A challenge at one measured place, honestly proved."""
    owner, index = ("ss", leaf) if leaf < 5 else ("ss2", leaf - 5)
    measurement, proof = proved(DATA[owner], index)
    return Challenge(
        request="one",
        agency=account_of(agency),
        owner=account_of(owner),
        index=index,
        measurement=measurement,
        proof=proof,
        map_point=points[leaf],
        map_proof=proof_of(points, leaf),
    )


def showing(owner: str, index: int) -> ShowPoint:
    measurement, proof = proved(DATA[owner], index)
    return ShowPoint("one", account_of(owner), index, measurement, proof)


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 13])
def test_every_measurement_can_be_proved_and_nothing_else(count: int) -> None:
    data = measurements_of(count=count)
    root = root_of(data)
    for index, one in enumerate(data):
        proof = proof_of(data, index)
        assert mismatch(root, one, index, count, proof) == ""
        for changed in (
            replace(one, x_cm=one.x_cm + 1),
            replace(one, y_cm=one.y_cm - 1),
            replace(one, rss_cdbm=one.rss_cdbm + 1),
            replace(one, time_ms=one.time_ms + 1),
            replace(one, vsp=account_of("other")),
        ):
            assert mismatch(root, changed, index, count, proof)
        assert mismatch(root, one, index + 1, count, proof)
        assert mismatch(root, one, index, count, (*proof, bytes(32)))


def test_any_committed_point_can_be_put_on_record_once() -> None:
    chain = graded()
    chain.execute("other", showing("ss2", 3))
    chain.execute("rsp", showing("ss", 0))
    shown = chain.query(Coordination.shown_points, "one")
    assert [(owner, index, point.measurement) for owner, index, point in shown] == [
        (account_of("ss"), 0, DATA["ss"][0]),
        (account_of("ss2"), 3, DATA["ss2"][3]),
    ]
    assert [event.shown_by for event in happened(chain, PointShown)] == list(
        map(account_of, ("other", "rsp"))
    )
    assert refuse(chain, "other", showing("ss", 0)) == "already-done"


def test_a_point_that_was_not_committed_is_refused() -> None:
    chain = graded()
    good = showing("ss", 2)
    louder = replace(good.measurement, rss_cdbm=good.measurement.rss_cdbm + 1)
    for bad in (
        replace(good, measurement=louder),
        replace(good, index=1),
        replace(good, index=5),
        replace(good, owner=account_of("ss2")),
        replace(good, proof=good.proof[:-1]),
        replace(good, proof=(*good.proof, bytes(32))),
    ):
        assert refuse(chain, "other", bad) == "proof-mismatch"
    assert refuse(chain, "other", replace(good, owner=account_of("other"))) == "not-delivered"
    assert refuse(chain, "other", replace(good, request="two")) == "no-such-request"


def test_a_map_that_contradicts_its_data_costs_the_bond() -> None:
    chain = graded()
    give(chain, "ca2", FALSE)
    give(chain, "ca")
    give(chain, "ca3")
    before = chain.balance("buyer")
    chain.execute("other", challenge_of("ca2"))
    assert chain.balance("other") == FUNDS + BOND // 2
    assert chain.balance("buyer") == before + BOND - BOND // 2
    assert chain.balance("ca2") == FUNDS - BOND
    assert chain.escrow(bond_label("campus", account_of("ca2"))) == 0
    known = chain.query(Coordination.agency, "campus", account_of("ca2"))
    assert (known.bond, known.deviations, known.disproved) == (0, 1, 1)
    (event,) = happened(chain, AgencyDisproved)
    assert event.mapped_cdbm - event.measured_cdbm == 11
    assert chain.query(Coordination.licence, "one") is not None
    assert happened(chain, LicenceRevoked) == []
    assert refuse(chain, "rsp", challenge_of("ca2")) == "already-done"


def test_an_honest_map_cannot_be_disproved_anywhere() -> None:
    chain = graded()
    give(chain, "ca")
    for leaf in range(len(ALL)):
        assert refuse(chain, "other", challenge_of("ca", HONEST, leaf)) == "not-disproved"


def test_what_the_map_does_not_use_and_what_is_within_the_tolerance_disproves_nothing() -> None:
    unused = [replace(point, used=place != WRONG_AT) for place, point in enumerate(FALSE)]
    close = [replace(point, rss_cdbm=point.rss_cdbm - 10) for point in HONEST]
    for points in (unused, close):
        chain = graded()
        give(chain, "ca", points)
        assert refuse(chain, "other", challenge_of("ca", points)) == "not-disproved"


def test_a_map_of_other_places_is_disproved_whether_it_uses_them_or_not() -> None:
    moved = [replace(point, x_cm=point.x_cm + 1, used=False) for point in HONEST]
    chain = graded()
    give(chain, "ca", moved)
    chain.execute("other", challenge_of("ca", moved, 0))
    assert len(happened(chain, AgencyDisproved)) == 1


def test_a_challenge_needs_both_proofs_a_ballot_and_comes_in_time() -> None:
    chain = graded()
    give(chain, "ca2", FALSE)
    good = challenge_of("ca2")
    louder = replace(good.measurement, rss_cdbm=0)
    for bad in (
        replace(good, measurement=louder),
        replace(good, index=2),
        replace(good, map_point=replace(good.map_point, rss_cdbm=0)),
        replace(good, map_proof=good.map_proof[1:]),
        replace(good, map_point=HONEST[0], map_proof=proof_of(FALSE, 0)),
        challenge_of("ca2", HONEST),
    ):
        assert refuse(chain, "other", bad) == "proof-mismatch"
    assert refuse(chain, "other", replace(good, agency=account_of("ca"))) == "no-ballot"
    assert refuse(chain, "other", replace(good, owner=account_of("other"))) == "not-delivered"
    chain.mine(DEADLINES.challenge_blocks)
    assert refuse(chain, "other", good) == "too-late"


def test_a_quorum_that_is_lost_takes_the_licence_with_it() -> None:
    chain = graded()
    give(chain, "ca", FALSE)
    give(chain, "ca2", FALSE)
    assert chain.query(Coordination.sharers, "campus") != ()
    chain.execute("rsp", challenge_of("ca"))
    assert [event.by for event in happened(chain, LicenceRevoked)] == [account_of("rsp")]
    assert chain.query(Coordination.sharers, "campus") == ()
    chain.execute("rsp", challenge_of("ca2"))
    reward(chain)
    reward(chain, "ss2")
    assert record_of(chain).stage is Stage.CLOSED


def test_a_quorum_lost_during_the_vote_ends_the_request_with_a_refund() -> None:
    chain = graded(replace(BONDED, unanimity=True, providers=(account_of("rsp"),), bond=0))
    give(chain, "ca", FALSE)
    give(chain, "ca2", FALSE)
    assert record_of(chain).stage is Stage.VOTING
    chain.execute("rsp", challenge_of("ca2"))
    assert [event.cause for event in happened(chain, RequestClosed)] == [Cause.MAP_DISPROVED]
    assert chain.balance("buyer") == FUNDS
    assert chain.query(Coordination.sharers, "campus") == ()


def test_a_result_disproved_before_the_quorum_does_not_count() -> None:
    chain = graded()
    give(chain, "ca2", FALSE)
    chain.execute("other", challenge_of("ca2"))
    give(chain, "ca", FALSE)
    assert record_of(chain).stage is Stage.DECIDING
    chain.execute("other", challenge_of("ca"))
    assert [event.cause for event in happened(chain, RequestClosed)] == [Cause.NO_AGREEMENT]
    assert chain.balance("buyer") == FUNDS + 2 * (BOND - BOND // 2)


def test_who_challenges_his_own_agency_loses_half_the_bond() -> None:
    chain = graded()
    give(chain, "ca2", FALSE)
    chain.execute("ca2", challenge_of("ca2"))
    assert chain.balance("ca2") == FUNDS - (BOND - BOND // 2)


def test_an_agency_acts_with_its_bond_only() -> None:
    chain = found(BONDED)
    pay(chain)
    assert refuse(chain, "ca", TxData("one")) == "not-bonded"
    assert refuse(chain, "other", PostBond("campus")) == "not-agency"
    assert refuse(chain, "other", PostBond("nowhere")) == "no-such-zone"
    assert refuse(chain, "ca", WithdrawBond("campus")) == "not-bonded"
    chain.execute("ca", PostBond("campus"))
    assert refuse(chain, "ca", PostBond("campus")) == "already-bonded"
    chain.execute("ca", TxData("one"))
    assert refuse(chain, "ca2", ChGrade("one", ())) == "not-bonded"
    assert refuse(found(), "ca", PostBond("campus")) == "no-bond-asked"


def test_a_bond_is_locked_as_long_as_a_map_can_be_challenged() -> None:
    chain = graded()
    give(chain, "ca")
    assert refuse(chain, "ca", WithdrawBond("campus")) == "bond-locked"
    chain.mine(DEADLINES.challenge_blocks - 1)
    assert refuse(chain, "ca", WithdrawBond("campus")) == "bond-locked"
    chain.mine()
    chain.execute("ca", WithdrawBond("campus"))
    chain.execute("ca3", WithdrawBond("campus"))
    assert chain.balance("ca") == chain.balance("ca3") == FUNDS


def test_a_vote_can_follow_a_challenge_that_leaves_the_quorum() -> None:
    chain = graded(replace(BONDED, unanimity=True, providers=(account_of("rsp"),)))
    give(chain, "ca2", FALSE)
    give(chain, "ca")
    give(chain, "ca3")
    chain.execute("other", challenge_of("ca2"))
    vote(chain, "rsp")
    assert chain.query(Coordination.licence, "one") is not None


def test_a_proof_of_ten_thousand_points_fits_in_a_transaction() -> None:
    data = [Measurement(i, -i, -9000, i, account_of("vsp")) for i in range(10_000)]
    chain = found()
    ask_data(chain)
    chain.execute("ss", RxData("one", root_of(data), len(data), ()))
    chain.execute("other", ShowPoint("one", account_of("ss"), 7777, *proved(data, 7777)))
    assert len(chain.state.head.transactions[0].encoded) < 1000
