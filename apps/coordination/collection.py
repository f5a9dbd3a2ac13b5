"""The data of a request as an agency works with them: all owners' measurements together, as arrays."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from apps.coordination.commitment import Measurement
from apps.coordination.data_store import DataStore
from apps.coordination.quantities import BoolArray, FloatArray, IntArray
from apps.coordination.state import Delivery
from apps.coordination.survey import CENTI, places_of


@dataclass(frozen=True, slots=True, eq=False)
class Collection:
    """What all owners that delivered brought together, in the order of the zone's list."""

    measurements: tuple[Measurement, ...]
    """All n of them: the order of the map's leaves."""
    vsps: tuple[bytes, ...]
    """Public keys of all participants that owners named, in the order of the grades on chain."""
    points_m: FloatArray
    """(n, 2) places."""
    values_dbm: FloatArray
    """(n,) levels."""
    vsp: IntArray
    """(n,) index of the participant; one that its owner did not name counts after those that were."""


def collect(deliveries: Sequence[tuple[bytes, Delivery]], store: DataStore) -> Collection | None:
    """All data of a request; None where an owner has not handed over what it committed to."""
    found = [store.measurements(delivery.root) for _, delivery in deliveries]
    if any(one is None for one in found):
        return None
    measurements = tuple(one for owner in found if owner is not None for one in owner)
    vsps = tuple(key for _, delivery in deliveries for key in delivery.vsps)
    known = {key: number for number, key in enumerate(dict.fromkeys(vsps))}
    return Collection(
        measurements=measurements,
        vsps=vsps,
        points_m=places_of(measurements),
        values_dbm=np.array([one.rss_cdbm for one in measurements]) / CENTI,
        vsp=np.array([known.setdefault(one.vsp, len(known)) for one in measurements], dtype=np.int64),
    )


def one_a_place(
    points_m: FloatArray, values_dbm: FloatArray, kept: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """The kept measurements with those at one place averaged: places (k, 2), m, and means (k,), dBm."""
    places, inverse, count = np.unique(points_m[kept], axis=0, return_inverse=True, return_counts=True)
    total = np.bincount(inverse.ravel(), weights=values_dbm[kept], minlength=len(places))
    return places, total / count
