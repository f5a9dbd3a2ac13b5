"""Grading by truth: who lies is caught, also in numbers, and who does not is rarely."""

import math

import numpy as np
import pytest

from apps.coordination.actions import Grade
from apps.coordination.campus import make_campus
from apps.coordination.grading import grade_by_signal
from apps.coordination.map_errors import AbsurdLevel, TooFewSites
from apps.coordination.quantities import BadQuantity
from apps.coordination.residual_grading import ResidualGrades, grade_by_residual
from apps.coordination.variogram_models import Matern

PARTICIPANTS, EACH = 20, 10
WHO = np.repeat(np.arange(PARTICIPANTS), EACH)


def campaign(seed: int, scenario: str = "stationary") -> tuple[np.ndarray, np.ndarray]:
    """Points and honest levels with receiver noise of 0.5 dB."""
    campus, rng = make_campus(seed, scenario), np.random.default_rng([seed, 9])
    chosen = campus.sample(PARTICIPANTS * EACH, rng)
    return campus.points_m[chosen], campus.values_dbm[chosen] + rng.normal(0.0, 0.5, chosen.size)


def grade(points: np.ndarray, values: np.ndarray) -> ResidualGrades:
    return grade_by_residual(points, values, WHO)


@pytest.mark.parametrize("liars", [1, 4, 8])
@pytest.mark.parametrize("scenario", ["stationary", "campus"])
def test_constant_lies_are_caught_even_by_many(liars: int, scenario: str) -> None:
    points, values = campaign(1, scenario)
    graded = grade(points, values + 8.0 * (liars > WHO))
    assert graded.caught[:liars].all()
    assert np.count_nonzero(graded.caught[liars:]) <= 1
    assert all(g is Grade.EDGE for g in graded.grades[:liars])
    assert np.mean(graded.offset_db[:liars]) == pytest.approx(8.0, abs=1.0)
    assert not graded.kept[liars > WHO].any()


def test_one_lie_does_not_make_its_neighbours_suspect() -> None:
    points, values = campaign(2)
    graded = grade(points, values + 20.0 * (WHO == 5))
    assert np.flatnonzero(graded.caught).tolist() == [5]
    assert np.nanmax(np.abs(graded.residual_db)) < 12.0
    assert np.isnan(graded.residual_db[WHO == 5]).all()


def test_random_lies_are_caught_by_their_spread() -> None:
    points, values = campaign(2)
    noise = np.random.default_rng(4).normal(0.0, 12.0, values.size)
    graded = grade(points, values + noise * (WHO < 3))
    assert np.flatnonzero(graded.caught).tolist() == [0, 1, 2]


def test_a_liar_whom_the_signal_condition_rewards_is_caught() -> None:
    points, values = campaign(1)
    lying = values + 25.0 * (WHO == 0)
    assert grade_by_signal(lying, WHO).grades[0] <= Grade.GOOD
    assert grade(points, lying).grades[0] is Grade.EDGE


def test_labels_and_order_do_not_matter() -> None:
    points, values = campaign(1)
    lying = values + 8.0 * (WHO < 4)
    order = np.random.default_rng(0).permutation(values.size)
    first, second = grade(points, lying), grade_by_residual(points[order], lying[order], 100 - WHO[order])
    assert second.participants.tolist() == (100 - first.participants[::-1]).tolist()
    assert second.caught.tolist() == first.caught[::-1].tolist()
    assert second.grades == first.grades[::-1]


def test_a_level_that_all_report_too_high_cannot_be_seen() -> None:
    points, values = campaign(1)
    assert grade(points, values + 10.0).caught.tolist() == grade(points, values).caught.tolist()


def test_with_a_given_variogram_none_is_fitted() -> None:
    points, values = campaign(1)
    model = Matern(40.0, 90.0, 1.5)
    graded = grade_by_residual(points, values + 8.0 * (WHO < 4), WHO, model=model)
    assert graded.model is model
    assert np.flatnonzero(graded.caught).tolist() == [0, 1, 2, 3]


def test_at_most_half_are_caught() -> None:
    points, values = campaign(1)
    wild = values + np.random.default_rng(1).uniform(-40.0, 40.0, PARTICIPANTS)[WHO]
    assert np.count_nonzero(grade(points, wild).caught) <= PARTICIPANTS // 2


def test_levels_that_are_all_equal_are_nobody_s_lie() -> None:
    points, _ = campaign(1)
    graded = grade(points, np.full(WHO.size, -90.0))
    assert not graded.caught.any()
    assert np.isfinite(graded.probability).all()


@pytest.mark.slow
@pytest.mark.parametrize(("scenario", "highest"), [("stationary", 0.012), ("campus", 0.03)])
def test_honest_participants_are_caught_about_as_rarely_as_stated(scenario: str, highest: float) -> None:
    """60 campaigns of 20 at a rate of 0.01; bounds as in the README, fields with buildings not being Gaussian."""
    caught = [np.mean(grade(*campaign(seed, scenario)).caught) for seed in range(100, 160)]
    assert np.mean(caught) <= highest


def test_bad_values_are_refused() -> None:
    points, values = campaign(1)
    with pytest.raises(BadQuantity, match="at least 3"):
        grade_by_residual(points, values, WHO % 2)
    for rate in (0.0, -0.1, 0.21, math.nan):
        with pytest.raises(BadQuantity, match="false_alarm"):
            grade_by_residual(points, values, WHO, false_alarm=rate)
    with pytest.raises(BadQuantity, match="integers"):
        grade_by_residual(points, values, WHO * 1.0)
    with pytest.raises(BadQuantity, match="shape"):
        grade_by_residual(points, values, WHO[1:])
    with pytest.raises(AbsurdLevel):
        grade(points, np.where(WHO == 0, np.nan, values))
    with pytest.raises(TooFewSites):
        grade_by_residual(points[:2], values[:2], [0, 1])
