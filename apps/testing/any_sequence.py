"""Any sequence of an application's actions as a test: supply and invariants hold, nothing crashes, no hook refuses.

TestAuction = stateful(Auction)

The actions come from the application, their values from the types of the fields and from what happened before. Give a
field values of its own where these are carried out too seldom, or do not reach what you want to test:

TestAuction = stateful(Auction, fields={"Bid.lot": st.sampled_from(["x", "y"])})

A failure is shrunk to the shortest sequence that still fails, and printed as lines to paste into a test.
"""

import sys
import unittest
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, ClassVar

from apps.testing.plan import Plan, Tally
from apps.testing.shapes import Form, Maybe, Parts, Row, Shape, form_of
from chain.app import App, where_is
from chain.params import SHARECOIN

if TYPE_CHECKING:
    from hypothesis import settings

    from apps.testing.devchain import DevChain
    from apps.testing.strategies import FieldStrategy

BALANCES: Mapping[str, int] = {"alice": 10 * SHARECOIN, "bob": 10 * SHARECOIN, "carol": 100}
"""Who takes part unless the test says otherwise: two with more than they need, one with little."""
STEPS = 25
MAX_EXAMPLES = 50


class UnknownField(ValueError):
    """Values were given for a field that no action has. Args: the application, got, the fields there are."""

    def __str__(self) -> str:
        where, got, known = self.args
        near = get_close_matches(got, known, 3) or known
        return f"stateful({where}): fields: got {got!r}, expected one such as {', '.join(near)}"


class NeverCarriedOut(UserWarning):
    """Actions that were refused in every sequence, so that they are not tested. Args: application, actions."""

    def __str__(self) -> str:
        where, actions = self.args
        return (
            f"{where}: {', '.join(actions)} never carried out in any sequence; give the field that is always "
            "wrong values of its own: stateful(..., fields={'Bid.lot': ...})"
        )


@dataclass(frozen=True, slots=True)
class FailedSequence:
    """The shortest sequence that was found to fail."""

    error: Exception
    """What its last line raises: AppCrash, InvariantBroken, HookRefused, or what an invariant itself raised."""
    lines: str
    """Python that does it again."""


@dataclass(frozen=True, slots=True)
class SequenceReport:
    """What came of generated sequences. After a failure the counts include those of the search for its cause."""

    sequences: int
    carried_out: Mapping[str, int]
    """Action -> how often it was carried out; 0 among them. Those of another application are `tokens.Mint`."""
    refused: Mapping[str, Mapping[str, int]]
    """Action -> rule -> how often it was refused by it."""
    failure: FailedSequence | None
    chains: "tuple[DevChain, ...]"
    """Some of the chains: together they show every outcome and every kind of event that there was."""

    @property
    def never_carried_out(self) -> tuple[str, ...]:
        """The actions that no sequence got past a refusal."""
        return tuple(action for action, times in self.carried_out.items() if not times)


def stateful(
    app: App | type[App],
    *,
    others: tuple[App | type[App], ...] = (),
    balances: Mapping[str, int] = BALANCES,
    fields: "Mapping[str, FieldStrategy] | None" = None,
    steps: int = STEPS,
    max_examples: int = MAX_EXAMPLES,
    hooks_may_refuse: bool = False,
    interval_ms: int = 60_000,
) -> type[unittest.TestCase]:
    """A test case that asks a chain with this application for actions of any kind, values and order.

    others: applications it needs beside it; their actions are asked for too. fields: hypothesis strategies for
    fields, `"Bid.lot"` being the field `lot` of the record `Bid`, an action or a record inside one; a function gets
    the `DevChain` and gives the strategy. steps: actions and waits in a sequence. max_examples: sequences. The same
    sequences come on every run; assign other hypothesis settings to the `settings` of the test case for others.

    Raises RegistrationError, UnknownField, ModuleNotFoundError without hypothesis.
    """
    plan = Plan((app, *others), balances, fields or {}, interval_ms, hooks_may_refuse)
    _check_fields(plan)
    chosen = _settings(max_examples, steps)
    kind = plan.new_apps()[0]
    return type(f"Any{type(kind).__name__}Sequence", (_AnySequence,), {"plan": plan, "settings": chosen})


def run_sequences(
    app: App | type[App],
    *,
    sequences: int = 200,
    others: tuple[App | type[App], ...] = (),
    balances: Mapping[str, int] = BALANCES,
    fields: "Mapping[str, FieldStrategy] | None" = None,
    steps: int = STEPS,
    hooks_may_refuse: bool = False,
    interval_ms: int = 60_000,
) -> SequenceReport:
    """As the test case of `stateful`, but what fails is reported, not raised.

    Raises RegistrationError, UnknownField, ModuleNotFoundError without hypothesis.
    """
    plan = Plan((app, *others), balances, fields or {}, interval_ms, hooks_may_refuse)
    _check_fields(plan)
    return _report_of(plan, _settings(sequences, steps))


class _AnySequence(unittest.TestCase):
    """Base of the test cases."""

    plan: ClassVar[Plan]
    settings: "ClassVar[settings]"

    def test_any_sequence_keeps_every_invariant(self) -> None:
        """Supply and invariants hold, nothing crashes, no hook refuses."""
        report = _report_of(self.plan, self.settings)
        if report.failure is not None:
            sys.stdout.write(f"\nTo see this failure again, paste into a test:\n\n{report.failure.lines}\n")
            raise report.failure.error
        if report.never_carried_out:
            where = where_is(type(self.plan.new_apps()[0]))
            warnings.warn(NeverCarriedOut(where, report.never_carried_out), stacklevel=2)


def _report_of(plan: Plan, chosen: "settings") -> SequenceReport:
    from hypothesis.stateful import run_state_machine_as_test

    from apps.testing.machine import machine_for

    tally = Tally(plan.actions())
    failure = None
    try:
        run_state_machine_as_test(machine_for(plan, tally), settings=chosen)
    except Exception as error:
        if tally.failed is None or tally.failed[0] is not error:
            raise
        failure = FailedSequence(error, tally.failed[1])
    refused: dict[str, dict[str, int]] = {label: {} for label in tally.labels.values()}
    for (label, rule), times in sorted(tally.outcomes.items()):
        if rule:
            refused[label][rule] = times
    carried_out = {label: tally.outcomes[label, ""] for label in tally.labels.values()}
    return SequenceReport(tally.sequences, carried_out, refused, failure, tuple(tally.telling))


def _settings(max_examples: int, steps: int) -> "settings":
    try:
        from hypothesis import HealthCheck, Phase, Verbosity, settings
    except ModuleNotFoundError as error:
        message = (
            "generated sequences need hypothesis, which is not installed: pip install 'hertzchain[test]'"
        )
        raise ModuleNotFoundError(message, name=error.name) from error
    return settings(
        max_examples=max_examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=True,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        report_multiple_bugs=False,
        verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
    )


def _check_fields(plan: Plan) -> None:
    known = sorted({name for kind in plan.actions() for name in _names(form_of(kind))})
    for name in plan.fields:
        if name not in known:
            raise UnknownField(where_is(type(plan.new_apps()[0])), name, known)


def _names(shape: Shape) -> Iterator[str]:
    """`Record.field` of every field of a record, and of the records inside it."""
    match shape:
        case Form(kind, fields):
            for name, inner in fields:
                yield f"{kind.__name__}.{name}"
                yield from _names(inner)
        case Maybe(inner) | Row(inner):
            yield from _names(inner)
        case Parts(items):
            for item in items:
                yield from _names(item)
