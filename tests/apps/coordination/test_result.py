"""The record that agencies must agree on: same integers from floats that differ in their last digits."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.coordination import actions
from apps.coordination.chance import ChanceRule
from apps.coordination.checks import check_decision
from apps.coordination.decision import MeanRule, PowerRequest, assess
from apps.coordination.places import ProtectedPlaces
from apps.coordination.quorum import result_digest
from apps.coordination.result import decision_record
from tests.apps.coordination.scene import drawn_places, example_2, places_of


def ask(power_cdbm: int, least_cdbm: int) -> actions.Ask:
    return actions.Ask(
        x_cm=0,
        y_cm=0,
        height_cm=150,
        band=actions.Band(2_630_000_000, 2_640_000_000),
        power_cdbm=power_cdbm,
        min_power_cdbm=least_cdbm,
        licence_blocks=10,
    )


def record(
    places: ProtectedPlaces, power_cdbm: int, least_cdbm: int, chance: bool = False
) -> actions.Decision:
    request = PowerRequest(power_cdbm / 100, least_cdbm / 100)
    assessment = assess(request, places, ChanceRule(0.05, 3.0) if chance else MeanRule())
    receivers = np.column_stack([np.arange(places.count) * 5.0 + 2.5, np.full(places.count, 7.5)])
    return decision_record(
        assessment,
        ask(power_cdbm, least_cdbm),
        receivers,
        map_root=bytes(32),
        map_leaves=3,
        points_used=3,
        aggregate=0,
    )


def test_a_reduced_power_is_rounded_down_and_the_place_is_named() -> None:
    reduced = record(example_2(), 2300, 0)
    assert (reduced.verdict, reduced.power_cdbm, reduced.margin_cdb) == (actions.Verdict.REDUCE, 1293, 0)
    assert (reduced.limit_x_cm, reduced.limit_y_cm) == (250, 750)


def test_a_grant_has_the_power_asked_for_and_its_margin() -> None:
    granted = record(example_2(), 1000, 0)
    assert (granted.verdict, granted.power_cdbm) == (actions.Verdict.GRANT, 1000)
    assert granted.margin_cdb > 0


def test_a_denial_says_what_could_be() -> None:
    denied = record(example_2(), 2300, 1500)
    assert (denied.verdict, denied.power_cdbm) == (actions.Verdict.DENY, 1293)
    assert denied.margin_cdb < 0
    hopeless = record(places_of([-93.0], [100.0], 6.0), 2300, 0)
    assert (hopeless.verdict, hopeless.power_cdbm) == (actions.Verdict.DENY, -30_000)


@pytest.mark.parametrize("chance", [False, True])
@settings(max_examples=40, deadline=None)
@given(drawn_places(deviations=True), st.integers(-4000, 6000), st.integers(0, 5000))
def test_the_conditions_of_a_verdict_hold_to_the_integer(
    chance: bool, places: ProtectedPlaces, power: int, below: int
) -> None:
    least = power - below
    decision = record(places, power, least, chance)
    if decision.verdict is actions.Verdict.GRANT:
        assert decision.power_cdbm == power
    elif decision.verdict is actions.Verdict.REDUCE:
        assert least <= decision.power_cdbm < power
    else:
        assert decision.power_cdbm < least
    assert (decision.margin_cdb < 0) == (decision.verdict is actions.Verdict.DENY)
    check_decision(decision, ask(power, least), points=3, min_points=3)


@pytest.mark.parametrize("nudge_db", [-1e-9, 1e-9])
def test_honest_machines_whose_floats_differ_a_little_get_one_digest(nudge_db: float) -> None:
    """Also where power, least power and limit coincide: the limit is 12.94 dBm to the last digits."""
    places = example_2()
    shift = 12.94 - float(MeanRule().limits_dbm(places)[0])
    tied = replace(places, loss_db=places.loss_db + shift)
    other = replace(tied, signal_dbm=tied.signal_dbm + nudge_db)
    for power, least in [(2300, 0), (2300, 1294), (1294, 0), (1294, 1294), (1295, 1294), (2300, 1295)]:
        digests = {result_digest("r", [], bytes(32), record(p, power, least)) for p in (tied, other)}
        assert len(digests) == 1, (power, least)


def test_twin_places_name_the_same_one_on_every_machine() -> None:
    for nudge in (-1e-10, 0.0, 1e-10):
        twins = places_of([-80.0, -80.0 + nudge], [100.0, 100.0], 6.0)
        assert record(twins, 2300, 0).limit_x_cm == 250


def test_another_answer_has_another_digest() -> None:
    first, second = record(example_2(), 2300, 0), record(example_2(), 2300, 0)
    assert result_digest("r", [], bytes(32), first) == result_digest("r", [], bytes(32), second)
    worse = replace(first, power_cdbm=first.power_cdbm + 1)
    assert result_digest("r", [], bytes(32), worse) != result_digest("r", [], bytes(32), first)
    assert math.isfinite(first.margin_cdb)
