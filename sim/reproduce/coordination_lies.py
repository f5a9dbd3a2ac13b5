"""`hertzchain reproduce coordination --lies`: how many lying participants grading, map and decision survive."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from apps.coordination.study_lies import (
    RULES,
    Lie,
    LiesCase,
    LiesSummary,
    LiesTrial,
    MapOf,
    lies_trial,
    summarise,
)
from sim.folders import prepare_folder
from sim.progress import StepProgress
from sim.reproduce.coordination_lies_figure import lies_figure, lies_table, survival_table
from sim.reproduce.coordination_parallel import in_parallel_on_one_thread
from sim.reproduce.tables import write_csv

SIZE_DB, SHARE = 10.0, 0.2
COLUMNS = (
    *("lie", "share", "size_db", "seeds", "detection", "detection_se", "false_alarms", "false_alarms_se"),
    *(f"rmse_{name}_db{end}" for name in MapOf for end in ("", "_se")),
    *(f"too_much_{name}_{rule}{end}" for name in MapOf for rule in RULES for end in ("", "_se")),
)


@dataclass(frozen=True, slots=True)
class LiesExtent:
    """What is tried; the defaults are the experiment."""

    shares: tuple[float, ...] = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
    """Shares of the participants that lie by SIZE_DB, in every way."""
    sizes_db: tuple[float, ...] = (1.0, 2.0, 3.0, 5.0)
    """Further sizes of a lie that the share SHARE of them tells, in every way."""


def reproduce_lies(
    folder: Path,
    seeds: int,
    processes: int | None,
    screen: Console,
    *,
    force: bool = False,
    extent: LiesExtent | None = None,
) -> Path:
    """Run every case on `seeds` campuses; figure and tables are written into `folder`.

    Raises FolderInUse where `folder` holds something else.
    """
    prepare_folder(folder, force=force)
    cases = cases_of(extent or LiesExtent())
    with StepProgress("reproduce coordination --lies", Console(stderr=True)) as progress:
        found = summaries(cases, seeds, processes, progress.update)
    written = [
        lies_figure(found, folder / "lies.png"),
        write_csv(folder / "lies.csv", COLUMNS, summary_rows(found)),
    ]
    screen.print(lies_table(found))
    screen.print(survival_table(found))
    for path in written:
        screen.print(f"wrote {path}", highlight=False)
    return folder


def cases_of(extent: LiesExtent) -> list[LiesCase]:
    """Nobody lies; then every way to lie, by the share of liars, and by the size of the lie."""
    by_share = [LiesCase(lie, share, SIZE_DB) for lie in Lie for share in extent.shares]
    by_size = [LiesCase(lie, SHARE, size) for lie in Lie for size in extent.sizes_db]
    return [LiesCase(share=0.0), *by_share, *(case for case in by_size if case not in by_share)]


def summaries(
    cases: Sequence[LiesCase], seeds: int, processes: int | None, on_done: Callable[[int, int], None]
) -> list[LiesSummary]:
    """Each of the cases on the same `seeds` campuses."""
    tasks = [(case, seed) for case in cases for seed in range(seeds)]
    trials = in_parallel_on_one_thread(_trial, tasks, processes, on_done)
    return [
        summarise(case, trials[number * seeds : (number + 1) * seeds]) for number, case in enumerate(cases)
    ]


def summary_rows(found: Sequence[LiesSummary]) -> Iterator[tuple[object, ...]]:
    """One row for each case, under COLUMNS."""
    for one in found:
        nothing = (None, None)
        rmse = [value for name in MapOf for value in one.rmse_db.get(name, nothing)]
        wrong = [value for name in MapOf for rule in RULES for value in one.wrong.get((name, rule), nothing)]
        shares = (*(one.detection or nothing), *(one.false_alarms or nothing))
        yield (one.case.lie.value, one.case.share, one.case.size_db, one.seeds, *shares, *rmse, *wrong)


def _trial(task: tuple[LiesCase, int]) -> LiesTrial:
    return lies_trial(*task)
