"""What the lease market refuses, and with which words."""

from typing import ClassVar

from chain.errors import AppError


class NotPositive(AppError):
    """A quantity that must not be 0. Args: which."""

    rule: ClassVar[str] = "not-positive"

    def __str__(self) -> str:
        return f"{self.rule}: got {self.args[0]} 0, expected more"


class LotExists(AppError):
    """A lot's name is taken. Args: lot."""

    rule: ClassVar[str] = "lot-exists"

    def __str__(self) -> str:
        return f"{self.rule}: got {self.args[0]!r}, expected a name not in use"


class NoSuchLot(AppError):
    """No lot has this name. Args: lot."""

    rule: ClassVar[str] = "no-such-lot"

    def __str__(self) -> str:
        return f"{self.rule}: got {self.args[0]!r}, expected a listed lot"


class NotOwner(AppError):
    """Only a lot's owner may do this. Args: lot, sender, owner."""

    rule: ClassVar[str] = "not-owner"

    def __str__(self) -> str:
        lot, sender, owner = self.args
        return f"{self.rule}: lot {lot!r}: got {sender.hex()[:16]}, expected its owner {owner.hex()[:16]}"


class BelowLeased(AppError):
    """A lot cannot shrink below what is leased of it. Args: bandwidth asked, bandwidth leased."""

    rule: ClassVar[str] = "below-leased"

    def __str__(self) -> str:
        return f"{self.rule}: got {self.args[0]} Hz, expected at least the {self.args[1]} Hz that are leased"


class NotEnoughSpectrum(AppError):
    """More is asked than a lot has free. Args: bandwidth asked, bandwidth free."""

    rule: ClassVar[str] = "not-enough-spectrum"

    def __str__(self) -> str:
        return f"{self.rule}: got {self.args[0]} Hz, expected at most the {self.args[1]} Hz that are free"


class PriceAboveLimit(AppError):
    """A lot costs more than the lessee is ready to pay. Args: unit price, limit."""

    rule: ClassVar[str] = "price-above-limit"

    def __str__(self) -> str:
        return f"{self.rule}: the unit price is {self.args[0]}, expected at most {self.args[1]}"


class NumberUsed(AppError):
    """An account's leases, and its orders, are numbered upward. Args: number got, smallest allowed."""

    rule: ClassVar[str] = "number-used"

    def __str__(self) -> str:
        return f"{self.rule}: got {self.args[0]}, expected {self.args[1]} or more"


class NoSuchLease(AppError):
    """The lessee has no such lease running. Args: lessee, number."""

    rule: ClassVar[str] = "no-such-lease"

    def __str__(self) -> str:
        lessee, number = self.args
        return f"{self.rule}: got number {number} of {lessee.hex()[:16]}, expected a lease that runs"


class NoOffer(AppError):
    """No offer has this name. Args: offer."""

    rule: ClassVar[str] = "no-offer"

    def __str__(self) -> str:
        return f"{self.rule}: got {self.args[0]!r}, expected an offer that stands"


class NotOfferer(AppError):
    """An offer of this name is another operator's. Args: offer, sender, operator."""

    rule: ClassVar[str] = "not-offerer"

    def __str__(self) -> str:
        offer, sender, operator = self.args
        return f"{self.rule}: offer {offer!r}: got {sender.hex()[:16]}, expected {operator.hex()[:16]}"


class OfferMoved(AppError):
    """The offer is no longer what the user saw. Args: price and ppm mined: got, then the offer's."""

    rule: ClassVar[str] = "offer-moved"

    def __str__(self) -> str:
        price, fraction, now_price, now_fraction = self.args
        return (
            f"{self.rule}: got unit price {price} and mining fraction {fraction} ppm, "
            f"expected the offer's {now_price} and {now_fraction} ppm"
        )


class NothingToServe(AppError):
    """No waiting order fits. Args: lease number, bandwidth unsold, blocks left."""

    rule: ClassVar[str] = "nothing-to-serve"

    def __str__(self) -> str:
        lease, unsold, left = self.args
        return f"{self.rule}: got {unsold} Hz for {left} blocks on lease {lease}, expected an order that fits"
