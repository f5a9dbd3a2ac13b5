"""What happened in the register."""

from dataclasses import dataclass

from chain.codec import Amount, Height, PublicKey
from chain.records import Event

from names.actions import NameText


@dataclass(frozen=True, slots=True)
class NameRegistered(Event):
    """A name has a holder."""

    name: NameText
    holder: PublicKey
    expires_at: Height
    """Its last block."""
    fee: Amount


@dataclass(frozen=True, slots=True)
class NameRenewed(Event):
    """A name is rented for longer."""

    name: NameText
    expires_at: Height
    fee: Amount


@dataclass(frozen=True, slots=True)
class NameTransferred(Event):
    """A name has another holder."""

    name: NameText
    sender: PublicKey
    to: PublicKey


@dataclass(frozen=True, slots=True)
class NameExpired(Event):
    """A name is free again."""

    name: NameText
    holder: PublicKey
    """Who held it until now."""
