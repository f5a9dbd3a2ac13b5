"""Which errors end in one message, and the exit status each leaves. Everything else shows its traceback."""

from apps.lease.parameters import BandwidthRequired, ParameterError
from apps.testing import wording
from chain.errors import ChainError
from chain.refusals import AppCrashed
from consensus.executor import ExecutionDiverged
from sim.folders import ResultsError
from sim.plugin_errors import PluginError, UnknownApp
from sim.replicas import ReplicaDiverged
from sim.reproduce.points import PointFailed
from sim.scenario_errors import ScenarioError
from sim.simulation import InvariantBroken
from sim.store import StoreError

USAGE_ERROR = 2
FAILED = 1


BUGS = (AppCrashed, ExecutionDiverged, InvariantBroken, ReplicaDiverged)
"""A bug of an application or of Hertzchain, found by a check: its message says where."""


def described(error: Exception) -> str:
    """The error in words for the screen."""
    if isinstance(error, AppCrashed):
        _, origin, fault, where = error.args
        return wording.crashed(where, f"in {origin}", fault)
    if isinstance(error, InvariantBroken):
        return str(error)
    if isinstance(error, BUGS):
        return f"a bug, found while running ({type(error).__name__}): {error}"
    return str(error)


def exit_status(error: Exception) -> int | None:
    """2 for a mistake in what was asked for, 1 for a run that failed, None for a bug."""
    if isinstance(error, ScenarioError | UnknownApp | ParameterError | BandwidthRequired):
        return USAGE_ERROR
    if isinstance(error, (ResultsError, StoreError, PointFailed, PluginError, ChainError, OSError, *BUGS)):
        return FAILED
    return None
