"""The errors of the ledger: one base, one family for each thing that can be refused.

An error keeps its values in `args` and composes its text in `__str__`, so it survives a process pool. `rule` names the
broken rule in kebab case; tools and tests match on it, never on the text.
"""

from dataclasses import fields, is_dataclass
from enum import Enum
from typing import ClassVar


class ChainError(Exception):
    """Base of every expected failure of the ledger. `rule` names what was broken."""

    rule: ClassVar[str] = "chain-error"


class InvalidTransaction(ChainError):
    """A transaction that may not stand in any block at this state."""

    rule: ClassVar[str] = "invalid-transaction"


class InvalidBlock(ChainError):
    """A block, or its header, that breaks a rule of the chain."""

    rule: ClassVar[str] = "invalid-block"


class AppError(ChainError):
    """An application's refusal: its writes are dropped, fee and nonce stand, the receipt says failed."""

    rule: ClassVar[str] = "refused"

    def __str__(self) -> str:
        return f"{self.rule}: {', '.join(map(str, self.args))}" if self.args else self.rule


def has_stable_text(value: object) -> bool:
    """Whether the text of `value` is the same in every process: no address in it, no order of a set."""
    if value is None or isinstance(value, str | bytes | int | float | Enum):
        return True
    if isinstance(value, tuple | list):
        return all(map(has_stable_text, value))
    if is_dataclass(value) and not isinstance(value, type):
        return all(has_stable_text(getattr(value, field.name)) for field in fields(value))
    return False


def in_full(headline: str, got: str, expected: str, to_do: str) -> str:
    """A failure in four lines: the rule and where it is broken, what was got, what was expected, what to do."""
    return f"{headline}\n  got:      {got}\n  expected: {expected}\n  to do:    {to_do}"


class RegistrationError(ChainError):
    """An application that cannot be hosted: it names the class and field at fault.

    Args: the fault; from a registry also where it is (`lottery.app:Lottery.buy`), what was expected, what to do.
    """

    rule: ClassVar[str] = "malformed-app"

    def __str__(self) -> str:
        if len(self.args) == 1:
            return str(self.args[0])
        fault, where, expected, to_do = self.args
        headline = f"{self.rule}: {where.rpartition(':')[2]}: {fault}"
        return f"{headline}\n  where:    {where}\n  expected: {expected}\n  to do:    {to_do}"
