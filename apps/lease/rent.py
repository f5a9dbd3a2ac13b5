"""The money rules of the lease market: what a lease or a service costs, and how much of it has been earned.

Amounts are base units of the native coin, unit prices base units per MHz and block. Everything is an integer.
"""

from chain.fixed import Rounding, divide, mul_div

MHZ = 1_000_000
"""Hz in the unit of bandwidth that a unit price refers to."""
RENT_INSTALMENTS = 16
"""Most instalments in which a lease's rent reaches the owner, which bounds the work a lease causes."""


def payment_for(bandwidth_hz: int, unit_price: int, blocks: int) -> int:
    """ceil(bandwidth * unit price * blocks / MHz): the payer pays the rounding."""
    return mul_div(bandwidth_hz * unit_price, blocks, MHZ, Rounding.CEIL)


def earned(payment: int, elapsed: int, blocks: int) -> int:
    """floor(payment * elapsed / blocks): the payee's part once `elapsed` of `blocks` blocks have run."""
    return mul_div(payment, elapsed, blocks, Rounding.FLOOR)


def instalment_blocks(blocks: int) -> int:
    """Blocks between two instalments of a lease's rent: 1 for leases of up to RENT_INSTALMENTS blocks."""
    return divide(blocks, RENT_INSTALMENTS, Rounding.CEIL)


def next_instalment(elapsed: int, blocks: int) -> int:
    """Elapsed blocks at which the next instalment of a lease's rent is released, after `elapsed`."""
    step = instalment_blocks(blocks)
    return min((elapsed // step + 1) * step, blocks)


def settled_blocks(elapsed: int, blocks: int) -> int:
    """Blocks whose rent has been released once `elapsed` of `blocks` blocks have run."""
    return elapsed - elapsed % instalment_blocks(blocks) if elapsed < blocks else blocks


def lease_label(lessee: bytes, number: int) -> str:
    """Escrow label of a lease's rent."""
    return f"lease/{lessee.hex()}/{number}"


def order_label(sequence: int) -> str:
    """Escrow label of an order's payment, from the order to the end of the service."""
    return f"order/{sequence}"
