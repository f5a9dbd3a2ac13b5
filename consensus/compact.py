"""Compact targets: the 32-bit form in a header, the 256-bit target it stands for, and the work it proves.

The format is Bitcoin's (`arith_uint256::SetCompact` and `GetCompact`): a base-256 floating-point number whose
first byte is the length in bytes and whose other three are the mantissa, bit 0x00800000 being a sign. A hash
meets a target when, read as a big-endian integer, it is not above it; so one hash meets target t with
probability (t + 1) / 2**256.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from chain.errors import ChainError, InvalidBlock

HASH_SPACE = 1 << 256
"""Number of values a hash can take."""
MAX_TARGET = HASH_SPACE - 1

_SIGN = 0x00800000
_MANTISSA = 0x007FFFFF


class BadCompactTarget(InvalidBlock):
    """A compact target no header may carry. Args: bits, what is wrong with it."""

    rule: ClassVar[str] = "bad-compact-target"

    def __str__(self) -> str:
        bits, fault = self.args
        return (
            f"{self.rule}: got {bits:#010x} ({fault}), expected the canonical form of a target in [1, 2**256)"
        )


class TargetOutOfRange(ChainError):
    """A target outside [0, 2**256). Args: the target."""

    rule: ClassVar[str] = "target-out-of-range"

    def __str__(self) -> str:
        return f"{self.rule}: got {self.args[0]}, expected a target in [0, 2**256)"


class DifficultyOutOfRange(ChainError):
    """A difficulty that no target gives. Args: the difficulty in expected hashes."""

    rule: ClassVar[str] = "difficulty-out-of-range"

    def __str__(self) -> str:
        return f"{self.rule}: got {self.args[0]} expected hashes, expected a number in [1, 2**255]"


@dataclass(frozen=True, slots=True)
class CompactTarget:
    """What 32 bits say, well-formed or not."""

    target: int
    """Magnitude, modulo 2**256."""
    negative: bool
    """The sign bit is set on a mantissa that is not zero."""
    overflow: bool
    """The magnitude does not fit in 256 bits."""


def decode_compact(bits: int) -> CompactTarget:
    """Read 32 bits exactly as Bitcoin does, flags included; nothing is refused here."""
    size, mantissa = bits >> 24, bits & _MANTISSA
    if size <= 3:
        mantissa >>= 8 * (3 - size)
    magnitude = mantissa << 8 * max(size - 3, 0)
    return CompactTarget(
        target=magnitude & MAX_TARGET,
        negative=mantissa != 0 and bits & _SIGN != 0,
        overflow=magnitude > MAX_TARGET,
    )


def bits_from_target(target: int) -> int:
    """Compact form of `target`, rounded down to the mantissa's 16 to 23 bits. Raises TargetOutOfRange."""
    if not 0 <= target < HASH_SPACE:
        raise TargetOutOfRange(target)
    size = (target.bit_length() + 7) // 8
    mantissa = target << 8 * (3 - size) if size <= 3 else target >> 8 * (size - 3)
    if mantissa & _SIGN:
        mantissa >>= 8
        size += 1
    return size << 24 | mantissa


def target_from_bits(bits: int) -> int:
    """Target in [1, 2**256) of a canonical compact form.

    Raises BadCompactTarget when the form is negative, overflows, is zero or is not the one `bits_from_target`
    gives: of the spellings of a target a header may use one.
    """
    decoded = decode_compact(bits)
    if decoded.negative:
        raise BadCompactTarget(bits, "negative")
    if decoded.overflow:
        raise BadCompactTarget(bits, "overflow")
    if decoded.target == 0:
        raise BadCompactTarget(bits, "zero")
    if bits_from_target(decoded.target) != bits:
        raise BadCompactTarget(bits, "not canonical")
    return decoded.target


def work_of_target(target: int) -> int:
    """Work a block under `target` proves, in hashes: floor(2**256 / (target + 1)), as Bitcoin sums it."""
    return HASH_SPACE // (target + 1)


def work_of_bits(bits: int) -> int:
    """Work a block with this compact target proves. Raises BadCompactTarget."""
    return work_of_target(target_from_bits(bits))


def expected_hashes(bits: int) -> Fraction:
    """Difficulty, exactly: the mean number of hashes until one meets the target. Raises BadCompactTarget."""
    return Fraction(HASH_SPACE, target_from_bits(bits) + 1)


def difficulty_of_bits(bits: int) -> float:
    """Difficulty in expected hashes, rounded to the nearest float. Raises BadCompactTarget."""
    return HASH_SPACE / (target_from_bits(bits) + 1)


def bits_for_difficulty(hashes: float | Fraction) -> int:
    """Compact target of difficulty `hashes` (expected hashes), or the next harder one the mantissa can hold.

    The difficulty found is at most 2**-15 above `hashes`, relatively, for targets of at least three bytes.
    Raises DifficultyOutOfRange.
    """
    if not 1 <= hashes <= 1 << 255:
        raise DifficultyOutOfRange(hashes)
    return bits_from_target(int(HASH_SPACE / Fraction(hashes)) - 1)
