"""A hypothesis state machine that asks a `DevChain` for any actions of its applications, in any order."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule
from hypothesis.strategies import DrawFn, SearchStrategy

from apps.testing import watch
from apps.testing.devchain import DevChain
from apps.testing.plan import Plan, Tally
from apps.testing.refusal import ActionRefused, Attempt
from apps.testing.script import Script
from apps.testing.seen import look_at
from apps.testing.snapshot import HookFailure, Snapshot
from apps.testing.strategies import Request, Surroundings, requests
from chain.app import where_is
from chain.errors import in_full
from chain.records import Action

_BLOCKS = (1, 2, 3, 5, 10)
_MOST_BLOCKS = 60
_SECONDS = (1, 60, 3_600, 86_400)
_MOST_SECONDS = 40 * 86_400
_MOST_IN_BLOCK = 3


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


def machine_for(plan: Plan, tally: Tally) -> type[RuleBasedStateMachine]:
    """The state machine; what comes of its sequences goes into `tally`."""
    scout = DevChain(
        *plan.new_apps(), balances=plan.balances, interval_ms=plan.interval_ms, check_every_block=False
    )
    methods: dict[str, object] = {"plan": plan, "tally": tally, "scout": scout}
    for kind, label in tally.labels.items():
        asking = _asking(f"do_{label.replace('.', '_')}")
        methods[asking.__name__] = rule(request=_next_request(kind))(asking)
    return type("ThisSequence", (AnySequence,), methods)


@st.composite
def _next_request(draw: DrawFn, kind: type[Action]) -> Request | None:
    """An action of this type, with what the chain shows by now."""
    machine: AnySequence = draw(st.runner())
    kinds = [kind, *machine.tally.labels]
    return draw(requests(kinds, machine.surroundings, machine.last))


@st.composite
def _next_requests(draw: DrawFn) -> list[Request]:
    """Actions of any type for one block."""
    machine: AnySequence = draw(st.runner())
    kinds = st.sampled_from(list(machine.tally.labels))
    asked = [
        draw(_next_request(draw(kinds))) for _ in range(draw(st.sampled_from(range(2, _MOST_IN_BLOCK + 1))))
    ]
    return [request for request in asked if request is not None]


@st.composite
def _blocks(draw: DrawFn) -> int:
    """A number of empty blocks, often up to a height that the state mentions."""
    machine: AnySequence = draw(st.runner())
    ahead = machine.surroundings.seen.blocks_ahead(_MOST_BLOCKS)
    return draw(st.sampled_from(draw(st.sampled_from([_BLOCKS, ahead or _BLOCKS]))))


@st.composite
def _seconds(draw: DrawFn) -> int:
    """A delay of the next block, often up to a time that the state mentions."""
    machine: AnySequence = draw(st.runner())
    ahead = machine.surroundings.seen.seconds_ahead(_MOST_SECONDS)
    return draw(st.sampled_from(draw(st.sampled_from([_SECONDS, ahead or _SECONDS]))))


class AnySequence(RuleBasedStateMachine):
    """One sequence. The rules for single actions are added by `machine_for`."""

    plan: ClassVar[Plan]
    tally: ClassVar[Tally]
    scout: ClassVar[DevChain]
    """Where actions are tried out; the same chain with applications of its own."""

    def __init__(self) -> None:
        super().__init__()
        plan, apps = self.plan, self.plan.new_apps()
        options: dict[str, object] = {"balances": plan.balances}
        if plan.interval_ms != 60_000:
            options["interval_ms"] = plan.interval_ms
        self.script = Script(apps, options)
        self.tally.sequences += 1
        self.last: dict[type[Action], Attempt] = {}
        self._looked_at: Snapshot | None = None
        with self.remembering():
            self.dev = DevChain(*apps, balances=plan.balances, interval_ms=plan.interval_ms)

    @property
    def surroundings(self) -> Surroundings:
        """What the next action can take up."""
        if self._looked_at is not self.dev.state:
            self._looked_at = self.dev.state
            self._seen = look_at(self.dev)
        given = {
            name: drawn if isinstance(drawn, SearchStrategy) else drawn(self.dev)
            for name, drawn in self.plan.fields.items()
        }
        return Surroundings(tuple(self.plan.balances), self._seen, given, self.try_out)

    def try_out(self, request: Request) -> Attempt | None:
        """How an action is refused now; None where it is not."""
        self.scout.state = self.dev.state
        try:
            self.scout.execute(*request)
        except ActionRefused as stop:
            return stop.attempt
        except Exception:
            return None
        finally:
            watch.checked(self.scout)
        return None

    def ask(self, request: Request | None) -> None:
        """One action in a block of its own."""
        if request is not None:
            self.script.execute(*request)
            with self.going_on():
                self.dev.execute(*request)

    @rule(asked=_next_requests())
    def ask_all(self, asked: list[Request]) -> None:
        """Several actions in one block."""
        self.script.block(asked)
        with self.going_on():
            self.dev.block(asked)

    @rule(blocks=_blocks())
    def mine(self, blocks: int) -> None:
        """Some empty blocks."""
        self.script.mine(blocks)
        with self.going_on():
            self.dev.mine(blocks)

    @rule(seconds=_seconds())
    def advance(self, seconds: int) -> None:
        """Let time pass."""
        self.script.advance(seconds)
        self.dev.advance(seconds)

    def teardown(self) -> None:
        """Remember what this sequence showed."""
        if self.tally.failed is None:
            self.tally.keep(self.dev)

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Carry out the last line of the script: a refusal is fine, anything else is remembered and raised."""
        before = self.dev.height
        with self.remembering():
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
                    self.refuse_hook(failure)

    @contextmanager
    def remembering(self) -> Iterator[None]:
        """Remember what is raised, with the lines that raise it again."""
        try:
            yield
        except Exception as error:
            self.tally.failed = error, self.script.text
            raise

    def count(self, attempt: Attempt) -> None:
        """Note what came of an action."""
        self.last[type(attempt.action)] = attempt
        self.tally.count(attempt)

    def refuse_hook(self, failure: HookFailure) -> None:
        """Raises HookRefused unless it may."""
        if not self.plan.hooks_may_refuse:
            self.script.hook_refused()
            hook = getattr(self.dev.registry.apps[failure.app], failure.hook)
            raise HookRefused(where_is(hook), failure)


def _asking(name: str) -> Callable[[AnySequence, Request | None], None]:
    """The rule of one action; hypothesis tells rules apart by name."""

    def ask(self: AnySequence, request: Request | None) -> None:
        self.ask(request)

    ask.__name__ = name
    return ask
