"""The pytest plugin: its fixture, the check after every test, and what it costs a session that needs none of it."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PRELUDE = """
import pytest
from apps.testing import DevChain, InvariantBroken
from tests.apps.testing.lottery import Buy, Lottery, Steal
"""


def run_pytest(folder: Path, body: str, prelude: str = PRELUDE) -> str:
    """What pytest says of a test file, with this plugin and no other."""
    (folder / "test_it.py").write_text(prelude + body)
    environment = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT)}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "apps.testing.pytest_plugin",
        "-p",
        "no:cacheprovider",
    ]
    done = subprocess.run(
        [*command, "--rootdir", str(folder), str(folder)],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def test_a_chain_is_checked_after_the_test_even_if_nobody_holds_it_any_more(tmp_path: Path) -> None:
    said = run_pytest(
        tmp_path,
        """
def test_unchecked(dev_chain):
    dev_chain(Lottery(), check_every_block=False).execute("bob", Steal(7))

def test_unchecked_without_the_fixture():
    dev = DevChain(Lottery(), check_every_block=False)
    dev.execute("bob", Steal(8))
    dev.mine()
""",
    )
    assert "2 passed, 2 errors" in said
    assert "ERROR at teardown of test_unchecked" in said
    assert "Lottery.invariants after block 1 (Steal(number=7) of bob)" in said
    assert "Lottery.invariants after block 2 (no actions)" in said


def test_what_a_test_has_seen_broken_is_not_told_twice_nor_are_chains_of_other_tests(tmp_path: Path) -> None:
    said = run_pytest(
        tmp_path,
        """
KEPT = DevChain(Lottery(), check_every_block=False)

def test_expected():
    dev = DevChain(Lottery())
    with pytest.raises(InvariantBroken):
        dev.execute("bob", Steal(7))

def test_checked_by_hand():
    KEPT.execute("bob", Steal(7))
    with pytest.raises(InvariantBroken):
        KEPT.check()

def test_sound(dev_chain):
    dev = dev_chain(Lottery(), balances={"bob": 50}, check_every_block=False)
    dev.execute("bob", Buy(7, 10))
    assert dev.balance("bob") == 40
""",
    )
    assert "3 passed" in said
    assert "error" not in said


def test_a_refusal_that_nobody_expected_shows_the_message_that_teaches(tmp_path: Path) -> None:
    said = run_pytest(
        tmp_path,
        """
def test_it(dev_chain):
    dev_chain(Lottery(), balances={"bob": 50}).execute("bob", Buy(7, 5))
""",
    )
    assert "1 failed" in said
    assert "too-cheap: tests.apps.testing.lottery:Lottery.buy refused Buy(number=7, amount=5) of bob" in said
    assert "to do:    expect it with `with dev.refuses(TooCheap): ...`" in said


def test_a_session_that_needs_no_chain_imports_nothing_of_the_ledger(tmp_path: Path) -> None:
    said = run_pytest(
        tmp_path,
        """
import sys

def test_it():
    heavy = {"numpy", "cryptography", "msgpack", "hypothesis", "chain", "pydantic"}
    assert heavy & {name.partition(".")[0] for name in sys.modules} == set()
    assert {name for name in sys.modules if name.startswith("apps")} == {
        "apps", "apps.testing", "apps.testing.pytest_plugin", "apps.testing.watch"
    }
""",
        prelude="",
    )
    assert "1 passed" in said


def test_making_a_chain_needs_neither_numpy_nor_hypothesis() -> None:
    heavy = "{'numpy', 'hypothesis', 'pydantic', 'pytest'}"
    script = f"import sys, apps.testing.devchain; print({heavy} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"


def test_what_the_package_does_not_offer_is_named() -> None:
    script = "import apps.testing; apps.testing.DevChains"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert "AttributeError: module 'apps.testing' has no attribute 'DevChains'" in done.stderr
