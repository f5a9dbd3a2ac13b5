"""Sets single values of a scenario's table by dotted path, as `--set network.peers=200` does."""

import tomllib
from collections.abc import Iterator

from sim.scenario_errors import Problem, Word


def override(table: dict[str, object], path: str, value: object) -> Iterator[Problem]:
    """Put `value` at the dotted `path` of `table`; tables on the way are made, a number is a place in a list.

    A text is read as a TOML value where it is one: `"0.3"` is a number, `"10s"` stays a text. Yields what is
    wrong with the path; whether its last name is a known key is for the table's model to say.
    """
    *parents, last = path.split(".")
    here: object = table
    for parent in parents:
        here = here.setdefault(parent, {}) if isinstance(here, dict) else _item(here, parent)
    parsed = toml_value(value) if isinstance(value, str) else value
    if isinstance(here, dict) and all((*parents, last)):
        here[last] = parsed
    elif isinstance(here, list) and _item(here, last) is not None:
        here[int(last)] = parsed
    else:
        yield Problem(path, Word("a path that leads nowhere"), "a key such as network.peers", overridden=True)


def toml_value(text: str) -> object:
    """The TOML value that `text` spells; the text itself where it spells none."""
    try:
        return tomllib.loads(f"value = {text}")["value"] if "\n" not in text else text
    except (tomllib.TOMLDecodeError, RecursionError):
        return text


def _item(here: object, index: str) -> object | None:
    """The list's item, None where `here` is no list or has no such item."""
    if not isinstance(here, list) or not index.isdecimal() or int(index) >= len(here):
        return None
    item: object = here[int(index)]
    return item
