"""The changes of a message. It has one state wherever it is touched: telephone, page or mail link all call these.

Delete keeps the row and the state it had, so that an undo gives back what was; ``retention`` deletes for good.
Pressing twice, or two people pressing at once, is no error: delete and restore say whether they changed anything.
"""

from __future__ import annotations

import sqlite3

from firmware.supervisor.store.errors import Conflict, NotFound

MARKS = ("new", "heard", "saved")


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


def mark(connection: sqlite3.Connection, message: int, wanted: str) -> None:
    """Make it 'new', 'heard' or 'saved'. Raises ``NotFound``, and ``Conflict`` when it is deleted or no such state."""
    if wanted not in MARKS:
        raise Conflict(f"a message is marked {', '.join(MARKS)}")
    if state(connection, message) == "deleted":
        raise Conflict(f"message {message} is deleted; restore it first")
    connection.execute("UPDATE messages SET state = ? WHERE id = ?", (wanted, message))


def delete(connection: sqlite3.Connection, message: int, now_ms: int) -> bool:
    """Delete with a way back; False when it was deleted already. Raises ``NotFound``."""
    if state(connection, message) == "deleted":
        return False
    connection.execute(
        "UPDATE messages SET before_delete = state, state = 'deleted', deleted_ms = ? WHERE id = ?", (now_ms, message)
    )
    return True


def restore(connection: sqlite3.Connection, message: int) -> bool:
    """Take a delete back; False when it was not deleted. Raises ``NotFound``."""
    if state(connection, message) != "deleted":
        return False
    connection.execute(
        "UPDATE messages SET state = before_delete, before_delete = NULL, deleted_ms = NULL WHERE id = ?", (message,)
    )
    return True


def called_back(connection: sqlite3.Connection, message: int, now_ms: int) -> None:
    """Somebody called the caller back. Raises ``NotFound``."""
    state(connection, message)
    connection.execute("UPDATE messages SET called_back_ms = ? WHERE id = ?", (now_ms, message))


def state(connection: sqlite3.Connection, message: int) -> str:
    """Its state: new, heard, saved or deleted. Raises ``NotFound``."""
    row = connection.execute("SELECT state FROM messages WHERE id = ?", (message,)).fetchone()
    if row is None:
        raise NotFound(f"there is no message {message}")
    return str(row[0])
