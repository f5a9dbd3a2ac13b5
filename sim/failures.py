"""Which errors a user can cause, and the exit status each leaves. Everything else is a bug and shows its traceback."""

from apps.lease.parameters import BandwidthRequired, ParameterError
from chain.errors import ChainError
from sim.folders import ResultsError
from sim.plugins import AmbiguousApp, UnknownApp
from sim.reproduce.leasing_points import PointFailed
from sim.scenario_errors import ScenarioError
from sim.store import StoreError

USAGE_ERROR = 2
FAILED = 1


def exit_status(error: Exception) -> int | None:
    """2 for a mistake in what was asked for, 1 for a run that failed, None for a bug."""
    if isinstance(error, ScenarioError | UnknownApp | AmbiguousApp | ParameterError | BandwidthRequired):
        return USAGE_ERROR
    if isinstance(error, ResultsError | StoreError | PointFailed | ChainError | OSError):
        return FAILED
    return None
