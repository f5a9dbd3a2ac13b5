"""Where an agency's map contradicts the data it says it is built on, and the proof of it for the chain."""

from collections.abc import Sequence

from apps.coordination.actions import Challenge, Decision
from apps.coordination.commitment import MapPoint, Measurement, proof_of
from apps.coordination.data_store import DataStore
from apps.coordination.state import Delivery


def contradiction(
    request: str,
    accused: bytes,
    decision: Decision,
    deliveries: Sequence[tuple[bytes, Delivery]],
    store: DataStore,
    tolerance_cdb: int,
) -> Challenge | None:
    """The challenge of the worst contradiction; None where there is none, or data or map are not to be had."""
    leaves = store.map(decision.map_root)
    sets = [(owner, store.measurements(delivery.root)) for owner, delivery in deliveries]
    if leaves is None or any(one is None for _, one in sets):
        return None
    known = [(owner, one) for owner, one in sets if one is not None]
    places = [(owner, index) for owner, one in known for index in range(len(one))]
    measured = [each for _, one in known for each in one]
    errors = [_error(leaf, one) for leaf, one in zip(leaves, measured, strict=False)]
    worst = max(range(len(errors)), key=errors.__getitem__)
    if errors[worst] <= tolerance_cdb:
        return None
    owner, index = places[worst]
    return Challenge(
        request=request,
        agency=accused,
        owner=owner,
        index=index,
        measurement=measured[worst],
        proof=proof_of(dict(known)[owner], index),
        map_point=leaves[worst],
        map_proof=proof_of(leaves, worst),
    )


def _error(leaf: MapPoint, measured: Measurement) -> int:
    """How far the map is from a measurement it claims to use; 0 where it does not, hundredths of a dB."""
    return abs(leaf.rss_cdbm - measured.rss_cdbm) if leaf.used else 0
