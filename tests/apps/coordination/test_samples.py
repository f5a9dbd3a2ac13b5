"""What the map refuses to work with."""

import pickle

import numpy as np
import pytest

from apps.coordination.map_errors import (
    AbsurdLevel,
    BadMapInput,
    DuplicateSites,
    SitesCoincide,
    TooFewSites,
    UnknownMethod,
)
from apps.coordination.samples import require_name, require_number, require_places, require_samples

POINTS = [[0.0, 0.0], [10.0, 0.0], [0.0, 10.0], [5.0, 5.0]]


def test_lists_and_whole_numbers_are_taken() -> None:
    points, values = require_samples([[0, 0], [1, 0], [0, 1]], [-90, -80, -70])
    assert points.dtype == values.dtype == np.float64
    assert points.shape == (3, 2)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -250.0, 120.0])
def test_a_level_that_no_receiver_reports_is_named(bad: float) -> None:
    with pytest.raises(AbsurdLevel, match=r"values_dbm\[2\]"):
        require_samples(POINTS, [-90.0, -91.0, bad, -93.0])


@pytest.mark.parametrize("bad", [float("nan"), float("-inf"), 1e12])
def test_a_place_without_a_place_is_named(bad: float) -> None:
    points = [row[:] for row in POINTS]
    points[1][0] = bad
    with pytest.raises(BadMapInput, match=r"points_m\[1\]"):
        require_samples(points, [-90.0] * 4)


def test_fewer_than_three_measurements_are_too_few() -> None:
    with pytest.raises(TooFewSites) as caught:
        require_samples(POINTS[:2], [-90.0, -91.0])
    assert caught.value.args == (2, 3)


def test_measurements_at_one_place_only_say_nothing() -> None:
    with pytest.raises(SitesCoincide, match=r"\(5, 6\) m"):
        require_samples([[5.0, 6.0]] * 4, [-90.0, -91.0, -92.0, -93.0])


@pytest.mark.parametrize(
    ("points", "values"),
    [
        (POINTS, [-90.0] * 3),
        (POINTS, [[-90.0] * 4]),
        ([0.0, 1.0, 2.0], [-90.0] * 3),
        ([[0.0, 1.0, 2.0]] * 3, [-90.0] * 3),
        ([[0.0], [1.0, 2.0], [3.0]], [-90.0] * 3),
        (POINTS, ["a", "b", "c", "d"]),
        (POINTS, [True, False, True, False]),
        ([], []),
        (None, [-90.0] * 3),
    ],
)
def test_what_has_another_shape_or_kind_is_refused(points: object, values: object) -> None:
    with pytest.raises(BadMapInput):
        require_samples(points, values)  # type: ignore[arg-type]


def test_no_targets_are_refused() -> None:
    with pytest.raises(BadMapInput, match=r"targets_m.*at least one|targets_m.*shape"):
        require_places("targets_m", np.empty((0, 2)))


@pytest.mark.parametrize("bad", [-1.0, float("nan"), float("inf"), True, "3", None])
def test_a_number_out_of_range_is_refused(bad: object) -> None:
    with pytest.raises(BadMapInput, match="nugget"):
        require_number("nugget", bad, 0.0)


def test_a_wrong_name_gets_the_nearest() -> None:
    with pytest.raises(UnknownMethod, match="nearest is 'reml'"):
        require_name("method", "remle", ("reml", "wls"))


@pytest.mark.parametrize(
    "error",
    [
        BadMapInput("a", 1, "b"),
        TooFewSites(1, 3),
        UnknownMethod("method", "x", None, ("a",)),
        DuplicateSites(1.0, 2.0),
        AbsurdLevel(0, 1.0, 2.0, 3.0),
    ],
)
def test_errors_survive_pickling(error: Exception) -> None:
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert copy.args == error.args
    assert str(copy) == str(error)
