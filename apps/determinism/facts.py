"""What the rules need to know of all on-chain modules together: which names are sets, applications and globals."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from apps.determinism.modules import Module
from apps.determinism.scopes import Function, dotted

_SET_TYPES = frozenset({"set", "frozenset", "Set", "FrozenSet", "AbstractSet", "MutableSet"})
_NO_APPS = frozenset({"abc", "builtins", "typing"})
_WRAPPERS = frozenset({"Annotated", "ClassVar", "Final", "Optional", "Union"})


@dataclass(frozen=True, slots=True)
class Facts:
    """Names with a known meaning in every on-chain module of one application."""

    set_functions: frozenset[str]
    """Functions and methods that are annotated to return a set, wherever one of that name is defined."""
    set_attributes: frozenset[str]
    """Fields and properties that are annotated as sets, wherever one of that name is."""
    app_classes: frozenset[str]
    """Names of the application classes and of their bases."""
    globals: frozenset[tuple[str, str]]
    """(module, name) of everything that a module assigns."""


def facts_of(modules: Iterable[Module], app_class: type) -> Facts:
    """The facts of an application's modules."""
    trees = {module.name: module.tree for module in modules}
    nodes = [node for tree in trees.values() for node in ast.walk(tree)]
    functions = [node for node in nodes if isinstance(node, Function)]
    classes = [node for node in nodes if isinstance(node, ast.ClassDef)]
    plain = [(one.name, one.returns) for one in functions if not _is_property(one)]
    return Facts(
        set_functions=_all_sets(plain),
        set_attributes=_all_sets(_attributes(classes, functions)),
        app_classes=_app_classes(classes, app_class),
        globals=frozenset((name, target) for name, tree in trees.items() for target in assigned(tree)),
    )


def is_set_annotation(annotation: ast.AST | None) -> bool:
    """Whether an annotation means a set, or a set or None."""
    match annotation:
        case ast.Name() | ast.Attribute():
            return last_name(annotation) in _SET_TYPES
        case ast.Subscript(value=value, slice=inner):
            if last_name(value) not in _WRAPPERS:
                return is_set_annotation(value)
            return any(map(is_set_annotation, inner.elts if isinstance(inner, ast.Tuple) else [inner]))
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return is_set_annotation(left) or is_set_annotation(right)
        case ast.Constant(value=str() as text):
            return is_set_annotation(_parsed(text))
        case _:
            return False


def _parsed(text: str) -> ast.AST | None:
    """An annotation in quotes; None for other texts, such as the words in `Annotated[int, "in Hz"]`."""
    try:
        return ast.parse(text, mode="eval").body
    except SyntaxError:
        return None


def last_name(node: ast.AST) -> str:
    """`c` of `a.b.c`, empty for what is no name."""
    return (dotted(node) or "").rpartition(".")[2]


def assigned(tree: ast.Module) -> Iterator[str]:
    """Names that the module's own statements assign."""
    waiting: list[ast.AST] = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        if not isinstance(node, Function | ast.ClassDef | ast.Lambda):
            waiting += ast.iter_child_nodes(node)


def _all_sets(annotated: Iterable[tuple[str, ast.AST | None]]) -> frozenset[str]:
    """The names that are sets every time they are annotated."""
    sets, others = set[str](), set[str]()
    for name, annotation in annotated:
        (sets if is_set_annotation(annotation) else others).add(name)
    return frozenset(sets - others)


def _attributes(
    classes: Iterable[ast.ClassDef], functions: Iterable[Function]
) -> Iterator[tuple[str, ast.AST | None]]:
    for owner in classes:
        for node in owner.body:
            if isinstance(node, ast.AnnAssign):
                yield last_name(node.target), node.annotation
    for function in functions:
        if _is_property(function):
            yield function.name, function.returns


def _is_property(function: Function) -> bool:
    return any(last_name(decorator).endswith("property") for decorator in function.decorator_list)


def _app_classes(classes: Iterable[ast.ClassDef], app_class: type) -> frozenset[str]:
    """A class is an application when one of its bases is."""
    known = {base.__name__ for base in app_class.__mro__ if base.__module__ not in _NO_APPS} | {"App"}
    bases = [(owner.name, {last_name(base) for base in owner.bases}) for owner in classes]
    grown = True
    while grown:
        more = {name for name, its in bases if its & known} - known
        known |= more
        grown = bool(more)
    return frozenset(known)
