"""The `[coordination]` table of a scenario: the place, the zone's terms, the rules of assessment, who takes part."""

from typing import Literal, Self

from pydantic import Field, model_validator

from apps.coordination.actions import MAX_AGENCIES, MAX_OWNERS, MAX_PRICE, MAX_PROVIDERS
from apps.coordination.campus import FREQUENCY_MHZ, PIXELS
from apps.coordination.settings_people import (
    MOST_USERS,
    Agencies,
    AgencySettings,
    Coins,
    Owners,
    OwnerSettings,
    Providers,
    ProviderSettings,
    Rewards,
    Table,
    Users,
    UserSettings,
    one_by_one,
)
from apps.coordination.shares import part_of
from chain.params import SHARECOIN

ZONE = "campus"
"""Name of the one zone of a run."""
MAX_CONFIRMATIONS = 1_000
MAX_BLOCKS = 1_000_000
"""Longest stage that the chain takes."""
LEAST_VSPS = 3
"""With fewer participants nobody can be held against the others."""


class DeadlineSettings(Table):
    """How many blocks each step may take, counted from the block of the step before."""

    request_blocks: int = Field(20, ge=1, le=MAX_BLOCKS, description="From the payment to tx_data.")
    data_blocks: int = Field(20, ge=1, le=MAX_BLOCKS, description="From tx_data to the last rx_data.")
    grade_blocks: int = Field(20, ge=1, le=MAX_BLOCKS, description="From the data to agreed grades.")
    decision_blocks: int = Field(
        20, ge=1, le=MAX_BLOCKS, description="From the grades to a certified result."
    )
    vote_blocks: int = Field(20, ge=1, le=MAX_BLOCKS, description="From the result to the last vote.")
    reward_blocks: int = Field(
        20, ge=1, le=MAX_BLOCKS, description="From the decision to rew_coin; then owners are paid unasked."
    )
    challenge_blocks: int = Field(
        20, ge=1, le=MAX_BLOCKS, description="From an agency's ch_data on its map can be challenged."
    )


class MapSettings(Table):
    """How the map is made and the participants are graded."""

    method: Literal["reml", "wls", "nnls", "svr", "svr-projected"] = Field(
        "reml", description="How the variogram is fitted; svr is the paper's, and gives no valid variances."
    )
    grading: Literal["signal", "residual"] = Field(
        "residual",
        description="Which grades count on chain: by LTE signal condition, as the paper's, or by leave-one-out "
        "kriging residual, which also keeps liars out of the map. Results have both.",
    )
    false_alarm: float = Field(
        0.01, ge=1e-6, le=0.2, description="Probability that an honest participant is taken for a liar."
    )
    tolerance_db: float = Field(
        3.0, ge=0, le=100, description="How far the map may be from a measurement that it is built on."
    )
    min_points: int = Field(
        30,
        ge=3,
        le=PIXELS**2,
        description="Least measurements of an owner, and least that a map is built on.",
    )


class DecisionSettings(Table):
    """How the interference at the protected places is judged."""

    rule: Literal["mean", "chance"] = Field(
        "mean",
        description="mean: the map counts as the truth; chance: with its variance, the threshold may be missed "
        "with probability outage.",
    )
    outage: float = Field(
        0.05, gt=0, le=0.5, description="Probability of the chance rule, at each place (eps)."
    )
    shadowing_db: float = Field(
        0.0, ge=0, le=20, description="Standard deviation of a sharer's interference around its path loss."
    )
    threshold_db: float = Field(6.0, ge=-20, le=60, description="SINR that is protected (theta).")
    unreachable: Literal["deny", "drop"] = Field(
        "drop",
        description="What a place that misses the threshold without any sharer does: deny, or leave the mask.",
    )
    places: int = Field(
        60, ge=1, le=PIXELS**2, description="Protected places, pixels drawn at random (campus_seed)."
    )
    exclusion_m: float = Field(
        20.0, ge=0, le=200, description="Places nearer to a sharer are not protected from it."
    )
    propagation: Literal["free-space", "cost231-hata", "cost231-hata-metropolitan", "umi-los", "umi-nlos"] = (
        Field("umi-nlos", description="Path loss from sharers to protected places.")
    )
    penetration_db: float = Field(0.0, ge=0, le=100, description="Walls between sharers and receivers.")
    frequency_mhz: float = Field(FREQUENCY_MHZ, ge=100, le=100_000, description="Centre of the band.")
    bandwidth_mhz: float = Field(20.0, ge=0.01, le=1_000, description="Of signal, interference and noise.")
    noise_figure_db: float = Field(9.0, ge=0, le=50, description="Of the protected receivers.")
    level: Literal["rsrp", "wideband"] = Field(
        "rsrp",
        description="What phones report: the power of one LTE resource element, or of the whole carrier.",
    )
    resource_blocks: int | None = Field(
        None, ge=1, le=10_000, description="Of the incumbent's LTE carrier (rsrp); left out: 100, of 20 MHz."
    )

    @model_validator(mode="before")
    @classmethod
    def _blocks_or_default(cls, table: object) -> object:
        if (
            isinstance(table, dict)
            and table.get("level", "rsrp") == "rsrp"
            and not table.get("resource_blocks")
        ):
            return {**table, "resource_blocks": 100}
        return table

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.level == "wideband" and self.resource_blocks is not None:
            raise ValueError("no resource_blocks: a wideband level is that of the whole carrier")
        if 2 * self.frequency_mhz <= self.bandwidth_mhz:
            raise ValueError(
                f"bandwidth_mhz: got {self.bandwidth_mhz:g}, expected less than twice frequency_mhz = "
                f"{self.frequency_mhz:g}"
            )
        return self


class CoordinationSettings(Table):
    """Frequency coordination of one campus. Money in Sharecoin, deadlines in blocks."""

    campus: Literal["stationary", "campus", "txin", "paper320", "paper320z"] = Field(
        "campus", description="Kind of synthetic campus, whose true levels nobody knows but the report."
    )
    campus_seed: int = Field(
        1, ge=0, le=2**32 - 1, description="Which campus of that kind, and its protected places."
    )
    confirmations: int = Field(
        1,
        ge=1,
        le=MAX_CONFIRMATIONS,
        description="Blocks that must hold a step, its own included, before anybody acts on it.",
    )
    price: Coins = Field(SHARECOIN, ge=1, le=MAX_PRICE, description="The deposit of a request.")
    pay_on_denial: bool = Field(
        True, description="Whether owners are paid for a denial too, as in the paper."
    )
    quorum: int | None = Field(
        None, ge=1, le=MAX_AGENCIES, description="Agencies that must agree; left out: more than half."
    )
    min_owners: int = Field(1, ge=1, le=MAX_OWNERS, description="Owners that must deliver.")
    unanimity: bool = Field(False, description="Whether every provider must approve what would be granted.")
    providers_revoke: bool = Field(False, description="Whether any provider may revoke a licence.")
    vsp_budget: Coins = Field(
        0, le=MAX_PRICE, description="Part of the price set aside for the phones' owners."
    )
    grade_rewards: Rewards = Field(
        (0, 0, 0, 0), description="What a participant gets for excellent, good, fair and edge data."
    )
    bond: Coins = Field(0, le=MAX_PRICE, description="What an agency deposits before it may act.")
    deadlines: DeadlineSettings = Field(DeadlineSettings(), description="Blocks for each step.")
    map: MapSettings = Field(MapSettings(), description="How the map is made.")
    decision: DecisionSettings = Field(
        DecisionSettings(resource_blocks=100), description="How interference is judged."
    )
    agencies: Agencies = Field(
        (AgencySettings(),), min_length=1, max_length=MAX_AGENCIES, description="Certification agencies."
    )
    owners: Owners = Field(
        (OwnerSettings(),), min_length=1, max_length=MAX_OWNERS, description="Sensing owners."
    )
    users: Users = Field((UserSettings(),), min_length=1, max_length=MOST_USERS, description="Buyers.")
    providers: Providers = Field((), max_length=MAX_PROVIDERS, description="Incumbent providers.")

    @model_validator(mode="after")
    def _everybody_has_a_name(self) -> Self:
        most = {
            "agencies": MAX_AGENCIES,
            "owners": MAX_OWNERS,
            "users": MOST_USERS,
            "providers": MAX_PROVIDERS,
        }
        for kind, limit in most.items():
            count = sum(person.count for person in getattr(self, kind))
            if count > limit:
                raise ValueError(f"{kind}: got {count} together, expected at most {limit}")
        names = [name for kind in most for name, _ in one_by_one(getattr(self, kind))]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"a name of its own for each participant: got {', '.join(twice)} more than once")
        return self

    @model_validator(mode="after")
    def _agreement_is_possible(self) -> Self:
        agencies, owners = len(self.named_agencies), len(self.named_owners)
        if self.quorum is not None and not agencies // 2 < self.quorum <= agencies:
            raise ValueError(f"quorum: got {self.quorum}, expected more than half of {agencies}, at most all")
        if self.min_owners > owners:
            raise ValueError(f"min_owners: got {self.min_owners}, expected at most the {owners} owners")
        if self.agencies[0].behaviour == "silent":
            raise ValueError("agencies: the first one sets up the zone, so it must not be silent")
        if self.unanimity and not self.providers:
            raise ValueError("unanimity: got no providers, expected one at least: nobody's consent is none")
        if self.map.method == "svr" and self.decision.rule == "chance":
            raise ValueError(
                "decision.rule: got 'chance' with map.method 'svr', expected a method with valid variances"
            )
        return self

    @model_validator(mode="after")
    def _money_suffices(self) -> Self:
        if self.vsp_budget > self.price:
            raise ValueError("vsp_budget: got more than the price, expected at most that")
        if list(self.grade_rewards) != sorted(self.grade_rewards, reverse=True):
            raise ValueError("grade_rewards: expected never more for a worse grade, the best first")
        for place, (name, owner) in enumerate(self.named_owners):
            part = part_of(self.vsp_budget, place, len(self.named_owners))
            most = owner.vsps * self.grade_rewards[0]
            if most > part:
                raise ValueError(
                    f"vsp_budget: {name}'s part is {part} base units, expected {most} or more: what its "
                    f"{owner.vsps} participants get if all are excellent"
                )
        for kind, people, needed in (
            ("user", self.named_users, self.price),
            ("agency", self.named_agencies, self.bond),
        ):
            for name, person in people:
                if person.balance < needed:
                    raise ValueError(
                        f"balance: {kind} {name} has {person.balance} base units, expected {needed} or more"
                    )
        return self

    @model_validator(mode="after")
    def _data_and_time_suffice(self) -> Self:
        for name, owner in self.named_owners:
            if owner.measurements < self.map.min_points:
                raise ValueError(
                    f"measurements: got {owner.measurements} of {name}, expected map.min_points = "
                    f"{self.map.min_points} or more"
                )
        if (vsps := sum(owner.vsps for _, owner in self.named_owners)) < LEAST_VSPS:
            raise ValueError(f"vsps: got {vsps} of all owners together, expected {LEAST_VSPS} or more")
        for what in DeadlineSettings.model_fields:
            blocks = getattr(self.deadlines, what)
            if blocks <= self.confirmations:
                raise ValueError(
                    f"deadlines.{what}: got {blocks}, expected more than confirmations = {self.confirmations}: "
                    "nobody could answer in time"
                )
        return self

    @property
    def named_users(self) -> tuple[tuple[str, UserSettings], ...]:
        """(name, settings) of every buyer."""
        return one_by_one(self.users)

    @property
    def named_owners(self) -> tuple[tuple[str, OwnerSettings], ...]:
        """(name, settings) of every sensing owner, in the order of the zone's list."""
        return one_by_one(self.owners)

    @property
    def named_agencies(self) -> tuple[tuple[str, AgencySettings], ...]:
        """(name, settings) of every agency; the first sets up the zone."""
        return one_by_one(self.agencies)

    @property
    def named_providers(self) -> tuple[tuple[str, ProviderSettings], ...]:
        """(name, settings) of every incumbent provider."""
        return one_by_one(self.providers)
