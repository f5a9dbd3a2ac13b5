"""The interference decision: the reference's examples, its order, its aggregate, and never a NaN."""

import math
import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.coordination.decision import (
    Assessment,
    MeanRule,
    Outcome,
    PowerRequest,
    Reason,
    assess,
    sinr_db,
    tolerable_dbm,
)
from apps.coordination.link_budget import sum_dbm
from apps.coordination.places import ProtectedPlaces
from apps.coordination.propagation import Cost231Hata, ModelRangeWarning
from apps.coordination.quantities import BadQuantity
from tests.apps.coordination.scene import drawn_places, example_1, example_2, places_of

ANCHOR_DB = 1e-4
HOPELESS = places_of([-80.0, -93.0], [100.0, 100.0], 6.0)
"""The second place has 2 dB above the noise and needs 6."""


def test_example_1_of_the_reference_section_6() -> None:
    places = example_1()
    answer = assess(PowerRequest(23.0), places)
    assert sinr_db(places, 23.0) == pytest.approx([-0.26774088607824353], abs=ANCHOR_DB)
    assert sinr_db(places, -math.inf) == pytest.approx([10.0], abs=ANCHOR_DB)
    assert 23.0 + places.coupling_db == pytest.approx([-85.1610788874974], abs=ANCHOR_DB)
    assert tolerable_dbm(np.array([-91.0]), np.array([-95.0])) == pytest.approx(
        [-93.20480830541908], abs=ANCHOR_DB
    )
    assert answer.outcome is Outcome.REDUCE
    assert answer.reason is Reason.POWER_REDUCED
    assert answer.granted_dbm == pytest.approx(14.956270582078318, abs=ANCHOR_DB)
    assert answer.back_off_db == pytest.approx(8.043729417921682, abs=ANCHOR_DB)
    assert answer.sinr_db == pytest.approx([6.0], abs=ANCHOR_DB)


def test_example_2_of_the_reference_section_6() -> None:
    answer = assess(PowerRequest(23.0), example_2())
    assert answer.limits_dbm == pytest.approx(
        [12.937365124638063, 17.57880394155599, 13.626942539616024], abs=ANCHOR_DB
    )
    assert answer.granted_dbm == pytest.approx(12.937365124638063, abs=ANCHOR_DB)
    assert answer.limiting_place == 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ModelRangeWarning)
        hata = Cost231Hata(2630.0)
        places = example_2(hata)
    assert MeanRule().limits_dbm(places) == pytest.approx(
        [17.549010667329, 22.167828820503644, 18.202735178532436], abs=ANCHOR_DB
    )


def test_a_power_within_all_limits_is_granted_as_asked() -> None:
    answer = assess(PowerRequest(10.0), example_2())
    assert (answer.outcome, answer.reason, answer.granted_dbm) == (Outcome.GRANT, Reason.WITHIN_LIMITS, 10.0)
    assert answer.headroom_db == pytest.approx(2.937365124638063, abs=ANCHOR_DB)
    assert answer.back_off_db == 0.0


def test_less_than_the_least_that_serves_is_denied() -> None:
    answer = assess(PowerRequest(23.0, 13.0), example_2())
    assert (answer.outcome, answer.reason) == (Outcome.DENY, Reason.BELOW_MINIMUM)
    assert answer.granted_dbm == -math.inf
    assert answer.permissible_dbm == pytest.approx(12.937365124638063)
    assert answer.sinr_db == pytest.approx([17.0, 11.5, 5.0])


def test_a_threshold_out_of_reach_without_any_sharer_denies() -> None:
    answer = assess(PowerRequest(23.0), HOPELESS)
    assert (answer.outcome, answer.reason, answer.limiting_place) == (Outcome.DENY, Reason.UNREACHABLE, 1)
    assert answer.permissible_dbm == answer.headroom_db == -math.inf
    assert answer.back_off_db == math.inf
    assert_no_nan(answer)


def test_a_threshold_just_at_the_noise_leaves_no_power() -> None:
    at_the_noise = places_of([-89.0], [100.0], 6.0)
    assert assess(PowerRequest(0.0), at_the_noise).reason is Reason.UNREACHABLE


def test_such_a_place_can_leave_the_mask() -> None:
    answer = assess(PowerRequest(23.0), HOPELESS, unreachable="drop")
    alone = assess(PowerRequest(23.0), HOPELESS.only(np.array([True, False])))
    assert answer.dropped == (1,)
    assert answer.limiting_place == 0
    assert answer.granted_dbm == alone.granted_dbm
    assert answer.limits_dbm[1] == -math.inf


def test_with_nothing_left_in_the_mask_the_answer_is_to_deny() -> None:
    nothing = HOPELESS.only(np.array([False, True]))
    answer = assess(PowerRequest(23.0), nothing, unreachable="drop")
    assert (answer.outcome, answer.reason) == (Outcome.DENY, Reason.NOTHING_PROTECTED)
    assert answer.dropped == (0,)
    assert_no_nan(answer)


@pytest.mark.parametrize("unreachable", ["deny", "drop"])
def test_a_tolerance_used_up_by_sharers_granted_before_always_denies(unreachable: str) -> None:
    used_up = places_of([-80.0, -85.0], [100.0, 100.0], 6.0, granted_dbm=np.array([-math.inf, -90.0]))
    answer = assess(PowerRequest(23.0), used_up, unreachable=unreachable)  # type: ignore[arg-type]
    assert (answer.outcome, answer.reason, answer.limiting_place) == (Outcome.DENY, Reason.USED_UP, 1)
    assert answer.dropped == ()


def test_of_equal_limits_the_first_is_named_whatever_the_last_digits() -> None:
    twins = places_of([-80.0, -80.0 - 1e-11, -70.0], [100.0, 100.0, 100.0], 6.0)
    assert assess(PowerRequest(23.0), twins).limiting_place == 0


def test_a_power_at_the_limit_is_granted_whatever_the_last_digits() -> None:
    limit = float(MeanRule().limits_dbm(example_1())[0])
    for asked in (limit, limit + 1e-9):
        assert assess(PowerRequest(asked), example_1()).outcome is Outcome.GRANT
        assert assess(PowerRequest(23.0, asked), example_1()).outcome is Outcome.REDUCE
    assert assess(PowerRequest(limit + 1e-3), example_1()).outcome is Outcome.REDUCE


@settings(max_examples=40, deadline=None)
@given(drawn_places(), st.floats(-40.0, 40.0), st.floats(0.0, 40.0))
def test_the_margin_is_that_of_the_limiting_place_and_tells_a_grant_from_a_denial(
    places: ProtectedPlaces, power: float, below: float
) -> None:
    answer = assess(PowerRequest(power, power - below), places)
    used = power - below if answer.outcome is Outcome.DENY else answer.granted_dbm
    place = answer.limiting_place
    assert answer.margin_db == pytest.approx(sinr_db(places, used)[place] - places.threshold_db[place])
    assert answer.margin_db < 1e-6 if answer.outcome is Outcome.DENY else answer.margin_db > -1e-6


@pytest.mark.parametrize(
    ("power", "minimum"),
    [(math.nan, 0.0), (math.inf, 0.0), (1000.0, 0.0), (23.0, math.nan), (23.0, 24.0), (-300.0, -300.0)],
)
def test_a_request_is_of_plausible_powers_in_order(power: float, minimum: float) -> None:
    with pytest.raises(BadQuantity):
        PowerRequest(power, minimum)


def test_another_word_for_unreachable_places_is_refused() -> None:
    with pytest.raises(BadQuantity, match="'deny' or 'drop'"):
        assess(PowerRequest(23.0), HOPELESS, unreachable="ignore")  # type: ignore[arg-type]


@settings(max_examples=80, deadline=None)
@given(drawn_places(), st.floats(-60.0, 60.0))
def test_the_granted_power_keeps_every_place_and_a_little_more_does_not(
    places: ProtectedPlaces, power: float
) -> None:
    answer = assess(PowerRequest(power), places)
    assert_no_nan(answer)
    if answer.outcome is not Outcome.DENY:
        assert np.all(answer.sinr_db >= places.threshold_db - 1e-6)
        assert answer.granted_dbm <= power
    if np.isfinite(answer.permissible_dbm):
        # At a level far below the noise a hundredth of a dB is less than a double can show in the SINR.
        more = sinr_db(places, answer.permissible_dbm + 0.01)
        assert np.min(more - places.threshold_db) < 1e-9


@settings(max_examples=40, deadline=None)
@given(drawn_places(), st.floats(-60.0, 60.0), st.floats(0.0, 60.0))
def test_more_power_never_raises_a_sinr(places: ProtectedPlaces, power: float, more: float) -> None:
    assert np.all(sinr_db(places, power + more) <= sinr_db(places, power) + 1e-9)


@settings(max_examples=40, deadline=None)
@given(drawn_places(), st.floats(-40.0, 40.0))
def test_a_gain_of_the_link_lowers_the_limits_by_as_much(places: ProtectedPlaces, gain: float) -> None:
    limits = MeanRule().limits_dbm(places)
    shifted = MeanRule().limits_dbm(replace(places, net_gain_db=places.net_gain_db + gain))
    assert shifted == pytest.approx(limits - gain, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(drawn_places(), st.floats(-20.0, 20.0))
def test_all_levels_shifted_together_shift_the_limits(places: ProtectedPlaces, shift: float) -> None:
    moved = replace(
        places,
        signal_dbm=places.signal_dbm + shift,
        noise_dbm=places.noise_dbm + shift,
        granted_dbm=places.granted_dbm + shift,
    )
    before, after = MeanRule().limits_dbm(places), MeanRule().limits_dbm(moved)
    # Where S - theta is within 1e-9 dB of the noise, rounding decides.
    clear = np.abs(places.signal_dbm - places.threshold_db - places.background_dbm) > 1e-6
    assert after[clear] == pytest.approx(before[clear] + shift, abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(drawn_places(), st.randoms(use_true_random=False))
def test_the_order_of_the_places_does_not_matter(places: ProtectedPlaces, random) -> None:  # type: ignore[no-untyped-def]
    order = list(range(places.count))
    random.shuffle(order)
    fields = ("signal_dbm", "loss_db", "threshold_db", "noise_dbm", "net_gain_db", "granted_dbm")
    shuffled = ProtectedPlaces(**{name: getattr(places, name)[order] for name in fields})
    first, second = assess(PowerRequest(30.0), places), assess(PowerRequest(30.0), shuffled)
    assert (first.outcome, first.reason) == (second.outcome, second.reason)
    assert second.permissible_dbm == pytest.approx(first.permissible_dbm)
    assert second.limits_dbm == pytest.approx(first.limits_dbm[order])


@settings(max_examples=40, deadline=None)
@given(drawn_places(), st.floats(-140.0, -80.0))
def test_another_sharer_never_raises_a_limit(places: ProtectedPlaces, sharer_dbm: float) -> None:
    granted = sum_dbm(np.stack([places.granted_dbm, np.full(places.count, sharer_dbm)]))
    assert np.all(
        MeanRule().limits_dbm(replace(places, granted_dbm=granted)) <= MeanRule().limits_dbm(places) + 1e-9
    )


@settings(max_examples=40, deadline=None)
@given(drawn_places(), st.floats(0.0, 20.0))
def test_a_higher_threshold_never_raises_a_limit(places: ProtectedPlaces, more: float) -> None:
    stricter = replace(places, threshold_db=places.threshold_db + more)
    assert np.all(MeanRule().limits_dbm(stricter) <= MeanRule().limits_dbm(places) + 1e-9)


def test_sharers_granted_one_after_the_other_keep_the_threshold_together() -> None:
    places = example_2()
    granted = np.full(3, -math.inf)
    for _ in range(4):
        answer = assess(PowerRequest(8.0, 0.0), replace(places, granted_dbm=granted))
        granted = sum_dbm(np.stack([granted, answer.granted_dbm + places.coupling_db]))
        together = places.signal_dbm - sum_dbm(np.stack([places.noise_dbm, granted]))
        assert np.all(together >= places.threshold_db - 1e-6)
    assert answer.outcome is Outcome.DENY
    alone = places.signal_dbm - sum_dbm(np.stack([places.noise_dbm, *[8.0 + places.coupling_db] * 4]))
    assert np.min(alone) < 3.0, "four sharers, each judged alone, would have broken it"


def assert_no_nan(answer: Assessment) -> None:
    numbers = [
        answer.granted_dbm,
        answer.permissible_dbm,
        answer.headroom_db,
        answer.margin_db,
        answer.back_off_db,
    ]
    assert not np.isnan([*numbers, *answer.limits_dbm, *answer.sinr_db]).any()
