"""The auction in a scenario: its settings, who takes part in a run, and what the run says of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from apps.kit import Json, Kit, Outcome, Participant, Population, ReportChart, ReportTable, Surroundings
from chain.params import SHARECOIN
from pydantic import BaseModel, ConfigDict, Field

from auction.agents import Bidder, Seller, Sniper
from auction.report import report_charts, report_tables, summarise

FUNDS = 10_000 * SHARECOIN
"""What everybody begins with."""


class Settings(BaseModel):
    """The application's table of a scenario."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    lots: int = Field(20, ge=1, le=10_000, description="Lots that are sold, one after the other.")
    blocks: int = Field(10, ge=1, le=10_000, description="Blocks in which a lot takes bids.")
    extension: int = Field(
        0,
        ge=0,
        le=255,
        description="A bid moves the end to at least so many blocks after it; 0: never.",
    )
    bidders: int = Field(4, ge=0, le=1_000, description="Who raise as soon as they are outbid.")
    snipers: int = Field(1, ge=0, le=1_000, description="Who bid in the last blocks only.")
    last_blocks: int = Field(1, ge=1, le=10_000, description="Blocks before the end in which snipers bid.")
    highest_value: int = Field(
        100, ge=1, le=1_000, description="Sharecoin; what a lot is worth to somebody is drawn up to this."
    )
    step: int = Field(10, ge=1, le=1_000, description="Sharecoin by which everybody raises.")


class AuctionKit:
    """The off-chain half of the application."""

    @property
    def settings(self) -> type[Settings]:
        """Model of the application's table."""
        return Settings

    def populate(self, settings: Settings, surroundings: Surroundings) -> Population:
        """One seller and the bidders, none of whom mines."""
        values = 0, settings.highest_value * SHARECOIN, settings.step * SHARECOIN
        seller = Seller(settings.lots, 0, settings.blocks, settings.extension)
        everybody = [Participant("seller", "seller", seller, FUNDS)]
        for n in range(settings.bidders):
            everybody.append(Participant(f"bidder-{n + 1}", "bidder", Bidder(*values), FUNDS))
        for n in range(settings.snipers):
            sniper = Sniper(*values, settings.last_blocks)
            everybody.append(Participant(f"sniper-{n + 1}", "sniper", sniper, FUNDS))
        return Population(tuple(everybody))

    def summarise(self, settings: Settings, outcome: Outcome) -> Mapping[str, Json]:
        """What the lots fetched and who got them."""
        return summarise(outcome)

    def tables(self, summary: Mapping[str, Any]) -> Sequence[ReportTable]:
        """Who won, and what it paid."""
        return report_tables(summary)

    def charts(self, summary: Mapping[str, Any]) -> Sequence[ReportChart]:
        """The price of each lot beside what theory says."""
        return report_charts(summary)


AUCTION_KIT: Kit[Settings] = AuctionKit()
