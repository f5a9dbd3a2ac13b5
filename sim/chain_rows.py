"""Rows of a run's tables as its chain alone tells them: what the ledger does not know is left out or None."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import cast

from chain.block import Block
from chain.codec import Record
from chain.fixed import Fixed
from chain.records import Receipt
from chain.registry import Registry
from consensus.compact import difficulty_of_bits
from sim.store import StoredBlock

_US_PER_S = 1_000_000
Row = dict[str, object]
Names = Mapping[bytes, str]
"""Public key -> participant's name."""


@dataclass(frozen=True, slots=True)
class ExecutedBlock:
    """A block of the best chain and what came of it."""

    block: Block
    found_us: int
    """Simulated time at which it was found."""
    receipts: tuple[Receipt, ...]


def block_rows(
    genesis: Block, blocks: Iterable[StoredBlock], main: Collection[bytes], names: Names
) -> list[Row]:
    """One row for genesis and each block, in the order of finding; an unknown miner is its public key in hex.

    Args:
        genesis: the first row.
        blocks: the others.
        main: ids of the best chain.
        names: the participants.
    """
    first = {**_block_row(genesis, 0, 0), "miner": "", "stale": False}
    others = (
        {
            **_block_row(stored.block, stored.number, stored.found_us),
            "miner": _named(stored.block.coinbase.miner, names),
            "stale": stored.block.id not in main,
        }
        for stored in blocks
    )
    return [first, *others]


def transaction_rows(chain: Sequence[ExecutedBlock], names: Names) -> Iterator[Row]:
    """One row for each transaction of the best chain, in its order."""
    for executed in chain:
        header = executed.block.header
        failures = {receipt.origin: receipt.failure for receipt in executed.receipts}
        for transaction in executed.block.transactions:
            failure = failures[transaction.id]
            yield {
                "id": transaction.id.hex(),
                "sender": _named(transaction.sender, names),
                "nonce": transaction.nonce,
                "app": transaction.app,
                "action": transaction.action,
                "fee": transaction.fee,
                "submitted_s": None,
                "status": "confirmed" if failure is None else "failed",
                "height": header.height,
                "found_s": executed.found_us / _US_PER_S,
                "error": None if failure is None else failure.message,
            }


def event_rows(registry: Registry, chain: Iterable[ExecutedBlock]) -> dict[str, list[Row]]:
    """The events, one list of rows for each type (`lease.LeaseOpened`), empty types left out."""
    tables: dict[str, list[Row]] = {}
    for executed in chain:
        header = executed.block.header
        for receipt in executed.receipts:
            place = {"height": header.height, "block": header.id.hex(), "origin": _origin(receipt.origin)}
            for emitted in receipt.events:
                event = registry.decode_event(emitted)
                row = {**place, **dict(_cells(cast("Record", event)))}
                tables.setdefault(f"{emitted.app}.{emitted.event}", []).append(row)
    return tables


def _block_row(block: Block, number: int, found_us: int) -> Row:
    header = block.header
    return {
        "number": number,
        "id": header.id.hex(),
        "parent": header.previous.hex(),
        "height": header.height,
        "time_ms": header.time_ms,
        "found_s": found_us / _US_PER_S,
        "difficulty": difficulty_of_bits(header.bits),
        "reward": block.coinbase.reward,
        "transactions": len(block.transactions),
        "size_bytes": block.size,
    }


def _named(account: bytes, names: Names) -> str:
    return names.get(account, account.hex())


def _origin(origin: bytes) -> str:
    """Transaction id as hex, hooks as they are named."""
    return origin.decode() if origin.startswith(b"hook/") else origin.hex()


def _cells(record: Record, prefix: str = "") -> Iterator[tuple[str, object]]:
    """(column, cell) of each field, in order; the fields of a record in a field have columns `field.inner`."""
    for name in [field.name for field in fields(record) if not field.name.startswith("_")]:
        value = getattr(record, name)
        if is_dataclass(value) and not isinstance(value, Fixed | type):
            yield from _cells(value, f"{prefix}{name}.")
        else:
            yield prefix + name, _cell(value)


def _cell(value: object) -> object:
    """A field as a table shows it."""
    if isinstance(value, bytes):
        return value.hex()
    return value if isinstance(value, int | str | None) else str(value)
