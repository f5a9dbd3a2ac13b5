"""A register of names: rented for a fee, renewed, transferred, free again when the rent has run out."""

from names.actions import RegisterName, RenewName, TransferName
from names.app import Names
from names.errors import MalformedName, NameTaken, NoSuchName, NotHolder, RentOutOfRange
from names.events import NameExpired, NameRegistered, NameRenewed, NameTransferred
from names.fees import PERIOD_BLOCKS, fee_for

__all__ = [
    "PERIOD_BLOCKS",
    "MalformedName",
    "NameExpired",
    "NameRegistered",
    "NameRenewed",
    "NameTaken",
    "NameTransferred",
    "Names",
    "NoSuchName",
    "NotHolder",
    "RegisterName",
    "RenewName",
    "RentOutOfRange",
    "TransferName",
    "fee_for",
]
