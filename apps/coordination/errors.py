"""What frequency coordination refuses, and with which words."""

from typing import ClassVar

from chain.errors import AppError


class OutOfRange(AppError):
    """A number, or the length of a list, that is not allowed. Args: what, got, lowest, highest."""

    rule: ClassVar[str] = "out-of-range"

    def __str__(self) -> str:
        what, got, lowest, highest = self.args
        return f"{self.rule}: {what}: got {got}, expected {lowest} to {highest}"


class DuplicateAccount(AppError):
    """An account that stands twice in one list. Args: list, account."""

    rule: ClassVar[str] = "duplicate-account"

    def __str__(self) -> str:
        what, account = self.args
        return f"{self.rule}: {what}: got {account.hex()[:16]} twice, expected each account once"


class NameTaken(AppError):
    """A name is in use. Args: name."""

    def __str__(self) -> str:
        return f"{self.rule}: got {self.args[0]!r}, expected a name not in use"


class ZoneExists(NameTaken):
    """A zone's name is in use. Args: zone."""

    rule: ClassVar[str] = "zone-exists"


class RequestExists(NameTaken):
    """A request's name is in use. Args: request."""

    rule: ClassVar[str] = "request-exists"


class NoSuchZone(AppError):
    """No zone has this name. Args: zone."""

    rule: ClassVar[str] = "no-such-zone"

    def __str__(self) -> str:
        return f"{self.rule}: got {self.args[0]!r}, expected one that was opened"


class NoSuchRequest(AppError):
    """No request has this name. Args: request."""

    rule: ClassVar[str] = "no-such-request"

    def __str__(self) -> str:
        return f"{self.rule}: got {self.args[0]!r}, expected one that was paid for"


class WrongDeposit(AppError):
    """A request costs its zone's price. Args: zone, got, price."""

    rule: ClassVar[str] = "wrong-deposit"

    def __str__(self) -> str:
        zone, got, price = self.args
        return f"{self.rule}: zone {zone!r}: got {got}, expected its price {price}"


class WrongRole(AppError):
    """Somebody else's step. Args: zone, account."""

    role: ClassVar[str] = "participants"

    def __str__(self) -> str:
        zone, account = self.args
        return f"{self.rule}: zone {zone!r}: got {account.hex()[:16]}, expected one of its {self.role}"


class NotAgency(WrongRole):
    """Only a certification agency may do this. Args: zone, account."""

    rule: ClassVar[str] = "not-agency"
    role: ClassVar[str] = "agencies"


class NotSensingOwner(WrongRole):
    """Only a sensing owner may do this. Args: zone, account."""

    rule: ClassVar[str] = "not-sensing-owner"
    role: ClassVar[str] = "sensing owners"


class NotProvider(WrongRole):
    """Only an incumbent provider may do this. Args: zone, account."""

    rule: ClassVar[str] = "not-provider"
    role: ClassVar[str] = "providers"


class NotRevoker(WrongRole):
    """This account may not revoke the licence. Args: zone, account."""

    rule: ClassVar[str] = "not-revoker"
    role: ClassVar[str] = "revokers (registrar, holder, perhaps providers)"


class WrongStage(AppError):
    """A step out of order. Args: request, its stage, the stages expected."""

    rule: ClassVar[str] = "wrong-stage"

    def __str__(self) -> str:
        request, stage, expected = self.args
        return f"{self.rule}: request {request!r} is {stage}, expected {expected}"


class TooLate(AppError):
    """A step after its deadline. Args: request, height, last block."""

    rule: ClassVar[str] = "too-late"

    def __str__(self) -> str:
        request, height, last = self.args
        return f"{self.rule}: request {request!r}: got it in block {height}, expected it up to block {last}"


class AlreadyDone(AppError):
    """A step for the second time. Args: request, what, by whom."""

    rule: ClassVar[str] = "already-done"

    def __str__(self) -> str:
        request, what, account = self.args
        return f"{self.rule}: request {request!r}: got another {what} of {account.hex()[:16]}, expected one"


class NotDelivered(AppError):
    """An owner that delivered no data. Args: request, owner."""

    rule: ClassVar[str] = "not-delivered"

    def __str__(self) -> str:
        request, owner = self.args
        return (
            f"{self.rule}: request {request!r}: got {owner.hex()[:16]}, expected an owner that delivered data"
        )


class OverBudget(AppError):
    """Participants who could earn more than there is for them. Args: request, what they could earn, budget."""

    rule: ClassVar[str] = "over-budget"

    def __str__(self) -> str:
        request, asked, budget = self.args
        return f"{self.rule}: request {request!r}: got rewards of up to {asked}, expected at most {budget}"


class WrongGradeCount(AppError):
    """There is one grade for each participant. Args: request, got, expected."""

    rule: ClassVar[str] = "wrong-grade-count"

    def __str__(self) -> str:
        request, got, expected = self.args
        return f"{self.rule}: request {request!r}: got {got} grades, expected {expected}"


class InconsistentDecision(AppError):
    """A decision that contradicts its verdict or what was asked. Args: what, got, verdict, lowest, highest."""

    rule: ClassVar[str] = "inconsistent-decision"

    def __str__(self) -> str:
        what, got, verdict, lowest, highest = self.args
        return f"{self.rule}: {what}: got {got}, expected {lowest} to {highest} to {verdict}"


class StaleAggregate(AppError):
    """A decision that does not know every sharer. Args: request, sharers it knows of, sharers certified."""

    rule: ClassVar[str] = "stale-aggregate"

    def __str__(self) -> str:
        request, got, expected = self.args
        return f"{self.rule}: request {request!r}: got a decision on {got} sharers, expected {expected}"


class AnotherResult(AppError):
    """A vote on a result that is not the certified one. Args: request, digest got, digest certified."""

    rule: ClassVar[str] = "another-result"

    def __str__(self) -> str:
        request, got, expected = self.args
        return f"{self.rule}: request {request!r}: got {got.hex()[:16]}, expected {expected.hex()[:16]}"


class NoBondAsked(AppError):
    """A zone without bonds. Args: zone."""

    rule: ClassVar[str] = "no-bond-asked"

    def __str__(self) -> str:
        return f"{self.rule}: got a bond for zone {self.args[0]!r}, expected none: agencies act without"


class AlreadyBonded(AppError):
    """An agency posts one bond. Args: zone, agency."""

    rule: ClassVar[str] = "already-bonded"

    def __str__(self) -> str:
        zone, agency = self.args
        return f"{self.rule}: zone {zone!r}: got another bond of {agency.hex()[:16]}, expected one"


class NotBonded(AppError):
    """An agency without its bond. Args: zone, agency, bond asked for."""

    rule: ClassVar[str] = "not-bonded"

    def __str__(self) -> str:
        zone, agency, bond = self.args
        return f"{self.rule}: zone {zone!r}: got {agency.hex()[:16]} without a bond, expected one of {bond}"


class BondLocked(AppError):
    """A bond that a challenge may still take. Args: zone, height, last block of the lock."""

    rule: ClassVar[str] = "bond-locked"

    def __str__(self) -> str:
        zone, height, last = self.args
        return (
            f"{self.rule}: zone {zone!r}: got a withdrawal in block {height}, expected one after block {last}"
        )


class ProofMismatch(AppError):
    """A proof that does not show what it is given for. Args: request, what was to be shown, the checker's words."""

    rule: ClassVar[str] = "proof-mismatch"

    def __str__(self) -> str:
        request, what, words = self.args
        return f"{self.rule}: request {request!r}: {what}: {words}"


class NoBallot(AppError):
    """An agency that gave no result. Args: request, agency."""

    rule: ClassVar[str] = "no-ballot"

    def __str__(self) -> str:
        request, agency = self.args
        return f"{self.rule}: request {request!r}: got {agency.hex()[:16]}, expected an agency that gave a result"


class NotDisproved(AppError):
    """A map that agrees with the measurement. Args: request, difference in hundredths of a dB, tolerance."""

    rule: ClassVar[str] = "not-disproved"

    def __str__(self) -> str:
        request, difference, tolerance = self.args
        return (
            f"{self.rule}: request {request!r}: got {difference} hundredths of a dB, "
            f"expected more than {tolerance} and used"
        )


class NoLicence(AppError):
    """No licence is live for this request. Args: request."""

    rule: ClassVar[str] = "no-licence"

    def __str__(self) -> str:
        return f"{self.rule}: request {self.args[0]!r}: got no live licence, expected one"
