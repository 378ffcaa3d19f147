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


def called_back(connection: sqlite3.Connection, message: int, now_ms: int) -> None:
    """Somebody called the caller back. Raises ``NotFound``."""
    MESSAGES.state(connection, message)
    connection.execute("UPDATE messages SET called_back_ms = ? WHERE id = ?", (now_ms, message))
