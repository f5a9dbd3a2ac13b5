"""The application in a scenario: its settings, who takes part in a run, and what the run says of them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from apps.kit import (
    Json,
    Kit,
    Line,
    Outcome,
    Participant,
    Population,
    ReportChart,
    ReportTable,
    Surroundings,
)
from chain.params import SHARECOIN
from pydantic import BaseModel, ConfigDict, Field

from app_name.agents import REFUSED, Player
from app_name.events import PotWon

TITLE = "App name"
FUNDS = 1_000 * SHARECOIN
"""What a player begins with."""


class Settings(BaseModel):
    """The application's table of a scenario."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    players: int = Field(4, ge=1, le=10_000, description="How many take part.")
    step: int = Field(1, ge=1, le=100, description="Sharecoin by which a player raises the leader.")
    highest_limit: int = Field(
        20, ge=1, le=1_000, description="Sharecoin; what a player stakes at most is drawn up to this."
    )


class AppNameKit:
    """The off-chain half of the application."""

    @property
    def settings(self) -> type[Settings]:
        """Model of the application's table."""
        return Settings

    def populate(self, settings: Settings, surroundings: Surroundings) -> Population:
        """The players, none of whom mines."""
        limits = settings.step * SHARECOIN, settings.highest_limit * SHARECOIN
        return Population(
            tuple(Participant(name, "player", Player(*limits), FUNDS) for name in _names(settings))
        )

    def summarise(self, settings: Settings, outcome: Outcome) -> Mapping[str, Json]:
        """Rounds, pots, and for each player how often it won and what, in Sharecoin.

        `refused` counts stakes that came after a higher one.
        """
        won = [(found.height, found.event) for found in outcome.events if isinstance(found.event, PotWon)]
        rounds, total = Counter[bytes](), Counter[bytes]()
        for _, event in won:
            rounds[event.winner] += 1
            total[event.winner] += event.pot
        return {
            "rounds": len(won),
            "mean_pot": fmean(event.pot / SHARECOIN for _, event in won) if won else None,
            "stakes": sum(event.stakes for _, event in won),
            "refused": sum(placed.measure.name == REFUSED for placed in outcome.measures),
            "pots": [[height, event.pot / SHARECOIN] for height, event in won],
            "players": [
                {
                    "name": name,
                    "rounds_won": rounds[outcome.accounts[name]],
                    "won": total[outcome.accounts[name]] / SHARECOIN,
                }
                for name in _names(settings)
            ],
        }

    def tables(self, summary: Mapping[str, Any]) -> Sequence[ReportTable]:
        """The players."""
        rows = tuple(
            (player["name"], str(player["rounds_won"]), f"{player['won']:g}") for player in summary["players"]
        )
        note = f"{summary['rounds']} rounds, {summary['stakes']} stakes; {summary['refused']} were refused."
        return [ReportTable(TITLE, ("player", "rounds won", "won, Sharecoin"), rows, note)]

    def charts(self, summary: Mapping[str, Any]) -> Sequence[ReportChart]:
        """The pot of each round."""
        heights, pots = [tuple(column) for column in zip(*summary["pots"], strict=True)] or [(), ()]
        line = Line("pot", heights, pots)
        return [ReportChart("pots", TITLE, "height at which the round closed", "pot, Sharecoin", (line,))]


def _names(settings: Settings) -> list[str]:
    return [f"app_name-player-{number + 1}" for number in range(settings.players)]


APP_NAME_KIT: Kit[Settings] = AppNameKit()
