"""What can be asked of the application: its actions."""

from dataclasses import dataclass

from chain.codec import Amount
from chain.records import Action


@dataclass(frozen=True, slots=True)
class Stake(Action):
    """Put an amount into the pot and lead the round until somebody stakes more."""

    amount: Amount
    """Base units."""
