"""The tables of a scenario file: every setting with its meaning and its bounds."""

from decimal import Decimal, InvalidOperation
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from chain.accounts import MAX_SUPPLY
from chain.params import SHARECOIN
from sim.units import BYTES, DURATION, HASH_RATE, Bytes, Duration, HashRate, UnitError, within

_COINS = "an amount in Sharecoin of at most 8 decimals, such as 50 or '0.25'"


def parse_sharecoin(value: object) -> int:
    """Base units of an amount in Sharecoin, given as a number or a decimal text. Raises UnitError."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise UnitError(value, _COINS)
    try:
        # The shortest text of a float is the decimal that was written.
        units = Decimal(str(value)) * SHARECOIN
    except InvalidOperation:
        raise UnitError(value, _COINS) from None
    if not units.is_finite() or not 0 <= units <= MAX_SUPPLY or units != int(units):
        raise UnitError(value, _COINS)
    return int(units)


def format_sharecoin(units: int) -> str:
    """The amount in Sharecoin as a decimal text, exactly."""
    whole, rest = divmod(units, SHARECOIN)
    return f"{whole}.{rest:08}".rstrip("0").rstrip(".")


Sharecoin = Annotated[
    int, BeforeValidator(parse_sharecoin), PlainSerializer(format_sharecoin, return_type=str)
]
"""Base units; written in Sharecoin, as a number or a decimal text."""


class Table(BaseModel):
    """Base of the tables: unknown keys are refused, values are not converted, nothing changes afterwards."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class RunSettings(Table):
    """When the run stops: at the first of the two that is reached."""

    blocks: int | None = Field(
        None, ge=1, le=10_000_000, description="Stop when the best chain is this high."
    )
    time: Annotated[Duration, within(DURATION, "1s", "36500d")] | None = Field(
        None, description="Stop after this simulated time."
    )


class ChainSettings(Table):
    """The rules of the ledger, hashed into its genesis."""

    proof: Literal["simulated", "sha256d"] = Field(
        "simulated",
        description="Whether the nonce is really searched (sha256d) or only its time is simulated.",
    )
    interval: Annotated[Duration, within(DURATION, "100ms", "30d")] = Field(
        600_000, description="Wanted mean time between blocks."
    )
    difficulty: Literal["fixed", "bitcoin", "asert"] = Field(
        "asert", description="How the difficulty follows the hash rate."
    )
    window: int = Field(2016, ge=2, le=1_000_000, description="Blocks between retargets of rule bitcoin.")
    half_life: Annotated[Duration, within(DURATION, "1s", "3650d")] = Field(
        172_800_000, description="Lag behind the schedule that halves the difficulty under rule asert."
    )
    subsidy: Sharecoin = Field(
        50 * SHARECOIN, description="Sharecoin a block creates; an application's own reward takes its place."
    )
    halving: int = Field(
        0, ge=0, le=2**32 - 1, description="Blocks between halvings of the subsidy; 0: never."
    )
    fee: int = Field(1_000, ge=0, le=MAX_SUPPLY, description="Usual fee of a transaction, in base units.")
    min_fee: int = Field(0, ge=0, le=MAX_SUPPLY, description="Smallest fee a block may take, in base units.")
    max_block: Annotated[Bytes, within(BYTES, "1kB", "4MiB")] = Field(
        1_000_000, description="Largest encoded block."
    )


def _year(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


class NetworkSettings(Table):
    """The peers and how blocks travel between them."""

    peers: int = Field(60, ge=2, le=200_000, description="Number of peers.")
    graph: Literal["random", "complete", "ring"] = Field("random", description="Who is linked to whom.")
    degrees: Literal["bitcoin-2015", "litecoin", "dogecoin"] = Field(
        "bitcoin-2015", description="Measured outbound links that a random graph follows."
    )
    regions: Literal["bitcoin-2019", "bitcoin-2015", "litecoin", "dogecoin"] = Field(
        "bitcoin-2019", description="Measured share of the peers in each region of the world."
    )
    tables: Annotated[Literal["2019", "2015"], BeforeValidator(_year)] = Field(
        "2019", description="Year of the latency and bandwidth tables between regions."
    )
    latency: Literal["pareto", "mean", "constant"] = Field(
        "pareto", description="A message's latency: drawn around the table's mean, that mean, or one for all."
    )
    constant_latency: Annotated[Duration, within(DURATION, "0ms", "1h")] = Field(
        100, description="Latency of every message when latency is constant."
    )
    relay: Literal["compact", "full", "broadcast"] = Field(
        "compact", description="How a block is passed on; broadcast: at once, to everyone, after one latency."
    )
    block_size: Annotated[Bytes, within(BYTES, "100B", "1GB")] | None = Field(
        None, description="Size of every block on the wire; left out: its real encoded size."
    )


def _positive(shares: tuple[float, ...]) -> tuple[float, ...]:
    if not shares or min(shares) <= 0:
        raise UnitError(list(shares), "a list of numbers above 0, one for each miner")
    return shares


def _as_tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


class MiningSettings(Table):
    """The dedicated miners: they mine and do nothing else."""

    miners: int = Field(
        10,
        ge=1,
        le=100_000,
        description="Number of dedicated miners, each at a peer of its own: they keep the chain going.",
    )
    hash_rate: Annotated[HashRate, within(HASH_RATE, "1H/s", "1000ZH/s")] = Field(
        10**9, description="Hashes per simulated second of all dedicated miners together."
    )
    shares: (
        Literal["equal", "normal"]
        | Annotated[tuple[float, ...], BeforeValidator(_as_tuple), AfterValidator(_positive)]
    ) = Field(
        "equal", description="How they share it: alike, with a spread of a quarter, or in these proportions."
    )


class CheckSettings(Table):
    """What a run checks while it goes."""

    invariants_every: int = Field(
        1, ge=0, le=10_000_000, description="Blocks between checks of all invariants; 0: never."
    )
