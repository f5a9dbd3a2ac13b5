"""The third net: executes a trace in several processes with different hash seeds and compares every step.

What differs between processes (the order of a set of texts, `hash()`, addresses, clocks) shows in the state; what a
process remembers shows against the chain that was recorded.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory

from apps.determinism.divergence import Comparison, Divergence
from apps.determinism.recording import difference_from_recording
from apps.determinism.replay import Step, load_apps
from apps.determinism.trace import Trace
from chain.codec import decode, encode
from chain.registry import Registry

_MOST_STEP_BYTES = 2**28
_SHOWN_CHARACTERS = 2_000


class ReplayFailed(Exception):
    """A process that did not get to the end. Args: hash seed, exit status, the end of what it said."""

    def __str__(self) -> str:
        seed, status, said = self.args
        return f"the replay with PYTHONHASHSEED={seed} ended with status {status}: {said}"


HASH_SEEDS = (0, 1, 2)


def replay_twice(trace: Trace, hash_seeds: Sequence[int] = HASH_SEEDS) -> Divergence | None:
    """The first difference between executions of `trace`, one for each hash seed; None where they all agree.

    They are compared with the first of them, and that with the recording. Modules are looked for where this process
    looks for them (`sys.path`), so the application need not be installed.

    Raises:
        ReplayFailed: a process could not import or make the applications.
    """
    return replay_all([trace], hash_seeds)


def replay_all(traces: Sequence[Trace], hash_seeds: Sequence[int] = HASH_SEEDS) -> Divergence | None:
    """As `replay_twice`, of several traces: each process executes all of them, so there are no more processes."""
    with TemporaryDirectory(prefix="hertzchain-replay-") as folder:
        recorded = [Path(folder, f"trace-{number}") for number in range(len(traces))]
        for file, trace in zip(recorded, traces, strict=True):
            file.write_bytes(encode(trace))
        steps = [[file.with_suffix(f".{seed}") for file in recorded] for seed in hash_seeds]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(lambda seed, files: _run(recorded, files, seed), hash_seeds, steps))
        differences = map(lambda trace, *files: _difference(trace, files, hash_seeds), traces, *steps)
        return next((found for found in differences if found is not None), None)


def _difference(trace: Trace, files: Sequence[Path], hash_seeds: Sequence[int]) -> Divergence | None:
    """Between the executions of one trace, whose steps are in a file for each hash seed."""
    compare = Comparison(trace, Registry(load_apps(trace)))
    for seed, file in list(zip(hash_seeds, files, strict=True))[1:]:
        names = (f"PYTHONHASHSEED={hash_seeds[0]}", f"PYTHONHASHSEED={seed}")
        found = _first_difference(compare, files[0], file, names)
        if found is not None:
            return found
    return difference_from_recording(compare, trace, _steps(files[0]))


def _run(recorded: Sequence[Path], steps: Sequence[Path], seed: int) -> None:
    here = [str(Path(folder).resolve()) for folder in sys.path]
    environment = {**os.environ, "PYTHONHASHSEED": str(seed), "PYTHONPATH": os.pathsep.join(here)}
    command = [
        sys.executable,
        "-P",
        "-m",
        "apps.determinism.replay_process",
        *(str(file) for pair in zip(recorded, steps, strict=True) for file in pair),
    ]
    done = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        raise ReplayFailed(seed, done.returncode, said[-_SHOWN_CHARACTERS:])


def _first_difference(
    compare: Comparison, first: Path, second: Path, names: tuple[str, str]
) -> Divergence | None:
    with first.open() as one, second.open() as other:
        # A run ends early only with a step that says why, so two that differ in length differ in a step before.
        for line, counterpart in zip_longest(one, other, fillvalue=""):
            if line != counterpart:
                return compare.between(_step(line), _step(counterpart), names)
    return None


def _steps(file: Path) -> Iterator[Step]:
    with file.open() as lines:
        yield from map(_step, lines)


def _step(line: str) -> Step:
    return decode(Step, bytes.fromhex(line), _MOST_STEP_BYTES)
