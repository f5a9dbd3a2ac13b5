"""The leasing paper's units on chain.

The paper's unit of time is a service period, its unit of bandwidth 1 MHz, its unit of money a Sharecoin,
and its mass of users is one: every quantity of the paper is per user and period.
"""

from dataclasses import dataclass

from apps.lease.rent import MHZ
from chain.params import SHARECOIN

PPM = 1_000_000


@dataclass(frozen=True, slots=True)
class Scale:
    """How many users and blocks stand for the paper's one mass and one period."""

    users: int
    """Users of one operator."""
    period_blocks: int
    """Blocks of one service period."""

    def unit_price(self, price: float) -> int:
        """Base units per MHz and block of a price in Sharecoin per MHz and period, to the nearest."""
        return round(price * SHARECOIN / self.period_blocks)

    def price(self, unit_price: int) -> float:
        """Inverse of `unit_price`."""
        return unit_price * self.period_blocks / SHARECOIN

    def per_user(self, base_units: float) -> float:
        """Sharecoin per user of an operator's base units."""
        return base_units / (SHARECOIN * self.users)

    def subsidy(self, reward: float) -> int:
        """Base units a block creates when all blocks of a period are worth `reward` per user."""
        return round(reward * SHARECOIN * self.users / self.period_blocks)

    def reward(self, subsidy: float) -> float:
        """What all blocks of a period are worth per user when a block creates `subsidy` Sharecoin."""
        return subsidy * self.period_blocks / self.users


def to_hz(bandwidth: float) -> int:
    """Hz of a bandwidth in the paper's unit, to the nearest."""
    return round(bandwidth * MHZ)


def to_ppm(fraction: float) -> int:
    """Parts per million of a fraction, to the nearest."""
    return round(fraction * PPM)
