"""Finds the on-chain modules of an application: the one of its class and all of its package that it imports.

Files are read, never run. What stands under `if TYPE_CHECKING:` is no import. A package's `__init__.py` counts only
where on-chain code takes a name from it. A module that imports the agents' side of Hertzchain is off chain: importing
it is a fault, and it is not looked into.
"""

import ast
import sys
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

OFF_CHAIN_LAYERS = ("consensus", "sim")
OFF_CHAIN_TOOLS = (
    "apps.agent",
    "apps.appcheck",
    "apps.determinism",
    "apps.kit",
    "apps.scaffold",
    "apps.testing",
)
"""Modules of Hertzchain beside the applications; whoever imports one of them is off chain."""


class SourceNotFound(LookupError):
    """On-chain code that cannot be read. Args: module."""

    def __str__(self) -> str:
        return f"module {self.args[0]}: got no source file, expected Python source that can be read"


@dataclass(frozen=True, slots=True)
class Imported:
    """One module that an import statement names."""

    target: str
    """Its full name."""
    node: ast.Import | ast.ImportFrom


@dataclass(frozen=True, slots=True)
class Module:
    """The source of one module."""

    name: str
    path: str
    """File, relative to the current folder where it lies below that."""
    source: str
    tree: ast.Module
    imports: tuple[Imported, ...]


def on_chain_modules(app_class: type) -> tuple[Module, ...]:
    """The application's on-chain modules, in the order in which they are reached. Raises SourceNotFound."""
    package = app_class.__module__.partition(".")[0]
    waiting, found = [app_class.__module__], dict[str, Module]()
    while waiting:
        name = waiting.pop(0)
        if name in found:
            continue
        module = found[name] = read_module(name)
        waiting += [one.target for one in module.imports if is_followed(one.target, package)]
    return tuple(found.values())


def is_followed(target: str, package: str) -> bool:
    """Whether an imported module is on-chain code of the application whose top-level package is given."""
    return package != "chain" and _belongs(target, (package,)) and why_off_chain(target, package) is None


def why_off_chain(target: str, package: str) -> str | None:
    """The part of Hertzchain that makes a module off-chain code: itself or one it imports. None on chain."""
    if is_off_chain_tool(target):
        return target
    if not _belongs(target, (package,)):
        return None
    imports = read_module(target).imports
    return next((one.target for one in imports if is_off_chain_tool(one.target)), None)


def is_off_chain_tool(target: str) -> bool:
    """Whether a module is a part of Hertzchain that on-chain code may not know."""
    return _belongs(target, OFF_CHAIN_LAYERS + OFF_CHAIN_TOOLS)


def read_module(name: str) -> Module:
    """The module of this name, read from its file. Raises SourceNotFound."""
    path = _file_of(name)
    shown = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    return _parsed(name, path, str(shown), path.stat().st_mtime_ns)


@lru_cache(maxsize=256)
def _parsed(name: str, path: Path, shown: str, changed_ns: int) -> Module:
    with tokenize.open(path) as file:
        source = file.read()
    tree = ast.parse(source, str(path))
    package = name if path.stem == "__init__" else name.rpartition(".")[0]
    return Module(name, shown, source, tree, tuple(_imports(tree, package)))


def _file_of(name: str) -> Path:
    found = _find_file(name)
    if found is None:
        raise SourceNotFound(name)
    return found.resolve()


def _find_file(name: str) -> Path | None:
    """The file of a loaded module, or where the package that would hold it has one of that name."""
    loaded = getattr(sys.modules.get(name), "__file__", None)
    if loaded is not None:
        return Path(loaded) if loaded.endswith(".py") else None
    parent, _, last = name.rpartition(".")
    for folder in _folders(parent) if parent else []:
        for file in (folder / f"{last}.py", folder / last / "__init__.py"):
            if file.is_file():
                return file
    return None


def _folders(package: str) -> list[Path]:
    """Where a package's modules lie."""
    loaded = getattr(sys.modules.get(package), "__path__", None)
    if loaded is not None:
        return [Path(folder) for folder in loaded]
    parent, _, last = package.rpartition(".")
    return [folder / last for folder in _folders(parent)] if parent else []


def _imports(node: ast.AST, package: str) -> Iterator[Imported]:
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.If(test=ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING")):
                for other in child.orelse:
                    yield from _imports(ast.Module([other], []), package)
            case ast.Import():
                for alias in child.names:
                    yield Imported(alias.name, child)
            case ast.ImportFrom():
                for target in _targets(child, package):
                    yield Imported(target, child)
            case _:
                yield from _imports(child, package)


def _targets(node: ast.ImportFrom, package: str) -> Iterator[str]:
    """`from a import b` names the module `a.b` where there is one, else `a`."""
    base = node.module or ""
    if node.level:
        parents = package.split(".")
        base = ".".join([*parents[: len(parents) - node.level + 1], *filter(None, [base])])
    for alias in node.names:
        inner = f"{base}.{alias.name}"
        yield inner if inner in OFF_CHAIN_TOOLS or _find_file(inner) is not None else base


def _belongs(target: str, to: tuple[str, ...]) -> bool:
    return any(target == name or target.startswith(f"{name}.") for name in to)
