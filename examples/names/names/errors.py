"""What the register refuses, and with which words."""

from typing import ClassVar

from chain.errors import AppError


class MalformedName(AppError):
    """A name that nobody can have. Args: name."""

    rule: ClassVar[str] = "malformed-name"

    def __str__(self) -> str:
        return f"{self.rule}: got {self.args[0]!r}, expected lower case letters, digits and hyphens"


class NameTaken(AppError):
    """A name that somebody holds. Args: name, height of its last block."""

    rule: ClassVar[str] = "name-taken"

    def __str__(self) -> str:
        name, expires_at = self.args
        return f"{self.rule}: got {name!r}, expected a free name; this one is taken until block {expires_at}"


class NoSuchName(AppError):
    """A name that nobody holds. Args: name."""

    rule: ClassVar[str] = "no-such-name"

    def __str__(self) -> str:
        return f"{self.rule}: got {self.args[0]!r}, expected a registered name"


class NotHolder(AppError):
    """Only its holder may do this with a name. Args: name, sender, holder."""

    rule: ClassVar[str] = "not-holder"

    def __str__(self) -> str:
        name, sender, holder = self.args
        return f"{self.rule}: name {name!r}: got {sender.hex()[:16]}, expected its holder {holder.hex()[:16]}"


class RentOutOfRange(AppError):
    """A rent for no time, or for too much of it. Args: periods got, most periods that can be added now."""

    rule: ClassVar[str] = "rent-out-of-range"

    def __str__(self) -> str:
        got, most = self.args
        expected = f"1 to {most}" if most > 0 else "a renewal later: the rent reaches as far as it can"
        return f"{self.rule}: got {got} periods, expected {expected}"
