"""Who has how much of a deposit.

Rounding rule: of a sum shared by n owners each gets the n-th part rounded down, and the base units that are left go,
one each, to the first owners of the zone's list. n is the number of all owners of the zone: nobody gains by the silence
of another, and the share of a silent one goes back to the buyer when the request is decided.
"""

from apps.coordination.actions import Grade, Terms
from apps.coordination.state import Delivery


def request_label(request: str) -> str:
    """Escrow label of a request's deposit."""
    return f"request/{request}"


def bond_label(zone: str, agency: bytes) -> str:
    """Escrow label of an agency's bond."""
    return f"bond/{agency.hex()}/{zone}"


def part_of(amount: int, place: int, owners: int) -> int:
    """What the owner at a place of the zone's list has of an amount, by the rounding rule above."""
    return amount // owners + (place < amount % owners)


def rewards_of(delivery: Delivery, terms: Terms) -> list[tuple[bytes, Grade, int]]:
    """(participant, grade, reward) of everyone who measured for an owner, once they are graded."""
    return [
        (vsp, grade, terms.grade_rewards.of(grade))
        for vsp, grade in zip(delivery.vsps, delivery.grades, strict=True)
    ]
