"""`hertzchain reproduce coordination --network`: how long a decision takes on a chain, which no paper has measured."""

from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from sim.folders import prepare_folder
from sim.progress import StepProgress
from sim.reproduce.coordination_network_estimates import estimates_of, write_points, write_requests
from sim.reproduce.coordination_network_figure import network_figure
from sim.reproduce.coordination_network_findings import findings, findings_table
from sim.reproduce.coordination_network_points import Extent, places
from sim.reproduce.coordination_network_runs import observe_all
from sim.reproduce.coordination_network_tables import differences_table, factor_tables


def reproduce_network(
    folder: Path,
    seeds: int,
    processes: int | None,
    screen: Console,
    *,
    force: bool = False,
    extent: Extent | None = None,
) -> Path:
    """Run every point with `seeds` runs; draw, tabulate and say what came of it, all written into `folder`.

    Raises FolderInUse where `folder` holds something else, PointFailed where a run fails.
    """
    prepare_folder(folder, force=force)
    with StepProgress("reproduce coordination --network", Console(stderr=True)) as progress:
        observed = observe_all(places(extent or Extent()), seeds, processes, progress.update)
    estimates = estimates_of(observed)
    found = findings(estimates)
    written = [
        network_figure(estimates, folder / "network.png"),
        write_requests(folder / "network.csv", observed),
        write_points(folder / "network.json", estimates, [asdict(finding) for finding in found]),
    ]
    for table in (*factor_tables(estimates), differences_table(estimates), findings_table(found)):
        screen.print(table)
    for path in written:
        screen.print(f"wrote {path}", highlight=False)
    return folder
