"""Which expressions are sets, as far as a function's own lines and all annotations tell."""

import ast
from dataclasses import dataclass, field

from apps.determinism.facts import Facts, is_set_annotation, last_name
from apps.determinism.scopes import Function, arguments, dotted

_MAKERS = frozenset({"frozenset", "set"})
_SET_METHODS = frozenset({"copy", "difference", "intersection", "symmetric_difference", "union"})
_DICT_VIEWS = frozenset({"items", "keys"})
_SET_OPERATORS = (ast.BitAnd, ast.BitOr, ast.BitXor, ast.Sub)


@dataclass(slots=True)
class SetNames:
    """What names mean at one point of the code: True for a set."""

    facts: Facts
    known: dict[str, bool] = field(default_factory=dict)
    """By dotted name: `keys`, `self.open`."""

    def inside(self, function: Function | ast.Lambda) -> "SetNames":
        """What names mean where a function begins: those around it, and its parameters."""
        its = {argument.arg: is_set_annotation(argument.annotation) for argument in arguments(function)}
        return SetNames(self.facts, {**self.known, **its})

    def copy(self) -> "SetNames":
        """The same, to go on from separately."""
        return SetNames(self.facts, dict(self.known))

    def join(self, other: "SetNames") -> None:
        """Where two ways meet, a name is a set if it is one on either."""
        for name, is_set in other.known.items():
            self.known[name] = is_set or self.known.get(name, False)

    def bind(self, target: ast.AST, value: ast.AST | None) -> None:
        """`target = value`; a value of None stands for anything but a set."""
        if isinstance(target, ast.Tuple | ast.List):
            parts = value.elts if isinstance(value, ast.Tuple | ast.List) else []
            matched = len(parts) == len(target.elts)
            for index, part in enumerate(target.elts):
                self.bind(part, parts[index] if matched else None)
            return
        name = dotted(target)
        if name is not None:
            self.known[name] = value is not None and self.is_set(value)

    def is_set(self, node: ast.AST) -> bool:
        """Whether an expression is known to be a set."""
        match node:
            case ast.Set() | ast.SetComp():
                return True
            case ast.Name() | ast.Attribute():
                return self._is_set_name(node)
            case ast.Call():
                return self._is_set_call(node)
            case ast.BinOp(left=left, op=operator, right=right) if isinstance(operator, _SET_OPERATORS):
                return any(self.is_set(side) or _is_dict_view(side) for side in (left, right))
            case ast.IfExp(body=one, orelse=other):
                return self.is_set(one) or self.is_set(other)
            case ast.BoolOp(values=values):
                return any(map(self.is_set, values))
            case ast.NamedExpr(value=value):
                return self.is_set(value)
            case _:
                return False

    def _is_set_name(self, node: ast.Name | ast.Attribute) -> bool:
        name = dotted(node)
        if name is not None and name in self.known:
            return self.known[name]
        return isinstance(node, ast.Attribute) and node.attr in self.facts.set_attributes

    def _is_set_call(self, node: ast.Call) -> bool:
        match node.func:
            case ast.Name(id=name):
                return (name in _MAKERS and name not in self.known) or name in self.facts.set_functions
            case ast.Subscript(value=ast.Name(id=name)):
                return name in _MAKERS and name not in self.known
            case ast.Attribute(value=value, attr=method) if method in _SET_METHODS and self.is_set(value):
                return True
            case callee:
                return last_name(callee) in self.facts.set_functions


def _is_dict_view(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and not node.args
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in _DICT_VIEWS
    )
