"""What a value in a scenario file may be: each check returns the value as it is used, or raises ValueError.

The error's text says what was expected and what was found; the caller adds file, line and key.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tools.scenario.expected import Expected, expected

MAX_SECONDS = 3600.0

Check = Callable[[Any], Any]


def any_value(value: Any) -> Any:
    """Whatever TOML holds; another table checks it."""
    return value


def text(longest: int = 400) -> Check:
    def check(value: Any) -> str:
        if not isinstance(value, str) or not value.strip() or len(value) > longest:
            raise ValueError(f"expected text of 1 to {longest} letters, found {value!r}")
        return value

    return check


def pages(value: Any) -> str:
    """The pages of a fax as one text with a form feed between them."""
    if not isinstance(value, list) or not 1 <= len(value) <= 9 or not all(isinstance(one, str) for one in value):
        raise ValueError(f'expected 1 to 9 pages of text, like ["Dear Anna"]; found {value!r}')
    return "\f".join(text(2000)(one) for one in value)


def one_of(*choices: str) -> Check:
    def check(value: Any) -> str:
        if value not in choices:
            raise ValueError(f"expected one of {', '.join(choices)}; found {value!r}")
        return str(value)

    return check


def matching(pattern: re.Pattern[str], words: str) -> Check:
    def check(value: Any) -> str:
        if not isinstance(value, str) or not pattern.match(value):
            raise ValueError(f"expected {words}, found {value!r}")
        return value

    return check


def between(low: float, high: float, unit: str) -> Check:
    def check(value: Any) -> float:
        if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
            raise ValueError(f"expected {low:g} to {high:g} {unit}, found {value!r}")
        return float(value)

    return check


def whole(low: int, high: int) -> Check:
    def check(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise ValueError(f"expected a whole number from {low} to {high}, found {value!r}")
        return value

    return check


def cadence(value: Any) -> tuple[int, ...]:
    """How an exchange rings, over and over."""
    fine = isinstance(value, list) and 2 <= len(value) <= 8 and len(value) % 2 == 0
    if not fine or not all(type(ms) is int and 20 <= ms <= 60_000 for ms in value):
        words = "ringing and pause in turn, each of 20 to 60000 ms, like [2000, 4000]"
        raise ValueError(f"expected {words}; found {value!r}")
    return tuple(value)


def moment(value: Any) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError(f"expected a date and time with its offset, like 2026-03-02T10:00:00-05:00; found {value!r}")
    if not 2000 <= value.astimezone(UTC).year <= 2090:
        raise ValueError(f"expected a year from 2000 to 2090, found {value.isoformat()}")
    return value


def fillings(value: Any) -> dict[str, str | int | float]:
    if not isinstance(value, dict) or not all(isinstance(item, str | int | float) for item in value.values()):
        raise ValueError(f'expected values for a prompt, like {{ name = "Paul Roy" }}; found {value!r}')
    return value


def columns(value: Any) -> dict[str, Expected]:
    if not isinstance(value, dict) or not value:
        raise ValueError(f'expected columns and values, like {{ outcome = "message" }}; found {value!r}')
    return {key: expected(item) for key, item in value.items()}


def only_true(value: Any) -> bool:
    if value is not True:
        raise ValueError(f"expected true, found {value!r}; leave the key out instead")
    return True


seconds = between(0.0, MAX_SECONDS, "seconds")
