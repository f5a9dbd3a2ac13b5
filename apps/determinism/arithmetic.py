"""Faults in arithmetic: whatever makes a float."""

import ast
from collections.abc import Iterator

from apps.determinism.facts import Facts, last_name
from apps.determinism.modules import Module
from apps.determinism.scopes import Fault, Place, shown, walk

_FLOAT_TYPES = ("complex", "float")
_DIVISIONS = frozenset({"__truediv__", "itruediv", "truediv"})
_ASKS = frozenset({"isinstance", "issubclass"})


def arithmetic_faults(module: Module, facts: Facts) -> Iterator[Fault]:
    """HZ101 to HZ104."""
    for place in walk(module.tree):
        yield from _in_node(place)


def _in_node(place: Place) -> Iterator[Fault]:
    match node := place.node:
        case ast.Constant(value=float() | complex()):
            yield Fault(node, "HZ101", f"float literal {shown(node)}")
        case ast.Call():
            yield from _in_call(place, node)
        case ast.Attribute(value=ast.Name(id=name)) if _is_float_type(place, name):
            yield Fault(node, "HZ102", shown(node))
        case ast.BinOp(op=ast.Div()):
            yield Fault(node, "HZ103", f"`/` makes a float: {shown(node)}")
        case ast.AugAssign(op=ast.Div()):
            yield Fault(node, "HZ103", f"`/=` makes a float: {shown(node)}")
        case ast.Attribute() | ast.alias() if _last(node) in _DIVISIONS:
            yield Fault(node, "HZ103", f"{_last(node)} makes a float")
        case ast.BinOp(op=ast.Pow(), right=right) if _is_negative(right):
            yield Fault(node, "HZ104", f"a negative power makes a float: {shown(node)}")
        case _:
            pass


def _in_call(place: Place, node: ast.Call) -> Iterator[Fault]:
    callee = last_name(node.func)
    if isinstance(node.func, ast.Name) and _is_float_type(place, callee):
        yield Fault(node, "HZ102", f"{callee}() makes a {callee}: {shown(node)}")
    if callee == "pow" and len(node.args) == 2 and _is_negative(node.args[1]):
        yield Fault(node, "HZ104", f"a negative power makes a float: {shown(node)}")
    if callee in _ASKS:
        return
    for argument in node.args:
        if isinstance(argument, ast.Name) and _is_float_type(place, argument.id):
            yield Fault(argument, "HZ102", f"{argument.id} handed on as a function: {shown(node)}")


def _is_float_type(place: Place, name: str) -> bool:
    return name in _FLOAT_TYPES and place.is_builtin(name)


def _is_negative(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.UnaryOp)
        and isinstance(node.op, ast.USub)
        and isinstance(node.operand, ast.Constant)
    )


def _last(node: ast.Attribute | ast.alias) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.name
