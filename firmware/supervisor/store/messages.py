"""Messages made of recordings. What is done to them afterwards is in ``mailbox``, one state for all who touch it."""

from __future__ import annotations

import sqlite3

from firmware.supervisor.store.errors import NotFound
from firmware.supervisor.store.mailbox import MESSAGES


def create(
    connection: sqlite3.Connection,
    *,
    call: int,
    recording: int,
    received_ms: int,
    utc_offset_min: int,
    mailbox: int = 1,
    important: bool = False,
    interrupted: bool = False,
) -> int:
    """A new message, not yet heard, made of a finished recording; ``interrupted``: cut off when the box stopped."""
    cursor = connection.execute(
        "INSERT INTO messages (mailbox, call, recording, received_ms, utc_offset_min, important, interrupted) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (mailbox, call, recording, received_ms, utc_offset_min, int(important), int(interrupted)),
    )
    return int(cursor.lastrowid or 0)


def annotate(connection: sqlite3.Connection, message: int, note: str) -> None:
    """What people of the office have written beside it; empty: nothing. Raises ``NotFound``."""
    MESSAGES.state(connection, message)
    connection.execute("UPDATE messages SET note = ? WHERE id = ?", (note, message))


def forward(connection: sqlite3.Connection, message: int, mailbox: int) -> None:
    """It lies in another mailbox from now on, new for whoever has that. Raises ``NotFound``, also for the mailbox."""
    MESSAGES.state(connection, message)
    if connection.execute("SELECT 1 FROM mailboxes WHERE id = ?", (mailbox,)).fetchone() is None:
        raise NotFound(f"there is no mailbox {mailbox}")
    connection.execute("UPDATE messages SET mailbox = ?, state = 'new' WHERE id = ?", (mailbox, message))


def undrafted(connection: sqlite3.Connection) -> tuple[int, str] | None:
    """The newest message that nobody has written down yet, and its recording's path; None where there is none."""
    row = connection.execute(
        "SELECT messages.id, recordings.path FROM messages JOIN recordings ON recordings.id = messages.recording "
        "WHERE messages.draft IS NULL AND messages.state <> 'deleted' AND recordings.state IN ('finished', 'repaired') "
        "ORDER BY messages.id DESC LIMIT 1"
    ).fetchone()
    return None if row is None else (int(row[0]), str(row[1]))


def drafted(connection: sqlite3.Connection, message: int, text: str) -> None:
    """What the box has made out of a message; empty where that is nothing. One that is gone meanwhile has none."""
    connection.execute("UPDATE messages SET draft = ? WHERE id = ?", (text, message))


def called_back(connection: sqlite3.Connection, message: int, now_ms: int) -> None:
    """Somebody called the caller back. Raises ``NotFound``."""
    MESSAGES.state(connection, message)
    connection.execute("UPDATE messages SET called_back_ms = ? WHERE id = ?", (now_ms, message))
