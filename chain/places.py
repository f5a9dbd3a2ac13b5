"""What stands where in the state map: from the bytes of a key back to an account, an escrow or a table's record."""

from dataclasses import dataclass

from chain.accounts import ACCOUNTS, ESCROWS, SUPPLY, account_of
from chain.codec import Amount, decode_as
from chain.keys import PUBLIC_KEY_BYTES
from chain.registry import Registry, tables_of
from chain.state import Reader
from chain.table import Table

BANK = "bank"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record stands."""

    app: str
    """Application; `bank` for the money."""
    table: str
    """One of its tables; of the bank `accounts`, `escrow` or `supply`."""
    key: object
    """As the table has it; a public key, an escrow's (application, label), None for the supply."""


def place_of(registry: Registry, path: bytes) -> Place | None:
    """What the key `path` of the state map stands for; None where no application's table has it."""
    if path.startswith(ACCOUNTS) and len(path) == len(ACCOUNTS) + PUBLIC_KEY_BYTES:
        return Place(BANK, "accounts", path.removeprefix(ACCOUNTS))
    if path == SUPPLY:
        return Place(BANK, "supply", None)
    if path.startswith(ESCROWS):
        app, _, label = path.removeprefix(ESCROWS).decode().partition("/")
        return Place(BANK, "escrow", (app, label))
    name = path.partition(b"/")[0].decode(errors="replace")
    for table in _tables(registry, name):
        if table.holds(path) and (key := table.key_at(path)) is not None:
            return Place(name, table.name, key)
    return None


def record_at(registry: Registry, state: Reader, path: bytes) -> object:
    """What `state` holds at the key `path`; None where it holds nothing.

    An `Account`, base units of an escrow or of the supply, a table's record; bytes where no table has the key.
    Raises DecodeError.
    """
    data = state.get(path)
    place = place_of(registry, path)
    if data is None or place is None:
        return data
    if place.app != BANK:
        return next(table for table in _tables(registry, place.app) if table.holds(path)).record(data)
    return (
        account_of(state, path.removeprefix(ACCOUNTS))
        if place.table == "accounts"
        else decode_as(Amount, data)
    )


def _tables(registry: Registry, name: str) -> list[Table[object, object]]:
    app = registry.apps.get(name)
    return [] if app is None else tables_of(app)
