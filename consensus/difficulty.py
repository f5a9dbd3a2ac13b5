"""Difficulty rules: the compact target a block must carry, as a function of its ancestors alone.

The arithmetic of each rule (`retarget`, `asert_target`) is free of units, so the published vectors, which are
in seconds, hold exactly; `next_bits` applies it to header times in milliseconds.
"""

from collections.abc import Callable
from typing import ClassVar, Protocol

from chain.block import Header
from chain.errors import ChainError
from chain.params import DifficultyParams, DifficultyRule
from consensus.compact import MAX_TARGET, BadCompactTarget, bits_from_target, target_from_bits

_CLAMP = 4
_RADIX_BITS = 16


class Ancestry(Protocol):
    """The branch a new header would extend. A block tree serves it for any of its blocks."""

    @property
    def parent(self) -> Header:
        """Header the new one names as previous."""
        ...

    def ancestor(self, height: int) -> Header:
        """Header at `height` on this branch, 0 <= height <= parent.height."""
        ...


class BadConsensusParams(ChainError):
    """Parameters no chain can run with. Args: path in `ChainParams`, what was got, what is expected."""

    rule: ClassVar[str] = "bad-consensus-params"

    def __str__(self) -> str:
        path, got, expected = self.args
        return f"{self.rule}: {path}: got {got}, expected {expected}"


def check_difficulty_params(params: DifficultyParams) -> None:
    """Refuse parameters under which `next_bits` has no answer. Raises BadConsensusParams."""
    for name, value, least in (
        ("target_interval_ms", params.target_interval_ms, 1),
        ("window", params.window, 2),
        ("half_life_ms", params.half_life_ms, 1),
    ):
        if value < least:
            raise BadConsensusParams(f"difficulty.{name}", value, f"at least {least}")
    limit = _checked_target("limit_bits", params.limit_bits)
    if _checked_target("genesis_bits", params.genesis_bits) > limit:
        expected = f"a target not above limit_bits {params.limit_bits:#010x}"
        raise BadConsensusParams("difficulty.genesis_bits", f"{params.genesis_bits:#010x}", expected)


def _checked_target(name: str, bits: int) -> int:
    try:
        return target_from_bits(bits)
    except BadCompactTarget as error:
        fault = error.args[1]
        expected = f"a canonical target (it is {fault})"
        raise BadConsensusParams(f"difficulty.{name}", f"{bits:#010x}", expected) from None


def next_bits(params: DifficultyParams, ancestry: Ancestry) -> int:
    """Compact target that the child of `ancestry.parent` must carry, by the chain's rule.

    `params` must satisfy `check_difficulty_params`. Reads at most one ancestor besides the parent.
    """
    return _RULES[params.rule](params, ancestry)


def _fixed_bits(params: DifficultyParams, ancestry: Ancestry) -> int:
    return params.genesis_bits


def _bitcoin_bits(params: DifficultyParams, ancestry: Ancestry) -> int:
    """Bitcoin's rule: unchanged within a window, then scaled by the time the window took.

    As in Bitcoin, the time is taken between the first and the last block of the window and so spans window -
    1 intervals but is compared with window of them. With memoryless mining the mean interval settles at
    window / (window - 2) times the wanted one (600.5958 s for 2016 blocks of 600 s).
    """
    parent = ancestry.parent
    height = parent.height + 1
    if height % params.window:
        return parent.bits
    first = ancestry.ancestor(height - params.window)
    target = retarget(
        target_from_bits(parent.bits),
        timespan=parent.time_ms - first.time_ms,
        wanted=params.window * params.target_interval_ms,
        limit=target_from_bits(params.limit_bits),
    )
    return bits_from_target(target)


def retarget(target: int, timespan: int, wanted: int, limit: int) -> int:
    """Bitcoin's retarget: target * timespan / wanted, with the timespan held within a factor 4 of `wanted`.

    `timespan` and `wanted` share any unit of time. The result is in [1, limit]; Bitcoin would go from a
    target below 4, which costs 2**254 hashes, to one of 0. Source: Bitcoin Core, `CalculateNextWorkRequired`.
    """
    timespan = min(max(timespan, wanted // _CLAMP), wanted * _CLAMP)
    return max(1, min(limit, target * timespan // wanted))


def _asert_bits(params: DifficultyParams, ancestry: Ancestry) -> int:
    """ASERT with the first block as anchor: genesis is the anchor's parent and `genesis_bits` its target.

    Equivalently block h is due h intervals after genesis, and every `half_life_ms` of lag doubles the target.
    """
    parent = ancestry.parent
    target = asert_target(
        target_from_bits(params.genesis_bits),
        time_delta=parent.time_ms - ancestry.ancestor(0).time_ms,
        height_delta=parent.height - 1,
        interval=params.target_interval_ms,
        half_life=params.half_life_ms,
        limit=target_from_bits(params.limit_bits),
    )
    return bits_from_target(target)


def asert_target(
    anchor_target: int, *, time_delta: int, height_delta: int, interval: int, half_life: int, limit: int
) -> int:
    """Target of the child of a block `height_delta` blocks and `time_delta` after the anchor, by aserti3-2d.

    It is anchor_target * 2**((time_delta - interval * (height_delta + 1)) / half_life), held in [1, limit],
    with the power of two approximated by a cubic on 16 fractional bits. `time_delta` is the block's time
    minus that of the anchor's *parent*, `height_delta` its height minus the anchor's; the three durations
    share any unit. Source: M. B. Lundeberg, "Static difficulty adjustments, with absolutely scheduled
    exponentially rising targets" (2020), in the integer form of the Bitcoin Cash specification of 15 November
    2020.
    """
    lag = (time_delta - interval * (height_delta + 1)) << _RADIX_BITS
    # The specification's division is C's, which truncates towards zero; Python's rounds down.
    exponent = lag // half_life if lag >= 0 else -(-lag // half_life)
    doublings, fraction = exponent >> _RADIX_BITS, exponent & (1 << _RADIX_BITS) - 1
    cubic = 195_766_423_245_049 * fraction + 971_821_376 * fraction**2 + 5_127 * fraction**3
    factor = (1 << _RADIX_BITS) + (cubic + (1 << 47) >> 48)
    return max(1, min(limit, _shifted(anchor_target * factor, doublings - _RADIX_BITS)))


def _shifted(value: int, left: int) -> int:
    """`value` * 2**`left`, rounded down and held at the largest target."""
    if left <= 0:
        return value >> -left
    # A time far ahead would otherwise ask for an integer as wide as its lag.
    return value << left if value.bit_length() + left <= MAX_TARGET.bit_length() else MAX_TARGET


_RULES: dict[DifficultyRule, Callable[[DifficultyParams, Ancestry], int]] = {
    DifficultyRule.FIXED: _fixed_bits,
    DifficultyRule.BITCOIN: _bitcoin_bits,
    DifficultyRule.ASERT: _asert_bits,
}
