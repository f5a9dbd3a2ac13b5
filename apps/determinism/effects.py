"""Faults in what code asks of the interpreter: identities, input and output, code made at run time, caught crashes."""

import ast
from collections.abc import Iterator, Mapping
from typing import Final

from apps.determinism.facts import Facts, last_name
from apps.determinism.modules import Module
from apps.determinism.scopes import Fault, Place, shown, walk

_BUILTINS: Final[Mapping[str, tuple[str, str]]] = {
    "hash": ("HZ122", "differs between processes"),
    "id": ("HZ123", "is an address in memory"),
    "open": ("HZ141", "reads or writes the machine"),
    "input": ("HZ141", "reads from the terminal"),
    "print": ("HZ141", "writes to the terminal"),
    "breakpoint": ("HZ141", "stops for a person"),
    "eval": ("HZ142", "runs code made at run time"),
    "exec": ("HZ142", "runs code made at run time"),
    "compile": ("HZ142", "makes code at run time"),
    "__import__": ("HZ142", "imports what no reader sees"),
    "globals": ("HZ142", "reaches every name at run time"),
}
_TOO_WIDE = frozenset(
    {
        "BaseException",
        "Exception",
        "KeyboardInterrupt",
        "MemoryError",
        "RecursionError",
        "RuntimeError",
        "SystemError",
    }
)


def effect_faults(module: Module, facts: Facts) -> Iterator[Fault]:
    """HZ116 (async), HZ122, HZ123 and HZ141 to HZ143."""
    for place in walk(module.tree):
        yield from _in_node(place)


def _in_node(place: Place) -> Iterator[Fault]:
    match node := place.node:
        case ast.Name(id=name, ctx=ast.Load()) if name in _BUILTINS and place.is_builtin(name):
            code, why = _BUILTINS[name]
            if not (code == "HZ122" and _defines_hash(place)):
                yield Fault(node, code, f"{name}() {why}")
        case ast.Call(func=ast.Attribute(attr="__hash__")) if not _defines_hash(place):
            yield Fault(node, "HZ122", "__hash__() differs between processes")
        case ast.ExceptHandler() if not _raises_again(node):
            yield from _in_handler(place, node)
        case ast.Call(func=callee) if last_name(callee) == "suppress":
            for name in _too_wide(place, ast.Tuple(node.args)):
                yield Fault(node, "HZ143", f"suppress({name}) hides crashes that depend on the machine")
        case ast.AsyncFunctionDef() | ast.AsyncFor() | ast.AsyncWith() | ast.Await():
            yield Fault(node, "HZ116", f"coroutine: {shown(node)}")
        case _:
            pass


def _defines_hash(place: Place) -> bool:
    """Where `__hash__` is defined a hash is meant for the process's own dictionaries."""
    return place.function is not None and place.function.name == "__hash__"


def _in_handler(place: Place, node: ast.ExceptHandler) -> Iterator[Fault]:
    if node.type is None:
        yield Fault(node, "HZ143", "`except:` hides crashes that depend on the machine")
        return
    for name in _too_wide(place, node.type):
        yield Fault(node, "HZ143", f"`except {name}` hides crashes that depend on the machine")


def _too_wide(place: Place, caught: ast.AST) -> list[str]:
    kinds = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    names = [kind.id for kind in kinds if isinstance(kind, ast.Name)]
    return [name for name in names if name in _TOO_WIDE and place.is_builtin(name)]


def _raises_again(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None
