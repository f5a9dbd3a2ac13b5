"""Three nets under an application's determinism: a lint, the codec, and execution again in other processes.

    for finding in lint_app(Auction): print(finding)
    divergence = replay_twice(trace_of(dev))

The codec is the net in between: it refuses fields of a type without one encoding when the application is registered.
"""

from apps.determinism.divergence import Divergence
from apps.determinism.lint import lint_app
from apps.determinism.modules import SourceNotFound
from apps.determinism.processes import ReplayFailed, replay_all, replay_twice
from apps.determinism.rules import RULES, Finding, Rule
from apps.determinism.trace import NotReplayable, Trace, trace_of

__all__ = [
    "RULES",
    "Divergence",
    "Finding",
    "NotReplayable",
    "ReplayFailed",
    "Rule",
    "SourceNotFound",
    "Trace",
    "lint_app",
    "replay_all",
    "replay_twice",
    "trace_of",
]
