"""What an acquisition refuses, and with which words."""

from typing import ClassVar

from chain.errors import AppError


class TermsOutOfRange(AppError):
    """A term that the application cannot work with. Args: term, got, lowest, highest."""

    rule: ClassVar[str] = "terms-out-of-range"

    def __str__(self) -> str:
        term, got, lowest, highest = self.args
        return f"{self.rule}: {term}: got {got}, expected {lowest} to {highest}"


class AcquisitionExists(AppError):
    """An acquisition's name is taken. Args: acquisition."""

    rule: ClassVar[str] = "acquisition-exists"

    def __str__(self) -> str:
        return f"{self.rule}: got {self.args[0]!r}, expected a name not in use"


class NoSuchAcquisition(AppError):
    """No acquisition has this name. Args: acquisition."""

    rule: ClassVar[str] = "no-such-acquisition"

    def __str__(self) -> str:
        return f"{self.rule}: got {self.args[0]!r}, expected one that was opened"


class NotOwner(AppError):
    """Only an acquisition's owner may do this. Args: acquisition, sender, owner."""

    rule: ClassVar[str] = "not-owner"

    def __str__(self) -> str:
        name, sender, owner = self.args
        return f"{self.rule}: acquisition {name!r}: got {sender.hex()[:16]}, expected {owner.hex()[:16]}"


class WrongPhase(AppError):
    """It is too early or too late for this. Args: acquisition, its phase, the phases expected."""

    rule: ClassVar[str] = "wrong-phase"

    def __str__(self) -> str:
        name, phase, expected = self.args
        return f"{self.rule}: acquisition {name!r} is {phase}, expected {expected}"


class NotRunning(WrongPhase):
    """No round is open. Args: acquisition, its phase, the phase expected."""

    rule: ClassVar[str] = "not-running"


class NotGathering(WrongPhase):
    """The rounds were started before. Args: acquisition, its phase, the phase expected."""

    rule: ClassVar[str] = "not-gathering"


class AlreadySettled(WrongPhase):
    """The split stands. Args: acquisition, its phase, the phases expected."""

    rule: ClassVar[str] = "already-settled"


class NoOperators(AppError):
    """Nobody takes part. Args: acquisition."""

    rule: ClassVar[str] = "no-operators"

    def __str__(self) -> str:
        return f"{self.rule}: acquisition {self.args[0]!r}: got 0 operators, expected at least 1"


class TooManyOperators(AppError):
    """More operators than an acquisition can have. Args: acquisition, got, allowed."""

    rule: ClassVar[str] = "too-many-operators"

    def __str__(self) -> str:
        name, got, allowed = self.args
        return f"{self.rule}: acquisition {name!r}: got {got}, expected at most {allowed}"


class AlreadyMember(AppError):
    """An operator takes part already. Args: acquisition, operator."""

    rule: ClassVar[str] = "already-member"

    def __str__(self) -> str:
        name, operator = self.args
        return f"{self.rule}: acquisition {name!r}: got {operator.hex()[:16]}, expected another operator"


class NotMember(AppError):
    """An account that takes no part. Args: acquisition, account."""

    rule: ClassVar[str] = "not-member"

    def __str__(self) -> str:
        name, account = self.args
        return f"{self.rule}: acquisition {name!r}: got {account.hex()[:16]}, expected one of its operators"


class ClosedRound(AppError):
    """An answer that comes too late. Args: acquisition, round answered, round that is open."""

    rule: ClassVar[str] = "closed-round"

    def __str__(self) -> str:
        name, asked, now = self.args
        return f"{self.rule}: acquisition {name!r}: got round {asked}, expected the open round {now}"


class FutureRound(ClosedRound):
    """An answer that comes too early. Args: acquisition, round answered, round that is open."""

    rule: ClassVar[str] = "future-round"


class LateAnswer(AppError):
    """An answer after the round's deadline, while it waits to be closed. Args: acquisition, height, last block."""

    rule: ClassVar[str] = "late-answer"

    def __str__(self) -> str:
        name, height, last = self.args
        return f"{self.rule}: acquisition {name!r}: got an answer in block {height}, expected one up to block {last}"


class AlreadyAnswered(AppError):
    """An operator answers once in a round. Args: acquisition, round, operator."""

    rule: ClassVar[str] = "already-answered"

    def __str__(self) -> str:
        name, asked, operator = self.args
        return (
            f"{self.rule}: acquisition {name!r}: got another answer of {operator.hex()[:16]} to round {asked}, "
            f"expected one"
        )


class NegativeBandwidth(AppError):
    """Bandwidth is 0 or more. Args: acquisition, bandwidth."""

    rule: ClassVar[str] = "negative-bandwidth"

    def __str__(self) -> str:
        name, bandwidth = self.args
        return f"{self.rule}: acquisition {name!r}: got {bandwidth} Hz, expected 0 or more"


class AboveTotal(AppError):
    """No operator gets more than there is. Args: acquisition, bandwidth, total."""

    rule: ClassVar[str] = "above-total"

    def __str__(self) -> str:
        name, bandwidth, total = self.args
        return f"{self.rule}: acquisition {name!r}: got {bandwidth} Hz, expected at most the {total} Hz there are"
