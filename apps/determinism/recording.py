"""Compares a trace with one execution of it: what was recorded by a process that may remember more than the state."""

from collections.abc import Iterable, Iterator
from itertools import islice

from apps.determinism.divergence import Comparison, Divergence
from apps.determinism.replay import AFTER, BEFORE, Step
from apps.determinism.trace import Trace
from chain.genesis import found_chain
from chain.records import Receipt


def difference_from_recording(compare: Comparison, trace: Trace, steps: Iterable[Step]) -> Divergence | None:
    """The first answer that is not the recorded one; else the first key of the last state that differs.

    The transaction is then the last one that wrote this key.
    """
    state = dict(found_chain(trace.genesis, compare.registry).state.scan())
    last_writer: dict[bytes, Step] = {}
    step = Step(0, AFTER)
    waiting: Iterator[Receipt] = iter(())
    for step in steps:
        if step.crash:
            return _found(compare, step, "crash", "went on", step.crash)
        if step.doing == BEFORE:
            waiting = iter(trace.blocks[step.height - 1].receipts)
        recorded = tuple(waiting if step.doing == AFTER else islice(waiting, len(step.receipts)))
        if recorded != step.receipts:
            texts = compare.receipts(recorded), compare.receipts(step.receipts)
            return _found(compare, step, "receipt", *texts)
        for path, data in step.writes:
            last_writer[path] = step
            if data is None:
                state.pop(path, None)
            else:
                state[path] = data
    return _last_state(compare, dict(trace.state), state, last_writer, step)


def _last_state(
    compare: Comparison,
    recorded: dict[bytes, bytes],
    replayed: dict[bytes, bytes],
    last_writer: dict[bytes, Step],
    last: Step,
) -> Divergence | None:
    for path in sorted(recorded.keys() | replayed.keys()):
        if recorded.get(path) != replayed.get(path):
            texts = [
                compare.value(path, kept[path]) if path in kept else "nothing"
                for kept in (recorded, replayed)
            ]
            return _found(compare, last_writer.get(path, last), compare.key(path), *texts)
    return None


def _found(compare: Comparison, step: Step, key: str, recorded: str, replayed: str) -> Divergence:
    return compare.at(step.height, step.doing, key, (("recorded", recorded), ("replayed", replayed)))
