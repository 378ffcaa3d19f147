"""The Health page's lines: each part of the box has some to say, and this only collects them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from firmware.supervisor import VERSION

Check = dict[str, Any]
Source = Callable[[], list[Check]]
"""Says how one part of the box is, now; called on the loop, never waits."""


def check(name: str, state: str, text: str, remedy: str = "", says: str = "", **fields: str) -> Check:
    """``state``: ok, warn or fault; ``text`` and ``remedy`` are sentences for whoever looks after the box.

    ``says`` is the id by which the page has its own words for both, in the reader's language; where it is left out it
    is ``NAME.STATE``. ``fields`` stand in those words.
    """
    known = says or f"{name}.{state}"
    return {"name": name, "state": state, "text": text, "remedy": remedy, "says": known, "fields": fields}


class Health:
    """``about``: figures of the board, for the details of the page."""

    def __init__(self, about: Callable[[], dict[str, Any]], sources: list[Source]) -> None:
        self._about = about
        self._sources = sources

    def add(self, *sources: Source) -> None:
        """More parts that have something to say, in their order on the page."""
        self._sources.extend(sources)

    def report(self) -> dict[str, Any]:
        """``health.get`` of docs/architecture.md: each check with its state, a sentence and what to do."""
        return {"checks": [line for source in self._sources for line in source()], "version": VERSION, **self._about()}
