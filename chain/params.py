"""The rules a chain is born with: everything here is hashed into its genesis.

`chain` only carries the proof and difficulty parameters; `consensus` gives them their meaning.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated

from chain.codec import U32, Amount, MaxLen, Millis

SHARECOIN = 10**8
"""Base units in one Sharecoin, the native coin."""


class DifficultyRule(StrEnum):
    """How the target of a block follows from its ancestors."""

    FIXED = "fixed"
    BITCOIN = "bitcoin"
    ASERT = "asert"


class ProofKind(StrEnum):
    """What a nonce proves: `sha256d` is searched and checked, `simulated` carries the difficulty only."""

    SHA256D = "sha256d"
    SIMULATED = "simulated"


@dataclass(frozen=True, slots=True)
class DifficultyParams:
    """Parameters of the difficulty rule; a rule reads only those it names."""

    rule: DifficultyRule = DifficultyRule.FIXED
    target_interval_ms: Millis = 600_000
    """Wanted mean time between blocks."""
    genesis_bits: U32 = 0x207FFFFF
    """Compact target of the genesis block and of its first child."""
    limit_bits: U32 = 0x207FFFFF
    """Compact form of the easiest target allowed."""
    window: U32 = 2016
    """Blocks between retargets (rule `bitcoin`)."""
    half_life_ms: Millis = 172_800_000
    """Time in which a deviation from the schedule halves (rule `asert`)."""


@dataclass(frozen=True, slots=True)
class TimeParams:
    """Rules on a header's time."""

    median_blocks: U32 = 11
    """A block's time must exceed the median of this many ancestors."""
    max_future_ms: Millis = 7_200_000
    """A header further than this ahead of the receiver's clock is refused for now."""


@dataclass(frozen=True, slots=True)
class RewardParams:
    """What a block creates for its miner."""

    subsidy: Amount = 50 * SHARECOIN
    """New base units a block, before halvings."""
    halving_interval: U32 = 0
    """Blocks between halvings; 0 means never."""


@dataclass(frozen=True, slots=True)
class ChainParams:
    """All consensus parameters of one chain."""

    name: Annotated[str, MaxLen(64)]
    proof: ProofKind = ProofKind.SIMULATED
    difficulty: DifficultyParams = field(default_factory=DifficultyParams)
    time: TimeParams = field(default_factory=TimeParams)
    reward: RewardParams = field(default_factory=RewardParams)
    max_block_bytes: U32 = 1_000_000
    """Largest encoded block."""
    max_transaction_bytes: U32 = 16_384
    """Largest encoded transaction."""
    min_fee: Amount = 0
    """Smallest fee a transaction must offer."""


def subsidy_at(reward: RewardParams, height: int) -> int:
    """New base units created by the block at `height` (genesis creates its allocations instead)."""
    if height == 0:
        return 0
    if reward.halving_interval == 0:
        return reward.subsidy
    return reward.subsidy >> min(height // reward.halving_interval, 63)
