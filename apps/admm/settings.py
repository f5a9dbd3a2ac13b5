"""The `[admm]` table of a scenario: the band, the iteration, and who takes part in it."""

from functools import cache
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from apps.admm.cell import Cell, paper_cells
from apps.admm.efficiency import HalfRangeHermite, RateRule, rule_named
from apps.admm.parameters import RateOutOfReach
from apps.admm.problem import AcquisitionProblem
from apps.admm.state import LIMITS
from apps.admm.units import MEGA, watts_of_dbm

OWNER = "owner"
"""Name of the participant that governs the acquisitions."""
MOST_OPERATORS = 1_000
_DIGITS_OF_A_FLOAT = 17
_LEAST_EXPONENT, _MOST_EXPONENT = LIMITS["penalty.exponent"]
LOWEST_PENALTY_W_PER_HZ2 = 10.0 ** (_LEAST_EXPONENT + _DIGITS_OF_A_FLOAT)
HIGHEST_PENALTY_W_PER_HZ2 = 10.0**_MOST_EXPONENT
"""Between these the chain takes any penalty; beyond, it depends on the number of its digits."""
HALF_RANGE = "half-range-hermite"
PAPER_POINTS = 500
"""Points of the paper's half-range rule."""
_FAULTS: dict[str, tuple[str, int | float]] = {
    "silent": ("silent_after", 3),
    "stale": ("lag_rounds", 3),
    "lying": ("factor", 1.2),
}
"""Behaviour -> its setting and what that is where it is left out."""


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class OperatorSettings(_Table):
    """One virtual network operator, or several alike."""

    name: str = Field(
        "mvno",
        pattern=r"^[a-z][a-z0-9-]*$",
        max_length=24,
        description="Its name; where there are several alike, -1, -2, ... follow.",
    )
    count: int = Field(1, ge=1, le=MOST_OPERATORS, description="How many operators are like this.")
    radius_m: float = Field(100.0, ge=0.01, le=100_000, description="Radius of its cell (r).")
    density_per_km2: float = Field(
        2_000.0, ge=1e-6, le=1e7, description="Mean number of users on a square kilometre (lambda)."
    )
    rate_mbps: float | None = Field(
        None,
        ge=1e-9,
        le=1e6,
        description="Rate of each user, Mbit/s (R_min); left out: that of all operators.",
    )
    hash_rate: float = Field(
        0.0,
        ge=0,
        le=1_000,
        description="Hash rate it mines with; all dedicated miners together are 1. 0: it does not mine.",
    )
    behaviour: Literal["honest", "silent", "stale", "lying"] = Field(
        "honest", description="Whether it answers as it should, and if not, how it fails."
    )
    silent_after: int | None = Field(
        None, ge=0, le=1_000_000, description="Rounds that it answers before it falls silent (silent); 3."
    )
    lag_rounds: int | None = Field(
        None, ge=1, le=1_000_000, description="Age in rounds of what it answers to (stale); 3."
    )
    factor: float | None = Field(
        None, gt=0, le=1_000, description="It says so many times what it wants (lying); 1.2."
    )

    @model_validator(mode="before")
    @classmethod
    def _fault_or_default(cls, table: object) -> object:
        if isinstance(table, dict) and table.get("behaviour") in _FAULTS:
            key, default = _FAULTS[table["behaviour"]]
            if table.get(key) is None:
                return {**table, key: default}
        return table

    @model_validator(mode="after")
    def _fits_the_behaviour(self) -> Self:
        for behaviour, (key, _) in _FAULTS.items():
            if self.behaviour != behaviour and getattr(self, key) is not None:
                raise ValueError(f"no {key}: an operator of behaviour {self.behaviour} has none")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the operators."""
        return (self.name,) if self.count == 1 else tuple(f"{self.name}-{i + 1}" for i in range(self.count))


def _as_tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


PAPER_CELLS = tuple(
    OperatorSettings(name=f"mvno-{i}", radius_m=cell.radius_m, density_per_km2=cell.density_per_km2)
    for i, cell in enumerate(paper_cells(), start=1)
)
"""The six cells of the paper's section VI."""


class AdmmSettings(_Table):
    """The acquisitions of a scenario."""

    bandwidth_mhz: float = Field(100.0, ge=1e-3, le=1e5, description="The whole band, MHz (W).")
    noise_dbm_per_hz: float = Field(
        -162.0, ge=-220, le=0, description="Noise power spectral density, dBm/Hz (sigma^2)."
    )
    pathloss_exponent: float = Field(3.76, gt=2, le=10, description="Path-loss exponent (alpha).")
    rate_mbps: float = Field(
        1.0, ge=1e-9, le=1e6, description="Rate of each user, Mbit/s (R_min), of operators that state none."
    )
    rule: Literal["log-trapezoid", "half-range-hermite", "adaptive"] = Field(
        "log-trapezoid", description="How the expected rate is integrated; the paper's rule is the second."
    )
    quadrature_points: int | None = Field(
        None,
        ge=2,
        le=2_000,
        description=f"Points of the rule {HALF_RANGE}; {PAPER_POINTS} where they are left out.",
    )
    penalty_scale: float = Field(
        1.0, ge=1e-6, le=1e6, description="Penalty of the iteration as a multiple of its natural scale (nu)."
    )
    relaxation: float = Field(
        1.0, ge=1, le=1.9, description="Over-relaxation; 1 is the paper's plain iteration."
    )
    tolerance: float = Field(
        1e-6,
        ge=1e-9,
        le=0.1,
        description="Both relative residuals at which an acquisition has converged; it counts in 1e-9.",
    )
    round_blocks: int = Field(
        6, ge=1, le=100_000, description="Blocks after which a round closes without those who are silent."
    )
    max_rounds: int = Field(
        100, ge=1, le=1_000_000, description="Rounds after which it settles, converged or not."
    )
    balancing_rounds: int = Field(
        0, ge=0, le=1_000_000, description="First rounds in which residual balancing may change the penalty."
    )
    periods: int = Field(
        1, ge=1, le=1_000, description="Acquisitions one after the other, each from nothing."
    )
    operators: Annotated[tuple[OperatorSettings, ...], BeforeValidator(_as_tuple)] = Field(
        PAPER_CELLS,
        min_length=1,
        max_length=MOST_OPERATORS,
        description="The virtual network operators; the paper's six where they are left out.",
    )

    @model_validator(mode="before")
    @classmethod
    def _points_or_default(cls, table: object) -> object:
        if (
            isinstance(table, dict)
            and table.get("rule") == HALF_RANGE
            and table.get("quadrature_points") is None
        ):
            return {**table, "quadrature_points": PAPER_POINTS}
        return table

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        if self.rule != HALF_RANGE and self.quadrature_points is not None:
            raise ValueError(f"no quadrature_points: the rule {self.rule} chooses them")
        names = [name for name, _ in self.named_operators]
        if len(names) > MOST_OPERATORS:
            raise ValueError(f"at most {MOST_OPERATORS} operators together")
        if len(set(names)) < len(names) or OWNER in names:
            raise ValueError(f"a name of its own for each operator, and not {OWNER!r}")
        return self

    @model_validator(mode="after")
    def _can_be_run(self) -> Self:
        try:
            problem_of(self).solve()
        except RateOutOfReach as error:
            index, _, needed = error.args
            name, _ = self.named_operators[index]
            raise ValueError(
                f"a lower rate_mbps or more bandwidth_mhz: {name} would need {needed:g} bit/s/Hz"
            ) from error
        penalty, lowest, highest = self.penalty_w_per_hz2, LOWEST_PENALTY_W_PER_HZ2, HIGHEST_PENALTY_W_PER_HZ2
        if not lowest <= penalty <= highest:
            change, band = ("a higher", "less") if penalty < lowest else ("a lower", "more")
            raise ValueError(
                f"{change} rate_mbps, noise_dbm_per_hz or penalty_scale, or {band} bandwidth_mhz: "
                f"the penalty would be {penalty:g} W/Hz^2, and the chain takes {lowest:g} to {highest:g}"
            )
        return self

    @property
    def named_operators(self) -> tuple[tuple[str, OperatorSettings], ...]:
        """(name, settings) of every operator, one by one."""
        return tuple((name, operator) for operator in self.operators for name in operator.names)

    @property
    def bandwidth_hz(self) -> int:
        """The band in whole Hz, as it is on chain."""
        return round(self.bandwidth_mhz * MEGA)

    @property
    def acquisitions(self) -> tuple[str, ...]:
        """Names of the acquisitions, in their order."""
        return tuple(f"period-{i + 1}" for i in range(self.periods))

    @property
    def rate_rule(self) -> RateRule:
        """How the expected rate is integrated."""
        if self.quadrature_points is None:
            return rule_named(self.rule)
        return HalfRangeHermite(self.quadrature_points)

    @property
    def penalty_w_per_hz2(self) -> float:
        """Penalty of the first round, nu: a multiple of the natural scale of the whole problem."""
        return self.penalty_scale * problem_of(self).natural_penalty_w_per_hz2

    def cell(self, operator: OperatorSettings) -> Cell:
        """An operator's cell, its rate filled in."""
        rate_mbps = self.rate_mbps if operator.rate_mbps is None else operator.rate_mbps
        return Cell(operator.radius_m, operator.density_per_km2, rate_mbps * MEGA)


@cache
def problem_of(settings: AdmmSettings) -> AcquisitionProblem:
    """The whole problem (24), which no participant sees: for the penalty's scale and for the report."""
    return AcquisitionProblem(
        [settings.cell(operator) for _, operator in settings.named_operators],
        bandwidth_hz=float(settings.bandwidth_hz),
        noise_psd_w_per_hz=watts_of_dbm(settings.noise_dbm_per_hz),
        pathloss_exponent=settings.pathloss_exponent,
        rule=settings.rate_rule,
    )
