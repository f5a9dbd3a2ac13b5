"""Explaining transactions of an application that is installed beside Hertzchain."""

import sys
from pathlib import Path
from types import ModuleType

import pytest

from consensus.executor import ExecutionDiverged
from sim.explain import explain
from sim.explain_view import lines
from sim.run_folder import RunStatus
from tests.sim.explained_run import Explained, RunInTheMaking

TICKER = """
from dataclasses import dataclass, field

from chain.app import App, execute
from chain.context import Context
from chain.records import Action, Event
from chain.table import Table

calls = 0


@dataclass(frozen=True, slots=True)
class Double(Action):
    pass


@dataclass(frozen=True, slots=True)
class Doubled(Event):
    late: bool


@dataclass(frozen=True, slots=True)
class Count:
    number: int
    cached: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        object.__setattr__(self, "cached", self.number)


class Ticker(App):
    name = "ticker"
    emits = (Doubled,)
    counts = Table(str, Count)

    def begin_block(self, ctx: Context) -> None:
        self.counts.set(ctx, "ticks", Count(ctx.height + 6))
        self.counts.set(ctx, "same", Count(1))

    @execute
    def double(self, ctx: Context, action: Double) -> None:
        global calls
        calls += 1
        self.counts.set(ctx, "ticks", Count(2 * self.counts.get(ctx, "ticks").number))
        self.counts.set(ctx, "same", Count(1))
        self.counts.delete(ctx, "none")
        ctx.emit(Doubled(calls > MOST_CALLS))


MOST_CALLS = 100
"""


@pytest.fixture
def ticker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A distribution with one application, installed."""
    site = tmp_path / "site"
    (site / "ticker-1.dist-info").mkdir(parents=True)
    (site / "ticker-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: ticker\nVersion: 1\n")
    (site / "ticker-1.dist-info" / "entry_points.txt").write_text(
        "[hertzchain.apps]\nticker = explained_ticker:Ticker\n"
    )
    (site / "explained_ticker.py").write_text(TICKER)
    monkeypatch.syspath_prepend(site)
    monkeypatch.delitem(sys.modules, "explained_ticker", raising=False)
    import explained_ticker  # type: ignore[import-not-found]

    module: ModuleType = explained_ticker
    return module


def ticked(folder: Path, ticker: ModuleType) -> Explained:
    chain = RunInTheMaking(folder, ticker.Ticker())
    chain.sign("double", "anna", 0, ticker.Double())
    chain.add("1", chain.born.block, ["double"], 60)
    chain.run.close(RunStatus.FAILED, "the reason")
    return chain.made


def test_what_a_transaction_changed_begins_after_the_hooks_and_leaves_out_what_it_wrote_again(
    tmp_path: Path, ticker: ModuleType
):
    run = ticked(tmp_path / "run", ticker)
    shown = "\n".join(lines(explain(run.folder, run.id("double"))))
    assert "action ticker.Double\n  (no fields)\n" in shown
    assert "  ticker.Doubled\n    late  false\n" in shown
    assert shown.split("    nonce    0 -> 1 (+1)\n")[1].split("\n\n")[0] == (
        "  ticker.counts 'ticks': changed\n    number  7 -> 14 (+7)"
    )


def test_an_application_that_gives_another_receipt_the_second_time_is_caught(
    tmp_path: Path, ticker: ModuleType, monkeypatch: pytest.MonkeyPatch
):
    run = ticked(tmp_path / "run", ticker)
    # Once to build the block, once to check it, and then alone.
    monkeypatch.setattr(ticker, "MOST_CALLS", 2)
    with pytest.raises(ExecutionDiverged):
        explain(run.folder, run.id("double"))
