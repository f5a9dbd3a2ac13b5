"""Turns what pydantic finds wrong with a table into `Problem`s that a scenario's author can act on."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar, cast, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, core_schema

from sim.scenario_errors import Problem, Word, listed, nearest_name
from sim.units import UnitError

M = TypeVar("M", bound=BaseModel)
Path = tuple[str | int, ...]
_KINDS = {
    "int": "a whole number",
    "float": "a number",
    "finite_number": "a finite number",
    "bool": "true or false",
    "string": "a text",
    "string_sub": "a text",
    "string_unicode": "a text",
    "bytes": "a text",
    "date": "a date",
    "time": "a time of day",
    "datetime": "a date and time",
    **dict.fromkeys(("list", "tuple", "set", "frozen_set", "deque", "iterable"), "a list"),
    **dict.fromkeys(("model", "model_attributes", "dataclass", "named_tuple", "dict", "mapping"), "a table"),
}
_SUFFIXES = ("_parsing_size", "_parsing", "_from_float", "_type")
_LIMITS = {
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than": "less than {lt}",
    "less_than_equal": "at most {le}",
    "multiple_of": "a multiple of {multiple_of}",
    "union_tag_invalid": "{expected_tags} as its {discriminator}",
    "union_tag_not_found": "a {discriminator}",
}
_SIZES = {
    "too_short": "at least {min_length} item",
    "too_long": "at most {max_length} item",
    "string_too_short": "a text of at least {min_length} character",
    "string_too_long": "a text of at most {max_length} character",
    "bytes_too_short": "a text of at least {min_length} byte",
    "bytes_too_long": "a text of at most {max_length} byte",
}
_NAME_PATTERN = "^[a-z][a-z0-9-]*$"
_NAME_WORDS = "a text of lower case letters, digits and hyphens that begins with a letter"
_BOUNDS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}


@dataclass(frozen=True, slots=True)
class _Finding:
    """A problem, where it is, and the union (a place where several types may stand) around it, if any."""

    problem: Problem
    path: Path
    union: Path | None


def validated(
    model: type[M], table: object, prefix: str = "", overridden: Collection[str] = ()
) -> tuple[M | None, list[Problem]]:
    """The table as a `model`, or everything that is wrong with it.

    Args:
        model: what the table must be.
        table: what was read.
        prefix: key path of the table in its file.
        overridden: key paths whose values came from overrides.
    """
    try:
        return model.model_validate(table), []
    except ValidationError as error:
        findings = [_finding(model, table, details) for details in error.errors(include_url=False)]
    return None, [_placed(found, prefix, overridden) for found in _deepest(list(_merged(findings)))]


def _placed(found: _Finding, prefix: str, overridden: Collection[str]) -> Problem:
    path = ".".join(map(str, (*([prefix] if prefix else []), *found.path)))
    touched = any(path == key or path.startswith(f"{key}.") for key in overridden)
    return replace(found.problem, path=path, overridden=touched)


def _finding(model: type[BaseModel], table: object, details: ErrorDetails) -> _Finding:
    path, union = _real_path(table, details)
    return _Finding(_problem(model, path, details), path, union)


def _problem(model: type[BaseModel], path: Path, details: ErrorDetails) -> Problem:
    kind, got, context = details["type"], details["input"], details.get("ctx", {})
    owner, info = _field_at(model, path)
    if kind == "extra_forbidden":
        known = list(owner.model_fields) if owner else []
        allowed = listed(known) if known else "no key at all: this table has none"
        return Problem("", Word("an unknown key"), allowed, nearest_name(str(path[-1]), known))
    meaning = (info.description or "") if info else ""
    if isinstance(context.get("error"), UnitError):
        # Not the error's own value: where a bound is broken, that is written anew and need not look the same.
        _, allowed, near = context["error"].args
        return Problem("", _said(got), allowed, near, meaning=meaning)
    expected = [word.strip(" '") for word in str(context.get("expected", "")).replace(" or ", ",").split(",")]
    near = nearest_name(got, expected) if isinstance(got, str) and kind in ("literal_error", "enum") else ""
    shown = Word("nothing") if kind == "missing" else _said(got)
    return Problem("", shown, _allowed(details, info), near, meaning=meaning)


def _said(got: object) -> object:
    return Word("a table") if isinstance(got, Mapping) else got


def _allowed(details: ErrorDetails, info: FieldInfo | None) -> str:
    """What may stand there: type and bounds."""
    kind, context = details["type"], details.get("ctx", {})
    bounds = _bounds(info) if info else ""
    if kind in ("value_error", "assertion_error"):
        return str(context["error"])
    if kind in ("literal_error", "enum"):
        return str(context["expected"])
    if bounds and kind.startswith(("greater", "less")):
        return bounds
    if kind in _LIMITS:
        return _LIMITS[kind].format_map({name: _plain(limit) for name, limit in context.items()})
    if kind in _SIZES:
        return _size(_SIZES[kind].format_map(context))
    if kind == "string_pattern_mismatch":
        pattern = str(context["pattern"])
        return _NAME_WORDS if pattern == _NAME_PATTERN else f"a text that matches {pattern}"
    return _kind(details, bounds)


def _size(words: str) -> str:
    """`at least 1 item` as `at least one item`, `at least 2 item` as `at least 2 items`."""
    *others, number, noun = words.split(" ")
    return " ".join((*others, "one" if number == "1" else number, noun if number == "1" else f"{noun}s"))


def _kind(details: ErrorDetails, bounds: str) -> str:
    """The kind of value that may stand there, with its bounds."""
    kind = details["type"]
    family = next((kind.removesuffix(suffix) for suffix in _SUFFIXES if kind.endswith(suffix)), kind)
    if family in _KINDS:
        return f"{_KINDS[family]} {bounds}".strip()
    if kind == "missing":
        return "a value"
    # An application's model may raise a kind of its own, whose text is meant for the scenario's author.
    return "a value of another kind" if kind in get_args(core_schema.ErrorType) else details["msg"]


def _bounds(info: FieldInfo) -> str:
    """`at least 2 and at most 60`, or ""."""
    words = [
        f"{word} {_plain(getattr(constraint, name))}"
        for constraint in info.metadata
        for name, word in _BOUNDS.items()
        if getattr(constraint, name, None) is not None
    ]
    return " and ".join(words)


def _plain(limit: object) -> object:
    """A limit without the `.0` of a whole number."""
    return int(limit) if isinstance(limit, float) and limit.is_integer() else limit


def _real_path(table: object, details: ErrorDetails) -> tuple[Path, Path | None]:
    """The error's place in the table as written, and the union around it: pydantic adds the type it tried."""
    path: list[str | int] = []
    union: Path | None = None
    here = table
    for part in details["loc"]:
        if _holds(here, part):
            here = cast("Mapping[str | int, object]", here)[part]
            path.append(part)
        elif details["type"] == "missing" and part == details["loc"][-1]:
            path.append(part)
        elif union is None:
            union = tuple(path)
    return tuple(path), union


def _holds(here: object, part: str | int) -> bool:
    if isinstance(here, Mapping):
        return part in here
    return isinstance(here, list | tuple) and isinstance(part, int) and part < len(here)


def _field_at(model: type[BaseModel], path: Path) -> tuple[type[BaseModel] | None, FieldInfo | None]:
    """The model that owns the last named field of `path`, and that field; None where there is none."""
    owner: type[BaseModel] | None = model
    info: FieldInfo | None = None
    names = [part for part in path if isinstance(part, str)]
    for position, name in enumerate(names):
        info = owner.model_fields.get(name) if owner else None
        if position < len(names) - 1:
            owner = next(_models_in(info.annotation), None) if info else None
    return owner, info


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def _merged(findings: Sequence[_Finding]) -> Iterator[_Finding]:
    """One finding for each union: those inside the alternative that fits, else what all of them want."""
    done: set[Path] = set()
    for found in findings:
        if found.union is None:
            yield found
        elif found.union not in done:
            done.add(found.union)
            yield from _of_union([other for other in findings if other.union == found.union])


def _of_union(findings: list[_Finding]) -> Iterator[_Finding]:
    first = findings[0]
    inside = [found for found in findings if len(found.path) > len(found.union or ())]
    if inside:
        yield from inside
        return
    allowed = listed(dict.fromkeys(found.problem.allowed for found in findings))
    nearest = next((found.problem.nearest for found in findings if found.problem.nearest), "")
    yield replace(first, problem=replace(first.problem, allowed=allowed, nearest=nearest))


def _deepest(findings: Sequence[_Finding]) -> list[_Finding]:
    """Without a problem of a list or table that has one inside: pydantic counts a bad item as missing."""
    outer = {found.path[:length] for found in findings for length in range(len(found.path))}
    return [found for found in findings if found.path not in outer]
