"""What an application offers to others: its actions, queries and refusals."""

import inspect
import sys
from collections.abc import Callable

from apps.determinism.modules import on_chain_modules
from chain.app import ANSWERS, App
from chain.errors import AppError
from chain.records import Action
from chain.registry import Registry


def actions_of(app: App, registry: Registry) -> list[type[Action]]:
    """Its action types, in the order of its methods."""
    return [kind for kind, (name, _) in registry.actions.items() if name == app.name]


def queries_of(app: App) -> list[tuple[str, Callable[..., object]]]:
    """(name, bound method) of its queries, in name order."""
    return [(name, method) for name, method in inspect.getmembers(app, callable) if hasattr(method, ANSWERS)]


def errors_of(app: App) -> list[type[AppError]]:
    """The refusals that its on-chain modules define, in name order. Raises SourceNotFound."""
    found = set[type[AppError]]()
    for name in [module.name for module in on_chain_modules(type(app))]:
        members = vars(sys.modules[name]).values() if name in sys.modules else ()
        found |= {
            member
            for member in members
            if isinstance(member, type) and issubclass(member, AppError) and member.__module__ == name
        }
    return sorted(found, key=lambda kind: kind.__name__)
