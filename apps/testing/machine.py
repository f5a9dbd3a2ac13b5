"""A hypothesis state machine that asks a `DevChain` for any actions of its applications, in any order."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar, NamedTuple

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule
from hypothesis.strategies import DrawFn, SearchStrategy

from apps.testing.devchain import DevChain
from apps.testing.plan import Plan, Tally
from apps.testing.refusal import ActionRefused, Attempt
from apps.testing.scout import Scout
from apps.testing.script import Script
from apps.testing.seen import Seen, look_at
from apps.testing.snapshot import HookFailure, Snapshot
from apps.testing.strategies import Request, Surroundings, requests
from chain.app import where_is
from chain.errors import in_full
from chain.records import Action
from chain.registry import Registry

_STEPS = (*["act"] * 14, *["mine"] * 3, "advance", *["act together"] * 2)
_BLOCKS = (1, 2, 3, 5, 10)
_MOST_BLOCKS = 60
_SECONDS = (1, 60, 3_600, 86_400)
_MOST_SECONDS = 40 * 86_400
_SEVERAL = (2, 3)


class HookRefused(AssertionError):
    """A block hook refused, and nobody said that it may. Args: where, the failure."""

    def __str__(self) -> str:
        where, failed = self.args
        return in_full(
            f"{failed.failure.rule}: {where} refused in block {failed.height}",
            failed.failure.message,
            "a hook that always goes through: what it refuses does not happen, and nobody is told",
            "correct it, or say `hooks_may_refuse=True` where a refusal is meant",
        )


class Step(NamedTuple):
    """What happens next; what is empty does not."""

    asked: tuple[Request, ...] = ()
    """Actions, in one block."""
    blocks: int = 0
    """Empty blocks."""
    seconds: int = 0
    """Delay of the next block."""


@st.composite
def _steps(draw: DrawFn) -> Step:
    """Mostly an action; empty blocks and delays are often as long as to a height or time that the state mentions."""
    machine: AnySequence = draw(st.runner())
    around = machine.surroundings
    kind = draw(st.sampled_from(_STEPS))
    if kind == "mine":
        ahead = around.seen.blocks_ahead(_MOST_BLOCKS)
        return Step(blocks=draw(st.sampled_from(draw(st.sampled_from([_BLOCKS, ahead or _BLOCKS])))))
    if kind == "advance":
        ahead = around.seen.seconds_ahead(_MOST_SECONDS)
        return Step(seconds=draw(st.sampled_from(draw(st.sampled_from([_SECONDS, ahead or _SECONDS])))))
    count = 1 if kind == "act" else draw(st.sampled_from(_SEVERAL))
    drawn = [draw(requests(around)) for _ in range(count)]
    return Step(tuple(request for request in drawn if request is not None))


class AnySequence(RuleBasedStateMachine):
    """One sequence. `machine_for` says of what."""

    plan: ClassVar[Plan]
    tally: ClassVar[Tally]
    scout: ClassVar[Scout]

    def __init__(self) -> None:
        super().__init__()
        plan, apps = self.plan, self.plan.new_apps()
        options: dict[str, object] = {"balances": plan.balances}
        if plan.interval_ms != 60_000:
            options["interval_ms"] = plan.interval_ms
        self.tally.sequences += 1
        self.script = Script(apps, options)
        self.last: dict[type[Action], Attempt] = {}
        self.done: set[type[Action]] = set()
        self.hopeless: set[type[Action]] = set()
        self.looked_at: Snapshot | None = None
        self.seen = Seen()
        with self.remembering():
            self.dev = DevChain(*apps, balances=plan.balances, interval_ms=plan.interval_ms)

    @property
    def surroundings(self) -> Surroundings:
        """What the next step can take up."""
        if self.looked_at is not self.dev.state:
            self.looked_at = self.dev.state
            before, self.seen = self.seen, look_at(self.dev)
            if len(before.records) != len(self.seen.records):
                self.hopeless.clear()
        given = {
            name: drawn if isinstance(drawn, SearchStrategy) else drawn(self.dev)
            for name, drawn in self.plan.fields.items()
        }
        return Surroundings(
            tuple(self.tally.labels),
            tuple(self.plan.balances),
            lambda request: self.scout.try_out(self.dev, *request),
            self.seen,
            given,
            self.last,
            frozenset(self.done),
            self.hopeless,
        )

    @rule(step=_steps())
    def go_on(self, step: Step) -> None:
        """One line of the script, carried out."""
        if step.seconds:
            self.script.advance(step.seconds)
            self.dev.advance(step.seconds)
        if step.blocks:
            self.script.mine(step.blocks)
            with self.remembering(), self.heeding():
                self.dev.mine(step.blocks)
        if len(step.asked) == 1:
            self.script.execute(*step.asked[0])
            with self.remembering(), self.heeding():
                self.dev.execute(*step.asked[0])
        if len(step.asked) > 1:
            self.script.block(step.asked)
            with self.remembering(), self.heeding():
                self.dev.block(step.asked)

    def teardown(self) -> None:
        """Remember what this sequence showed."""
        if self.tally.failed is None:
            self.tally.keep(self.dev)

    @contextmanager
    def remembering(self) -> Iterator[None]:
        """Remember what is raised, with the lines that raise it again."""
        try:
            yield
        except Exception as error:
            self.tally.failed = error, self.script.text
            raise

    @contextmanager
    def heeding(self) -> Iterator[None]:
        """Heed what the last line did: a refused action is fine, a hook that refuses is not."""
        before = self.dev.height
        try:
            yield
        except ActionRefused as stop:
            self.script.refused(stop.attempt.error)
            if stop.attempt.receipt is None:
                self.count(stop.attempt)
        for block in self.dev.state.blocks(before):
            for attempt in block.attempts:
                self.count(attempt)
            for failure in block.hook_failures:
                self.refuse(failure)
            if not block.attempts:
                self.hopeless.clear()

    def count(self, attempt: Attempt) -> None:
        """Note what came of an action."""
        self.tally.count(attempt)
        self.last[type(attempt.action)] = attempt
        if attempt.error is None:
            self.done.add(type(attempt.action))

    def refuse(self, failure: HookFailure) -> None:
        """Raises HookRefused unless hooks may refuse."""
        if not self.plan.hooks_may_refuse:
            self.script.hook_refused()
            hook = getattr(self.dev.registry.apps[failure.app], failure.hook)
            raise HookRefused(where_is(hook), failure)


def machine_for(plan: Plan, tally: Tally) -> type[AnySequence]:
    """The state machine; what comes of its sequences goes into `tally`."""
    scout = Scout(Registry(plan.new_apps()))
    return type("ThisSequence", (AnySequence,), {"plan": plan, "tally": tally, "scout": scout})
