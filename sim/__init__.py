"""The simulator: run a scenario, load its results.

import sim
folder = sim.run("lease", seed=1, overrides={"network.peers": 60}, out="out/x")
results = sim.load(folder)
"""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.folders import FolderInUse, ResultsError
    from sim.results import Results
    from sim.scenario_errors import ScenarioError

__all__ = ["FolderInUse", "ResultsError", "ScenarioError", "load", "run"]

_ERRORS = {
    "FolderInUse": "sim.folders",
    "ResultsError": "sim.folders",
    "ScenarioError": "sim.scenario_errors",
}


def __getattr__(name: str) -> object:
    """The errors of `run` and `load`, imported when they are asked for: `import sim` stays quick."""
    if name not in _ERRORS:
        raise AttributeError(f"module 'sim' has no attribute {name!r}")
    return getattr(import_module(_ERRORS[name]), name)


def run(
    scenario: str | Path,
    seed: int | None = None,
    overrides: Mapping[str, object] | None = None,
    out: str | Path | None = None,
    *,
    force: bool = False,
) -> Path:
    """Run a scenario to its end and return the folder of its results.

    Args:
        scenario: name of a bundled scenario, or the path of a scenario file.
        seed: random seed; the scenario's own when left out.
        overrides: settings by dotted path, such as `{"network.peers": 60, "chain.interval": "30s"}`.
        out: folder to write, new or empty; `out/<scenario>-<seed>` when left out.
        force: replace an earlier run in that folder.

    Raises:
        ScenarioError: the scenario or an override is wrong; nothing is written.
        FolderInUse: `out` holds something already.
    """
    from sim.runner import run_scenario

    return run_scenario(scenario, seed, overrides or {}, out, force=force)


def load(folder: str | Path) -> "Results":
    """The results of a run: `.summary`, `.blocks`, `.transactions`, `.metrics`, `.events["lease.LeaseOpened"]`."""
    from sim.results import load as load_results

    return load_results(folder)
