"""Units that meet at the edge of the chain: floats of the mathematics, integers and decimals of the ledger."""

import math
from decimal import Decimal

from apps.admm.scientific import Scientific

MEGA = 1e6
"""Hz in a MHz, bit/s in a Mbit/s."""


def watts_of_dbm(dbm: float) -> float:
    """Watts (or W/Hz) of a level in dBm (or dBm/Hz)."""
    return math.pow(10.0, dbm / 10.0 - 3.0)


def scientific_of(value: float) -> Scientific:
    """The shortest decimal that reads back as `value`, a finite number above 0."""
    _, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    assert isinstance(exponent, int), value
    return Scientific(int("".join(map(str, digits))), exponent)


def float_of(value: Scientific) -> float:
    """The float nearest to a number of the chain; inf where it is too large for one."""
    return float(f"{value.significand}e{value.exponent}")
