"""The exchange in a scenario: its settings, who takes part in a run, and what the run says of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from apps.kit import Json, Kit, Outcome, Participant, Population, ReportChart, ReportTable, Surroundings
from chain.fixed import Fixed
from chain.params import SHARECOIN
from pydantic import BaseModel, ConfigDict, Field

from exchange.agents import Issuer, Sandwicher, Saver
from exchange.report import report_charts, report_tables, summarise

SYMBOL = "MHZ"
FUNDS = 1_000_000 * SHARECOIN
"""What everybody begins with."""
DECIMALS = 9


class Settings(BaseModel):
    """The application's table of a scenario."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    pool_coins: int = Field(10_000, ge=1, le=900_000, description="Sharecoin in the pool at first.")
    pool_tokens: int = Field(1_000_000_000, ge=1, le=10**15, description="Tokens in the pool at first.")
    fee: float = Field(0.003, ge=0, lt=1, description="Share of each trade that stays in the pool.")
    savers: int = Field(5, ge=1, le=1_000, description="Who buy regularly.")
    saver_coins: int = Field(50, ge=1, le=10_000, description="Sharecoin a saver spends on each purchase.")
    every_blocks: int = Field(10, ge=2, le=10_000, description="Blocks between two purchases.")
    slippage: float | None = Field(
        None, ge=0, le=1, description="Share more that a saver is ready to pay; left out: it takes any price."
    )
    sandwicher: bool = Field(True, description="Whether somebody buys before the savers to sell after them.")
    sandwich_coins: int = Field(500, ge=1, le=900_000, description="Sharecoin with which it moves the price.")
    sandwich_fee: int = Field(
        100_000,
        ge=0,
        le=10**12,
        description="Base units it pays for each transaction, to be first.",
    )


class ExchangeKit:
    """The off-chain half of the applications."""

    @property
    def settings(self) -> type[Settings]:
        """Model of the exchange's table."""
        return Settings

    def populate(self, settings: Settings, surroundings: Surroundings) -> Population:
        """The issuer, the savers and, where there is one, the adversary; none of them mines."""
        coins, rhythm = settings.pool_coins * SHARECOIN, settings.every_blocks
        issuer = Issuer(SYMBOL, settings.pool_tokens, coins, fixed(settings.fee))
        everybody = [Participant("issuer", "issuer", issuer, FUNDS)]
        if settings.sandwicher:
            adversary = Sandwicher(SYMBOL, settings.sandwich_coins * SHARECOIN, rhythm, settings.sandwich_fee)
            everybody.append(Participant("sandwicher", "sandwicher", adversary, FUNDS))
        slippage = None if settings.slippage is None else fixed(settings.slippage)
        for name in saver_names(settings):
            saver = Saver(SYMBOL, settings.saver_coins * SHARECOIN, rhythm, slippage)
            everybody.append(Participant(name, "saver", saver, FUNDS))
        return Population(tuple(everybody))

    def summarise(self, settings: Settings, outcome: Outcome) -> Mapping[str, Json]:
        """What savers paid, and what the adversary earned."""
        return summarise(saver_names(settings), outcome)

    def tables(self, summary: Mapping[str, Any]) -> Sequence[ReportTable]:
        """Both sides in numbers."""
        return report_tables(summary)

    def charts(self, summary: Mapping[str, Any]) -> Sequence[ReportChart]:
        """The price of each trade."""
        return report_charts(summary)


def fixed(value: float) -> Fixed:
    """The nearest number of nine decimals."""
    return Fixed.from_str(f"{value:.{DECIMALS}f}")


def saver_names(settings: Settings) -> list[str]:
    """Names of the savers."""
    return [f"saver-{number + 1}" for number in range(settings.savers)]


EXCHANGE_KIT: Kit[Settings] = ExchangeKit()
