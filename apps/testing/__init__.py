"""What an author of an application tests it with: a chain in memory, its agents, and generated action sequences.

Everything is imported when it is asked for: pytest looks into this package in every session, and most need none of it.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apps.testing.any_sequence import stateful
    from apps.testing.crash import AppCrash, InvariantBroken
    from apps.testing.devchain import DevChain
    from apps.testing.keys import account_of, key_of
    from apps.testing.refusal import ActionRefused, Attempt, Refused
    from apps.testing.snapshot import DevBlock, Happened, HookFailure, Snapshot

__all__ = [
    "ActionRefused",
    "AppCrash",
    "Attempt",
    "DevBlock",
    "DevChain",
    "Happened",
    "HookFailure",
    "InvariantBroken",
    "Refused",
    "Snapshot",
    "account_of",
    "key_of",
    "stateful",
]

_MODULES = {
    "crash": ("AppCrash", "InvariantBroken"),
    "devchain": ("DevChain",),
    "keys": ("account_of", "key_of"),
    "refusal": ("ActionRefused", "Attempt", "Refused"),
    "snapshot": ("DevBlock", "Happened", "HookFailure", "Snapshot"),
    "any_sequence": ("stateful",),
}


def __getattr__(name: str) -> object:
    for module, names in _MODULES.items():
        if name in names:
            found: object = getattr(import_module(f"{__name__}.{module}"), name)
            globals()[name] = found
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
