"""Rows of a table as dataclasses: built from TOML, whole, with every wrong, missing or unknown field named.

A row's class has ``check()``, which raises TableError by ``expect``. Classes within classes, and tuples of them, are
tables and lists of tables in the file.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import Any, Final, get_args, get_origin, get_type_hints


class TableError(ValueError):
    """A table is wrong; the text names row, field and what was expected."""


def expect(good: bool, field: str, value: object, expected: str) -> None:
    if not good:
        raise TableError(f"{field} = {value!r}: expected {expected}")


def nearest(name: str, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.0)
    return f" (nearest: {near[0]})" if near else ""


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _list(item: Callable[[object], Any]) -> Callable[[object], Any]:
    def convert(value: object) -> Any:
        if not isinstance(value, list):
            return None
        items = tuple(item(one) for one in value)
        return None if None in items else items

    return convert


_CONVERT: Final[Mapping[Any, tuple[Callable[[object], Any], str]]] = {
    str: (_text, "text"),
    int: (_whole, "a whole number"),
    float: (_number, "a number"),
    bool: (_flag, "true or false"),
    tuple[str, ...]: (_list(_text), "a list of texts"),
    tuple[int, ...]: (_list(_whole), "a list of whole numbers"),
}


def build(kind: type[Any], table: dict[str, Any], where: str) -> Any:
    """An instance of a row's dataclass from a TOML table; every field is required, none may be unknown."""
    known = tuple(field.name for field in fields(kind))
    hints = get_type_hints(kind)
    for name in table:
        if name not in known:
            raise TableError(f"{where}{name}: unknown{nearest(name, known)}")
    values: dict[str, Any] = {}
    for name in known:
        if name not in table:
            raise TableError(f"{where}{name}: missing")
        value, hint = table[name], hints[name]
        if hint in _CONVERT:
            convert, words = _CONVERT[hint]
            values[name] = convert(value)
            if values[name] is None:
                raise TableError(f"{where}{name} = {value!r}: expected {words}")
        elif get_origin(hint) is tuple:
            values[name] = _rows(get_args(hint)[0], value, f"{where}{name}")
        elif isinstance(value, dict):
            values[name] = build(hint, value, f"{where}{name}.")
        elif isinstance(value, MappingProxyType):
            values[name] = value  # read already
        else:
            raise TableError(f"{where}{name} = {value!r}: expected a table")
    built = kind(**values)
    try:
        built.check()
    except TableError as error:
        raise TableError(f"{where}{error}") from None
    return built


def _rows(kind: type[Any], value: object, where: str) -> tuple[Any, ...]:
    """Instances of a row's dataclass from a list of TOML tables."""
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise TableError(f"{where} = {value!r}: expected a list of tables")
    return tuple(build(kind, row, f"{where}[{place}].") for place, row in enumerate(value))
