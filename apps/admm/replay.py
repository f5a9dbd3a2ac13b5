"""Rebuilds acquisitions round by round from the events of a chain, by the very function the chain closed them with."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from apps.admm.actions import Terms
from apps.admm.events import (
    AcquisitionOpened,
    AcquisitionSettled,
    BandwidthResized,
    BandwidthSubmitted,
    LicenceGranted,
    OperatorAdmitted,
    OperatorExpelled,
    OperatorSilent,
    RoundClosed,
    RoundsStarted,
    RoundsStopped,
)
from apps.admm.rounds import Aggregation, aggregate
from apps.admm.scientific import Scientific
from apps.admm.settlement import MICRO, slices
from apps.admm.state import Operator
from apps.kit import PlacedEvent
from chain.records import Event


class ReplayMismatch(Exception):
    """A bug: a round was not closed as the chain's own function does it.

    Args: acquisition, round, what, got, expected.
    """

    def __str__(self) -> str:
        acquisition, number, what, got, expected = self.args
        return f"acquisition {acquisition!r}, round {number}: {what}: got {got!r}, expected {expected!r}"


@dataclass(frozen=True, slots=True)
class PastRound:
    """A closed round."""

    number: int
    opened_at: int
    """Height of the block that opened it."""
    height: int
    """Height of the block that closed it."""
    bandwidth: int
    """All there was to split, Hz."""
    penalty: Scientific
    """In the round, W/Hz^2."""
    operators: dict[bytes, Operator]
    """By key: the answers (w), and split and dual (z, u) after the round."""
    answered: int
    primal: int
    """||w - z'||, microhertz."""
    dual: int
    """||z' - z||, microhertz."""
    threshold: int
    """What the projection took off, microhertz."""
    converged: bool
    rescaled: int
    """How often balancing doubled the penalty after the round and halved u, less how often the other way round."""

    @property
    def relative_change(self) -> float | None:
        """||z' - z|| / ||u'||, what the chain's stopping rule looks at; None where u' is 0."""
        norm = math.hypot(*(operator.dual for operator in self.operators.values())) * 2.0**self.rescaled
        return self.dual / norm if norm else None

    @property
    def price(self) -> Scientific:
        """Dual price of the bandwidth after the round, W/Hz."""
        return self.penalty.times(self.threshold, MICRO)


@dataclass(slots=True)
class History:
    """One acquisition."""

    name: str
    owner: bytes
    """Public key."""
    terms: Terms
    opened_at: int
    """Height of the block that opened it."""
    started_at: int | None = None
    """Height of the block that opened its first round."""
    rounds: list[PastRound] = field(default_factory=list)
    licences: dict[bytes, LicenceGranted] = field(default_factory=dict)
    settled: AcquisitionSettled | None = None
    operators: dict[bytes, Operator] = field(default_factory=dict)
    """Members as they are now, by key."""
    round: int = 0
    """The open round."""
    round_opened_at: int = 0
    doublings: int = 0
    silent: set[bytes] = field(default_factory=set)
    """Who was reported silent since a round last closed."""


def replay(events: Iterable[PlacedEvent]) -> dict[str, History]:
    """Every acquisition by name, in the order in which they were opened.

    Args:
        events: of one chain, in order; those of other applications are passed over.

    Raises:
        ReplayMismatch: a round's outcome or a licence is not what follows from the events before.
    """
    histories: dict[str, History] = {}
    for placed in events:
        if isinstance(placed.event, AcquisitionOpened):
            opened = placed.event
            name, owner = opened.acquisition, opened.owner
            histories[name] = History(name, owner, opened.terms, placed.height)
        elif placed.app == "admm":
            _follow(histories, placed.event, placed.height)
    for history in histories.values():
        _check_licences(history)
    return histories


def _follow(histories: dict[str, History], event: Event, height: int) -> None:
    match event:
        case OperatorAdmitted():
            histories[event.acquisition].operators[event.operator] = Operator()
        case OperatorExpelled():
            del histories[event.acquisition].operators[event.operator]
        case BandwidthResized():
            history = histories[event.acquisition]
            history.terms = replace(history.terms, bandwidth=event.bandwidth)
        case RoundsStarted():
            _open(histories[event.acquisition], event.round, height)
        case RoundsStopped():
            histories[event.acquisition].silent.clear()
        case BandwidthSubmitted():
            members = histories[event.acquisition].operators
            operator = members[event.operator]
            members[event.operator] = replace(operator, bandwidth=event.bandwidth, answered=event.round)
        case OperatorSilent():
            histories[event.acquisition].silent.add(event.operator)
        case RoundClosed():
            _close(histories[event.acquisition], event, height)
        case LicenceGranted():
            histories[event.acquisition].licences[event.operator] = event
        case AcquisitionSettled():
            histories[event.acquisition].settled = event
        case _:
            pass


def _open(history: History, number: int, height: int) -> None:
    history.round, history.round_opened_at = number, height
    if history.started_at is None:
        history.started_at = height


def _close(history: History, event: RoundClosed, height: int) -> None:
    keys = sorted(history.operators)
    penalty = history.terms.penalty.doubled(history.doublings)
    done = aggregate(
        [history.operators[key] for key in keys], history.terms, history.round, history.doublings
    )
    history.operators = dict(zip(keys, done.operators, strict=True))
    _check_round(history, event, done)
    history.rounds.append(
        PastRound(
            number=history.round,
            opened_at=history.round_opened_at,
            height=height,
            bandwidth=history.terms.bandwidth,
            penalty=penalty,
            operators=history.operators.copy(),
            answered=done.answered,
            primal=done.primal,
            dual=done.dual,
            threshold=done.threshold,
            converged=done.converged,
            rescaled=done.doublings - history.doublings,
        )
    )
    history.doublings = done.doublings
    history.silent.clear()
    _open(history, history.round + 1, height)


def _check_round(history: History, event: RoundClosed, done: Aggregation) -> None:
    silent = {key for key, operator in history.operators.items() if operator.answered != history.round}
    got = (
        event.round,
        event.operators,
        event.answered,
        event.primal,
        event.dual,
        event.threshold,
        event.penalty,
    )
    penalty = history.terms.penalty.doubled(done.doublings)
    figures = (done.answered, done.primal, done.dual, done.threshold, penalty)
    expected = (history.round, len(history.operators), *figures)
    for what, one, other in (("figures", got, expected), ("silent operators", history.silent, silent)):
        if one != other:
            raise ReplayMismatch(history.name, history.round, what, one, other)


def _check_licences(history: History) -> None:
    """Those of a settled acquisition are its last split in whole hertz, side by side, at one price."""
    if history.settled is None:
        return
    last = history.rounds[-1]
    expected = dict(_licences(history.name, last))
    settled = AcquisitionSettled(
        history.name, last.number, last.converged, sum(licence.bandwidth for licence in expected.values())
    )
    checks = (("licences", history.licences, expected), ("settlement", history.settled, settled))
    for what, got, wanted in checks:
        if got != wanted:
            raise ReplayMismatch(history.name, last.number, what, got, wanted)


def _licences(name: str, last: PastRound) -> Iterator[tuple[bytes, LicenceGranted]]:
    shares = slices([operator.split for operator in last.operators.values()])
    for key, (start, bandwidth) in zip(last.operators, shares, strict=True):
        if bandwidth:
            yield key, LicenceGranted(name, key, start, bandwidth, last.price)
