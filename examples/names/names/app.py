"""The register of names on chain.

A name rented in block h for n periods is its holder's to the end of block h + 100 n. The fee goes into an
escrow account from which no rule releases anything: it is burnt, so nobody gains by making others pay it.
"""

from collections.abc import Iterator
from dataclasses import replace

from chain.app import execute, query
from chain.context import Context, View

from names.actions import RegisterName, RenewName, TransferName
from names.audit import broken_rules
from names.errors import MalformedName, NameTaken, NoSuchName, NotHolder, RentOutOfRange
from names.events import NameExpired, NameRegistered, NameRenewed, NameTransferred
from names.fees import MOST_PERIODS, PERIOD_BLOCKS, fee_for
from names.state import Entry, Mark, NameTables, Total

FEES = "fees"
"""Label of the escrow of all fees, and key of their sum."""
ALPHABET = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")


class Names(NameTables):
    """Names for accounts: whoever rents one first holds it."""

    emits = (NameRegistered, NameRenewed, NameTransferred, NameExpired)

    @execute
    def register(self, ctx: Context, action: RegisterName) -> None:
        """Rent a free name. Raises MalformedName, NameTaken, RentOutOfRange, InsufficientBalance."""
        name = action.name
        ctx.require(name != "" and ALPHABET.issuperset(name), MalformedName(name))
        taken = self.entries.get(ctx, name)
        if taken is not None:
            raise NameTaken(name, taken.expires_at)
        expires_at, fee = self._rent(ctx, name, ctx.height, action.periods)
        self.entries.set(ctx, name, Entry(ctx.sender, expires_at))
        self.held.set(ctx, (ctx.sender.hex(), name), Mark())
        self.due.set(ctx, (expires_at, name), Mark())
        ctx.emit(NameRegistered(name, ctx.sender, expires_at, fee))

    @execute
    def renew(self, ctx: Context, action: RenewName) -> None:
        """Rent a name for longer. Raises NoSuchName, NotHolder, RentOutOfRange, InsufficientBalance."""
        entry = self._own(ctx, action.name)
        expires_at, fee = self._rent(ctx, action.name, entry.expires_at, action.periods)
        self.entries.set(ctx, action.name, replace(entry, expires_at=expires_at))
        self.due.delete(ctx, (entry.expires_at, action.name))
        self.due.set(ctx, (expires_at, action.name), Mark())
        ctx.emit(NameRenewed(action.name, expires_at, fee))

    @execute
    def transfer(self, ctx: Context, action: TransferName) -> None:
        """Give a name away. Raises NoSuchName, NotHolder."""
        entry = self._own(ctx, action.name)
        self.entries.set(ctx, action.name, replace(entry, holder=action.to))
        self.held.delete(ctx, (ctx.sender.hex(), action.name))
        self.held.set(ctx, (action.to.hex(), action.name), Mark())
        ctx.emit(NameTransferred(action.name, ctx.sender, action.to))

    @query
    def entry(self, view: View, name: str) -> Entry | None:
        """All about a name; None where nobody holds it."""
        return self.entries.get(view, name)

    @query
    def holder(self, view: View, name: str) -> bytes | None:
        """Whose a name is; None where nobody holds it."""
        entry = self.entries.get(view, name)
        return None if entry is None else entry.holder

    @query
    def names_of(self, view: View, account: bytes) -> tuple[str, ...]:
        """The names an account holds, in order."""
        holder, found = account.hex(), list[str]()
        for (whose, name), _ in self.held.scan(view, (holder, "")):
            if whose != holder:
                break
            found.append(name)
        return tuple(found)

    def end_block(self, ctx: Context) -> None:
        """Free the names whose last block this is."""
        for (height, name), _ in self.due.scan(ctx):
            if height > ctx.height:
                return
            self._free(ctx, height, name)

    def invariants(self, view: View) -> Iterator[str]:
        """Indices and escrow say what the entries say."""
        return broken_rules(self, view, FEES)

    def _own(self, ctx: Context, name: str) -> Entry:
        """The entry of a name of the sender. Raises NoSuchName, NotHolder."""
        entry = self.entries.get(ctx, name)
        if entry is None:
            raise NoSuchName(name)
        ctx.require(entry.holder == ctx.sender, NotHolder(name, ctx.sender, entry.holder))
        return entry

    def _rent(self, ctx: Context, name: str, start: int, periods: int) -> tuple[int, int]:
        """(height of the last block, fee) of a rent from `start` on, the fee paid. Raises RentOutOfRange."""
        most = (ctx.height + MOST_PERIODS * PERIOD_BLOCKS - start) // PERIOD_BLOCKS
        ctx.require(1 <= periods <= most, RentOutOfRange(periods, most))
        fee = fee_for(name, periods)
        ctx.hold(fee, FEES)
        fees = self.totals.get(ctx, FEES) or Total()
        self.totals.set(ctx, FEES, Total(fees.amount + fee))
        return start + periods * PERIOD_BLOCKS, fee

    def _free(self, ctx: Context, height: int, name: str) -> None:
        entry = self.entries.get(ctx, name)
        assert entry is not None, "what is due is registered"
        self.entries.delete(ctx, name)
        self.held.delete(ctx, (entry.holder.hex(), name))
        self.due.delete(ctx, (height, name))
        ctx.emit(NameExpired(name, entry.holder))
