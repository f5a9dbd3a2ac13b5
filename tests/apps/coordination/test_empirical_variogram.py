"""Empirical semivariogram against the reference and against its definition."""

import numpy as np
import pytest

from apps.coordination.empirical_variogram import empirical_variogram
from apps.coordination.map_errors import BadMapInput
from tests.apps.coordination.sites import Field, scattered


@pytest.mark.parametrize("name", ["campus_seed0_n200", "paper320_seed0_n200"])
def test_bins_are_those_of_the_reference(name: str) -> None:
    field = Field(name)
    found = empirical_variogram(field.points, field.values, lag_m=5.0, max_lag_m=140.0)
    assert found.lag_m == pytest.approx(field.record["variogram_lags"], rel=1e-12)
    assert found.semivariance_db2 == pytest.approx(field.record["variogram_gamma"], rel=1e-12)
    assert found.pairs.tolist() == field.record["variogram_pairs"]


def test_each_bin_is_half_the_mean_square_of_its_own_pairs() -> None:
    points, values = scattered(1200, seed=3)
    found = empirical_variogram(points, values, lag_m=10.0, max_lag_m=45.0)
    first, second = np.triu_indices(1200, 1)
    lag = np.hypot(*(points[first] - points[second]).T)
    assert found.pairs.sum() == np.count_nonzero(lag < 45.0)
    inside = (lag >= 20.0) & (lag < 30.0)
    assert found.pairs[2] == np.count_nonzero(inside)
    assert found.lag_m[2] == pytest.approx(lag[inside].mean())
    square = (values[first] - values[second])[inside] ** 2
    assert found.semivariance_db2[2] == pytest.approx(square.mean() / 2.0)


def test_repeated_places_show_in_the_first_bin() -> None:
    points, values = scattered(30)
    found = empirical_variogram(np.vstack([points, points]), np.concatenate([values, values + 2.0]))
    assert found.lag_m[0] < 1.0 or found.pairs[0] >= 30


def test_lags_without_pairs_are_refused() -> None:
    points, values = scattered(5)
    with pytest.raises(BadMapInput, match="max_lag_m"):
        empirical_variogram(points, values, max_lag_m=1e-3)
    with pytest.raises(BadMapInput, match="lag_m"):
        empirical_variogram(points, values, lag_m=-1.0)
    with pytest.raises(BadMapInput, match="lag_m"):
        empirical_variogram(points, values, lag_m=1e-9)
