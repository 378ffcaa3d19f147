"""One line of the Health page, and the parts of the box that have some to say."""

from __future__ import annotations

from collections.abc import Callable

Check = dict[str, str]
Source = Callable[[], list[Check]]
"""Says how one part of the box is, now; called on the loop, never waits."""


def check(name: str, state: str, text: str, remedy: str = "") -> Check:
    """``state``: ok, warn or fault; ``name`` is translated by the page; ``text`` and ``remedy`` are sentences."""
    return {"name": name, "state": state, "text": text, "remedy": remedy}
