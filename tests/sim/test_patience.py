import io

import pytest
from rich.console import Console

from sim.patience import LateProgress


def test_what_is_quick_shows_no_progress(capsys: pytest.CaptureFixture[str]):
    with LateProgress("explain", Console(file=io.StringIO()), patience_s=60) as progress:
        progress.update(1, 2)
        progress.update(2, 2)
    assert capsys.readouterr().err == ""


def test_what_takes_long_shows_progress(capsys: pytest.CaptureFixture[str]):
    with LateProgress("explain", Console(file=io.StringIO()), patience_s=-1) as progress:
        progress.update(1, 2)
        progress.update(2, 2)
    assert capsys.readouterr().err == "explain: 2 of 2\n"


def test_a_bar_on_a_terminal_begins_late_and_is_ended():
    screen = Console(file=io.StringIO(), force_terminal=True, width=80)
    with LateProgress("explain", screen, patience_s=-1) as progress:
        progress.update(2, 2)
    assert "2 of 2" in screen.file.getvalue()  # type: ignore[attr-defined]
