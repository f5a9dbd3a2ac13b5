"""Kriging against the reference, PyKrige and the full matrices."""

import numpy as np
import pytest

from apps.coordination.grid import Grid
from apps.coordination.kriging import Kriging, krige
from apps.coordination.map_errors import (
    BadMapInput,
    DuplicateSites,
    IndefiniteVariogram,
    SingularSystem,
    VarianceRefused,
)
from apps.coordination.variogram_models import (
    BoundedLinear,
    Exponential,
    Gaussian,
    Linear,
    Mixture,
    Spherical,
    VariogramModel,
)
from tests.apps.coordination.sites import VALID_MODELS, Field, reference, scattered

HAND_SET: dict[str, VariogramModel] = {
    "exponential": Exponential(30.0, 28.0, 0.3),
    "gaussian": Gaussian(30.0, 28.0, 0.3),
    "spherical": Spherical(30.0, 28.0, 0.3),
    "linear_unbounded": Linear(30.0, 28.0, 0.3),
    "linear_bounded": BoundedLinear(30.0, 28.0, 0.3),
}


@pytest.mark.parametrize("name", HAND_SET)
def test_the_reference_case_to_1e_9(name: str) -> None:
    case = reference()["ordinary_kriging_case"]
    points, targets = (
        np.column_stack([case["x"], case["y"]]),
        np.column_stack([case["target_x"], case["target_y"]]),
    )
    found = krige(points, case["z"], targets, HAND_SET[name])
    assert np.abs(found.mean - case["models"][name]["prediction"]).max() < 1e-9
    assert np.abs(found.variance - case["models"][name]["variance"]).max() < 1e-9


@pytest.mark.parametrize(
    ("model", "name", "parameters"),
    [
        (Exponential(25.0, 70.0, 2.0), "exponential", {"sill": 25.0, "range": 70.0, "nugget": 2.0}),
        (Gaussian(25.0, 40.0, 1.0), "gaussian", {"sill": 25.0, "range": 40.0, "nugget": 1.0}),
        (Spherical(25.0, 90.0, 0.5), "spherical", {"sill": 25.0, "range": 90.0, "nugget": 0.5}),
        (Linear.with_slope(0.7, 0.2), "linear", {"slope": 0.7, "nugget": 0.2}),
    ],
)
@pytest.mark.parametrize("seed", [1, 2])
def test_random_cases_equal_pykrige_to_1e_9(
    model: VariogramModel, name: str, parameters: dict[str, float], seed: int
) -> None:
    from pykrige.ok import OrdinaryKriging

    points, values = scattered(150, seed)
    targets = np.vstack([np.random.default_rng(seed).uniform(-50.0, 250.0, (300, 2)), points[:5]])
    other = OrdinaryKriging(*points.T, values, variogram_model=name, variogram_parameters=parameters)
    mean, variance = other.execute("points", *targets.T)
    found = krige(points, values, targets, model)
    assert np.abs(found.mean - mean).max() < 1e-9
    assert np.abs(found.variance - variance).max() < 1e-9


@pytest.mark.parametrize("model", VALID_MODELS, ids=lambda model: type(model).__name__)
@pytest.mark.parametrize("transmitter", [None, (-40.0, 30.0)])
def test_the_augmented_system_gives_the_same(
    model: VariogramModel, transmitter: tuple[float, float] | None
) -> None:
    points, values = scattered(80)
    targets = scattered(40, seed=9)[0]
    basis, here = np.ones((80, 1)), np.ones((40, 1))
    if transmitter is not None:
        basis = np.column_stack([basis, np.log10(np.hypot(*(points - transmitter).T))])
        here = np.column_stack([here, np.log10(np.hypot(*(targets - transmitter).T))])
    gamma = model.semivariance(np.hypot(*(points[:, None] - points).transpose(2, 0, 1)))
    towards = model.semivariance(np.hypot(*(points[:, None] - targets).transpose(2, 0, 1)))
    terms = basis.shape[1]
    matrix = np.block([[-gamma, basis], [basis.T, np.zeros((terms, terms))]])
    weights = np.linalg.solve(matrix, np.vstack([-towards, here.T]))
    found = krige(points, values, targets, model, transmitter_m=transmitter)
    assert np.abs(found.mean - weights[:80].T @ values).max() < 1e-9
    variance = (weights[:80] * towards).sum(axis=0) - (weights[80:] * here.T).sum(axis=0)
    assert np.abs(found.variance - variance).max() < 1e-9


def test_the_hand_set_models_reach_the_rmse_of_the_reference() -> None:
    for name in ("campus_seed0_n200", "paper320_seed0_n200"):
        field = Field(name)
        for kind in ("exponential", "gaussian", "spherical", "linear"):
            model = HAND_SET.get(kind, HAND_SET["linear_unbounded"])
            mean = krige(field.points, field.values, field.targets, model, variance=False).mean
            rmse = np.sqrt(np.mean((mean - field.truth) ** 2))
            assert rmse == pytest.approx(field.expected[f"hand_{kind}"]["rmse"], abs=1e-9)
            mape = 100.0 * np.mean(np.abs((mean - field.truth) / field.truth))
            assert mape == pytest.approx(field.expected[f"hand_{kind}"]["mape"], abs=1e-9)


def test_a_measured_place_gets_its_datum_and_variance_zero() -> None:
    points, values = scattered(50)
    found = krige(points, values, points[::-1], Exponential(30.0, 28.0, 5.0))
    assert found.mean.tolist() == values[::-1].tolist()
    assert found.variance.tolist() == [0.0] * 50


def test_measurements_at_one_place_need_a_nugget_and_give_their_mean() -> None:
    points, values = scattered(50)
    points[7] = points[3]
    with pytest.raises(DuplicateSites):
        krige(points, values, points, Exponential(30.0, 28.0))
    model = Exponential(30.0, 28.0, 4.0)
    found = krige(points, values, points[[3, 7]], model)
    assert found.mean.tolist() == [(values[3] + values[7]) / 2.0] * 2
    # Elsewhere, two measurements count as their mean with half the nugget.
    target = points[[3]] + 1e-5
    merged = krige(points, values, target, model).mean[0]
    assert merged != pytest.approx((values[3] + values[7]) / 2.0, abs=1e-3)


def test_blocks_do_not_show() -> None:
    points, values = scattered(300)
    kriging = Kriging(points, values, Exponential(30.0, 60.0, 0.3))
    targets = scattered(5000, seed=5)[0]
    whole = kriging.predict(targets)
    few = kriging.predict(targets[4000:4007])
    assert np.abs(few.mean - whole.mean[4000:4007]).max() < 1e-10
    assert np.abs(few.variance - whole.variance[4000:4007]).max() < 1e-10
    assert np.abs(kriging.predict(targets, variance=False).mean - whole.mean).max() < 1e-10


@pytest.mark.parametrize(
    "model", [*VALID_MODELS, BoundedLinear(30.0, 28.0, 0.3)], ids=lambda m: type(m).__name__
)
@pytest.mark.parametrize("transmitter", [None, (-40.0, 30.0)])
def test_a_grid_measured_at_its_pixels_is_as_one_target_at_a_time(
    model: VariogramModel, transmitter: tuple[float, float] | None
) -> None:
    grid = Grid((3.0, -5.0), 2.5, 80, 60)
    pixels = np.random.default_rng(3).choice(4800, 200, replace=False)
    points, values = grid.centres_m()[pixels], scattered(200)[1]
    kriging = Kriging(points, values, model, transmitter_m=transmitter)
    whole = kriging.predict(grid.centres_m(), variance=False).mean
    parts = np.concatenate(
        [kriging.predict(part, variance=False).mean for part in np.split(grid.centres_m(), 4)]
    )
    assert np.abs(whole - parts).max() < 1e-9
    assert whole[pixels].tolist() == values.tolist()


def test_a_grid_measured_between_its_pixels_is_as_one_target_at_a_time() -> None:
    grid = Grid((0.0, 0.0), 2.5, 80, 60)
    points, values = scattered(100, side_m=140.0)
    kriging = Kriging(points, values, Exponential(30.0, 60.0, 0.3))
    few = kriging.predict(grid.centres_m()[:100], variance=False).mean
    assert np.abs(kriging.predict(grid.centres_m(), variance=False).mean[:100] - few).max() < 1e-10


def test_far_from_the_origin_nothing_is_lost() -> None:
    points, values = scattered(100)
    targets = scattered(30, seed=2)[0]
    near = krige(points, values, targets, Exponential(30.0, 60.0, 0.3))
    far = krige(points + 4e6, values, targets + 4e6, Exponential(30.0, 60.0, 0.3))
    assert np.abs(near.mean - far.mean).max() < 1e-6
    assert np.abs(near.variance - far.variance).max() < 1e-6


def test_an_indefinite_variogram_has_a_mean_but_no_variance() -> None:
    points, values = scattered(400)
    model = BoundedLinear(30.0, 28.0, 0.3)
    targets = scattered(20, seed=4)[0]
    found = krige(points, values, targets, model)
    gamma = model.semivariance(np.hypot(*(points[:, None] - points).transpose(2, 0, 1)))
    matrix = np.block([[-gamma, np.ones((400, 1))], [np.ones((1, 400)), np.zeros((1, 1))]])
    towards = model.semivariance(np.hypot(*(points[:, None] - targets).transpose(2, 0, 1)))
    weights = np.linalg.solve(matrix, np.vstack([-towards, np.ones((1, 20))]))
    assert np.abs(found.mean - weights[:400].T @ values).max() < 1e-6
    with pytest.raises(IndefiniteVariogram) as caught:
        _ = found.variance
    assert caught.value.args[0] > 0


def test_a_variance_that_was_not_asked_for_is_refused() -> None:
    points, values = scattered(20)
    with pytest.raises(VarianceRefused, match="variance=False"):
        _ = krige(points, values, points, Exponential(30.0, 28.0, 0.3), variance=False).variance


def test_sites_too_close_for_double_precision_are_refused() -> None:
    points, values = scattered(40)
    points[1] = points[0] + [1e-7, 0.0]
    with pytest.raises(SingularSystem):
        krige(points, values, points, Gaussian(30.0, 200.0))


@pytest.mark.parametrize("targets", [[], [[float("nan"), 0.0]], [1.0, 2.0], [[1.0, 2.0, 3.0]], "here"])
def test_targets_that_are_no_places_are_refused(targets: object) -> None:
    points, values = scattered(20)
    with pytest.raises(BadMapInput, match="targets_m"):
        krige(points, values, targets, Exponential(30.0, 28.0, 0.3))  # type: ignore[arg-type]


def test_pure_noise_is_the_mean_everywhere() -> None:
    points, values = scattered(25)
    found = krige(points, values, [[1e3, 1e3]], Mixture(4.0, ()))
    assert found.mean[0] == pytest.approx(values.mean())
    assert found.variance[0] == pytest.approx(4.0 * (1.0 + 1.0 / 25.0))
