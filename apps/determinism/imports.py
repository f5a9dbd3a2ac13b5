"""Faults in imports: on-chain code knows the ledger, itself and what gives the same answer everywhere."""

from collections.abc import Iterator, Mapping
from typing import Final

from apps.determinism.facts import Facts
from apps.determinism.modules import Module, why_off_chain
from apps.determinism.scopes import Fault

FORBIDDEN: Final[Mapping[str, frozenset[str]]] = {
    "HZ111": frozenset({"random", "secrets"}),
    "HZ112": frozenset({"calendar", "datetime", "sched", "time", "zoneinfo"}),
    "HZ113": frozenset(
        {
            "ctypes",
            "fcntl",
            "fileinput",
            "getpass",
            "glob",
            "http",
            "io",
            "locale",
            "logging",
            "mmap",
            "os",
            "pathlib",
            "platform",
            "resource",
            "select",
            "shutil",
            "signal",
            "site",
            "socket",
            "sqlite3",
            "ssl",
            "subprocess",
            "sys",
            "sysconfig",
            "tempfile",
            "urllib",
        }
    ),
    "HZ114": frozenset({"uuid"}),
    "HZ115": frozenset(
        {
            "cmath",
            "cvxpy",
            "decimal",
            "fractions",
            "math",
            "matplotlib",
            "numba",
            "numpy",
            "pandas",
            "scipy",
            "sklearn",
            "statistics",
            "torch",
        }
    ),
    "HZ116": frozenset(
        {"_thread", "asyncio", "concurrent", "contextvars", "multiprocessing", "queue", "threading"}
    ),
    "HZ117": frozenset({"apps", "consensus", "sim"}),
    "HZ142": frozenset({"code", "codeop", "importlib", "marshal", "pickle", "runpy"}),
}
"""Top-level names by the rule that refuses them."""
ALLOWED: Final = frozenset(
    {
        "__future__",
        "abc",
        "base64",
        "binascii",
        "bisect",
        "chain",
        "collections",
        "contextlib",
        "copy",
        "dataclasses",
        "enum",
        "functools",
        "hashlib",
        "heapq",
        "hmac",
        "itertools",
        "numbers",
        "operator",
        "re",
        "string",
        "struct",
        "textwrap",
        "types",
        "typing",
        "typing_extensions",
    }
)
"""Top-level names that on-chain code may import beside its own package."""


def import_faults(module: Module, facts: Facts) -> Iterator[Fault]:
    """HZ111 to HZ118, and HZ142 for what makes code."""
    package = module.name.partition(".")[0]
    said = set[tuple[object, str]]()
    for imported in module.imports:
        fault = _refusal(imported.target, package)
        if fault is not None and (imported.node, fault[1]) not in said:
            said.add((imported.node, fault[1]))
            yield Fault(imported.node, *fault)


def _refusal(target: str, package: str) -> tuple[str, str] | None:
    """(code, words) where on-chain code may not import `target`."""
    reason = why_off_chain(target, package)
    if reason is not None:
        because = "" if reason == target else f", because it imports {reason}"
        return "HZ117", f"imports {target}, which is off chain{because}"
    top = target.partition(".")[0]
    if top in ALLOWED or top == package:
        return None
    for code, names in FORBIDDEN.items():
        if top in names:
            return code, f"imports {target}"
    return "HZ118", f"imports {target}"
