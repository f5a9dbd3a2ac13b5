"""Noise, wideband power, adjacent channels and sums of powers."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.coordination.link_budget import (
    LinkBudget,
    acir_db,
    aggregate_dbm,
    noise_dbm,
    sum_dbm,
    wideband_dbm,
)
from apps.coordination.quantities import BadQuantity


def test_anchors_of_the_reference_section_6() -> None:
    """Figures of `reference/frequency_coordination.md`, section 6."""
    assert noise_dbm(10e6, 9.0) == pytest.approx(-95.0, abs=1e-9)
    assert noise_dbm(15e3, 9.0) == pytest.approx(-123.23908740944319, abs=1e-4)
    assert wideband_dbm(-100.0, 100) + 100.0 == pytest.approx(30.791812460476248, abs=1e-4)


def test_the_net_gain_adds_gains_and_subtracts_losses() -> None:
    assert LinkBudget(3.0, 5.0, 12.0, 30.0).net_gain_db == pytest.approx(-34.0)
    assert LinkBudget().net_gain_db == 0.0


def test_acir_is_the_parallel_sum_of_leakage_and_selectivity() -> None:
    assert acir_db(30.0, 300.0) == pytest.approx(30.0, abs=1e-9)
    assert acir_db(33.0, 33.0) == pytest.approx(33.0 - 10 * math.log10(2))
    assert acir_db(45.0, 33.0) < 33.0


@given(st.lists(st.floats(-200.0, 50.0), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_a_sum_of_powers_ignores_order_and_silence_and_is_at_least_the_largest(
    levels: list[float], random
) -> None:  # type: ignore[no-untyped-def]
    total = float(sum_dbm(levels))
    shuffled = [*levels, -math.inf]
    random.shuffle(shuffled)
    assert float(sum_dbm(shuffled)) == pytest.approx(total, abs=1e-9)
    assert max(levels) - 1e-9 <= total <= max(levels) + 10 * math.log10(len(levels)) + 1e-9


def test_nothing_adds_up_to_no_power() -> None:
    assert np.isneginf(sum_dbm([]))
    assert np.isneginf(aggregate_dbm([], np.empty((0, 3)))).tolist() == [True] * 3


def test_two_equal_sharers_make_three_decibels_more() -> None:
    one = aggregate_dbm([20.0], [[100.0, 110.0]], -2.0)
    two = aggregate_dbm([20.0, 20.0], [[100.0, 110.0]] * 2, [-2.0, -2.0])
    assert one == pytest.approx([-82.0, -92.0])
    assert two - one == pytest.approx([10 * math.log10(2)] * 2)


@pytest.mark.parametrize(
    "call",
    [
        lambda: noise_dbm(0.0, 9.0),
        lambda: noise_dbm(math.nan, 9.0),
        lambda: noise_dbm(10e6, -1.0),
        lambda: wideband_dbm(-80.0, 0),
        lambda: wideband_dbm(-80.0, True),
        lambda: wideband_dbm(-80.0, 2.5),  # type: ignore[arg-type]
        lambda: wideband_dbm(math.nan, 100),
        lambda: acir_db(-1.0, 30.0),
        lambda: LinkBudget(penetration_db=-3.0),
        lambda: LinkBudget(transmit_gain_dbi=math.nan),
        lambda: LinkBudget(acir_db=math.inf),
        lambda: sum_dbm([math.nan]),
        lambda: aggregate_dbm([20.0], [[100.0], [100.0]]),
        lambda: aggregate_dbm([20.0, math.inf], [[100.0], [100.0]]),
        lambda: aggregate_dbm([20.0], [100.0]),
        lambda: aggregate_dbm([20.0], [[math.nan]]),
        lambda: aggregate_dbm([20.0], [[100.0]], [1.0, 2.0]),
    ],
)
def test_bad_values_are_refused(call: object) -> None:
    with pytest.raises(BadQuantity):
        call()  # type: ignore[operator]
