"""The check of the documentation: a README that is the specification, and a docstring where an author's users look."""

import inspect
import re
from collections.abc import Iterator
from dataclasses import is_dataclass
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

from apps.appcheck.interface import actions_of, errors_of, queries_of
from chain.app import App, where_is
from chain.registry import Registry

HEADINGS = ("On chain", "Deliberate simplifications")
"""What every specification has."""
_README = "README.md"


def documentation_faults(app: App, registry: Registry) -> Iterator[str]:
    """Everything that is not documented."""
    yield from _without_docstring(app, registry)
    found = find_readme(type(app))
    if found is None:
        yield f"no {_README}: expected the specification beside the package or in it"
        return
    where, text = found
    yield from (f"{where}: {fault}" for fault in _readme_faults(text, app, registry))


def find_readme(kind: type) -> tuple[str, str] | None:
    """(where, text) of the specification: in the package's folders, beside it, or in the distribution's metadata."""
    for folder in _folders(kind):
        if (folder / _README).is_file():
            return str(folder / _README), (folder / _README).read_text("utf-8")
    for name in packages_distributions().get(kind.__module__.partition(".")[0], []):
        # Once it is installed, a README is the text behind the headers of the distribution's metadata.
        described = (distribution(name).read_text("METADATA") or "").partition("\n\n")[2]
        if described.strip():
            return f"description of {name}", described
    return None


def _folders(kind: type) -> Iterator[Path]:
    """From the module's folder up to the top-level package's, then the project's."""
    folder = Path(inspect.getfile(kind)).resolve().parent
    for _ in range(kind.__module__.count(".")):
        yield folder
        folder = folder.parent
    if (folder / "pyproject.toml").is_file() or "." not in kind.__module__:
        yield folder


def _readme_faults(text: str, app: App, registry: Registry) -> Iterator[str]:
    lines = _without_code(text).splitlines()
    headings = [line.lstrip("#").strip() for line in lines if line.startswith("#")]
    if not any(line.startswith("# ") for line in lines):
        yield "no title: expected a first line such as `# Lottery`"
    for heading in HEADINGS:
        if heading not in headings:
            yield f"no heading `## {heading}`: expected the headings of a specification"
    for kind, name in _interface(app, registry):
        if not re.search(rf"`{re.escape(name)}\b", text):
            yield f"{kind} `{name}` is not in it: expected every action, event and query"


def _without_code(text: str) -> str:
    return re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)


def _interface(app: App, registry: Registry) -> Iterator[tuple[str, str]]:
    """(what it is, its name) of everything that others use."""
    yield from (("action", kind.__name__) for kind in actions_of(app, registry))
    yield from (("event", kind.__name__) for kind in app.emits)
    yield from (("query", name) for name, _ in queries_of(app))


def _without_docstring(app: App, registry: Registry) -> Iterator[str]:
    for kind in (type(app), *actions_of(app, registry), *app.emits, *errors_of(app)):
        if not _own_docstring(kind):
            yield f"{where_is(kind)}: no docstring"
    for _, method in queries_of(app):
        if not (method.__doc__ or "").strip():
            yield f"{where_is(method)}: no docstring"


def _own_docstring(kind: type) -> bool:
    """Whether the class has a docstring of its own, and not the one that a dataclass makes up."""
    text = (vars(kind).get("__doc__") or "").strip()
    made_up = is_dataclass(kind) and text.startswith(f"{kind.__name__}(")
    return bool(text) and not made_up
