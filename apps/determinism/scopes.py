"""Walks a module's code as it runs: which names are bound where, which class and function a line belongs to.

Annotations are passed over, because they compute nothing.
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

Function = ast.FunctionDef | ast.AsyncFunctionDef
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_SHOWN_CHARACTERS = 40


class Fault(NamedTuple):
    """A node that breaks a rule."""

    node: ast.AST
    code: str
    what: str
    """What was found, in words."""


@dataclass(frozen=True, slots=True)
class Place:
    """A node and where it stands."""

    node: ast.AST
    bound: frozenset[str]
    """Names that the module and the functions around bind: they are no builtins here."""
    local: frozenset[str]
    """Those of them that the functions around bind."""
    function: Function | None
    """The function whose body it belongs to."""
    owner: ast.ClassDef | None
    """The class whose body or method it belongs to."""
    receiver: str | None
    """What the method it belongs to calls its object: `self`; None outside methods."""

    def is_builtin(self, name: str) -> bool:
        """Whether `name` means the builtin here."""
        return name not in self.bound


def walk(tree: ast.Module) -> Iterator[Place]:
    """Every node that runs, parents first."""
    top = Place(tree, frozenset(names_bound(tree.body)), frozenset(), None, None, None)
    return _walk(top)


def _walk(place: Place) -> Iterator[Place]:
    yield place
    node = place.node
    if isinstance(node, Function | ast.Lambda):
        yield from _walk_function(place, node)
        return
    inner = replace(place, owner=node, function=None) if isinstance(node, ast.ClassDef) else place
    for child in running(node):
        yield from _walk(replace(inner, node=child))


def _walk_function(place: Place, node: Function | ast.Lambda) -> Iterator[Place]:
    outside = [*node.args.defaults, *[default for default in node.args.kw_defaults if default is not None]]
    body = [node.body] if isinstance(node, ast.Lambda) else node.body
    if not isinstance(node, ast.Lambda):
        outside += node.decorator_list
    own = frozenset([*parameters(node), *names_bound(body)])
    inner = replace(place, bound=place.bound | own, local=place.local | own)
    if not isinstance(node, ast.Lambda):
        receiver = place.receiver if place.function else _receiver(place, node)
        inner = replace(inner, function=node, receiver=receiver)
    for child in outside:
        yield from _walk(replace(place, node=child))
    for part in body:
        yield from _walk(replace(inner, node=part))


def _receiver(place: Place, node: Function) -> str | None:
    static = any(dotted(decorator) == "staticmethod" for decorator in node.decorator_list)
    return None if place.owner is None or static else next(iter(parameters(node)), None)


def running(node: ast.AST) -> Iterator[ast.AST]:
    """The children of a node without its annotations."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "type_params"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield child


def parameters(node: Function | ast.Lambda) -> list[str]:
    """Names of a function's parameters, in order."""
    return [argument.arg for argument in arguments(node)]


def arguments(node: Function | ast.Lambda) -> list[ast.arg]:
    """A function's parameters, in order."""
    given = node.args
    starred = [argument for argument in (given.vararg, given.kwarg) if argument is not None]
    return [*given.posonlyargs, *given.args, *given.kwonlyargs, *starred]


def names_bound(body: Iterable[ast.AST]) -> Iterator[str]:
    """Names that statements bind in their own scope: by assignment, definition, import or `except ... as`."""
    for node in body:
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                yield name
            case ast.alias():
                yield (node.asname or node.name).partition(".")[0]
            case ast.ExceptHandler(name=str() as name) | ast.MatchAs(name=str() as name):
                yield name
            case _:
                pass
        if isinstance(node, _DEFINITIONS):
            yield node.name
        elif not isinstance(node, ast.Lambda):
            yield from names_bound(ast.iter_child_nodes(node))


def dotted(node: ast.AST) -> str | None:
    """`a.b.c` of a name or a chain of attributes, None for anything else."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attribute):
            before = dotted(value)
            return None if before is None else f"{before}.{attribute}"
        case _:
            return None


def shown(node: ast.AST) -> str:
    """The code of a node on one line, shortened."""
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 3] + "..."
