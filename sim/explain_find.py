"""Finds a transaction of a run by its id or the beginning of it, in the ledger and in the table of transactions."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from chain.genesis import Born
from chain.transaction import Transaction
from sim.folders import ResultsError
from sim.parquet import read_columns
from sim.participants import read_participants
from sim.recovery import Recovered, founded, recover
from sim.results import load
from sim.run_folder import LEDGER, MANIFEST
from sim.store import StoredBlock

MIN_DIGITS, MAX_DIGITS = 4, 64
_SHOWN = 8
_NEAREST = 3
_TABLE = "transactions.parquet"
_COLUMNS = ("id", "sender", "nonce", "app", "action", "fee", "submitted_s", "status", "height", "error")


class MalformedTransactionId(ResultsError):
    """What cannot be the beginning of a transaction's id. Args: run, text got."""

    def __str__(self) -> str:
        run, got = self.args
        return f"{run}: got {got!r}, expected {MIN_DIGITS} to {MAX_DIGITS} hexadecimal digits of a transaction's id"


class AmbiguousTransaction(ResultsError):
    """More than one transaction begins like this. Args: run, digits got, ids as hex."""

    def __str__(self) -> str:
        run, got, ids = self.args
        more = f"\n  and {len(ids) - _SHOWN} more" if len(ids) > _SHOWN else ""
        listed = "".join(f"\n  {identifier}" for identifier in ids[:_SHOWN])
        return f"{run}: {len(ids)} transactions begin with {got}; give more digits:{listed}{more}"


class UnknownTransaction(ResultsError):
    """The run knows no such transaction. Args: run, digits got, number known, nearest ids, what is not known."""

    def __str__(self) -> str:
        run, got, known, nearest, limits = self.args
        text = f"{run}: got {got}, expected the id of one of its {known} transactions{limits}"
        listed = "".join(f"\n  {identifier}" for identifier in nearest)
        hint = f"; nearest are{listed}\nall ids: sim.load({str(run)!r}).transactions['id']"
        return text + hint if nearest else text


@dataclass(frozen=True, slots=True)
class Submission:
    """What the table of transactions says of one."""

    sender: str
    """Participant's name."""
    nonce: int
    app: str
    action: str
    fee: int
    """Base units."""
    submitted_s: float | None
    """Simulated time, s."""
    status: str
    """One of confirmed, failed, pending, rejected."""
    height: int | None
    error: str | None
    """Why it was refused; None unless it was."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A block that took a transaction."""

    stored: StoredBlock
    position: int
    """Of the transaction in the block, from 0."""

    @property
    def transaction(self) -> Transaction:
        """The transaction."""
        return self.stored.block.transactions[self.position]


@dataclass(frozen=True, slots=True)
class Found:
    """Where a transaction is."""

    id: bytes
    taken: tuple[Taken, ...]
    """By the best chain first, then in the order of finding."""
    submission: Submission | None
    """None where the run has no tables."""


class RunRecords:
    """All that the folder of a run tells about its transactions."""

    def __init__(self, folder: Path) -> None:
        """Read the ledger in `folder`. Raises ResultsError."""
        if not folder.is_dir():
            raise ResultsError(str(folder), "got no folder, expected the folder of a run")
        self.folder = folder
        self.born: Born = founded(folder / LEDGER)
        self.ledger: Recovered = recover(folder / LEDGER)
        self.names: dict[bytes, str] = read_participants(folder)
        self.main = {stored.block.id for stored in self.ledger.main}
        """Ids of the best chain."""

    @property
    def limits(self) -> tuple[str, ...]:
        """What this run cannot tell, a clause each."""
        tables = "the run has no table of transactions that counts: only those in blocks are known"
        unfinished = () if self.has_tables else (tables,)
        damage = self.ledger.damage
        return (*unfinished, *((f"the ledger is damaged: {damage}",) if damage else ()))

    @cached_property
    def has_tables(self) -> bool:
        """Whether the run ended and its tables were written."""
        if not (self.folder / MANIFEST).is_file():
            return False
        return load(self.folder).status.has_tables and (self.folder / _TABLE).is_file()

    def find(self, digits: str) -> Found:
        """The one transaction whose id begins with `digits`.

        Raises MalformedTransactionId, AmbiguousTransaction, UnknownTransaction, ResultsError.
        """
        wanted = digits.lower().removeprefix("0x")
        if not re.fullmatch(rf"[0-9a-f]{{{MIN_DIGITS},{MAX_DIGITS}}}", wanted):
            raise MalformedTransactionId(str(self.folder), digits)
        known = sorted(self._taken.keys() | self._submissions.keys())
        matching = [identifier for identifier in known if identifier.startswith(wanted)]
        if len(matching) > 1:
            raise AmbiguousTransaction(str(self.folder), wanted, tuple(matching))
        if not matching:
            limits = "".join(f"; {limit}" for limit in self.limits)
            nearest = tuple(_nearest(wanted, known))
            raise UnknownTransaction(str(self.folder), wanted, len(known), nearest, limits)
        identifier = matching[0]
        taken = sorted(self._taken.get(identifier, ()), key=lambda t: t.stored.block.id not in self.main)
        return Found(bytes.fromhex(identifier), tuple(taken), self._submissions.get(identifier))

    @cached_property
    def _taken(self) -> Mapping[str, list[Taken]]:
        taken: dict[str, list[Taken]] = {}
        for stored in self.ledger.blocks:
            for position, transaction in enumerate(stored.block.transactions):
                taken.setdefault(transaction.id.hex(), []).append(Taken(stored, position))
        return taken

    @cached_property
    def _submissions(self) -> Mapping[str, Submission]:
        return dict(_read_table(self.folder / _TABLE)) if self.has_tables else {}


def _read_table(path: Path) -> Iterator[tuple[str, Submission]]:
    columns = read_columns(path)
    if missing := [name for name in _COLUMNS if name not in columns]:
        raise ResultsError(str(path), f"got no column {missing[0]}, expected one")
    for identifier, *values in zip(*(columns[name] for name in _COLUMNS), strict=True):
        yield str(identifier), Submission(*values)


def _nearest(wanted: str, known: list[str]) -> list[str]:
    """The ids that begin most like `wanted`: neighbours in order share the longest beginning."""
    place = bisect_left(known, wanted)
    first = max(0, min(place - 1, len(known) - _NEAREST))
    return known[first : first + _NEAREST]
