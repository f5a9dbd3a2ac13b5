"""The checks that run an application: generated sequences of actions, and the same blocks again in other processes."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from apps.appcheck.result import Result, Verdict, counted, judged
from apps.determinism import NotReplayable, ReplayFailed, replay_all, trace_of
from apps.testing import DevChain
from apps.testing.any_sequence import BALANCES, run_sequences
from chain.app import App
from chain.refusals import AppCrashed

if TYPE_CHECKING:
    from apps.testing.any_sequence import SequenceReport

SEQUENCES, DETERMINISM = "sequences", "determinism"
_HYPOTHESIS = "hypothesis"
_MOST_CHAINS = 5
"""Recorded chains that are executed again, beside the one made of all."""


def behaviour(app: App, beside: Sequence[App], sequences: int) -> Iterator[Result]:
    """Whether any sequence of actions keeps every invariant, and every process comes to the same state."""
    kinds = [type(one) for one in (app, *beside)]
    try:
        report = run_sequences(kinds[0], sequences=sequences, others=tuple(kinds[1:]))
    except Exception as error:
        # Hypothesis is missing, or says that what failed once did not fail again.
        if not isinstance(error, ModuleNotFoundError) and not type(error).__module__.startswith(_HYPOTHESIS):
            raise
        yield Result(SEQUENCES, Verdict.FAIL, "1 fault", (str(error),))
        yield Result(DETERMINISM, Verdict.SKIPPED, f"needs {SEQUENCES} to execute again")
        return
    yield _judged(report)
    if report.failure is None:
        yield _executed_again(kinds, report.chains)
    else:
        yield Result(DETERMINISM, Verdict.SKIPPED, f"needs {SEQUENCES} that do not fail")


def _judged(report: "SequenceReport") -> Result:
    if report.failure is not None:
        lines = f"To see it again, paste into a test:\n{report.failure.lines}"
        return Result(SEQUENCES, Verdict.FAIL, "1 fault", (str(report.failure.error), lines))
    done, refused = (
        sum(report.carried_out.values()),
        sum(sum(rules.values()) for rules in report.refused.values()),
    )
    passed = (
        f"{counted(report.sequences, 'sequence')}, {counted(done, 'action')} carried out, {refused} refused"
    )
    return judged(SEQUENCES, (), passed, _unreached(report))


def _unreached(report: "SequenceReport") -> Iterator[str]:
    for action in report.never_carried_out:
        rules = _by_number(report.refused.get(action, {}))
        yield f"note: {action} was never carried out ({rules or 'never tried'}): test it by stateful(..., fields=...)"


def _by_number(rules: Mapping[str, int]) -> str:
    return ", ".join(f"{rule} {times}" for rule, times in sorted(rules.items(), key=lambda rule: -rule[1]))


def _executed_again(kinds: Sequence[type[App]], chains: Sequence[DevChain]) -> Result:
    first: object
    try:
        longest = sorted(chains, key=_transactions, reverse=True)[:_MOST_CHAINS]
        recorded = [_joined(kinds, chains), *longest]
        first = replay_all([trace_of(dev) for dev in recorded])
    # What went well in each sequence may still break an invariant, or crash, when all come one after another.
    except (NotReplayable, ReplayFailed, AppCrashed, AssertionError) as error:
        first = error
    if first is not None:
        return Result(DETERMINISM, Verdict.FAIL, "1 fault", (str(first),))
    transactions = counted(sum(map(_transactions, recorded)), "transaction")
    passed = f"{counted(len(recorded), 'chain')} of {transactions} executed again with 3 hash seeds"
    return Result(DETERMINISM, Verdict.OK, passed)


def _transactions(dev: DevChain) -> int:
    return sum(len(block.transactions) for block in dev.state.blocks())


def _joined(kinds: Sequence[type[App]], chains: Sequence[DevChain]) -> DevChain:
    """One chain with everything that happened on all: its state has more in it than a short sequence leaves."""
    joined = DevChain(*(kind() for kind in kinds), balances=BALANCES)
    for block in (block for dev in chains for block in dev.state.blocks(0)):
        assert block.parent is not None
        delay_ms = block.time_ms - block.parent.time_ms - joined.interval_ms
        joined.advance(delay_ms / 1000)
        joined.block((attempt.sender, attempt.action) for attempt in block.attempts)
    return joined
