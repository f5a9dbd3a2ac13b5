"""What generated sequences of actions are made of, and what came of them."""

from collections import Counter
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from apps.testing.devchain import DevChain
from apps.testing.refusal import Attempt
from chain.app import App
from chain.bank import Bank
from chain.records import Action
from chain.registry import Registry

if TYPE_CHECKING:
    from apps.testing.strategies import FieldStrategy


@dataclass(frozen=True, slots=True)
class Plan:
    """What sequences are made of."""

    apps: tuple[App | type[App], ...]
    """The application that is tested, then those it needs beside it."""
    balances: Mapping[str, int]
    """Participants and their base units."""
    fields: "Mapping[str, FieldStrategy]"
    """`Record.field` -> what to draw it from."""
    interval_ms: int
    hooks_may_refuse: bool

    def new_apps(self) -> list[App]:
        """The applications, as if nothing had happened yet."""
        return [app() if isinstance(app, type) else deepcopy(app) for app in self.apps]

    def actions(self) -> dict[type[Action], str]:
        """Every action but the bank's, and its label: `Bid`, or `tokens.Mint` of an application beside.

        Raises RegistrationError.
        """
        apps = self.new_apps()
        return {
            kind: action if app == apps[0].name else f"{app}.{action}"
            for kind, (app, action) in Registry(apps).actions.items()
            if app != Bank.name
        }


@dataclass(slots=True)
class Tally:
    """What came of the sequences so far."""

    labels: Mapping[type[Action], str]
    sequences: int = 0
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(action, rule that refused it or nothing) -> how often."""
    telling: list[DevChain] = field(default_factory=list)
    """Chains each of which shows an outcome, or an event, that none before it shows."""
    shown: set[tuple[str, str]] = field(default_factory=set)
    failed: tuple[Exception, str] | None = None
    """What went wrong last, and the lines that do it again."""

    def count(self, attempt: Attempt) -> None:
        """Count one action."""
        self.outcomes[self._outcome(attempt)] += 1

    def keep(self, dev: DevChain) -> None:
        """Keep a chain if it shows anything new."""
        shown = {self._outcome(attempt) for block in dev.state.blocks() for attempt in block.attempts}
        shown |= {(found.app, type(found.event).__name__) for found in dev.events}
        if shown - self.shown:
            self.shown |= shown
            self.telling.append(dev)

    def _outcome(self, attempt: Attempt) -> tuple[str, str]:
        return self.labels[type(attempt.action)], "" if attempt.error is None else attempt.error.rule
