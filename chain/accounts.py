"""Money: balances, nonces, escrow and the supply, kept in the `bank` namespace of the state.

An account is the value that is read and written most, so it has a fixed layout of its own: balance and nonce,
8 bytes each, big-endian. Nothing here creates or destroys coins but `mint`, so the supply equals the sum of
all balances and escrows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct
from typing import ClassVar

from chain.codec import U64, Amount, codec_for
from chain.errors import AppError, ChainError
from chain.keys import PUBLIC_KEY_BYTES
from chain.state import Overlay, Reader

MAX_SUPPLY = 2**63 - 1
ACCOUNTS = b"bank/accounts/"
ESCROWS = b"bank/escrow/"
SUPPLY = b"bank/supply"


@dataclass(frozen=True, slots=True)
class Account:
    """What the ledger keeps for one public key."""

    balance: Amount = 0
    """Base units it may spend."""
    nonce: U64 = 0
    """Number of transactions it has sent."""


EMPTY = Account()
_LAYOUT = Struct(">QQ")
_AMOUNT = codec_for(Amount)


class InsufficientBalance(AppError):
    """An account or escrow holds less than is asked of it. Args: whose, held, asked."""

    rule: ClassVar[str] = "insufficient-balance"

    def __str__(self) -> str:
        whose, held, asked = self.args
        return f"{self.rule}: {whose} holds {held}, asked for {asked}"


class NegativeAmount(AppError):
    """Money moves forward only. Args: amount got."""

    rule: ClassVar[str] = "negative-amount"

    def __str__(self) -> str:
        return f"{self.rule}: got {self.args[0]}, expected 0 or more"


class MalformedAccount(AppError):
    """Money for an account that nobody can have. Args: length got."""

    rule: ClassVar[str] = "malformed-account"

    def __str__(self) -> str:
        return f"{self.rule}: got {self.args[0]} bytes, expected a public key of {PUBLIC_KEY_BYTES}"


class SupplyOverflow(ChainError):
    """More coins than a balance can hold. Args: supply wanted."""

    rule: ClassVar[str] = "supply-overflow"

    def __str__(self) -> str:
        return f"{self.rule}: got {self.args[0]}, at most {MAX_SUPPLY}"


def account_of(state: Reader, public_key: bytes) -> Account:
    """The account of `public_key`; an unused one is empty."""
    data = state.get(ACCOUNTS + public_key)
    return EMPTY if data is None else Account(*_LAYOUT.unpack(data))


def put_account(state: Overlay, public_key: bytes, account: Account) -> None:
    """Write the account."""
    state.set(ACCOUNTS + public_key, _LAYOUT.pack(account.balance, account.nonce))


def check_account(public_key: bytes) -> None:
    """Refuse an account that no key can have. Raises MalformedAccount."""
    if len(public_key) != PUBLIC_KEY_BYTES:
        raise MalformedAccount(len(public_key))


def credit(state: Overlay, public_key: bytes, amount: int) -> None:
    """Add `amount` to a balance. Raises NegativeAmount, MalformedAccount."""
    _check_amount(amount)
    check_account(public_key)
    account = account_of(state, public_key)
    put_account(state, public_key, Account(account.balance + amount, account.nonce))


def debit(state: Overlay, public_key: bytes, amount: int) -> None:
    """Take `amount` from a balance. Raises InsufficientBalance, NegativeAmount."""
    _check_amount(amount)
    account = account_of(state, public_key)
    if account.balance < amount:
        raise InsufficientBalance(f"account {public_key.hex()[:16]}", account.balance, amount)
    put_account(state, public_key, Account(account.balance - amount, account.nonce))


def escrow_key(app: str, label: str) -> bytes:
    """State key of the escrow account `escrow/<app>/<label>`."""
    return ESCROWS + f"{app}/{label}".encode()


def escrow_of(state: Reader, app: str, label: str) -> int:
    """Base units held in an escrow account."""
    data = state.get(escrow_key(app, label))
    return 0 if data is None else _AMOUNT.decode(data)


def change_escrow(state: Overlay, app: str, label: str, change: int) -> None:
    """Add `change` (negative: take) to an escrow account; an empty one leaves the state.

    Raises InsufficientBalance.
    """
    held = escrow_of(state, app, label)
    if held + change < 0:
        raise InsufficientBalance(f"escrow {app}/{label}", held, -change)
    key = escrow_key(app, label)
    if held + change == 0:
        state.delete(key)
    else:
        state.set(key, _AMOUNT.encode(held + change))


def escrows(state: Reader, app: str = "") -> Iterator[tuple[str, int]]:
    """(`app/label`, amount) of every escrow account, of one application or of all."""
    prefix = ESCROWS + (f"{app}/".encode() if app else b"")
    for key, data in state.scan(prefix):
        yield key[len(ESCROWS) :].decode(), _AMOUNT.decode(data)


def accounts(state: Reader) -> Iterator[tuple[bytes, Account]]:
    """(public key, account) of every account, in key order."""
    for key, data in state.scan(ACCOUNTS):
        yield key[len(ACCOUNTS) :], Account(*_LAYOUT.unpack(data))


def supply_of(state: Reader) -> int:
    """All base units in existence."""
    data = state.get(SUPPLY)
    return 0 if data is None else _AMOUNT.decode(data)


def mint(state: Overlay, amount: int) -> None:
    """Raise the supply by `amount`; the caller credits it. Raises SupplyOverflow."""
    supply = supply_of(state) + amount
    if supply > MAX_SUPPLY:
        raise SupplyOverflow(supply)
    state.set(SUPPLY, _AMOUNT.encode(supply))


def broken_invariants(state: Reader) -> Iterator[str]:
    """One sentence for each broken rule of the money: the supply is what accounts and escrows hold."""
    balances = sum(account.balance for _, account in accounts(state))
    held = sum(amount for _, amount in escrows(state))
    if balances + held != supply_of(state):
        yield f"bank: balances {balances} + escrows {held} differ from the supply {supply_of(state)}"


def _check_amount(amount: int) -> None:
    if amount < 0:
        raise NegativeAmount(amount)
