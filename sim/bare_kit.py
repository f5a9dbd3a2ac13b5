"""The kit of an application that brings none: the chain hosts it, its hooks run, and nobody takes part."""

from collections.abc import Mapping, Sequence
from typing import Any

from apps.kit import Json, Outcome, Population, ReportChart, ReportTable, Surroundings
from sim.plugin_entries import KITS
from sim.settings import Table


class BareKit:
    """A kit without settings, participants and figures."""

    def __init__(self, app: str) -> None:
        """`app`: the application's name."""
        self._app = app

    @property
    def settings(self) -> type[Table]:
        """A table without keys."""
        return Table

    def populate(self, settings: Table, surroundings: Surroundings) -> Population:
        """Nobody."""
        return Population(())

    def summarise(self, settings: Table, outcome: Outcome) -> Mapping[str, Json]:
        """How many events the application emitted: its hooks may."""
        return {"participants": 0, "events": sum(placed.app == self._app for placed in outcome.events)}

    def tables(self, summary: Mapping[str, Any]) -> Sequence[ReportTable]:
        """The summary, and why nobody took part."""
        note = f"Nobody takes part: no kit is installed as {self._app!r} (entry points {KITS}), which would say who."
        rows = tuple((name, str(value)) for name, value in summary.items())
        return [ReportTable(self._app, ("", ""), rows, note)]

    def charts(self, summary: Mapping[str, Any]) -> Sequence[ReportChart]:
        """None."""
        return ()
