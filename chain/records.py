"""The records an application and the ledger exchange: actions in, events and receipts out."""

from dataclasses import dataclass
from typing import Annotated

from chain.codec import MaxLen

MAX_NAME_BYTES = 32
"""Longest name of an application, an action or an event."""
Name = Annotated[str, MaxLen(MAX_NAME_BYTES)]
MAX_EVENT_BYTES = 16_384
"""Longest encoding of an event's fields."""
MAX_EVENTS = 65_536
"""Most events of one receipt."""


class Action:
    """Base of a typed request to an application: a frozen slots dataclass with encodable fields."""

    __slots__ = ()


class Event:
    """Base of a typed fact in a receipt: a frozen slots dataclass with encodable fields."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Emitted:
    """An event as a receipt keeps it."""

    app: Name
    event: Name
    body: Annotated[bytes, MaxLen(MAX_EVENT_BYTES)]
    """Canonical encoding of the event's fields."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an action was refused."""

    rule: Annotated[str, MaxLen(64)]
    """The broken rule, kebab case."""
    message: Annotated[str, MaxLen(1024)]
    """The same in words, with what was got and what was expected."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What came of one transaction, or of one block hook that had something to say."""

    origin: Annotated[bytes, MaxLen(64)]
    """Transaction id, or `hook/<app>/<hook>` as ASCII."""
    failure: Failure | None
    """None where the action was carried out."""
    events: Annotated[tuple[Emitted, ...], MaxLen(MAX_EVENTS)]
    """In the order they were emitted; empty after a failure."""

    @property
    def succeeded(self) -> bool:
        """Whether the action's writes stand."""
        return self.failure is None
