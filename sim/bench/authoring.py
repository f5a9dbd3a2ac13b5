"""How long an application's author waits for an action in memory, for tests and for `app check`."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import sim
from apps.admm.actions import AdmitOperators, OpenAcquisition, StartRounds, SubmitBandwidth, Terms
from apps.admm.app import Admm
from apps.admm.scientific import Scientific
from apps.lease.actions import ListSpectrum, OpenLease, OrderService, PostOffer
from apps.lease.app import Lease
from apps.lease.rent import MHZ
from apps.scaffold import write_app
from apps.testing import DevChain, Snapshot, account_of
from chain.params import SHARECOIN
from chain.records import Action, Receipt
from chain.transaction import sign
from chain.trie import Trie
from sim.bench.authoring_sample import Save, Savings
from sim.bench.timing import (
    Row,
    Target,
    in_own_process,
    joined,
    measured_row,
    profiled_shares,
    time_row,
    timed_once,
)

EXECUTE_TARGET_MS = Target(2.0)
TESTS = 300
TESTS_TARGET_S = Target(10.0)
LINES_TARGET = Target(40)
SCAFFOLD_TARGET_S = Target(60.0)

_CHECKED = "lease"
_SCAFFOLD = "benchmarked_pool"
_FUNDS = 1_000 * SHARECOIN
_WORDS = re.compile(r"[a-z]")
_PYTEST = ("-m", "pytest", "-q", "-p", "no:cacheprovider")
_TEST_MODULE = """
import pytest
from apps.testing import DevChain
from sim.bench.authoring_sample import NothingSaved, Save, Savings

@pytest.mark.parametrize("amount", range(1, {tests} + 1))
def test_savings(amount):
    dev = DevChain(Savings(), balances={{"alice": 1_000}})
    dev.execute("alice", Save(amount))
    with dev.refuses(NothingSaved):
        dev.execute("alice", Save(0))
    dev.mine(3)
    assert dev.query(Savings.savings, dev.account("alice")) == amount
"""


@dataclass(frozen=True, slots=True)
class AuthoringSizes:
    """How much is measured. The number of tests is the one for which there is a target."""

    executions: int = 200
    """Actions on each application's chain, all from one state."""
    tests: int = TESTS


def run_authoring(sizes: AuthoringSizes | None = None) -> list[Row]:
    """Measure everything; rows as `authoring_rows` gives them."""
    return list(authoring_rows(sizes or AuthoringSizes()))


def authoring_rows(sizes: AuthoringSizes) -> Iterator[Row]:
    """Rows as they are measured, with the columns of `measured_row`.

    Actions are timed in a process of their own by processor time; tests and checks are programs of their own, by the
    clock, starting included. A program that fails has no value, and `limited_by` is its last line.
    """
    yield from in_own_process(execute_rows, sizes.executions)
    yield session_row(sizes.tests)
    yield from line_rows()
    yield from check_rows()


def execute_rows(executions: int) -> list[Row]:
    """One action by `DevChain.execute`, checked as in every test, for a sample and the bundled applications."""
    return [
        _execute_row(case, executions, *made())
        for case, made in (("a sample", _savings), ("lease", _lease), ("admm", _admm))
    ]


def session_row(tests: int) -> Row:
    """A session of pytest with that many tests, five blocks each."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "test_savings.py").write_text(_TEST_MODULE.format(tests=tests))
        seconds, said = _timed_programs(Path(folder), [_PYTEST])
    target = TESTS_TARGET_S if tests == TESTS else None
    return measured_row("tests on a DevChain", tests, seconds, "s", target, wall=seconds, limited_by=said)


def line_rows() -> list[Row]:
    """Lines of the smallest example, blank ones included; no row where the examples are not at hand."""
    example = Path(sim.__file__).parents[1] / "examples" / "greeter" / "greeter" / "app.py"
    if not example.is_file():
        return []
    lines = len(example.read_text("utf-8").splitlines())
    return [measured_row("lines of a minimal application", 1, lines, "lines", LINES_TARGET)]


def check_rows() -> list[Row]:
    """`app check` of a bundled application, and `app check` and tests of one that `app new` has just written."""
    with TemporaryDirectory() as folder:
        bundled_s, bundled_said = _timed_programs(Path(folder), [_check(_CHECKED)])
        write_app(_SCAFFOLD, Path(folder), {})
        new_s, new_said = _timed_programs(Path(folder), [_check(_SCAFFOLD), (*_PYTEST, _SCAFFOLD)])
    return [
        measured_row(f"app check {_CHECKED}", 1, bundled_s, "s", wall=bundled_s, limited_by=bundled_said),
        measured_row(
            "app check and tests of a new application",
            1,
            new_s,
            "s",
            SCAFFOLD_TARGET_S,
            wall=new_s,
            limited_by=new_said,
        ),
    ]


Maker = Callable[[int], tuple[str, Action]]
"""Sender and action of a number, each of its own."""


def _execute_row(case: str, executions: int, dev: DevChain, make: Maker) -> Row:
    start = dev.state
    work = [partial(_execute, dev, start, *make(number)) for number in range(executions + 1)]
    work[0]()
    timing = joined([timed_once(one) for one in work[1:]])
    parts: Mapping[str, Callable[..., object]] = {
        "signing": sign,
        "state and its root": Trie.updated,
        "invariants": DevChain.check,
    }
    spent = profiled_shares(lambda: [one() for one in work], parts)
    return time_row(f"DevChain.execute, {case}", executions, timing, "ms", EXECUTE_TARGET_MS, spent)


def _execute(dev: DevChain, start: Snapshot, sender: str, action: Action) -> Receipt:
    dev.state = start
    return dev.execute(sender, action)


def _savings() -> tuple[DevChain, Maker]:
    dev = DevChain(Savings(), balances={"alice": _FUNDS})
    dev.execute("alice", Save(1))
    return dev, lambda number: ("alice", Save(number + 1))


def _lease() -> tuple[DevChain, Maker]:
    """A market with a lease and an offer; what is timed is an order."""
    dev = DevChain(Lease(), balances=dict.fromkeys(("owner", "operator", "user"), _FUNDS))
    dev.execute("owner", ListSpectrum("band", 10 * MHZ, 5))
    dev.execute("operator", PostOffer("plan", 7, 700_000))
    dev.execute("operator", OpenLease("band", 1, 3 * MHZ, 100, 100))
    order = OrderService("plan", 1, MHZ, 4, 7, 700_000)
    return dev, lambda number: ("user", replace(order, bandwidth=MHZ + number))


def _admm() -> tuple[DevChain, Maker]:
    """An open round of three operators; what is timed is an answer."""
    names = ("ann", "bob", "cay")
    dev = DevChain(Admm(), balances=dict.fromkeys(("owner", *names), _FUNDS))
    terms = Terms(100 * MHZ, Scientific(1, -17), 1_000_000, 1_000, 4, 200, 0)
    dev.execute("owner", OpenAcquisition("band", terms))
    dev.execute("owner", AdmitOperators("band", tuple(map(account_of, names))))
    dev.execute("owner", StartRounds("band"))
    return dev, lambda number: ("ann", SubmitBandwidth("band", 1, 10 * MHZ + number))


def _check(what: str) -> tuple[str, ...]:
    return "-c", "from sim.cli import main; main()", "app", "check", what


def _timed_programs(folder: Path, programs: list[tuple[str, ...]]) -> tuple[float | None, str]:
    """Seconds that Python takes for them all, one after the other; None and its last line where one fails."""
    begun = time.perf_counter()
    for arguments in programs:
        ended = subprocess.run(
            [sys.executable, *arguments],
            cwd=folder,
            check=False,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path(sim.__file__).parents[1])},
        )
        if ended.returncode != 0:
            said = [
                line.strip(" │") for line in (ended.stdout + ended.stderr).splitlines() if _WORDS.search(line)
            ]
            return None, said[-1] if said else f"exit status {ended.returncode}"
    return time.perf_counter() - begun, ""
