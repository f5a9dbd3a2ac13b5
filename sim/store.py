"""The ledger of a run on disk: every block found, main and stale, in one SQLite file.

What is promised: once `append` has returned, the block survives the death of the process (`kill -9`), as
each block is a transaction of its own in a write-ahead log. A power failure may take the last blocks but
leaves the others whole. A full disk refuses the block and leaves the file readable. Every row carries a
checksum, so damage is found, and told apart from a wrong block. While a run is going, and after a kill, a
`-wal` file lies beside the ledger and belongs to it.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from chain.block import Block
from chain.codec import DecodeError, decode, encode
from chain.genesis import Genesis
from sim.store_faults import APPLICATION_ID, beginning_of, rule_of
from sim.store_rows import (
    COLUMNS,
    TABLES,
    Damage,
    Row,
    StoredBlock,
    StoreError,
    block_of,
    block_row,
    checksum,
)

__all__ = ["APPLICATION_ID", "SCHEMA_VERSION", "Damage", "LedgerStore", "StoreError", "StoredBlock"]

SCHEMA_VERSION = 1
_COUNT_BYTES = 8
_UNREADABLE = (sqlite3.Error, ValueError, OverflowError)
"""What reading a damaged file raises: its texts, even those in SQLite's messages, may be no UTF-8."""
_GENESIS, _HEAD, _COUNT = "genesis", "head", "count"


class LedgerStore:
    """A ledger file, open for writing (`create`) or for reading (`open`)."""

    def __init__(self, path: Path, connection: sqlite3.Connection, *, writing: bool) -> None:
        self.path = path
        self._connection = connection
        self._writing = writing
        self._count = 0

    @classmethod
    def create(cls, path: Path, genesis: Genesis) -> Self:
        """A new ledger of the chain that `genesis` founds. Raises StoreError (exists, write-failed)."""
        if path.exists():
            raise StoreError("exists", str(path), "got a file, expected none: a ledger is never overwritten")
        try:
            store = cls(path, sqlite3.connect(path, isolation_level=None), writing=True)
        except sqlite3.Error as error:
            raise StoreError("write-failed", str(path), str(error)) from None
        try:
            store._lay_out(genesis)
        except StoreError:
            store._connection.close()
            raise
        return store

    def _lay_out(self, genesis: Genesis) -> None:
        for statement in (
            "PRAGMA journal_mode = WAL",
            "PRAGMA synchronous = NORMAL",
            "BEGIN",
            f"PRAGMA application_id = {APPLICATION_ID}",
            f"PRAGMA user_version = {SCHEMA_VERSION}",
            *TABLES,
        ):
            self._execute(statement)
        self._write_entry(_GENESIS, encode(genesis))
        self._write_entry(_COUNT, bytes(_COUNT_BYTES))
        self._execute("COMMIT")

    @classmethod
    def open(cls, path: Path) -> Self:
        """An existing ledger as it is now, read only; what is appended later is not seen.

        Raises StoreError (not-a-ledger, unreadable, unknown-schema, damaged).
        """
        try:
            if not path.exists():
                raise StoreError("not-a-ledger", str(path), "got no file, expected a ledger")
            start = beginning_of(path)
        except OSError as error:
            raise StoreError("unreadable", str(path), error.strerror or str(error)) from None
        try:
            connection = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, isolation_level=None)
        except sqlite3.Error as error:
            raise StoreError("unreadable", str(path), str(error)) from None
        store = cls(path, connection, writing=False)
        try:
            store._check_kind(start)
        except StoreError:
            connection.close()
            raise
        return store

    def append(self, block: Block, work: int, found_us: int) -> None:
        """Keep a block; it survives a kill when this returns. Raises StoreError (write-failed).

        Args:
            block: a block whose parent is genesis or in the ledger.
            work: work of its branch from genesis to it, in hashes.
            found_us: simulated time at which it was found.
        """
        number = self._count + 1
        row = block_row(StoredBlock(number, work, found_us, block))
        self._execute("BEGIN")
        self._execute(f"INSERT INTO block ({COLUMNS}) VALUES (?,?,?,?,?,?,?,?)", *row)
        self._write_entry(_COUNT, number.to_bytes(_COUNT_BYTES))
        self._execute("COMMIT")
        self._count = number

    def set_head(self, block_id: bytes) -> None:
        """Name the last block of the best chain. Raises StoreError (unknown-block, write-failed)."""
        if self._row_of(block_id) is None:
            raise StoreError(
                "unknown-block", str(self.path), f"got {block_id.hex()}, expected a block kept here"
            )
        self._write_entry(_HEAD, block_id)

    @property
    def genesis(self) -> Genesis:
        """What the chain was born with. Raises StoreError (damaged)."""
        value = self._entry(_GENESIS)
        if value is None:
            raise StoreError("damaged", str(self.path), "got no genesis, expected one")
        try:
            return decode(Genesis, value)
        except DecodeError as error:
            raise StoreError("damaged", str(self.path), str(error)) from None

    @property
    def count(self) -> int:
        """Number of blocks kept, genesis not counted. Raises StoreError (damaged)."""
        value = self._entry(_COUNT)
        if value is None:
            raise StoreError("damaged", str(self.path), "got no block count, expected one")
        return int.from_bytes(value)

    @property
    def named_head(self) -> bytes | None:
        """The head that `set_head` named last, None where it never did. Raises StoreError (damaged)."""
        return self._entry(_HEAD)

    @property
    def head(self) -> bytes | None:
        """Last block of the best chain: the one that was named, else the one with most work, first found.

        None while there is no block but genesis. Raises StoreError (damaged).
        """
        named = self.named_head
        if named is not None:
            return named
        best = max(self.blocks(), key=lambda stored: (stored.work, -stored.number), default=None)
        return None if best is None else best.block.id

    def get(self, block_id: bytes) -> StoredBlock | None:
        """The block of this id, None where there is none. Raises StoreError (damaged)."""
        row = self._row_of(block_id)
        return None if row is None else self._intact(block_of(row))

    def best_chain(self) -> list[bytes]:
        """Ids of the best chain, from height 1 to the head. Raises StoreError (damaged)."""
        ids: list[bytes] = []
        here = self.head
        while here is not None:
            stored = self.get(here)
            if stored is None:
                details = f"got no block {here.hex()}, expected the head or the parent of a kept block"
                raise StoreError("damaged", str(self.path), details)
            ids.append(here)
            header = stored.block.header
            here = header.previous if header.height > 1 else None
        return ids[::-1]

    def at_height(self, height: int) -> StoredBlock | None:
        """The best chain's block at `height`, from 1; None above the head. Raises StoreError (damaged)."""
        chain = self.best_chain()
        return self.get(chain[height - 1]) if 1 <= height <= len(chain) else None

    def blocks(self) -> Iterator[StoredBlock]:
        """All blocks in the order of finding. Raises StoreError (damaged) at the first that is not intact."""
        for found in self.scan():
            yield self._intact(found)

    def scan(self) -> Iterator[StoredBlock | Damage]:
        """All blocks in the order of finding; for a damaged one what is wrong with it. Never raises."""
        number = 0
        try:
            for row in self._connection.execute(f"SELECT {COLUMNS} FROM block ORDER BY number"):
                expected, number = number + 1, row[0]
                if number != expected:
                    yield Damage(expected, f"blocks {expected} to {number - 1} are missing")
                yield block_of(row)
            kept = self.count
        except (*_UNREADABLE, StoreError) as error:
            yield Damage(number + 1, f"unreadable from here on ({error})")
            return
        if number != kept:
            yield Damage(number + 1, f"got {number} blocks, expected {kept}")

    def faults(self) -> list[str]:
        """What SQLite finds wrong with the file's structure, besides its rows. Never raises."""
        try:
            found = [str(row[0]) for row in self._connection.execute("PRAGMA integrity_check")]
        except _UNREADABLE as error:
            return [str(error)]
        return [] if found == ["ok"] else found

    def close(self) -> None:
        """End writing or reading; after a clean end of writing the ledger is a single file. Twice is no error.

        Raises StoreError (write-failed); the blocks are then safe in the `-wal` file beside the ledger.
        """
        try:
            if not self._writing:
                return
            self._writing = False
            # Rollback mode folds the log into the file and lets it be read where nothing can be written.
            self._connection.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.Error as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise StoreError("write-failed", str(self.path), str(error)) from None
        finally:
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _check_kind(self, start: bytes) -> None:
        try:
            self._connection.execute("PRAGMA trusted_schema = OFF")
            self._connection.execute("PRAGMA cell_size_check = ON")
            # One transaction for all that is read: a run may be appending.
            self._connection.execute("BEGIN")
            application, version = (
                self._connection.execute(f"PRAGMA {name}").fetchone()[0]
                for name in ("application_id", "user_version")
            )
            found = self._connection.execute(
                "SELECT sql FROM sqlite_schema WHERE sql NOT NULL ORDER BY rowid"
            )
            tables = [row[0] for row in found]
        except _UNREADABLE as error:
            raise StoreError(rule_of(error, start), str(self.path), str(error)) from None
        if application != APPLICATION_ID:
            details = f"got application id {application:#x}, expected {APPLICATION_ID:#x}"
            raise StoreError("not-a-ledger", str(self.path), details)
        if version != SCHEMA_VERSION:
            details = f"got version {version}, expected {SCHEMA_VERSION}"
            raise StoreError("unknown-schema", str(self.path), details)
        if tables != list(TABLES):
            raise StoreError("damaged", str(self.path), "got other tables than this version has")

    def _write_entry(self, name: str, value: bytes) -> None:
        self._execute("INSERT OR REPLACE INTO entry VALUES (?,?,?)", name, value, checksum(name, value))

    def _execute(self, statement: str, *values: object) -> None:
        """Carry out a statement; if it fails, the transaction around it is undone. Raises StoreError."""
        try:
            self._connection.execute(statement, values)
        except sqlite3.Error as error:
            with suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            raise StoreError("write-failed", str(self.path), str(error)) from None

    def _entry(self, name: str) -> bytes | None:
        row = self._read("SELECT value, checksum FROM entry WHERE name = ?", name)
        if row is not None and row[1] != checksum(name, row[0]):
            raise StoreError("damaged", str(self.path), f"{name}: got a value that its checksum contradicts")
        return None if row is None else row[0]

    def _row_of(self, block_id: bytes) -> Row | None:
        return self._read(f"SELECT {COLUMNS} FROM block WHERE id = ?", block_id)

    def _read(self, statement: str, value: object) -> Row | None:
        try:
            row: Row | None = self._connection.execute(statement, (value,)).fetchone()
        except _UNREADABLE as error:
            raise StoreError("damaged", str(self.path), str(error)) from None
        return row

    def _intact(self, found: StoredBlock | Damage) -> StoredBlock:
        if isinstance(found, Damage):
            raise StoreError("damaged", str(self.path), f"block number {found.number}: {found.details}")
        return found
