"""The changes of a call's row, its parts and its timeline, written as they happen. Each function runs inside one job.

A call is 'going on' from ``begin`` to ``end``. What is still 'going on' when the box starts was cut off: see
``mark_interrupted``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from firmware.supervisor.store.errors import NotFound, StoreError

# What `begin`, `change` and `end` may set; any other name is a fault of the caller.
_ABOUT = frozenset(
    "line port extension user mailbox language placed number_raw number_e164 presentation name contact client matter "
    "important emergency status_at answered_how answered_ms ring_s".split()
)
_BEGINNING = _ABOUT | {"direction", "started_ms", "utc_offset_min"}
_ENDING = _ABOUT | {"outcome", "ended_ms", "talk_s", "billable_s", "hung_up_by", "why"}
_MUST_BEGIN = frozenset({"direction", "started_ms", "utc_offset_min"})
_MUST_END = frozenset({"outcome", "ended_ms", "hung_up_by", "why"})


def begin(connection: sqlite3.Connection, columns: Mapping[str, Any]) -> int:
    """A new call, going on; returns its id. Needed: direction, started_ms, utc_offset_min; the rest as far as known."""
    _check(columns, _BEGINNING, _MUST_BEGIN)
    names = ", ".join(f'"{name}"' for name in columns)
    cursor = connection.execute(
        f"INSERT INTO calls ({names}) VALUES ({', '.join('?' * len(columns))})", list(columns.values())
    )
    return int(cursor.lastrowid or 0)


def change(connection: sqlite3.Connection, call: int, columns: Mapping[str, Any]) -> None:
    """Set columns of a call as they become known. Raises ``NotFound``."""
    _check(columns, _ABOUT, frozenset())
    _set(connection, call, columns)


def event(connection: sqlite3.Connection, call: int, at_s: float, kind: str, detail: str = "{}", why: str = "") -> int:
    """Put ``kind`` ('ring', 'caller id', 'prompt', 'key' ...) on the timeline, ``at_s`` into the call.

    ``detail``: a JSON object, as text.
    """
    cursor = connection.execute(
        "INSERT INTO call_events (call, at_s, kind, detail, why) VALUES (?, ?, ?, ?, ?)",
        (call, at_s, kind, detail, why),
    )
    return int(cursor.lastrowid or 0)


def segment(connection: sqlite3.Connection, call: int, kind: str, who: str, at_s: float) -> int:
    """From ``at_s`` on the call is with ``who``; the part before ends here. Returns the new part's id.

    ``kind``: 'assistant', 'handset', 'outside', 'conference' or 'transferred'.
    """
    _end_segments(connection, call, at_s)
    cursor = connection.execute(
        "INSERT INTO segments (call, kind, who, start_s) VALUES (?, ?, ?, ?)", (call, kind, who, at_s)
    )
    return int(cursor.lastrowid or 0)


def end(connection: sqlite3.Connection, call: int, columns: Mapping[str, Any], at_s: float) -> None:
    """The call is over, ``at_s`` into it; its open part ends too. Raises ``NotFound``.

    Needed: outcome, ended_ms, hung_up_by, why (how the end was known). ``talk_s`` left out: not known.
    """
    _check(columns, _ENDING, _MUST_END)
    _set(connection, call, columns)
    _end_segments(connection, call, at_s)


def annotate(connection: sqlite3.Connection, call: int, client: str, matter: str) -> None:
    """Whom the call is billed to, corrected by a person. Raises ``NotFound``."""
    change(connection, call, {"client": client, "matter": matter})


def mark_interrupted(connection: sqlite3.Connection) -> list[int]:
    """Close what is still 'going on' as 'interrupted', when the box starts; returns the calls.

    The end is the last moment the timeline knows; talk and billable seconds stay unknown rather than invented.
    """
    rows = connection.execute(
        "SELECT calls.id, max(started_ms, coalesce(answered_ms, 0), "
        "started_ms + CAST(1000 * coalesce(max(call_events.at_s), 0) AS INTEGER)) AS last_ms "
        "FROM calls LEFT JOIN call_events ON call_events.call = calls.id WHERE outcome = 'going on' GROUP BY calls.id"
    ).fetchall()
    for call, last_ms in rows:
        connection.execute(
            "UPDATE calls SET outcome = 'interrupted', ended_ms = ?, hung_up_by = 'box', "
            "why = 'the box stopped during the call' WHERE id = ?",
            (last_ms, call),
        )
    return [int(row[0]) for row in rows]


def _check(columns: Mapping[str, Any], allowed: frozenset[str], needed: frozenset[str]) -> None:
    unknown, missing = set(columns) - allowed, needed - set(columns)
    if unknown:
        raise StoreError(f"calls: {', '.join(sorted(unknown))}: not a column that may be set here")
    if missing:
        raise StoreError(f"calls: {', '.join(sorted(missing))}: missing")


def _set(connection: sqlite3.Connection, call: int, columns: Mapping[str, Any]) -> None:
    if not columns:
        return
    assignments = ", ".join(f'"{name}" = ?' for name in columns)
    changed = connection.execute(f"UPDATE calls SET {assignments} WHERE id = ?", (*columns.values(), call))
    if changed.rowcount != 1:
        raise NotFound(f"there is no call {call}")


def _end_segments(connection: sqlite3.Connection, call: int, at_s: float) -> None:
    # What was transferred away by the exchange ends where nobody sees it: its length stays unknown.
    connection.execute(
        "UPDATE segments SET end_s = ? WHERE call = ? AND end_s IS NULL AND kind <> 'transferred'", (at_s, call)
    )
