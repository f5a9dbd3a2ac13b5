"""The participants of a `[coordination]` table: users, sensing owners with their phones, agencies, providers."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Annotated, Literal, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator

from apps.coordination.actions import MAX_VSPS
from apps.coordination.campus import PIXELS, SIDE_M
from chain.params import SHARECOIN

MOST_USERS = 50
MOST_BALANCE = 10**9 * SHARECOIN
_NAME = r"^[a-z][a-z0-9-]*$"
_COINS = "an amount in Sharecoin of 0 or more and at most 8 decimals, such as 4 or '0.25'"


class Table(BaseModel):
    """Base of the tables: unknown keys are refused, values are not converted, nothing changes afterwards."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


def _parse_coins(value: object) -> int:
    try:
        # The shortest text of a float is the decimal that was written; that of anything else is none.
        units = Decimal(str(value)) * SHARECOIN
    except InvalidOperation:
        raise ValueError(_COINS) from None
    if not units.is_finite() or units < 0 or units != int(units):
        raise ValueError(_COINS)
    return int(units)


def _format_coins(units: int) -> str:
    return f"{Decimal(units) / SHARECOIN:f}"


Coins = Annotated[int, BeforeValidator(_parse_coins), PlainSerializer(_format_coins, return_type=str)]
"""Base units; written in Sharecoin, as a number or a decimal text."""


class Person(Table):
    """What all kinds of participants have."""

    name: str = Field(
        pattern=_NAME,
        max_length=16,
        description="Its name; where there are several alike, -1, -2, ... follow.",
    )
    count: int = Field(1, ge=1, le=MOST_USERS, description="How many are like this.")
    balance: Coins = Field(100 * SHARECOIN, le=MOST_BALANCE, description="Sharecoin it begins with.")

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the participants."""
        return (self.name,) if self.count == 1 else tuple(f"{self.name}-{i + 1}" for i in range(self.count))


class UserSettings(Person):
    """A frequency buyer (FB-USER) and what it asks for."""

    name: str = Field("fb-user", pattern=_NAME, max_length=16, description="Its name, as of all.")
    balance: Coins = Field(4 * SHARECOIN, le=MOST_BALANCE, description="Sharecoin it begins with.")
    x_m: float = Field(100.0, ge=0, le=SIDE_M, description="Where it would transmit, m east of the corner.")
    y_m: float = Field(100.0, ge=0, le=SIDE_M, description="Where it would transmit, m north of the corner.")
    height_m: float = Field(1.5, ge=0.5, le=200, description="Height of its antenna.")
    power_dbm: float = Field(10.0, ge=-100, le=60, description="Power it wants.")
    min_power_dbm: float = Field(0.0, ge=-100, le=60, description="With less the service is of no use to it.")
    ask_at_block: int = Field(
        1, ge=1, le=10_000_000, description="Height of the chain from which on it asks for its licence."
    )
    licence_blocks: int = Field(
        1_000, ge=1, le=10**8, description="Blocks for which it wants the licence, from the decision on."
    )
    retries: int = Field(
        0, ge=0, le=20, description="How often it asks again, after a denial or where nothing was decided."
    )
    step_down_db: float = Field(
        3.0, ge=0, le=60, description="After a denial it asks for so much less, and can do with so much less."
    )

    @model_validator(mode="after")
    def _powers(self) -> Self:
        if self.min_power_dbm > self.power_dbm:
            raise ValueError(
                f"min_power_dbm: got {self.min_power_dbm:g}, expected at most power_dbm = {self.power_dbm:g}"
            )
        return self


class OwnerSettings(Person):
    """A sensing owner (SS-OWNER) and its voluntary participants (VSP)."""

    name: str = Field("ss-owner", pattern=_NAME, max_length=16, description="Its name, as of all.")
    balance: Coins = Field(SHARECOIN, le=MOST_BALANCE, description="Sharecoin it begins with.")
    behaviour: Literal["honest", "silent"] = Field(
        "honest", description="Whether it delivers what it is asked for, or never answers."
    )
    measurements: int = Field(
        200, ge=3, le=PIXELS**2, description="Pixels its participants measure for a request, drawn at random."
    )
    vsps: int = Field(20, ge=1, le=MAX_VSPS, description="Voluntary participants, who measure in turn.")
    noisy: int = Field(0, ge=0, le=MAX_VSPS, description="How many of them measure badly.")
    lying: int = Field(0, ge=0, le=MAX_VSPS, description="How many of them do not report what they measure.")
    error_db: float = Field(
        0.5, ge=0, le=50, description="Standard deviation of the error of an honest measurement."
    )
    noisy_error_db: float = Field(6.0, ge=0, le=50, description="The same of a bad one.")
    lie_db: float = Field(15.0, ge=-100, le=100, description="What liars add to what they measure.")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.noisy + self.lying > self.vsps:
            raise ValueError(
                f"noisy + lying: got {self.noisy + self.lying}, expected at most vsps = {self.vsps}"
            )
        if self.vsps > self.measurements:
            raise ValueError(
                f"vsps: got {self.vsps}, expected at most measurements = {self.measurements}: each measures"
            )
        return self


class AgencySettings(Person):
    """A certification agency (CA-MINER), which mines as well."""

    name: str = Field("ca-miner", pattern=_NAME, max_length=16, description="Its name, as of all.")
    behaviour: Literal["honest", "deviating", "silent"] = Field(
        "honest",
        description="deviating: it raises its map so that more can be granted; silent: it never acts.",
    )
    raise_db: float = Field(10.0, gt=0, le=100, description="What a deviating agency adds to its map.")
    hash_rate: float = Field(
        1.0,
        ge=0,
        le=1_000,
        description="Hash rate it mines with; all dedicated miners together are 1. 0: it does not mine.",
    )


class ProviderSettings(Person):
    """An incumbent radio service provider (RSP), who votes on what the agencies would grant."""

    name: str = Field("rsp", pattern=_NAME, max_length=16, description="Its name, as of all.")
    behaviour: Literal["honest", "refusing", "silent"] = Field(
        "honest",
        description="honest: it checks the result at its own receivers; refusing: it always votes no; silent: never.",
    )


def as_tuple(value: object) -> object:
    """TOML's lists as the tuples that strict models want."""
    return tuple(value) if isinstance(value, list) else value


Users = Annotated[tuple[UserSettings, ...], BeforeValidator(as_tuple)]
Owners = Annotated[tuple[OwnerSettings, ...], BeforeValidator(as_tuple)]
Agencies = Annotated[tuple[AgencySettings, ...], BeforeValidator(as_tuple)]
Providers = Annotated[tuple[ProviderSettings, ...], BeforeValidator(as_tuple)]
Rewards = Annotated[tuple[Coins, Coins, Coins, Coins], BeforeValidator(as_tuple)]
"""What a participant gets, by grade, the best first."""
P = TypeVar("P", bound=Person)


def one_by_one(people: Sequence[P]) -> tuple[tuple[str, P], ...]:
    """(name, settings) of every participant."""
    return tuple((name, person) for person in people for name in person.names)
