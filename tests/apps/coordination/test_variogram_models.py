"""Models: PyKrige's conventions, validity, and what is refused."""

import numpy as np
import pytest

from apps.coordination.map_errors import BadMapInput
from apps.coordination.samples import FloatArray
from apps.coordination.validity import check_validity
from apps.coordination.variogram_models import (
    BoundedLinear,
    Exponential,
    Gaussian,
    Linear,
    Matern,
    Mixture,
    Spherical,
    VariogramModel,
)
from tests.apps.coordination.sites import VALID_MODELS, scattered

LAGS = np.array([0.0, 1e-6, 3.0, 14.0, 28.0, 50.0, 300.0])


@pytest.mark.parametrize(
    ("model", "name", "parameters"),
    [
        (Exponential(30.0, 28.0, 0.3), "exponential", [29.7, 28.0, 0.3]),
        (Gaussian(30.0, 28.0, 0.3), "gaussian", [29.7, 28.0, 0.3]),
        (Spherical(30.0, 28.0, 0.3), "spherical", [29.7, 28.0, 0.3]),
        (Linear(30.0, 28.0, 0.3), "linear", [29.7 / 28.0, 0.3]),
    ],
)
def test_curves_are_those_of_pykrige(model: VariogramModel, name: str, parameters: list[float]) -> None:
    from pykrige import variogram_models

    curve = getattr(variogram_models, f"{name}_variogram_model")(parameters, LAGS[1:])
    assert np.allclose(model.semivariance(LAGS[1:]), curve, rtol=1e-13, atol=1e-13)
    assert model.semivariance(LAGS)[0] == 0.0


def test_matern_of_smoothness_one_half_is_exponential() -> None:
    assert np.allclose(
        Matern(30.0, 28.0, 0.3, smoothness=0.5).semivariance(LAGS),
        Exponential(30.0, 28.0, 0.3).semivariance(LAGS),
    )


@pytest.mark.parametrize("smoothness", [0.2, 1.0, 1.5000001, 2.5, 50.0])
def test_matern_falls_from_one_to_nothing_for_any_smoothness(smoothness: float) -> None:
    lags = np.concatenate([[0.0], np.geomspace(1e-9, 1e4, 200)])
    gamma = Matern(1.0, 28.0, 0.0, smoothness=smoothness).semivariance(lags)
    assert np.all(np.diff(gamma) >= -1e-12)
    assert gamma[0] == 0.0
    assert gamma[-1] == pytest.approx(1.0)
    assert (
        0.94 < float(Matern(1.0, 28.0, 0.0, smoothness).semivariance(np.array([28.0]))[0]) < 0.995
        or smoothness < 0.5
    )


def test_the_closed_form_of_matern_3_2_is_the_general_one() -> None:
    near = Matern(30.0, 28.0, 0.3, smoothness=1.5 + 1e-9).semivariance(LAGS)
    assert np.allclose(Matern(30.0, 28.0, 0.3).semivariance(LAGS), near, atol=1e-6)


def test_bounded_linear_stops_at_its_sill() -> None:
    gamma = BoundedLinear(30.0, 28.0, 0.3).semivariance(LAGS)
    assert gamma[3:].tolist() == pytest.approx([0.3 + 29.7 / 2, 30.0, 30.0, 30.0])


def test_a_mixture_is_the_sum_of_its_atoms() -> None:
    atoms = (Exponential(20.0, 30.0, 0.1), Linear.with_slope(0.2, 0.05))
    mixture = Mixture(0.3, atoms)
    expected = sum((atom.semivariance(LAGS) for atom in atoms), np.where(LAGS > 0, 0.3, 0.0))
    assert np.allclose(mixture.semivariance(LAGS), expected)
    assert mixture.nugget == pytest.approx(0.45)


@pytest.mark.parametrize("model", VALID_MODELS, ids=lambda model: type(model).__name__)
def test_covariance_is_level_minus_structure_and_positive_definite(model: VariogramModel) -> None:
    points, _ = scattered(60)
    distance = np.hypot(*(points[:, None] - points).transpose(2, 0, 1))
    level = model.level(float(np.hypot(200.0, 200.0)))
    covariance: FloatArray = model.covariance(distance.copy(), level)
    structure = model.semivariance(distance) - np.where(distance > 0.0, model.nugget, 0.0)
    assert np.allclose(covariance, level - structure)
    assert float(np.linalg.eigvalsh(covariance + model.nugget * np.eye(60)).min()) > 0.5 * model.nugget
    assert check_validity(points, model).is_valid


def test_the_bounded_line_is_found_out_by_dense_sites() -> None:
    points, _ = scattered(400)
    validity = check_validity(points, BoundedLinear(30.0, 28.0, 0.3))
    assert validity.negative_eigenvalues > 0
    assert validity.smallest < 0.0
    assert validity.sites == 400


@pytest.mark.parametrize("kind", [Exponential, Gaussian, Spherical, Matern, BoundedLinear])
@pytest.mark.parametrize(
    "parameters",
    [(-1.0, 28.0, 0.0), (30.0, -28.0, 0.3), (30.0, 0.0, 0.3), (30.0, 28.0, -0.3), (30.0, 28.0, 31.0)],
)
def test_what_is_no_variogram_is_refused(
    kind: type[Exponential], parameters: tuple[float, float, float]
) -> None:
    with pytest.raises(BadMapInput):
        kind(*parameters)


def test_other_parameters_out_of_range_are_refused() -> None:
    with pytest.raises(BadMapInput, match="slope_db2_per_m"):
        Linear.with_slope(0.0)
    with pytest.raises(BadMapInput, match="smoothness"):
        Matern(30.0, 28.0, 0.3, smoothness=80.0)
    with pytest.raises(BadMapInput, match="atoms"):
        Mixture(0.0, (BoundedLinear(30.0, 28.0),))
