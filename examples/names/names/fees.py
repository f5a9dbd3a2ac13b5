"""What a name costs, in base units of the native coin."""

PERIOD_BLOCKS = 100
"""Blocks of one period."""
MOST_PERIODS = 10
"""Periods ahead for which a name can be rented."""
PERIOD_FEE = 1_000
"""Of an ordinary name, for one period."""
SHORT_LETTERS = 4
"""A name with fewer letters is short."""
SHORT_FACTOR = 25
"""A short name costs so many times as much: there are few of them."""


def fee_for(name: str, periods: int) -> int:
    """Base units for so many periods of a name."""
    return PERIOD_FEE * periods * (SHORT_FACTOR if len(name) < SHORT_LETTERS else 1)
