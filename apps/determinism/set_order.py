"""Faults in the order of a set: loops, sequences, texts and unpackings that depend on it.

Order does not matter to `sorted`, `min` and `max` without a key, to `sum`, `len`, `any`, `all` and to other sets.
"""

import ast
from collections.abc import Iterable, Iterator

from apps.determinism.facts import Facts, is_set_annotation, last_name
from apps.determinism.modules import Module
from apps.determinism.scopes import Fault, Function, running, shown
from apps.determinism.set_types import SetNames

_ORDERLESS = frozenset({"all", "any", "frozenset", "len", "max", "min", "set", "sorted", "sum"})
_KEYED = frozenset({"max", "min", "sorted"})
_PASSES_ON = frozenset({"filter", "iter", "list", "map", "tuple"})
_ORDERED = frozenset(
    {
        "Counter",
        "OrderedDict",
        "accumulate",
        "array",
        "bytearray",
        "bytes",
        "chain",
        "cycle",
        "deque",
        "dict",
        "enumerate",
        "extend",
        "extendleft",
        "filter",
        "format",
        "from_iterable",
        "fromkeys",
        "islice",
        "iter",
        "join",
        "list",
        "map",
        "reduce",
        "repr",
        "starmap",
        "str",
        "tuple",
        "zip",
    }
)
_COMPREHENSIONS = (ast.ListComp, ast.GeneratorExp, ast.DictComp, ast.SetComp)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_BINDS = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.NamedExpr)


def set_order_faults(module: Module, facts: Facts) -> Iterator[Fault]:
    """HZ121."""
    return _Reader(SetNames(facts)).read(module.tree)


class _Reader:
    """Reads code in the order in which it runs and keeps what names mean on the way."""

    def __init__(self, names: SetNames, free: frozenset[ast.AST] = frozenset()) -> None:
        self.names = names
        self.free = free
        """Expressions whose order nobody looks at."""

    def read(self, node: ast.AST) -> Iterator[Fault]:
        """The faults in a node and below it."""
        if isinstance(node, _FUNCTIONS):
            yield from self._read_function(node)
        elif isinstance(node, _COMPREHENSIONS):
            yield from self._read_comprehension(node)
        elif isinstance(node, ast.For | ast.AsyncFor | ast.While | ast.If):
            yield from self._read_branches(node)
        elif isinstance(node, _BINDS):
            yield from self._read_binding(node)
        else:
            if isinstance(node, ast.Call):
                self._set_free(node)
            elif isinstance(node, ast.Set):
                self.free |= frozenset(node.elts)
            yield from self._uses(node)
            yield from self._read_all(running(node))

    def _read_all(self, nodes: Iterable[ast.AST]) -> Iterator[Fault]:
        for node in nodes:
            yield from self.read(node)

    def _read_function(self, node: Function | ast.Lambda) -> Iterator[Fault]:
        inner = _Reader(self.names.inside(node), self.free)
        body = [node.body] if isinstance(node, ast.Lambda) else node.body
        yield from self._read_all(running(node.args))
        yield from inner._read_all(body)

    def _read_comprehension(
        self, node: ast.ListComp | ast.GeneratorExp | ast.DictComp | ast.SetComp
    ) -> Iterator[Fault]:
        inner = _Reader(self.names.copy(), self.free)
        for generator in node.generators:
            if not (node in self.free or isinstance(node, ast.SetComp)):
                yield from inner._flag(generator.iter, "loops over a set")
            yield from inner.read(generator.iter)
            inner.names.bind(generator.target, None)
            yield from inner._read_all(generator.ifs)
        made = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        yield from inner._read_all(made)

    def _read_branches(self, node: ast.For | ast.AsyncFor | ast.While | ast.If) -> Iterator[Fault]:
        if isinstance(node, ast.For | ast.AsyncFor):
            yield from self._flag(node.iter, "loops over a set")
            yield from self.read(node.iter)
        else:
            yield from self.read(node.test)
        other = _Reader(self.names.copy(), self.free)
        if isinstance(node, ast.For | ast.AsyncFor):
            self.names.bind(node.target, None)
        yield from self._read_all(node.body)
        yield from other._read_all(node.orelse)
        self.names.join(other.names)

    def _read_binding(
        self, node: ast.Assign | ast.AnnAssign | ast.AugAssign | ast.NamedExpr
    ) -> Iterator[Fault]:
        if node.value is not None:
            yield from self.read(node.value)
        if isinstance(node, ast.AugAssign):
            if isinstance(node.op, ast.Add):
                yield from self._flag(node.value, "appends a set")
            return
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            if isinstance(target, ast.Tuple | ast.List) and node.value is not None:
                yield from self._flag(node.value, "unpacks a set")
            yield from self._read_all(running(target))
            self.names.bind(target, node.value)
        if isinstance(node, ast.AnnAssign) and is_set_annotation(node.annotation):
            self.names.bind(node.target, ast.Set([]))

    def _uses(self, node: ast.AST) -> Iterator[Fault]:
        match node:
            case ast.Call():
                yield from self._uses_in_call(node)
            case ast.Starred(value=value, ctx=ast.Load()) if node not in self.free:
                yield from self._flag(value, "unpacks a set")
            case ast.YieldFrom(value=value):
                yield from self._flag(value, "loops over a set")
            case ast.FormattedValue(value=value):
                yield from self._flag(value, "writes a set as text")
            case _:
                pass

    def _uses_in_call(self, node: ast.Call) -> Iterator[Fault]:
        callee = last_name(node.func) or (node.func.attr if isinstance(node.func, ast.Attribute) else "")
        keyed = callee in _KEYED and any(keyword.arg == "key" for keyword in node.keywords)
        if keyed or (callee in _ORDERED and node not in self.free):
            why = "leaves ties in the order of a set" if keyed else f"{callee}() follows the order of a set"
            for argument in node.args:
                yield from self._flag(argument, why)
        match node:
            case ast.Call(func=ast.Attribute(value=value, attr="pop"), args=[]):
                yield from self._flag(value, "pop() takes any element of a set")
            case _:
                pass

    def _set_free(self, node: ast.Call) -> None:
        """Remember the arguments whose order a call does not look at."""
        callee = last_name(node.func)
        orderless = callee in _ORDERLESS and not node.keywords and len(node.args) == 1
        if orderless or (node in self.free and callee in _PASSES_ON):
            self.free |= frozenset(node.args)

    def _flag(self, node: ast.AST, why: str) -> Iterator[Fault]:
        if self.names.is_set(node):
            yield Fault(node, "HZ121", f"{why}: {shown(node)}")
