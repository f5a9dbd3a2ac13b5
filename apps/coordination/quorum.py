"""When agencies agree: digests of what they say, and the count of equal ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from apps.coordination.actions import MAX_OWNERS, MAX_VSPS, Decision, Grade, RequestName
from chain.codec import Hash, MaxLen, encode
from chain.hashing import sha256


@dataclass(frozen=True, slots=True)
class GradeList:
    """What a digest of grades covers."""

    request: RequestName
    grades: Annotated[tuple[Grade, ...], MaxLen(MAX_OWNERS * MAX_VSPS)]


@dataclass(frozen=True, slots=True)
class Result:
    """What a digest of a result covers."""

    request: RequestName
    roots: Annotated[tuple[Hash, ...], MaxLen(MAX_OWNERS)]
    """Of the measurements, in the order of the zone's owners."""
    grades: Hash
    """Digest of the agreed grades."""
    decision: Decision


def grades_digest(request: str, grades: Sequence[Grade]) -> bytes:
    """SHA-256 of the encoded `GradeList`."""
    return sha256(encode(GradeList(request, tuple(grades))))


def result_digest(request: str, roots: Sequence[bytes], grades: bytes, decision: Decision) -> bytes:
    """SHA-256 of the encoded `Result`: equal only where agencies found the same in the same data."""
    return sha256(encode(Result(request, tuple(roots), grades, decision)))


def agreed(digests: Sequence[bytes], quorum: int) -> bytes | None:
    """The digest that `quorum` agencies gave; None where there is none. More than half can agree on one only."""
    return next((digest for digest in digests if digests.count(digest) >= quorum), None)


def out_of_reach(digests: Sequence[bytes], silent: int, quorum: int) -> bool:
    """Whether no digest can have a quorum any more, with so many agencies still `silent`."""
    most = max(map(digests.count, digests), default=0)
    return most + silent < quorum


def unanimous(votes: Sequence[bool | None]) -> bool:
    """Whether everybody approves; None is a vote not cast. Nobody at all does not approve."""
    return bool(votes) and all(vote is True for vote in votes)
