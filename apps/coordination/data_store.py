"""Where data travel off chain: measurements from owners to agencies, maps from agencies to whoever checks them.

A deliberate simplification: one store that all participants of a run share, instead of transfers between them. The
chain holds the roots, and a root is the key here, so what comes out is what was committed to or nothing at all; what
the store leaves out is the time that a transfer takes, and an owner that commits but hands nothing over.
"""

from collections.abc import Sequence

from apps.coordination.commitment import MapPoint, Measurement, root_of


class DataStore:
    """Measurements and maps by the root of the tree over them."""

    def __init__(self) -> None:
        self._measurements: dict[bytes, tuple[Measurement, ...]] = {}
        self._maps: dict[bytes, tuple[MapPoint, ...]] = {}

    def put_measurements(self, measurements: Sequence[Measurement]) -> bytes:
        """Keep an owner's measurements; their root."""
        root = root_of(measurements)
        self._measurements[root] = tuple(measurements)
        return root

    def measurements(self, root: bytes) -> tuple[Measurement, ...] | None:
        """The measurements under a root; None where nobody handed them over."""
        return self._measurements.get(root)

    def put_map(self, leaves: Sequence[MapPoint]) -> bytes:
        """Keep an agency's map; its root."""
        root = root_of(leaves)
        self._maps[root] = tuple(leaves)
        return root

    def map(self, root: bytes) -> tuple[MapPoint, ...] | None:
        """The map under a root; None where its agency does not show it."""
        return self._maps.get(root)
