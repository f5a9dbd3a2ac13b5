"""Writes plain values as TOML that `tomllib` reads back equal."""

import json
import math
import re
from collections.abc import Mapping, Sequence

Toml = bool | int | float | str | Sequence["Toml"] | Mapping[str, "Toml"]
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


def to_toml(table: Mapping[str, Toml | None]) -> str:
    """The table as a TOML document. A None is left out: an absent key means its default."""
    return "\n".join(_table_lines(table, ())).strip() + "\n"


def _table_lines(table: Mapping[str, Toml | None], path: tuple[str, ...]) -> list[str]:
    inner = {key: value for key, value in table.items() if isinstance(value, Mapping)}
    plain = {key: value for key, value in table.items() if key not in inner and value is not None}
    header = ["", f"[{'.'.join(map(_key, path))}]"] if path and (plain or not inner) else []
    lines = header + [f"{_key(key)} = {_value(value)}" for key, value in plain.items()]
    for key, value in inner.items():
        lines += _table_lines(value, (*path, key))
    return lines


def _value(value: Toml | None) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        # JSON's escapes are TOML's, but JSON leaves one control character as it is.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else {"inf": "inf", "-inf": "-inf"}.get(repr(value), "nan")
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{_key(key)} = {_value(item)}" for key, item in value.items() if item is not None)
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, Sequence):
        return f"[{', '.join(map(_value, value))}]"
    raise TypeError(f"got a {type(value).__name__}, expected a value TOML has")


def _key(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else _value(key)
