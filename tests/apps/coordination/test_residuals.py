"""Leave-one-out and leave-one-participant-out in closed form, against kriging without those measurements."""

import numpy as np
import pytest
from scipy import stats

from apps.coordination.campus import make_campus
from apps.coordination.kriging import krige
from apps.coordination.map_errors import DuplicateSites, SingularSystem, TooFewSites
from apps.coordination.residuals import left_out, precision_matrix, suspicion, without
from apps.coordination.variogram_models import BoundedLinear, Exponential, Linear, Matern, VariogramModel

MODELS = [Exponential(40.0, 80.0, 1.0), Matern(40.0, 60.0, 0.5), Linear.with_slope(0.5, 0.3)]


def some_samples(count: int = 40) -> tuple[np.ndarray, np.ndarray]:
    campus = make_campus(1, "stationary")
    chosen = campus.sample(count, np.random.default_rng(5))
    return campus.points_m[chosen], campus.values_dbm[chosen]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("transmitter", [None, (250.0, -40.0)])
def test_a_residual_is_that_of_kriging_without_the_measurement(
    model: VariogramModel, transmitter: tuple[float, float] | None
) -> None:
    points, values = some_samples()
    residual, variance = left_out(precision_matrix(points, values, model, transmitter), values)
    for i in (0, 17, 39):
        rest = np.arange(40) != i
        expected = krige(points[rest], values[rest], points[[i]], model, transmitter_m=transmitter)
        assert residual[i] == pytest.approx(values[i] - expected.mean[0], abs=1e-8)
        assert variance[i] == pytest.approx(expected.variance[0], rel=1e-8)


@pytest.mark.parametrize("model", MODELS)
def test_taking_measurements_out_equals_never_having_made_them(model: VariogramModel) -> None:
    points, values = some_samples()
    removed = np.isin(np.arange(40), [3, 4, 20])
    direct = precision_matrix(points[~removed], values[~removed], model)
    assert without(precision_matrix(points, values, model), removed) == pytest.approx(direct, abs=1e-10)


def test_a_constant_lie_is_found_to_the_decibel_and_in_its_offset_alone() -> None:
    points, values = some_samples()
    precision, own = precision_matrix(points, values, MODELS[0]), np.arange(8)
    lie = np.zeros(40)
    lie[own] = 7.5
    honest = suspicion(precision, precision @ values, own)
    lying = suspicion(precision, precision @ (values + lie), own)
    assert lying.offset_db - honest.offset_db == pytest.approx(7.5)
    assert lying.spread == pytest.approx(honest.spread)
    assert lying.degrees == 7


def test_scores_and_spreads_of_honest_participants_have_their_distributions() -> None:
    """1,000 Gaussian fields with the right variogram: Kolmogorov-Smirnov at 1e-4, each test by itself."""
    points, values = some_samples()
    model = MODELS[0]
    gap = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
    covariance = 40.0 - model.semivariance(gap)
    lower = np.linalg.cholesky(covariance)
    precision, own = precision_matrix(points, values, model), np.arange(10)
    rng = np.random.default_rng(3)
    found = [suspicion(precision, precision @ (lower @ rng.standard_normal(40)), own) for _ in range(1000)]
    assert stats.kstest([s.score for s in found], "norm").pvalue > 1e-4
    assert stats.kstest([s.spread for s in found], "chi2", (9,)).pvalue > 1e-4


def test_a_participant_with_one_measurement_has_an_offset_only() -> None:
    points, values = some_samples()
    precision = precision_matrix(points, values, MODELS[0])
    alone = suspicion(precision, precision @ values, np.array([5]))
    residual, variance = left_out(precision, values)
    assert (alone.offset_db, alone.offset_deviation_db) == pytest.approx((residual[5], np.sqrt(variance[5])))
    assert (alone.spread, alone.degrees) == (pytest.approx(0.0, abs=1e-9), 0)


def test_where_nobody_else_has_measured_nothing_is_known() -> None:
    points, values = some_samples()
    precision = precision_matrix(points, values, MODELS[0])
    everything = suspicion(precision, precision @ values, np.arange(40))
    assert everything.score == 0.0
    assert everything.offset_deviation_db == np.inf


def test_two_measurements_at_one_place_need_a_nugget() -> None:
    points, values = some_samples(5)
    twice, levels = np.vstack([points, points[:1]]), np.append(values, values[0])
    assert np.isfinite(precision_matrix(twice, levels, Exponential(40.0, 80.0, 1.0))).all()
    with pytest.raises(DuplicateSites):
        precision_matrix(twice, levels, Exponential(40.0, 80.0))


def test_an_indefinite_variogram_and_too_few_measurements_are_refused() -> None:
    points, values = some_samples(200)
    with pytest.raises(SingularSystem):
        precision_matrix(points, values, BoundedLinear(30.0, 28.0))
    with pytest.raises(TooFewSites):
        precision_matrix(points[:2], values[:2], MODELS[0])
