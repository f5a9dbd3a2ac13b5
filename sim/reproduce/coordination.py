"""`hertzchain reproduce coordination`: the frequency coordination paper's figures, table and claims."""

from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console

from apps.coordination.campus import SCENARIOS
from sim.folders import prepare_folder
from sim.progress import StepProgress
from sim.reproduce.claims import claims_table, write_claims
from sim.reproduce.coordination_claims import map_claims
from sim.reproduce.coordination_claims_system import real_claim, system_claims
from sim.reproduce.coordination_claims_table import PAPER
from sim.reproduce.coordination_example import example
from sim.reproduce.coordination_figures import (
    figure_11,
    figure_12,
    figure_13,
    figure_14,
    figure_table_2,
)
from sim.reproduce.coordination_figures_more import figure_real, figure_svr
from sim.reproduce.coordination_grading import grade_all, grading_claim
from sim.reproduce.coordination_outage import grant_all
from sim.reproduce.coordination_real import SETS, DataMissing, HeldOut, data_folder, hold_out_all
from sim.reproduce.coordination_results import Results, outage_table, real_table, table_2
from sim.reproduce.coordination_trials import trials, try_all


def reproduce_coordination(
    folder: Path,
    seeds: int,
    data: Path | None,
    processes: int | None,
    screen: Console,
    *,
    force: bool = False,
) -> Path:
    """Fill in maps, judge the claims; figures, tables and claims are written into `folder`.

    `seeds`: campuses of each scenario, of which `swept_seeds` for each number of measurements of Fig. 14, and half
    as many hold-outs of real measurements. `data`: folder of these; None looks where `data_folder` says, and goes
    without if there are none. Raises FolderInUse where `folder` holds something else, DataMissing for a named
    folder without the files.
    """
    measurements = _measurements(data)
    prepare_folder(folder, force=force)
    chosen, few = trials(seeds), max(2, seeds // 2)
    real = 0 if isinstance(measurements, DataMissing) else 2 * few * len(SETS)
    with StepProgress("reproduce coordination", Console(stderr=True)) as progress:
        steps = _Steps(progress.update, len(chosen) + 2 * seeds + real)
        results = Results(tuple(try_all(chosen, processes, steps.part(len(chosen)))))
        granted = grant_all(seeds, processes, steps.part(seeds))
        graded = grade_all(seeds, processes, steps.part(seeds))
        held_out: Sequence[HeldOut] = ()
        if not isinstance(measurements, DataMissing):
            held_out = hold_out_all(measurements, few, processes, steps.part(real))
    shown = example()
    claims = [*system_claims(granted), grading_claim(graded), *map_claims(results, shown)]
    written = [
        *figure_11(shown, folder),
        *figure_12(shown, folder),
        *figure_13(shown, folder),
        *figure_14(results, folder),
        figure_table_2(results, folder / "table2.png"),
        figure_svr(results, folder / "svr.png"),
    ]
    if held_out:
        claims.append(real_claim(held_out))
        written += figure_real(held_out, folder)
    written.append(write_claims(folder / "claims.json", claims))
    for scenario in (PAPER, *(name for name in SCENARIOS if name != PAPER)):
        screen.print(table_2(results, scenario))
    screen.print(real_table(held_out) if held_out else f"{measurements}; this part is left out\n")
    screen.print(outage_table(granted))
    screen.print(claims_table(claims))
    for path in written:
        screen.print(f"wrote {path}", highlight=False)
    return folder


class _Steps:
    """Progress over parts that each count from one."""

    def __init__(self, update: Callable[[int, int], None], total: int) -> None:
        self._update, self._total, self._before = update, total, 0

    def part(self, steps: int) -> Callable[[int, int], None]:
        """What the next part of so many steps reports to."""
        before = self._before
        self._before += steps
        return lambda done, _: self._update(before + done, self._total)


def _measurements(data: Path | None) -> Path | DataMissing:
    """The folder of the real measurements, or why there is none. Raises DataMissing where it was named."""
    try:
        return data_folder(data)
    except DataMissing as missing:
        if data is not None:
            raise
        return missing
