"""The files of a new application: the one in the folder `template`, by another name.

The template is itself a whole application, called `app_name`, that is linted, type-checked and tested.
"""

import io
import tokenize
from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath

from apps.scaffold.names import AppNames

TEMPLATE = AppNames("app_name")
"""The names that are replaced."""
_SUFFIXES = (".py", ".toml", ".md", ".typed")
"""Of the template's files; linters and tests may leave others beside them."""


def render(names: AppNames) -> dict[PurePosixPath, str]:
    """Path within the distribution -> text, of every file."""
    return {
        PurePosixPath(_renamed(str(path), names)): _renamed(text, names)
        for path, text in template_files().items()
    }


def template_files() -> Mapping[PurePosixPath, str]:
    """Path -> text of every file of the template."""
    return dict(sorted(_files(files("apps.scaffold") / "template", PurePosixPath())))


def class_names() -> frozenset[str]:
    """Every name in the template's modules that begins like a class's, but those that are replaced."""
    found = set[str]()
    for path, text in template_files().items():
        if path.suffix == ".py":
            tokens = tokenize.generate_tokens(io.StringIO(text).readline)
            found |= {token.string for token in tokens if token.type == tokenize.NAME}
    return frozenset(name for name in found if name[0].isupper() and TEMPLATE.class_name not in name)


def _renamed(text: str, names: AppNames) -> str:
    for old, new in zip(_forms(TEMPLATE), _forms(names), strict=True):
        text = text.replace(old, new)
    return text


def _forms(names: AppNames) -> tuple[str, ...]:
    return names.name, names.class_name, names.constant, names.hyphenated, names.title


def _files(folder: Traversable, below: PurePosixPath) -> Iterator[tuple[PurePosixPath, str]]:
    for entry in folder.iterdir():
        path = below / entry.name
        if entry.is_dir():
            yield from _files(entry, path)
        elif path.suffix in _SUFFIXES:
            yield path, entry.read_text("utf-8")
