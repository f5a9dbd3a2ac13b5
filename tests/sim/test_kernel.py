"""The kernel's parts: random numbers, event order, and the same results compiled or not."""

import math
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest

from sim.kernel import draws, heap
from sim.kernel.state import HEAP_SIZE, KIND_BITS, PEER_BITS, SLOT_BITS, allocate
from sim.streams import Streams

ROOT = Path(__file__).parents[2]


def plain(function: Callable[..., Any]) -> Callable[..., Any]:
    """The Python function behind a kernel function, compiled or not."""
    found: Callable[..., Any] = getattr(function, "py_func", function)
    return found


def sfc32(a: int, b: int, c: int, counter: int) -> tuple[int, tuple[int, int, int, int]]:
    """The generator as its author writes it, on unbounded integers."""
    mask = 0xFFFFFFFF
    word = (a + b + counter) & mask
    return word, (b ^ (b >> 9), (c * 9) & mask, ((c << 21 | c >> 11) + word) & mask, (counter + 1) & mask)


@given(st.tuples(*[st.integers(0, 2**32 - 1)] * 4))
def test_words_are_those_of_sfc32(key: tuple[int, int, int, int]) -> None:
    rows = np.array([key, key], dtype=np.int64)
    for _ in range(20):
        word, key = sfc32(*key)
        assert plain(draws.next_word)(rows, 1) == word
    assert tuple(rows[1]) == key


def test_rows_are_independent_uniform_and_exponential() -> None:
    rows = Streams(1).words("test", entities=2_000)
    draws.warm_up(rows)
    assert kstest([plain(draws.uniform)(rows, k) for k in range(2_000)], "uniform").pvalue > 0.001
    assert kstest([plain(draws.exponential)(rows, k) for k in range(2_000)], "expon").pvalue > 0.001
    sequence = [plain(draws.exponential)(rows, 0) for _ in range(2_000)]
    assert kstest(sequence, "expon").pvalue > 0.001
    assert abs(np.corrcoef(sequence[1:], sequence[:-1])[0, 1]) < 4 / math.sqrt(2_000)


def test_the_smallest_words_still_give_finite_draws() -> None:
    zeros = np.zeros((1, 4), dtype=np.int64)
    assert plain(draws.uniform)(zeros, 0) == 2.0**-33
    zeros[:] = 0
    assert plain(draws.exponential)(zeros, 0) < 40


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), st.integers(0, 6)), max_size=300))
def test_events_come_by_time_and_then_by_insertion(steps: list[int | None]) -> None:
    state = allocate(2, 20)
    waiting: list[tuple[int, int]] = []
    for number, time_us in enumerate(steps):
        if time_us is not None:
            plain(heap.push)(state, time_us, 1, 3, number, number + 5)
            waiting.append((time_us, number))
        elif waiting:
            earliest = min(waiting)
            waiting.remove(earliest)
            sender = (int(state.heap[0, 2]) >> (KIND_BITS + SLOT_BITS)) & ((1 << PEER_BITS) - 1)
            assert (state.heap[0, 0], sender) == earliest
            plain(heap.drop_first)(state)
        assert state.scalar[HEAP_SIZE] == len(waiting)


def fingerprint_of(arguments: tuple[str, ...] = (), **environment: str) -> str:
    """What the fingerprint script prints in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.sim.fingerprint", *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.fixture(scope="module")
def compiled_fingerprint() -> str:
    return fingerprint_of(NUMBA_DISABLE_JIT="0", PYTHONHASHSEED="1")


def test_results_do_not_depend_on_the_hash_seed(compiled_fingerprint: str) -> None:
    assert fingerprint_of(NUMBA_DISABLE_JIT="0", PYTHONHASHSEED="4242") == compiled_fingerprint


def test_results_are_bit_identical_with_jit_off(compiled_fingerprint: str) -> None:
    assert fingerprint_of(NUMBA_DISABLE_JIT="1") == compiled_fingerprint


def test_results_are_bit_identical_without_numba(compiled_fingerprint: str) -> None:
    assert fingerprint_of(("without-numba",)) == compiled_fingerprint


def test_importing_the_network_does_not_load_numba() -> None:
    code = "import sys, sim.network, sim.bench.gossip; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_without_a_writable_cache_folder_the_kernel_is_compiled_each_time(tmp_path, monkeypatch):
    from sim.kernel import jit

    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    monkeypatch.setattr(jit, "_HERE", blocked)
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    assert jit._cache_folder("") is None
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = jit._cache_folder("")
    assert folder is not None
    assert folder.parent == tmp_path / "cache" / "hertzchain"
