"""Tiles against kriging from all measurements."""

import numpy as np
import pytest

from apps.coordination.kriging import krige
from apps.coordination.kriging_tiles import krige_tiles
from apps.coordination.map_errors import BadMapInput
from apps.coordination.variogram_models import BoundedLinear, Exponential, Gaussian, Spherical, VariogramModel
from tests.apps.coordination.sites import VALID_MODELS, scattered

TARGETS = scattered(1500, seed=8)[0]


def _reaches_far(model: VariogramModel) -> bool:
    """Whether its weights reach far: little noise on a smooth field, or a corner at the range."""
    return isinstance(model, Gaussian | Spherical)


@pytest.mark.parametrize("model", VALID_MODELS, ids=lambda model: type(model).__name__)
@pytest.mark.parametrize("transmitter", [None, (-40.0, 30.0)])
def test_tiles_come_close_to_the_whole(
    model: VariogramModel, transmitter: tuple[float, float] | None
) -> None:
    points, values = scattered(400)
    whole = krige(points, values, TARGETS, model, transmitter_m=transmitter)
    found = krige_tiles(points, values, TARGETS, model, transmitter_m=transmitter)
    assert np.sqrt(np.mean((found.mean - whole.mean) ** 2)) < (0.12 if _reaches_far(model) else 0.06)
    assert np.sqrt(np.mean((found.variance - whole.variance) ** 2)) < (0.12 if _reaches_far(model) else 0.06)


def test_all_measurements_as_neighbours_are_the_whole() -> None:
    points, values = scattered(90)
    model = Exponential(30.0, 60.0, 0.3)
    whole = krige(points, values, TARGETS, model)
    found = krige_tiles(points, values, TARGETS, model, neighbours=500, tile_m=50.0)
    assert np.abs(found.mean - whole.mean).max() < 1e-9
    assert np.abs(found.variance - whole.variance).max() < 1e-9


def test_a_measured_place_gets_its_datum() -> None:
    points, values = scattered(100)
    found = krige_tiles(points, values, points, Exponential(30.0, 60.0, 2.0))
    assert found.mean.tolist() == values.tolist()
    assert found.variance.tolist() == [0.0] * 100


def test_one_target_and_a_line_of_targets_work() -> None:
    points, values = scattered(100)
    model = Exponential(30.0, 60.0, 2.0)
    line = np.column_stack([np.linspace(0.0, 200.0, 700), np.full(700, 77.0)])
    whole = krige(points, values, line, model)
    assert np.abs(krige_tiles(points, values, line, model).mean - whole.mean).max() < 0.5
    assert krige_tiles(points, values, line[:1], model).mean[0] == pytest.approx(whole.mean[0], abs=0.5)


def test_what_makes_no_neighbourhood_is_refused() -> None:
    points, values = scattered(30)
    with pytest.raises(BadMapInput, match="neighbours"):
        krige_tiles(points, values, points, Exponential(30.0, 60.0, 2.0), neighbours=2)
    with pytest.raises(BadMapInput, match="tile_m"):
        krige_tiles(points, values, points, Exponential(30.0, 60.0, 2.0), tile_m=0.0)
    with pytest.raises(BadMapInput, match="valid"):
        krige_tiles(points, values, points, BoundedLinear(30.0, 60.0, 2.0))
