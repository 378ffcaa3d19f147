"""What a command's arguments must be: small checks that return the value as the box keeps it or raise ``BadArgument``.

A command declares its arguments as a table of name -> ``Argument``; anything missing, unknown or wrong is refused
with a sentence that names the argument and what was expected.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from firmware.supervisor.rules.ports import Kind, can_be, expected

_REQUIRED: Any = object()
Check = Callable[[Any], Any]


class BadArgument(ValueError):
    """An argument is missing, unknown or wrong."""


@dataclass(frozen=True)
class Argument:
    """One argument; ``default`` makes it optional."""

    check: Check
    default: Any = _REQUIRED

    @property
    def required(self) -> bool:
        """Whether a request without it is refused."""
        return self.default is _REQUIRED


def read(declared: Mapping[str, Argument], given: Any) -> dict[str, Any]:
    """The arguments of a request, each checked. Raises ``BadArgument``."""
    if not isinstance(given, dict):
        raise BadArgument("args: expected an object")
    unknown = set(given) - set(declared)
    if unknown:
        known = ", ".join(declared) or "nothing"
        raise BadArgument(f"args: {ascii(min(unknown))[:60]} is unknown; expected {known}")
    values: dict[str, Any] = {}
    for name, argument in declared.items():
        if name in given:
            try:
                values[name] = argument.check(given[name])
            except BadArgument as error:
                raise BadArgument(f"{name}: {error}") from None
        elif argument.required:
            raise BadArgument(f"{name}: missing")
        else:
            values[name] = argument.default
    return values


def row_id(value: Any) -> int:
    """The id of a row."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise BadArgument("expected an id, a whole number from 1")
    return value


def flag(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise BadArgument("expected true or false")
    return value


def one_of(*choices: str) -> Check:
    """One of the texts."""

    def check(value: Any) -> str:
        if value not in choices or not isinstance(value, str):
            raise BadArgument("expected one of " + ", ".join(choices))
        return value

    return check


def text(longest: int, *, least: int = 0, lines: bool = False, pattern: str = "") -> Check:
    """A text of ``least`` to ``longest`` characters once trimmed; ``lines``: line ends and tabs are allowed in it."""

    def check(value: Any) -> str:
        if not isinstance(value, str):
            raise BadArgument("expected a text")
        trimmed = value.strip()
        if not least <= len(trimmed) <= longest:
            raise BadArgument(f"expected {least} to {longest} characters")
        if not all(letter.isprintable() or (lines and letter in "\n\r\t") for letter in trimmed):
            raise BadArgument("a control character is in it")
        if pattern and re.fullmatch(pattern, trimmed) is None:
            raise BadArgument(f"expected the form {pattern}")
        return trimmed

    return check


def port(kind: Kind) -> Check:
    """A line or a handset by its name."""

    def check(value: Any) -> str:
        if not can_be(kind, value):
            raise BadArgument(expected(kind))
        return str(value)

    return check


def each(declared: Mapping[str, Argument], most: int) -> Check:
    """A list of at most ``most`` objects with these members."""

    def check(value: Any) -> list[dict[str, Any]]:
        if not isinstance(value, list) or len(value) > most:
            raise BadArgument(f"expected a list of at most {most}")
        return [read(declared, item) for item in value]

    return check


def json_object(longest: int) -> Check:
    """Any JSON object whose text has at most ``longest`` characters."""

    def check(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict) or len(json.dumps(value)) > longest:
            raise BadArgument(f"expected an object of at most {longest} characters")
        return value

    return check


def anything(value: Any) -> Any:
    """Whatever JSON holds; another table checks it."""
    return value
