"""Whether this box has an owner: a mark beside the database, made when the first visit has set a password.

A database that is lost must not turn the box into a new one, whose first visitor becomes its administrator. Whoever
can delete the mark stands at the box itself, and may begin anew.
"""

from __future__ import annotations

from pathlib import Path

from firmware.supervisor.store.backup import sync

MARK = "owned"


def has_owner(home: Path) -> bool:
    """Whether a first visit has been made here, whatever the database says now."""
    return (home / MARK).exists()


def mark_owned(home: Path) -> None:
    """Remember that there is an owner. Raises ``OSError``."""
    mark = home / MARK
    if mark.exists():
        return
    mark.touch(mode=0o640)
    sync(mark)
    sync(home)
