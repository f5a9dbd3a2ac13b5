"""Leave-one-out residuals in closed form against n kriging systems."""

import numpy as np
import pytest

from apps.coordination.kriging import krige, leave_one_out
from apps.coordination.map_errors import IndefiniteVariogram
from apps.coordination.variogram_models import BoundedLinear, Exponential, VariogramModel
from tests.apps.coordination.sites import VALID_MODELS, scattered


@pytest.mark.parametrize("model", VALID_MODELS, ids=lambda model: type(model).__name__)
@pytest.mark.parametrize("transmitter", [None, (-40.0, 30.0)])
def test_each_residual_is_that_of_kriging_from_the_others(
    model: VariogramModel, transmitter: tuple[float, float] | None
) -> None:
    points, values = scattered(40)
    found = leave_one_out(points, values, model, transmitter_m=transmitter)
    for site in range(0, 40, 7):
        others = np.arange(40) != site
        alone = krige(points[others], values[others], points[[site]], model, transmitter_m=transmitter)
        assert found.residual_db[site] == pytest.approx(values[site] - alone.mean[0], abs=1e-8)
        assert found.variance_db2[site] == pytest.approx(alone.variance[0], abs=1e-8)


def test_a_lie_stands_out() -> None:
    points, values = scattered(120)
    values[17] += 25.0
    found = leave_one_out(points, values, Exponential(30.0, 120.0, 1.0))
    assert int(np.argmax(np.abs(found.standardised))) == 17
    assert abs(found.standardised[17]) > 3.0


def test_an_indefinite_variogram_has_residuals_without_variance() -> None:
    points, values = scattered(400)
    found = leave_one_out(points, values, BoundedLinear(30.0, 28.0, 0.3))
    assert np.isfinite(found.residual_db).all()
    with pytest.raises(IndefiniteVariogram):
        _ = found.standardised
