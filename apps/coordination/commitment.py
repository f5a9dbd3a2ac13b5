"""Measurements stay off chain; the chain keeps the root of a tree over them, and checks single ones against it.

A leaf is the canonical encoding of a record; the tree is that of `chain.merkle` (RFC 6962). The sensing owner commits
to its measurements in an order of its choice. An agency commits to its map by a tree that begins with what the map says
at every measured place, in the same order: owners as the zone lists them, each one's measurements as it committed to
them. Whatever else belongs to the map follows as further leaves of any content.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated

from chain.codec import Hash, MaxLen, Millis, PublicKey, Range, Record, encode
from chain.merkle import InvalidMerkleProof, inclusion_proof, merkle_root, verify_inclusion

MAX_PROOF = 32
"""Most hashes in a proof: enough for 2**32 leaves."""
MAX_CM = 10**9
MAX_CENTI = 30_000
MAX_CDB = 2 * MAX_CENTI
LOWEST_CDBM = -MAX_CENTI
"""Stands for no power at all."""
Cm = Annotated[int, Range(-MAX_CM, MAX_CM)]
"""A coordinate or height, centimetres from the origin that the participants agreed on."""
CentiDbm = Annotated[int, Range(-MAX_CENTI, MAX_CENTI)]
"""Power in hundredths of a dBm."""
CentiDb = Annotated[int, Range(-MAX_CDB, MAX_CDB)]
"""Ratio in hundredths of a decibel."""
Proof = Annotated[tuple[Hash, ...], MaxLen(MAX_PROOF)]
"""Siblings from a leaf up to the root, lowest first."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """One received signal strength: what, where, when and by whom."""

    x_cm: Cm
    y_cm: Cm
    rss_cdbm: CentiDbm
    time_ms: Millis
    """Milliseconds since the chain's epoch."""
    vsp: PublicKey
    """The voluntary sensing participant who measured."""


@dataclass(frozen=True, slots=True)
class MapPoint:
    """What an agency's map says at the place of a measurement."""

    x_cm: Cm
    y_cm: Cm
    rss_cdbm: CentiDbm
    used: bool
    """Whether the map is built on the measurement; if so it reproduces it within the zone's tolerance."""


def root_of(records: Iterable[Record]) -> bytes:
    """Root of the tree over these records, in their order (32 bytes). Raises EncodeError."""
    return merkle_root([encode(record) for record in records])


def proof_of(records: Sequence[Record], index: int) -> tuple[bytes, ...]:
    """Proof that record number `index` is in that tree. Raises NoSuchLeaf, EncodeError."""
    return inclusion_proof([encode(record) for record in records], index)


def mismatch(root: bytes, record: Record, index: int, size: int, proof: Sequence[bytes]) -> str:
    """Why `record` is not shown to be number `index` of the `size` leaves under `root`; empty where it is."""
    try:
        verify_inclusion(root, encode(record), index, size, proof)
    except InvalidMerkleProof as error:
        return str(error)
    return ""
