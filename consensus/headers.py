"""Header rules: what a header must satisfy before anybody looks at its block.

`check_header` is all of them. The rules that depend on the branch alone (`check_header_rules`) give the same
verdict for ever; the one that depends on the receiver's clock (`check_clock`) is passed by waiting.
"""

from typing import ClassVar

from chain.block import MAX_BLOCK_BYTES, Header
from chain.errors import InvalidBlock
from chain.params import ChainParams, TimeParams
from consensus.compact import target_from_bits
from consensus.difficulty import Ancestry, BadConsensusParams, check_difficulty_params, next_bits
from consensus.proof import scheme_for


class InvalidHeader(InvalidBlock):
    """A header that breaks a rule. Args: its height, what was got, what was expected."""

    rule: ClassVar[str] = "invalid-header"
    text: ClassVar[str] = "got {0}, expected {1}"
    """Format of the values: {0} is what was got, {1} what was expected."""

    def __str__(self) -> str:
        height, *values = self.args
        shown = (value.hex() if isinstance(value, bytes) else value for value in values)
        return f"{self.rule}: header {height}: {self.text.format(*shown)}"


class WrongPrevious(InvalidHeader):
    """The header names another parent than its branch has. Args: height, previous, id of the parent."""

    rule: ClassVar[str] = "wrong-previous"
    text: ClassVar[str] = "got previous {0}, expected {1}"


class WrongHeight(InvalidHeader):
    """The height is not the parent's plus one. Args: height, height, expected height."""

    rule: ClassVar[str] = "wrong-height"
    text: ClassVar[str] = "got height {0}, expected {1}"


class WrongTarget(InvalidHeader):
    """The compact target is not the one the difficulty rule gives. Args: height, bits, expected bits."""

    rule: ClassVar[str] = "wrong-target"
    text: ClassVar[str] = "got bits {0:#010x}, expected {1:#010x}"


class TargetAboveLimit(InvalidHeader):
    """The target is easier than any the chain allows. Args: height, bits, the limit's bits."""

    rule: ClassVar[str] = "target-above-limit"
    text: ClassVar[str] = "got bits {0:#010x}, expected a target not above that of {1:#010x}"


class TimeTooOld(InvalidHeader):
    """The time does not exceed the median of the last ancestors' times. Args: height, time, median."""

    rule: ClassVar[str] = "time-too-old"
    text: ClassVar[str] = "got time {0} ms, expected more than the median {1} ms of the last ancestors"


class TimeTooNew(InvalidHeader):
    """The time is too far ahead of the receiver's clock. Args: height, time, latest time allowed."""

    rule: ClassVar[str] = "time-too-new"
    text: ClassVar[str] = "got time {0} ms, expected at most {1} ms by this clock"


class InsufficientProof(InvalidHeader):
    """The id, as a big-endian integer, is above the target. Args: height, id, target."""

    rule: ClassVar[str] = "insufficient-proof"
    text: ClassVar[str] = "got hash {0}, expected at most {1:064x}"


def check_params(params: ChainParams) -> None:
    """Refuse parameters under which the header rules have no answer. Raises BadConsensusParams."""
    check_difficulty_params(params.difficulty)
    if params.time.median_blocks < 1:
        raise BadConsensusParams("time.median_blocks", params.time.median_blocks, "at least 1")
    if params.max_block_bytes > MAX_BLOCK_BYTES:
        raise BadConsensusParams("max_block_bytes", params.max_block_bytes, f"at most {MAX_BLOCK_BYTES}")


def median_time_ms(ancestry: Ancestry, blocks: int) -> int:
    """Median time of the last `blocks` headers, parent included; of an even number the upper middle."""
    newest = ancestry.parent.height
    oldest = max(0, newest - blocks + 1)
    times = sorted(ancestry.ancestor(height).time_ms for height in range(oldest, newest + 1))
    return times[len(times) // 2]


def check_header(header: Header, ancestry: Ancestry, params: ChainParams, now_ms: int) -> None:
    """Check every header rule. `now_ms` is the receiver's clock in the chain's milliseconds.

    Raises what `check_header_rules` and `check_clock` raise. The genesis header is known, never checked.
    """
    check_header_rules(header, ancestry, params)
    check_clock(header, params.time, now_ms)


def check_claimed_proof(header: Header, params: ChainParams) -> None:
    """Check what can be checked of the proof of a header whose branch is unknown.

    It must hold for the header's own target, and that must be one the chain allows.
    Raises BadCompactTarget, TargetAboveLimit, InsufficientProof.
    """
    target, limit_bits = target_from_bits(header.bits), params.difficulty.limit_bits
    if target > target_from_bits(limit_bits):
        raise TargetAboveLimit(header.height, header.bits, limit_bits)
    if not scheme_for(params.proof).holds(header):
        raise InsufficientProof(header.height, header.id, target)


def check_header_rules(header: Header, ancestry: Ancestry, params: ChainParams) -> None:
    """Check the rules whose verdict depends on the branch alone.

    The proof comes before the times, so that a refusal for its time has cost the sender the work.
    Raises WrongPrevious, WrongHeight, BadCompactTarget, WrongTarget, InsufficientProof, TimeTooOld.
    """
    parent = ancestry.parent
    if header.previous != parent.id:
        raise WrongPrevious(header.height, header.previous, parent.id)
    if header.height != parent.height + 1:
        raise WrongHeight(header.height, header.height, parent.height + 1)
    target = target_from_bits(header.bits)
    bits = next_bits(params.difficulty, ancestry)
    if header.bits != bits:
        raise WrongTarget(header.height, header.bits, bits)
    if not scheme_for(params.proof).holds(header):
        raise InsufficientProof(header.height, header.id, target)
    median_ms = median_time_ms(ancestry, params.time.median_blocks)
    if header.time_ms <= median_ms:
        raise TimeTooOld(header.height, header.time_ms, median_ms)


def check_clock(header: Header, params: TimeParams, now_ms: int) -> None:
    """Check that the header is not from too far in the future. Raises TimeTooNew."""
    latest_ms = now_ms + params.max_future_ms
    if header.time_ms > latest_ms:
        raise TimeTooNew(header.height, header.time_ms, latest_ms)
