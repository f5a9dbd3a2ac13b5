"""Acquisitions on chain: who may do what and when, what is refused, and what settlement grants."""

from dataclasses import fields

import pytest

from apps.admm.actions import (
    AdmitOperators,
    ExpelOperator,
    OpenAcquisition,
    ResizeBandwidth,
    StartRounds,
    SubmitBandwidth,
    Terms,
)
from apps.admm.events import (
    AcquisitionOpened,
    AcquisitionSettled,
    BandwidthResized,
    BandwidthSubmitted,
    LicenceGranted,
    OperatorAdmitted,
    OperatorExpelled,
    RoundClosed,
    RoundsStarted,
)
from apps.admm.scientific import Scientific
from apps.admm.settlement import whole_hertz
from apps.admm.state import LIMITS, MAX_OPERATORS, AcquisitionRecord, Licence, Operator, Phase
from apps.testing import DevChain, account_of
from chain.hashing import sha256
from chain.records import Action
from tests.apps.admm.scene import (
    MHZ,
    TERMS,
    accept,
    answer,
    found,
    happened,
    operator_of,
    record_of,
    refuse,
    running,
    start,
    terms,
)

OWNER, OTHER = account_of("owner"), account_of("other")
ANN, BOB, CAY = (account_of(name) for name in ("ann", "bob", "cay"))
OPEN = OpenAcquisition("band", TERMS)


def gathering() -> DevChain:
    chain = found()
    accept(chain, "owner", OPEN)
    return chain


def settled() -> DevChain:
    """Two operators that wanted 80 and 60 of the 100 MHz, settled after one round in block 5."""
    chain = running(("ann", "bob"), terms(max_rounds=1))
    answer(chain, {"ann": 80 * MHZ, "bob": 60 * MHZ})
    return chain


def with_part(term: str, value: int) -> Scientific:
    """A penalty with one part replaced."""
    if term == "penalty.significand":
        return Scientific(value, TERMS.penalty.exponent)
    return Scientific(TERMS.penalty.significand, value)


class TestOwner:
    def test_an_acquisition_gathers_operators_first(self) -> None:
        chain = gathering()
        assert record_of(chain) == AcquisitionRecord(OWNER, TERMS)
        assert happened(chain, AcquisitionOpened) == [(1, AcquisitionOpened("band", OWNER, TERMS))]
        assert chain.query("admm", "acquisition", "other") is None

    def test_a_name_is_taken_once(self) -> None:
        assert refuse(gathering(), "other", OPEN) == "acquisition-exists"

    @pytest.mark.parametrize(
        ("term", "value"),
        [(term, low - 1) for term, (low, _) in LIMITS.items() if low > 0 or term == "penalty.exponent"]
        + [(term, high + 1) for term, (_, high) in LIMITS.items()],
    )
    def test_a_term_out_of_range_is_refused(self, term: str, value: int) -> None:
        wrong = terms(with_part(term, value)) if "." in term else terms(TERMS.penalty, **{term: value})
        assert refuse(found(), "owner", OpenAcquisition("band", wrong)) == "terms-out-of-range"

    def test_every_term_has_limits(self) -> None:
        assert {term.partition(".")[0] for term in LIMITS} == {field.name for field in fields(Terms)}

    def test_the_terms_at_their_limits_are_taken(self) -> None:
        for end in (0, 1):
            limits = {term: ends[end] for term, ends in LIMITS.items() if "." not in term}
            penalty = Scientific(*(LIMITS[f"penalty.{part}"][end] for part in ("significand", "exponent")))
            chain = running(("ann", "bob"), Terms(penalty=penalty, **limits))
            answer(chain, {"ann": limits["bandwidth"], "bob": limits["bandwidth"]})
            assert len(happened(chain, RoundClosed)) == 1

    @pytest.mark.parametrize(
        "action",
        [
            AdmitOperators("band", (ANN,)),
            ExpelOperator("band", ANN),
            StartRounds("band"),
            ResizeBandwidth("band", 1),
        ],
    )
    def test_only_the_owner_governs(self, action: Action) -> None:
        assert refuse(gathering(), "other", action) == "not-owner"
        assert refuse(running(), "ann", action) == "not-owner"
        assert refuse(found(), "owner", action) == "no-such-acquisition"

    def test_operators_are_admitted_and_expelled(self) -> None:
        chain = gathering()
        accept(chain, "owner", AdmitOperators("band", (ANN, BOB)))
        assert operator_of(chain, "ann") == Operator()
        accept(chain, "owner", ExpelOperator("band", ANN))
        assert chain.query("admm", "operators_of", "band") == ((BOB, Operator()),)
        assert record_of(chain).members == 1
        assert happened(chain, OperatorAdmitted) == [(2, OperatorAdmitted("band", key)) for key in (ANN, BOB)]
        assert happened(chain, OperatorExpelled) == [(3, OperatorExpelled("band", ANN))]

    def test_an_operator_takes_part_once(self) -> None:
        assert refuse(running(), "owner", AdmitOperators("band", (OTHER, ANN))) == "already-member"
        assert refuse(gathering(), "owner", AdmitOperators("band", (ANN, ANN))) == "already-member"

    def test_a_stranger_is_not_expelled(self) -> None:
        assert refuse(running(), "owner", ExpelOperator("band", OTHER)) == "not-member"

    def test_there_are_at_most_so_many_operators(self) -> None:
        chain = found(check=False)
        accept(chain, "owner", OPEN)
        keys = [sha256(b"%d" % number) for number in range(MAX_OPERATORS + 1)]
        for first in range(0, MAX_OPERATORS - 1, 256):
            batch = tuple(keys[first : min(first + 256, MAX_OPERATORS - 1)])
            accept(chain, "owner", AdmitOperators("band", batch))
        assert refuse(chain, "owner", AdmitOperators("band", tuple(keys[-2:]))) == "too-many-operators"
        accept(chain, "owner", AdmitOperators("band", (keys[-1],)))
        chain.check()

    def test_rounds_need_an_operator(self) -> None:
        assert refuse(gathering(), "owner", StartRounds("band")) == "no-operators"

    def test_rounds_start_once(self) -> None:
        chain = running(("ann", "bob"))
        assert happened(chain, RoundsStarted) == [(3, RoundsStarted("band", 1, 2))]
        assert refuse(chain, "owner", StartRounds("band")) == "not-gathering"
        assert refuse(settled(), "owner", StartRounds("band")) == "not-gathering"

    @pytest.mark.parametrize(
        "action",
        [AdmitOperators("band", (CAY,)), ExpelOperator("band", ANN), ResizeBandwidth("band", MHZ)],
    )
    def test_what_is_settled_stays(self, action: Action) -> None:
        assert refuse(settled(), "owner", action) == "already-settled"

    def test_a_new_bandwidth_counts_from_the_next_aggregation(self) -> None:
        chain = running(("ann", "bob"))
        answer(chain, {"ann": 80 * MHZ, "bob": 60 * MHZ})
        accept(chain, "owner", ResizeBandwidth("band", 30 * MHZ))
        assert happened(chain, BandwidthResized) == [(5, BandwidthResized("band", 30 * MHZ))]
        assert operator_of(chain, "ann").split == 60 * MHZ * 10**6
        answer(chain, {"ann": 20 * MHZ, "bob": 20 * MHZ})
        assert [operator_of(chain, name).split for name in ("ann", "bob")] == [15 * MHZ * 10**6] * 2
        assert refuse(chain, "owner", ResizeBandwidth("band", 0)) == "terms-out-of-range"


class TestAnswers:
    def test_an_answer_is_kept_and_awaits_the_others(self) -> None:
        chain = running(("ann", "bob"))
        answer(chain, {"ann": 7 * MHZ})
        assert operator_of(chain, "ann") == Operator(7 * MHZ, answered=1)
        assert (record_of(chain).round, record_of(chain).missing) == (1, 1)
        submitted = BandwidthSubmitted("band", 1, ANN, 7 * MHZ)
        assert happened(chain, BandwidthSubmitted) == [(4, submitted)]

    def test_the_last_answer_closes_the_round(self) -> None:
        chain = running(("ann", "bob"))
        answer(chain, {"ann": 80 * MHZ, "bob": 60 * MHZ})
        assert operator_of(chain, "ann") == Operator(80 * MHZ, 60 * MHZ * 10**6, 20 * MHZ * 10**6, 1, 0)
        assert operator_of(chain, "bob") == Operator(60 * MHZ, 40 * MHZ * 10**6, 20 * MHZ * 10**6, 1, 0)
        primal, dual = 28_284_271_247_461, 72_111_025_509_279
        closed = RoundClosed("band", 1, 2, 2, primal, dual, 20 * MHZ * 10**6, TERMS.penalty)
        assert happened(chain, RoundClosed) == [(4, closed)]
        record = record_of(chain)
        assert (record.round, record.opened_at, record.due_at, record.missing) == (2, 4, 8, 2)
        shares = {ANN: 60 * MHZ, BOB: 40 * MHZ}
        assert chain.query("admm", "allocation", "band") == tuple(sorted(shares.items()))

    def test_nothing_and_everything_are_answers(self) -> None:
        chain = running(("ann", "bob"))
        answer(chain, {"ann": 0, "bob": 100 * MHZ})
        assert operator_of(chain, "bob").split == 100 * MHZ * 10**6

    @pytest.mark.parametrize(
        ("who", "name", "asked", "bandwidth", "rule"),
        [
            ("bob", "band", 2, -1, "negative-bandwidth"),
            ("bob", "band", 2, -(2**63), "negative-bandwidth"),
            ("bob", "band", 2, 100 * MHZ + 1, "above-total"),
            ("bob", "band", 2, 2**63 - 1, "above-total"),
            ("bob", "band", 1, MHZ, "closed-round"),
            ("bob", "band", 3, MHZ, "future-round"),
            ("ann", "band", 2, MHZ, "already-answered"),
            ("other", "band", 2, MHZ, "not-member"),
            ("owner", "band", 2, MHZ, "not-member"),
            ("bob", "tv", 2, MHZ, "no-such-acquisition"),
            ("bob", "a\0b", 2, MHZ, "key-out-of-range"),
        ],
    )
    def test_an_answer_out_of_place_is_refused(
        self, who: str, name: str, asked: int, bandwidth: int, rule: str
    ) -> None:
        chain = running(("ann", "bob"))
        answer(chain, {"ann": 80 * MHZ, "bob": 60 * MHZ})
        answer(chain, {"ann": 80 * MHZ})
        assert refuse(chain, who, SubmitBandwidth(name, asked, bandwidth)) == rule

    def test_only_an_open_round_is_answered(self) -> None:
        chain = gathering()
        accept(chain, "owner", AdmitOperators("band", (ANN,)))
        assert refuse(chain, "ann", SubmitBandwidth("band", 0, MHZ)) == "not-running"
        assert refuse(chain, "ann", SubmitBandwidth("band", 1, MHZ)) == "not-running"
        assert refuse(settled(), "ann", SubmitBandwidth("band", 1, MHZ)) == "not-running"

    def test_who_was_expelled_answers_no_more_and_begins_anew_if_admitted_again(self) -> None:
        chain = running()
        answer(chain, {"ann": 40 * MHZ, "bob": 50 * MHZ, "cay": 60 * MHZ})
        accept(chain, "owner", ExpelOperator("band", ANN))
        assert refuse(chain, "ann", SubmitBandwidth("band", 2, MHZ)) == "not-member"
        accept(chain, "owner", AdmitOperators("band", (ANN,)))
        assert operator_of(chain, "ann") == Operator()
        answer(chain, {"ann": MHZ, "bob": MHZ, "cay": MHZ})
        assert record_of(chain).round == 3

    def test_what_an_expelled_operator_had_is_shared_by_the_others(self) -> None:
        chain = running(("ann", "bob"))
        answer(chain, {"ann": 80 * MHZ, "bob": 60 * MHZ})
        accept(chain, "owner", ExpelOperator("band", ANN))
        answer(chain, {"bob": 90 * MHZ})
        assert operator_of(chain, "bob").split == 100 * MHZ * 10**6


class TestSettlement:
    def test_licences_lie_side_by_side_in_key_order_at_one_price(self) -> None:
        chain = settled()
        held = dict(sorted({ANN: 60 * MHZ, BOB: 40 * MHZ}.items()))
        price = Scientific(2, -10)
        (first, low), (second, high) = held.items()
        licences = (
            (first, Licence(low, 0, price, 1, False, 4)),
            (second, Licence(high, low, price, 1, False, 4)),
        )
        assert chain.query("admm", "licences_of", "band") == licences
        assert chain.query("admm", "licence", "band", second) == licences[1][1]
        assert chain.query("admm", "licence", "band", CAY) is None
        granted = [
            (4, LicenceGranted("band", key, licence.start, licence.bandwidth, price))
            for key, licence in licences
        ]
        assert happened(chain, LicenceGranted) == granted
        assert happened(chain, AcquisitionSettled) == [(4, AcquisitionSettled("band", 1, False, 100 * MHZ))]
        record = record_of(chain)
        assert (record.phase, record.settled_at, record.licensed) == (Phase.SETTLED, 4, 100 * MHZ)

    def test_a_share_of_nothing_is_no_licence(self) -> None:
        chain = running(("ann", "bob"), terms(max_rounds=1))
        answer(chain, {"ann": 0, "bob": 5})
        licence = Licence(5, 0, Scientific(0, 0), 1, False, 4)
        assert chain.query("admm", "licences_of", "band") == ((BOB, licence),)

    def test_a_hertz_that_rounding_leaves_goes_to_the_largest_remainder(self) -> None:
        assert whole_hertz([1_700_000, 2_600_000, 3_700_000]) == [2, 2, 4]
        assert whole_hertz([1_500_000, 2_500_000, 999_999]) == [1, 2, 1]
        assert whole_hertz([1_500_000, 2_500_000]) == [2, 2]
        assert whole_hertz([333_333, 333_333, 333_334]) == [0, 0, 1]
        assert whole_hertz([]) == []

    def test_two_acquisitions_do_not_touch_each_other(self) -> None:
        chain = running(("ann", "bob"), terms(max_rounds=1, round_blocks=9))
        start(chain, ("bob", "cay"), terms(max_rounds=1), "band 2")
        answer(chain, {"bob": 5, "cay": 7}, "band 2")
        assert record_of(chain, "band 2").phase is Phase.SETTLED
        assert record_of(chain).missing == 2
        answer(chain, {"ann": 80 * MHZ, "bob": 60 * MHZ})
        assert record_of(chain).phase is Phase.SETTLED
        licences = chain.query("admm", "licences_of", "band 2")
        assert isinstance(licences, tuple)
        assert sorted(licence.bandwidth for _, licence in licences) == [5, 7]
