"""Vecchia's approximate inverse, and the maps that rest on it."""

import numpy as np
import pytest

from apps.coordination.kriging import krige
from apps.coordination.kriging_tiles import krige_tiles
from apps.coordination.validity import covariance_matrix
from apps.coordination.variogram_models import Exponential, VariogramModel
from apps.coordination.vecchia import vecchia_inverse
from tests.apps.coordination.sites import VALID_MODELS, scattered


@pytest.mark.parametrize("model", VALID_MODELS, ids=lambda model: type(model).__name__)
def test_it_is_symmetric_positive_and_near_the_inverse(model: VariogramModel) -> None:
    points, _ = scattered(150)
    inverse = vecchia_inverse(points, model)
    matrix = np.column_stack([inverse(column) for column in np.eye(150)])
    assert np.allclose(matrix, matrix.T, atol=1e-10)
    assert float(np.linalg.eigvalsh(matrix).min()) > 0.0
    plain = float(np.linalg.cond(covariance_matrix(points, model)))
    assert float(np.linalg.cond(matrix @ covariance_matrix(points, model))) < plain


def test_with_all_earlier_sites_as_neighbours_the_quadratic_form_is_a_density() -> None:
    points, _ = scattered(2)
    model = Exponential(30.0, 60.0, 0.3)
    matrix = np.column_stack([vecchia_inverse(points, model)(column) for column in np.eye(2)])
    assert np.allclose(matrix, np.linalg.inv(covariance_matrix(points, model)))


def test_tiles_of_many_measurements_take_their_mean_from_it() -> None:
    points, values = scattered(2200, side_m=600.0)
    targets = scattered(800, seed=4, side_m=600.0)[0]
    model = Exponential(30.0, 40.0, 0.3)
    whole, found = krige(points, values, targets, model), krige_tiles(points, values, targets, model)
    assert np.sqrt(np.mean((found.mean - whole.mean) ** 2)) < 0.02
    assert np.sqrt(np.mean((found.variance - whole.variance) ** 2)) < 0.02
