"""Faults in memory: what an application would remember outside the state of the chain.

A node that joins late, restarts, or undoes blocks has another memory than its peers, but the same state.
"""

import ast
from collections.abc import Iterator

from apps.determinism.facts import Facts, assigned, last_name
from apps.determinism.modules import Module
from apps.determinism.scopes import Fault, Function, Place, arguments, dotted, shown, walk

_MAKERS = frozenset(
    {
        "bytearray",
        "collections.ChainMap",
        "collections.Counter",
        "collections.OrderedDict",
        "collections.defaultdict",
        "collections.deque",
        "dict",
        "enumerate",
        "filter",
        "iter",
        "itertools.count",
        "itertools.cycle",
        "list",
        "map",
        "set",
        "zip",
    }
)
_LITERALS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp, ast.GeneratorExp)
_READ_ONLY = frozenset({"AbstractSet", "Collection", "Final", "Mapping", "Sequence"})
_CHANGES = frozenset(
    {
        "add",
        "append",
        "appendleft",
        "clear",
        "discard",
        "extend",
        "extendleft",
        "insert",
        "pop",
        "popitem",
        "popleft",
        "remove",
        "reverse",
        "setdefault",
        "sort",
        "update",
    }
)
_CACHES = frozenset({"functools.cache", "functools.lru_cache"})
_VIEW_NAMES = frozenset({"ctx", "self", "view"})
_VIEW_TYPES = frozenset({"Context", "View"})


def memory_faults(module: Module, facts: Facts) -> Iterator[Fault]:
    """HZ131 to HZ136."""
    reader = _Reader(module, facts)
    for place in walk(module.tree):
        yield from reader.faults(place)


class _Reader:
    """The names of one module."""

    def __init__(self, module: Module, facts: Facts) -> None:
        self.origins = dict(_origins(module))
        self.globals = frozenset(assigned(module.tree)) | {
            name for name, origin in self.origins.items() if origin.rpartition(".")[::2] in facts.globals
        }
        self.defined = frozenset(
            node.name for node in module.tree.body if isinstance(node, Function | ast.ClassDef)
        )
        self.outliving = self.globals | self.defined | self.origins.keys()
        """Everything that the module knows by a name."""
        self.app_classes = facts.app_classes

    def faults(self, place: Place) -> Iterator[Fault]:
        """The faults of one node, not of those below it."""
        node = place.node
        if isinstance(node, ast.Assign | ast.AnnAssign) and place.function is None:
            yield from self._kept(place, node)
        if isinstance(node, Function | ast.Lambda):
            yield from self._in_signature(node)
        for target in _targets(node):
            yield from self._written(place, node, target)
        match node:
            case ast.Global(names=names):
                yield Fault(node, "HZ133", f"global {', '.join(names)}")
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)):
                if method in _CHANGES and name in self.globals - place.local and place.function is not None:
                    yield Fault(node, "HZ133", f"{name} is a global: {shown(node)}")
            case ast.Call(func=ast.Name(id="setattr"), args=[first, *_]) if self._is_memory(place, first):
                yield Fault(node, "HZ134", shown(node))
            case _:
                pass

    def _kept(self, place: Place, node: ast.Assign | ast.AnnAssign) -> Iterator[Fault]:
        """A list, dict or set at module or class level, unless an annotation says that it stays as it is."""
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = [name for name in map(dotted, targets) if name is not None and not name.startswith("__")]
        if isinstance(node, ast.AnnAssign) and _is_read_only(node.annotation):
            return
        if names and self._is_mutable(node.value):
            code, what = ("HZ131", "global") if place.owner is None else ("HZ132", "class attribute")
            yield Fault(node, code, f"mutable {what}: {shown(node)}")

    def _in_signature(self, node: Function | ast.Lambda) -> Iterator[Fault]:
        for default in (*node.args.defaults, *node.args.kw_defaults):
            if default is not None and self._is_mutable(default):
                yield Fault(default, "HZ135", f"a default that outlives the call: {shown(default)}")
        if isinstance(node, ast.Lambda) or not any(map(_is_view, arguments(node))):
            return
        for decorator in node.decorator_list:
            callee = decorator.func if isinstance(decorator, ast.Call) else decorator
            if self._origin(callee) in _CACHES:
                yield Fault(
                    decorator,
                    "HZ136",
                    f"@{last_name(callee)} on {node.name}() keeps answers of another state",
                )

    def _written(self, place: Place, node: ast.AST, target: ast.expr) -> Iterator[Fault]:
        """An assignment to a part of something that outlives the call."""
        if place.function is None or isinstance(target, ast.Name):
            return
        owner = target
        while isinstance(owner, ast.Attribute | ast.Subscript):
            owner = owner.value
        if self._is_memory(place, owner):
            yield from self._remembered(place, node, target)
        elif isinstance(owner, ast.Name) and owner.id in self.outliving - place.local:
            yield Fault(node, "HZ133", f"{owner.id} is a global: {shown(node)}")

    def _remembered(self, place: Place, node: ast.AST, target: ast.expr) -> Iterator[Fault]:
        """In `__init__` settings may be kept, but nothing that can change later."""
        if place.function is None or place.function.name != "__init__":
            yield Fault(node, "HZ134", shown(node))
        elif isinstance(node, ast.Assign | ast.AnnAssign) and self._is_mutable(node.value):
            yield Fault(node, "HZ132", f"mutable attribute: {shown(node)}")

    def _is_memory(self, place: Place, node: ast.AST) -> bool:
        """Whether `node` is the application object, or its class, in one of its own methods."""
        if place.owner is None or place.owner.name not in self.app_classes:
            return False
        match node:
            case ast.Name(id=name):
                return name == place.receiver
            case ast.Call(func=ast.Name(id="type"), args=[only]):
                return self._is_memory(place, only)
            case _:
                return False

    def _is_mutable(self, value: ast.AST | None) -> bool:
        match value:
            case ast.Tuple(elts=parts):
                return any(map(self._is_mutable, parts))
            case ast.Call(func=callee):
                made = callee.value if isinstance(callee, ast.Subscript) else callee
                return self._origin(made) in _MAKERS
            case _:
                return isinstance(value, _LITERALS)

    def _origin(self, node: ast.AST) -> str:
        """Full name of what a name stands for: `collections.deque`; empty where the module defines it itself."""
        first, dot, rest = (dotted(node) or "").partition(".")
        return "" if first in self.defined else self.origins.get(first, first) + dot + rest


def _origins(module: Module) -> Iterator[tuple[str, str]]:
    """(name, what it was imported as) of every import."""
    for imported in module.imports:
        if isinstance(imported.node, ast.Import):
            for alias in imported.node.names:
                first = alias.name.partition(".")[0]
                yield (alias.asname, alias.name) if alias.asname else (first, first)
            continue
        for alias in imported.node.names:
            name = alias.asname or alias.name
            inner = imported.target.rpartition(".")[2] == alias.name
            yield name, imported.target if inner else f"{imported.target}.{alias.name}"


def _targets(node: ast.AST) -> list[ast.expr]:
    match node:
        case ast.Assign() | ast.Delete():
            return [part for target in node.targets for part in _parts(target)]
        case ast.AugAssign() | ast.For() | ast.AsyncFor():
            return _parts(node.target)
        case ast.AnnAssign() if node.value is not None:
            return [node.target]
        case ast.withitem(optional_vars=ast.expr() as target):
            return _parts(target)
        case _:
            return []


def _parts(target: ast.expr) -> list[ast.expr]:
    if isinstance(target, ast.Tuple | ast.List):
        return [part for inner in target.elts for part in _parts(inner)]
    return [target.value] if isinstance(target, ast.Starred) else [target]


def _is_read_only(annotation: ast.AST) -> bool:
    match annotation:
        case ast.Subscript(value=value, slice=inner) if last_name(value) == "ClassVar":
            return _is_read_only(inner)
        case ast.Subscript(value=value):
            return last_name(value) in _READ_ONLY
        case _:
            return last_name(annotation) in _READ_ONLY


def _is_view(argument: ast.arg) -> bool:
    annotated = argument.annotation is not None and last_name(argument.annotation) in _VIEW_TYPES
    return annotated or argument.arg in _VIEW_NAMES
