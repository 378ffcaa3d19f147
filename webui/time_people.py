"""Whose time an entry is, and what of an entry the rules look at for what cannot be right."""

from __future__ import annotations

from firmware.supervisor.rules.time_entries import Worked
from firmware.supervisor.store.queries_time import TimeEntry


def person_name(entry: TimeEntry) -> str:
    """The user's name, else the handset's; "" where nobody knows."""
    return entry.user_name or entry.port or ""


def worked(entry: TimeEntry) -> Worked:
    """The entry as the rules see it: a user's time, else that of a handset."""
    person = f"user:{entry.user}" if entry.user is not None else f"handset:{entry.port}" if entry.port else ""
    return Worked(
        entry.id,
        entry.call,
        person,
        entry.started_ms,
        entry.worked_s,
        entry.number,
        entry.client,
        entry.matter,
    )
