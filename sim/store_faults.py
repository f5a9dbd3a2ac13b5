"""Tells a damaged ledger from a file that never was one and from one that may not be read."""

import sqlite3
from pathlib import Path

APPLICATION_ID = 0x48545A43
"""Marks the SQLite file as a ledger of ours ("HTZC")."""
_SQLITE = b"SQLite format 3\0"
_ID_AT = 68
"""Where SQLite's file format has the application id, big-endian, in four bytes."""
_REFUSED = (
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
)
"""Codes that say nothing about what is in the file."""


def beginning_of(path: Path) -> bytes:
    """As much of a file as `rule_of` needs. Raises OSError."""
    with path.open("rb") as file:
        return file.read(_ID_AT + 4)


def rule_of(error: Exception, beginning: bytes) -> str:
    """What is wrong with a file that SQLite cannot read: unreadable, damaged or not-a-ledger.

    Args:
        error: what SQLite says.
        beginning: see `beginning_of`; what begins as SQLite's files do, or carries our mark, was a ledger.
    """
    if getattr(error, "sqlite_errorcode", 0) & 0xFF in _REFUSED:
        return "unreadable"
    start = beginning[: len(_SQLITE)]
    ours = beginning[_ID_AT:] == APPLICATION_ID.to_bytes(4)
    return "damaged" if ours or (start and _SQLITE.startswith(start)) else "not-a-ledger"
