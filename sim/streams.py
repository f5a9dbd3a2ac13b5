"""Named random streams: every purpose and entity draws from its own sequence, derived from one seed.

A stream's key is SHA-256 of the seed and its name alone, so adding a peer, an agent or a metric never shifts
the numbers another stream gives, on any machine and in any order of creation.
"""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_DOMAIN = b"hertzchain stream v1"


def _encode_part(part: str | int) -> bytes:
    """One name part as tag, length and bytes, so that no two names share an encoding."""
    if isinstance(part, bool) or not isinstance(part, str | int):
        raise TypeError(f"a stream name part must be str or int, got {type(part).__name__}")
    body = part.encode() if isinstance(part, str) else str(int(part)).encode()
    tag = b"s" if isinstance(part, str) else b"i"
    return tag + str(len(body)).encode() + b":" + body


@dataclass(frozen=True, slots=True)
class Streams:
    """All random streams of one run.

    Attributes:
        seed: the run's seed, any integer.
    """

    seed: int

    def digest(self, *name: str | int) -> bytes:
        """32 bytes that depend on the seed and the name; `("a", 1)`, `("a1",)` and `("a", "1")` differ."""
        parts = b"".join(_encode_part(part) for part in (self.seed, *name))
        return hashlib.sha256(_DOMAIN + parts).digest()

    def generator(self, *name: str | int) -> np.random.Generator:
        """The stream called `name`, from its start: two calls give two equal generators."""
        return np.random.Generator(np.random.PCG64(int.from_bytes(self.digest(*name), "big")))

    def seed64(self, *name: str | int) -> int:
        """An unsigned 64-bit seed for generators that numpy does not make."""
        return int.from_bytes(self.digest(*name)[:8], "big")

    def words(self, *name: str | int, entities: int) -> NDArray[np.int64]:
        """Four 32-bit words per entity, shape (entities, 4): row k depends on seed, name and k only."""
        digests = b"".join(self.digest(*name, entity)[:16] for entity in range(entities))
        return np.frombuffer(digests, dtype=">u4").astype(np.int64).reshape(entities, 4)
