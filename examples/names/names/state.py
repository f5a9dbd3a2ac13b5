"""What the register remembers: its records and tables."""

from dataclasses import dataclass

from chain.app import App
from chain.codec import Amount, Height, PublicKey
from chain.table import Table


@dataclass(frozen=True, slots=True)
class Entry:
    """A registered name."""

    holder: PublicKey
    expires_at: Height
    """Its last block."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Nothing: the key says it all."""


@dataclass(frozen=True, slots=True)
class Total:
    """A sum of money."""

    amount: Amount = 0
    """Base units."""


class NameTables(App):
    """The tables. The second and third say nothing new: they are indices that spare others a search."""

    name = "names"
    api = 1
    entries = Table(str, Entry)
    held = Table(tuple[str, str], Mark)
    """(account in hexadecimal digits, name): what an account holds, without looking at everybody's names."""
    due = Table(tuple[int, str], Mark)
    """(height of its last block, name): what ends in a block, without looking at what does not."""
    totals = Table(str, Total)
    """All fees ever paid, at the key `fees`."""
