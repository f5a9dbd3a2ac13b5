"""SHA-256, the only hash function of the ledger (FIPS 180-4)."""

import hashlib

HASH_BYTES = 32
"""Length of every hash, in bytes."""


def sha256(data: bytes) -> bytes:
    """SHA-256 of `data`, 32 bytes."""
    return hashlib.sha256(data).digest()


def sha256d(data: bytes) -> bytes:
    """SHA-256 of the SHA-256 of `data`, 32 bytes: the hash of headers, as in Bitcoin."""
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()
