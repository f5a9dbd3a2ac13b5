"""The rows of a ledger file: what they hold, and how damage to one is noticed."""

from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from chain.block import Block
from chain.errors import ChainError

Row = tuple[Any, ...]
"""What SQLite gives: after damage any column may have any type."""
COLUMNS = "number, id, parent, height, work, found_us, body, checksum"
TABLES = (
    "CREATE TABLE entry (name TEXT PRIMARY KEY, value BLOB NOT NULL, checksum BLOB NOT NULL)",
    "CREATE TABLE block (number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, parent BLOB NOT NULL,"
    " height INTEGER NOT NULL, work BLOB NOT NULL, found_us INTEGER NOT NULL, body BLOB NOT NULL,"
    " checksum BLOB NOT NULL)",
)
_CHECKSUM_BYTES = 16
_WORK_BYTES = 36


class StoreError(Exception):
    """A ledger file that cannot be used as asked. Args: rule, path, details."""

    def __init__(self, rule: str, path: str, details: str) -> None:
        super().__init__(rule, path, details)

    @property
    def rule(self) -> str:
        """One of not-a-ledger, unreadable, unknown-schema, damaged, write-failed, exists, unknown-block."""
        return str(self.args[0])

    @property
    def details(self) -> str:
        """What was got and what was expected."""
        return str(self.args[2])

    def __str__(self) -> str:
        rule, path, details = self.args
        return f"{path}: {rule}: {details}"


@dataclass(frozen=True, slots=True)
class StoredBlock:
    """A block as the ledger keeps it."""

    number: int
    """Place in the order of finding, from 1."""
    work: int
    """Work of its branch from genesis to it, in hashes."""
    found_us: int
    """Simulated time at which it was found."""
    block: Block


@dataclass(frozen=True, slots=True)
class Damage:
    """A row, or the file from there on, that is not as it was written."""

    number: int
    details: str


def block_row(stored: StoredBlock) -> Row:
    """The row of a block, its checksum last."""
    header = stored.block.header
    row = (
        stored.number,
        header.id,
        header.previous,
        header.height,
        stored.work.to_bytes(_WORK_BYTES),
        stored.found_us,
        stored.block.to_bytes(),
    )
    return (*row, checksum(*row))


def block_of(row: Row) -> StoredBlock | Damage:
    """The block of a row, if the row is as it was written."""
    number, block_id, parent, height, work, found_us, body, digest = row
    if checksum(*row[:-1]) != digest:
        return Damage(number, "got contents that their checksum contradicts")
    try:
        block = Block.from_bytes(body)
    except ChainError as error:
        return Damage(number, str(error))
    header = block.header
    if (header.id, header.previous, header.height) != (block_id, parent, height):
        return Damage(number, f"got the id {block_id.hex()[:16]} for the block {header.id.hex()[:16]}")
    return StoredBlock(number, int.from_bytes(work), found_us, block)


def checksum(*parts: object) -> bytes:
    """Digest of a row's values, of whatever type."""
    digest = blake2b(digest_size=_CHECKSUM_BYTES)
    for part in parts:
        data = part if isinstance(part, bytes) else repr(part).encode()
        digest.update(len(data).to_bytes(8) + data)
    return digest.digest()
