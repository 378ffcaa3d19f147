"""The changes of a call's row, its parts and its timeline, written as they happen. Each function runs inside one job.

A call is 'going on' from ``begin`` to ``end``. What is still 'going on' when the box starts was cut off: see
``mark_interrupted``.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Callable, Mapping
from typing import Any, TypedDict, Unpack

from firmware.supervisor.store.errors import NotFound, StoreError


class CallColumns(TypedDict, total=False):
    """The columns that ``begin`` and ``change`` may set; anything else is a fault of the caller."""

    line: str | None
    port: str | None
    extension: str | None
    user: int | None
    mailbox: int
    language: str
    placed: str | None
    number_raw: str | None
    number_e164: str | None
    presentation: str
    name: str | None
    contact: int | None
    client: str
    matter: str
    important: bool
    emergency: bool
    drill: bool
    status_at: str
    answered_how: str | None
    answered_ms: int | None
    ring_s: float | None
    answered_by: str | None
    person_ms: int | None
    call_back: str | None
    call_back_ms: int | None


TALKING = frozenset({"handset", "outside", "conference"})  # parts in which the call is with people

_COLUMNS = frozenset(CallColumns.__annotations__)


def begin(
    connection: sqlite3.Connection,
    direction: str,
    *,
    started_ms: int,
    utc_offset_min: int,
    **columns: Unpack[CallColumns],
) -> int:
    """A new call, 'in', 'out' or 'internal', going on; returns its id."""
    values: dict[str, Any] = {
        "direction": direction,
        "started_ms": started_ms,
        "utc_offset_min": utc_offset_min,
        **_checked(columns),
    }
    names = ", ".join(f'"{name}"' for name in values)
    cursor = connection.execute(
        f"INSERT INTO calls ({names}) VALUES ({', '.join('?' * len(values))})", list(values.values())
    )
    return int(cursor.lastrowid or 0)


def change(connection: sqlite3.Connection, call: int, **columns: Unpack[CallColumns]) -> None:
    """Set columns of a call as they become known. Raises ``NotFound``."""
    values = _checked(columns)
    if not values:
        return
    assignments = ", ".join(f'"{name}" = ?' for name in values)
    _one(connection.execute(f"UPDATE calls SET {assignments} WHERE id = ?", (*values.values(), call)), call)


def event(
    connection: sqlite3.Connection,
    call: int,
    at_s: float,
    kind: str,
    detail: Mapping[str, Any] | None = None,
    why: str = "",
) -> int:
    """Put ``kind`` ('ring', 'caller id', 'prompt', 'key', 'decision' ...) on the timeline, ``at_s`` into the call."""
    cursor = connection.execute(
        "INSERT INTO call_events (call, at_s, kind, detail, why) VALUES (?, ?, ?, ?, ?)",
        (call, at_s, kind, json.dumps(dict(detail or {}), ensure_ascii=False), why),
    )
    return int(cursor.lastrowid or 0)


def next_segment(connection: sqlite3.Connection, call: int, kind: str, who: str, at_s: float) -> None:
    """Somebody else is on the call from now on: the part that is open ends, and theirs begins."""
    _end_segments(connection, call, at_s)
    segment_begin(connection, call, kind, who, at_s)


def segment_begin(connection: sqlite3.Connection, call: int, kind: str, who: str, start_s: float) -> int:
    """Somebody ('assistant', 'handset', 'outside', 'conference', 'transferred') is on the call; returns the segment."""
    cursor = connection.execute(
        "INSERT INTO segments (call, kind, who, start_s) VALUES (?, ?, ?, ?)", (call, kind, who, start_s)
    )
    return int(cursor.lastrowid or 0)


def end(
    connection: sqlite3.Connection,
    call: int,
    *,
    outcome: str,
    ended_ms: int,
    at_s: float,
    hung_up_by: str,
    why: str,
    fields: Mapping[str, str] | None = None,
    ring_s: float | None = None,
    billable: Callable[[float], int] = math.ceil,
) -> None:
    """The call is over, ``at_s`` into it: outcome, who hung up and how that was known, a reason's id and fields.

    Parts still open end here, except what was transferred away. Talk and time with the box follow from the parts;
    ``billable`` gives the seconds billed for seconds talked. Writes the timeline's last event. Raises ``NotFound``.
    """
    _end_segments(connection, call, at_s)
    talk_s, with_box_s = _lengths(connection, call)
    billable_s = None if talk_s is None else billable(talk_s)
    changed = connection.execute(
        "UPDATE calls SET outcome = ?, ended_ms = ?, hung_up_by = ?, why = ?, talk_s = ?, with_box_s = ?, "
        "billable_s = CASE direction WHEN 'internal' THEN 0 ELSE ? END, ring_s = coalesce(?, ring_s) WHERE id = ?",
        (outcome, ended_ms, hung_up_by, why, talk_s, with_box_s, billable_s, ring_s, call),
    )
    _one(changed, call)
    event(connection, call, at_s, "end", {**(fields or {}), "outcome": outcome, "hung_up_by": hung_up_by}, why)


def _lengths(connection: sqlite3.Connection, call: int) -> tuple[float | None, float]:
    """Seconds that people talked with each other (None: not known), and seconds with the box, from the call's parts."""
    row = connection.execute("SELECT answered_by, person_ms FROM calls WHERE id = ?", (call,)).fetchone()
    answered_by, person_ms = row or (None, None)
    person_s = (person_ms or 0) / 1000
    parts = connection.execute("SELECT kind, start_s, end_s FROM segments WHERE call = ?", (call,)).fetchall()
    with_box = sum(end - start for kind, start, end in parts if kind == "assistant")
    if answered_by == "unknown" or any(end is None for _, _, end in parts):
        return None, round(with_box, 3)
    talk = sum(max(0.0, end - max(start, person_s)) for kind, start, end in parts if kind in TALKING)
    together = answered_by == "person" or (answered_by == "screener" and person_ms is not None)
    return round(talk, 3) if together else 0.0, round(with_box, 3)


def _end_segments(connection: sqlite3.Connection, call: int, at_s: float) -> None:
    connection.execute(
        "UPDATE segments SET end_s = max(start_s, ?) WHERE call = ? AND end_s IS NULL AND kind <> 'transferred'",
        (at_s, call),
    )


def annotate(connection: sqlite3.Connection, call: int, client: str, matter: str) -> None:
    """Whom the call is billed to, corrected by a person. Raises ``NotFound``."""
    change(connection, call, client=client, matter=matter)


def done(connection: sqlite3.Connection, call: int, now_ms: int | None) -> list[int]:
    """A missed call, and those of the same number before it, need nothing more; None: they do again.

    Returns the calls it changed.
    """
    rows = connection.execute(
        "UPDATE calls SET done_ms = ?1 WHERE (id = ?2 OR (id < ?2 AND (number_e164, mailbox) = "
        "(SELECT number_e164, mailbox FROM calls WHERE id = ?2))) AND (done_ms IS NULL) = (?1 IS NOT NULL) "
        "AND direction = 'in' AND outcome IN ('missed', 'no message') RETURNING id",
        (now_ms, call),
    )
    return sorted(int(row[0]) for row in rows)


def take_for(connection: sqlite3.Connection, contact: int) -> None:
    """The calls with a contact's numbers that are nobody's are that contact's, also for its client.

    So they show the name at once; what a person has written down for a call stays.
    """
    connection.execute(
        "UPDATE calls SET contact = ?1, client = iif(client = '', (SELECT client FROM contacts WHERE id = ?1), client) "
        "WHERE number_e164 IN (SELECT e164 FROM contact_numbers WHERE contact = ?1 AND e164 IS NOT NULL) "
        "AND (contact IS NULL OR contact = ?1 OR contact IN (SELECT id FROM contacts WHERE deleted_ms IS NOT NULL)) "
        "AND (SELECT coalesce(mailbox, calls.mailbox) FROM contacts WHERE id = ?1) = calls.mailbox",
        (contact,),
    )


def mailbox(connection: sqlite3.Connection, call: int) -> int | None:
    """Whose call it is; None where the log does not know it (yet)."""
    found = connection.execute("SELECT mailbox FROM calls WHERE id = ?", (call,)).fetchone()
    return None if found is None else int(found[0])


def last_dialled(connection: sqlite3.Connection, port: str) -> str:
    """What was dialled last at a handset, as it went to the line; "" where nothing was."""
    found = connection.execute(
        "SELECT number_raw FROM calls WHERE direction = 'out' AND port = ? AND placed = 'handset' AND emergency = 0 "
        "AND number_raw IS NOT NULL ORDER BY id DESC LIMIT 1",
        (port,),
    ).fetchone()
    return "" if found is None else str(found[0])


def last_caller(connection: sqlite3.Connection) -> str:
    """The number (E.164) of who called last, "" where it did not come with one or nobody has called."""
    found = connection.execute(
        "SELECT number_e164 FROM calls WHERE direction = 'in' ORDER BY id DESC LIMIT 1"
    ).fetchone()
    return "" if found is None else str(found[0] or "")


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
            "why = 'box stopped' WHERE id = ?",
            (last_ms, call),
        )
    return [int(row[0]) for row in rows]


def reopen(connection: sqlite3.Connection, line: str | None, port: str, since_ms: int) -> sqlite3.Row | None:
    """The newest call on ``line`` (None: internal) with handset ``port`` that was marked interrupted, going on again.

    For a conversation that outlived the supervisor; None when no such call began after ``since_ms``.
    """
    row: sqlite3.Row | None = connection.execute(
        "SELECT id, direction, line, port, started_ms, utc_offset_min, answered_ms, number_raw, number_e164, "
        "presentation, name, contact, emergency, answered_by FROM calls "
        "WHERE outcome = 'interrupted' AND line IS ? AND (port = ? OR ? IS NULL) AND started_ms > ? "
        "ORDER BY id DESC LIMIT 1",
        (line, port, line, since_ms),
    ).fetchone()
    if row is not None:
        connection.execute(
            "UPDATE calls SET outcome = 'going on', ended_ms = NULL, hung_up_by = NULL, why = '' WHERE id = ?",
            (row["id"],),
        )
    return row


def _checked(columns: CallColumns) -> dict[str, Any]:
    unknown = set(columns) - _COLUMNS
    if unknown:
        raise StoreError(f"calls: {', '.join(sorted(unknown))}: not a column that may be set")
    return {name: int(value) if isinstance(value, bool) else value for name, value in columns.items()}


def _one(cursor: sqlite3.Cursor, wanted: int) -> None:
    if cursor.rowcount != 1:
        raise NotFound(f"there is no call or segment {wanted}")
