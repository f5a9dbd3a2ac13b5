"""What can be asked of the register."""

from dataclasses import dataclass
from typing import Annotated

from chain.codec import U8, MaxLen, PublicKey
from chain.records import Action

NameText = Annotated[str, MaxLen(32)]


@dataclass(frozen=True, slots=True)
class RegisterName(Action):
    """Rent a free name for some periods; the fee is due at once."""

    name: NameText
    periods: U8


@dataclass(frozen=True, slots=True)
class RenewName(Action):
    """Its holder rents a name for longer, from where its rent ends."""

    name: NameText
    periods: U8


@dataclass(frozen=True, slots=True)
class TransferName(Action):
    """Its holder gives a name to another account, with what is left of the rent."""

    name: NameText
    to: PublicKey
