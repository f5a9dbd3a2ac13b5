"""Writes a new application: a distribution of its own, small but alive, to be changed into what is wanted."""

from apps.scaffold.names import AppNames, MalformedName, NameTaken, UnusableName, usable_names
from apps.scaffold.write import TargetExists, write_app

__all__ = [
    "AppNames",
    "MalformedName",
    "NameTaken",
    "TargetExists",
    "UnusableName",
    "usable_names",
    "write_app",
]
