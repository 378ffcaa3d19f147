"""A table's values passed through the checks of ``keys``; an unknown key is an error that names the nearest."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from tools.scenario.checks import Check
from tools.scenario.source import Table


def nearest(key: str, known: list[str]) -> str:
    """What to say of an unknown key."""
    near = difflib.get_close_matches(key, known, 1, 0.5)
    hint = f"did you mean {near[0]}?" if near else f"expected one of {', '.join(sorted(known))}"
    return f"unknown; {hint}"


def checked(table: Table, keys: Mapping[str, Check], known: list[str] | None = None) -> dict[str, Any]:
    """The values of a table, each passed through its check."""
    found: dict[str, Any] = {}
    for key, value in table.values.items():
        if key not in keys:
            raise table.error(key, nearest(key, known or list(keys)))
        try:
            found[key] = keys[key](value)
        except ValueError as error:
            raise table.error(key, str(error)) from error
    return found
