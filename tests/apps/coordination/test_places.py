"""Protected places and the region: shapes, units and everything that is refused."""

import math

import numpy as np
import pytest

from apps.coordination.link_budget import LinkBudget
from apps.coordination.places import InvalidVariance, ProtectedPlaces, Region, protect
from apps.coordination.propagation import FreeSpace
from apps.coordination.quantities import BadQuantity

RECEIVERS = np.array([[0.0, 0.0], [30.0, 40.0]])
SHARER = (30.0, 0.0)


def some_places(**changes: object) -> ProtectedPlaces:
    values: dict[str, object] = {
        "signal_dbm": np.array([-80.0, -85.0]),
        "receivers_m": RECEIVERS,
        "sharer_m": SHARER,
        "propagation": FreeSpace(2000.0),
        "threshold_db": 6.0,
        "noise_dbm": -95.0,
        "region": Region(200.0, 200.0),
    }
    return protect(**(values | changes))  # type: ignore[arg-type]


def test_losses_are_those_of_the_distances_in_space() -> None:
    expected = FreeSpace(2000.0).loss_db([30.0, 40.0])
    assert some_places().loss_db == pytest.approx(expected)
    high = some_places(height_difference_m=-30.0).loss_db
    assert high == pytest.approx(FreeSpace(2000.0).loss_db([math.hypot(30, 30), 50.0]))


def test_one_number_stands_for_all_places() -> None:
    places = some_places(budget=LinkBudget(3.0, 0.0, 10.0), granted_dbm=-95.0, variance_db2=4.0)
    assert places.threshold_db.tolist() == [6.0, 6.0]
    assert places.coupling_db == pytest.approx(-7.0 - places.loss_db)
    assert places.background_dbm == pytest.approx([-95.0 + 10 * math.log10(2)] * 2)
    assert places.without_sharers().background_dbm == pytest.approx([-95.0] * 2)
    assert places.variance_db2 is not None
    assert places.variance_db2.tolist() == [4.0, 4.0]


def test_a_mask_takes_places_out() -> None:
    only = some_places(variance_db2=[1.0, 4.0]).only(np.array([False, True]))
    assert only.count == 1
    assert only.signal_dbm.tolist() == [-85.0]
    assert only.variance_db2 is not None
    assert only.variance_db2.tolist() == [4.0]
    with pytest.raises(BadQuantity, match="at least one place"):
        some_places().only(np.array([False, False]))


def test_the_edge_of_a_region_belongs_to_it() -> None:
    some_places(receivers_m=[[0.0, 200.0], [200.0, 0.0]])


@pytest.mark.parametrize(
    "changes",
    [
        {"signal_dbm": [], "receivers_m": np.empty((0, 2))},
        {"signal_dbm": [-80.0]},
        {"signal_dbm": [-80.0, math.nan]},
        {"signal_dbm": [-80.0, 500.0]},
        {"receivers_m": [[0.0, 0.0], [201.0, 0.0]]},
        {"receivers_m": [[0.0, 0.0], [math.nan, 0.0]]},
        {"receivers_m": [0.0, 0.0]},
        {"sharer_m": (-1.0, 0.0)},
        {"sharer_m": RECEIVERS},
        {"sharer_m": (math.inf, 0.0)},
        {"threshold_db": math.nan},
        {"threshold_db": [1.0, 2.0, 3.0]},
        {"noise_dbm": -math.inf},
        {"granted_dbm": math.nan},
        {"granted_dbm": math.inf},
        {"height_difference_m": math.nan},
    ],
)
def test_bad_values_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(BadQuantity):
        some_places(**changes)


@pytest.mark.parametrize("variance", [-1e-12, math.nan, math.inf, [1.0, -1.0]])
def test_variances_that_no_valid_variogram_gives_are_refused(variance: object) -> None:
    with pytest.raises(InvalidVariance, match=r"variance_db2: got .* a valid variogram gives no other"):
        some_places(variance_db2=variance)


def test_no_place_at_all_is_not_a_protected_place() -> None:
    with pytest.raises(BadQuantity, match="at least one place"):
        ProtectedPlaces(*[np.empty(0)] * 6)


@pytest.mark.parametrize("side", [0.0, -5.0, math.nan])
def test_a_region_has_sides(side: float) -> None:
    with pytest.raises(BadQuantity):
        Region(side, 200.0)
    with pytest.raises(BadQuantity):
        Region(200.0, side)
