"""Emergency calls and drills, as the office has seen them: what nobody has acknowledged yet, who did, the last drill.

A call is unseen from its first moment in the log until somebody acknowledges it; nothing but that ends it, no restart
and no time. Who did is in the audit log too.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from firmware.supervisor.store import audit
from firmware.supervisor.store.errors import NotFound


@dataclass(frozen=True)
class Emergency:
    """An emergency call, or a drill of one. ``seen_by``: 'user:1', 'handset:D'; None: nobody yet."""

    call: int
    number: str
    handset: str
    drill: bool
    outcome: str
    started_ms: int
    utc_offset_min: int
    seen_ms: int | None
    seen_by: str | None


_FIELDS = (
    "id AS call, number_raw AS number, port AS handset, drill, outcome, started_ms, utc_offset_min, seen_ms, seen_by"
)


def raised(connection: sqlite3.Connection, call: int, *, at_ms: int) -> None:
    """The audit log's entry of an emergency call that the office is told of."""
    number, handset, drill = connection.execute(
        "SELECT number_raw, port, drill FROM calls WHERE id = ?", (call,)
    ).fetchone()
    audit.write(
        connection,
        at_ms=at_ms,
        who=f"handset:{handset}",
        action="emergency call",
        target=f"call:{call}",
        detail={"number": number, "drill": bool(drill)},
    )


def acknowledge(connection: sqlite3.Connection, call: int, who: str, now_ms: int) -> bool:
    """``who`` has seen the emergency call ``call``; False when somebody had before. Raises ``NotFound``."""
    found = connection.execute("SELECT seen_ms FROM calls WHERE id = ? AND emergency = 1", (call,)).fetchone()
    if found is None:
        raise NotFound(f"there is no emergency call {call}")
    if found[0] is not None:
        return False
    connection.execute("UPDATE calls SET seen_ms = ?, seen_by = ? WHERE id = ?", (now_ms, who, call))
    audit.write(connection, at_ms=now_ms, who=who, action="acknowledge emergency", target=f"call:{call}")
    return True


def nothing_to_see(connection: sqlite3.Connection, call: int, *, at_ms: int) -> None:
    """The call was never placed: nobody need acknowledge it."""
    connection.execute("UPDATE calls SET seen_ms = ?, seen_by = 'box' WHERE id = ? AND emergency = 1", (at_ms, call))


def unseen(connection: sqlite3.Connection) -> list[Emergency]:
    """What nobody has acknowledged: calls before drills, newest first."""
    rows = connection.execute(
        f"SELECT {_FIELDS} FROM calls WHERE emergency = 1 AND seen_ms IS NULL ORDER BY drill, started_ms DESC, id DESC"
    )
    return [_emergency(row) for row in rows]


def last_drill(connection: sqlite3.Connection) -> Emergency | None:
    """The newest drill; None when there has been none."""
    row = connection.execute(
        f"SELECT {_FIELDS} FROM calls WHERE emergency = 1 AND drill = 1 ORDER BY started_ms DESC, id DESC LIMIT 1"
    ).fetchone()
    return None if row is None else _emergency(row)


def last_call(connection: sqlite3.Connection) -> Emergency | None:
    """The newest emergency call that was no drill; None when there has been none."""
    row = connection.execute(
        f"SELECT {_FIELDS} FROM calls WHERE emergency = 1 AND drill = 0 ORDER BY started_ms DESC, id DESC LIMIT 1"
    ).fetchone()
    return None if row is None else _emergency(row)


def one(connection: sqlite3.Connection, call: int) -> Emergency | None:
    """The emergency call ``call``; None when it is none."""
    row = connection.execute(f"SELECT {_FIELDS} FROM calls WHERE emergency = 1 AND id = ?", (call,)).fetchone()
    return None if row is None else _emergency(row)


def _emergency(row: sqlite3.Row) -> Emergency:
    fields = dict(row)
    return Emergency(**{**fields, "drill": bool(fields["drill"]), "handset": fields["handset"] or ""})
