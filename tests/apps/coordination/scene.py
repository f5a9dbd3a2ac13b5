"""Protected places for the tests: the reference's two examples, and drawn ones."""

import numpy as np
from hypothesis import strategies as st

from apps.coordination.places import ProtectedPlaces
from apps.coordination.propagation import Propagation, UrbanMicro
from apps.coordination.quantities import FloatArray


def places_of(
    signal_dbm: list[float] | FloatArray,
    loss_db: list[float] | FloatArray,
    threshold_db: float,
    noise_dbm: float = -95.0,
    granted_dbm: float | FloatArray = -np.inf,
    deviation_db: list[float] | FloatArray | None = None,
    net_gain_db: float = 0.0,
) -> ProtectedPlaces:
    """Places with these values; deviation is the square root of the variance."""
    return ProtectedPlaces(
        signal_dbm=np.asarray(signal_dbm),
        loss_db=np.asarray(loss_db),
        threshold_db=np.asarray(threshold_db),
        noise_dbm=np.asarray(noise_dbm),
        net_gain_db=np.asarray(net_gain_db),
        granted_dbm=np.asarray(granted_dbm),
        variance_db2=None if deviation_db is None else np.asarray(deviation_db) ** 2,
    )


def example_1() -> ProtectedPlaces:
    """Example 1 of `reference/frequency_coordination.md`, section 6."""
    return places_of([-85.0], UrbanMicro(2630.0).loss_db([150.0]), 6.0, deviation_db=[2.0])


def example_2(propagation: Propagation | None = None) -> ProtectedPlaces:
    """Example 2 of the same section."""
    loss = (propagation or UrbanMicro(2630.0)).loss_db([60.0, 120.0, 180.0])
    return places_of([-78.0, -83.5, -90.0], loss, 3.0, deviation_db=[1.0, 2.5, 3.0])


@st.composite
def drawn_places(draw: st.DrawFn, deviations: bool = False) -> ProtectedPlaces:
    """One to five places of plausible levels, losses and thresholds, some of them without a limit."""
    count = draw(st.integers(1, 5))

    def numbers(low: float, high: float) -> FloatArray:
        return np.array(draw(st.lists(st.floats(low, high), min_size=count, max_size=count)))

    return places_of(
        numbers(-100.0, -60.0),
        numbers(60.0, 140.0),
        draw(st.floats(-5.0, 20.0)),
        granted_dbm=numbers(-130.0, -95.0),
        deviation_db=numbers(0.0, 8.0) if deviations else None,
        net_gain_db=draw(st.floats(-30.0, 10.0)),
    )
