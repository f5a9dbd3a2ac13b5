"""What the auction refuses, and with which words."""

from typing import ClassVar

from chain.errors import AppError


class BidTooLow(AppError):
    """A bid that does not reach the reserve, or raise the standing bid. Args: amount, least amount taken."""

    rule: ClassVar[str] = "bid-too-low"

    def __str__(self) -> str:
        return f"{self.rule}: got {self.args[0]}, expected at least {self.args[1]}"


class LotClosed(AppError):
    """A lot that was sold. Args: lot, height at which it closed."""

    rule: ClassVar[str] = "lot-closed"

    def __str__(self) -> str:
        lot, closed_at = self.args
        return f"{self.rule}: got {lot!r}, expected a lot not yet sold; this one was in block {closed_at}"


class LotExists(AppError):
    """A lot that is on offer. Args: lot."""

    rule: ClassVar[str] = "lot-exists"

    def __str__(self) -> str:
        return f"{self.rule}: got {self.args[0]!r}, expected a name not on offer"


class DurationOutOfRange(AppError):
    """An auction that takes no bids, or does not end for long. Args: blocks got, most."""

    rule: ClassVar[str] = "duration-out-of-range"

    def __str__(self) -> str:
        return f"{self.rule}: got {self.args[0]} blocks, expected 1 to {self.args[1]}"
