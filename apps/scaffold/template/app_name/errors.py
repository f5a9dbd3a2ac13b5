"""What the application refuses, and with which words."""

from typing import ClassVar

from chain.errors import AppError


class StakeTooLow(AppError):
    """A stake must be higher than the leader's. Args: amount, the leader's."""

    rule: ClassVar[str] = "stake-too-low"

    def __str__(self) -> str:
        return f"{self.rule}: got {self.args[0]}, expected more than {self.args[1]}"
