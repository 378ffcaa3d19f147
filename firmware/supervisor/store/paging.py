"""One page of a long list, as every list query returns it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

Row = TypeVar("Row")
PER_PAGE = 50
PER_PAGE_LIMIT = 500


@dataclass(frozen=True)
class Page(Generic[Row]):
    """``rows`` of page ``number`` (from 1) out of ``pages``; ``total`` rows match in all."""

    rows: list[Row]
    number: int
    pages: int
    total: int


def place(total: int, number: int, per_page: int) -> tuple[int, int, int, int]:
    """(page shown, pages, rows a page, rows to skip) for the page asked for; out of range shows the nearest."""
    size = min(max(per_page, 1), PER_PAGE_LIMIT)
    pages = max(1, -(-total // size))
    shown = min(max(number, 1), pages)
    return shown, pages, size, (shown - 1) * size


def contains(text: str) -> str:
    """A LIKE pattern (escape character backslash) that finds ``text`` anywhere, its own % and _ taken as letters."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
