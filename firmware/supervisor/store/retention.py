"""Deletes for good what is too old to keep: the setting ``retention.days``, and messages deleted long enough ago.

One transaction takes the rows and returns the files to unlink; files whose unlinking was cut short are found again by
``recorder.recover``, since no row names them. ``secure_delete`` overwrites the rows' bytes in the file.
"""

from __future__ import annotations

import sqlite3

TRASH_MS = 7 * 24 * 3600 * 1000  # a deleted message can be brought back this long


def purge(connection: sqlite3.Connection, *, now_ms: int, days: int, trash_ms: int = TRASH_MS) -> list[str]:
    """Delete messages in the trash for ``trash_ms`` and, unless ``days`` is 0, whole calls older than ``days``.

    A call with a saved message, and one that is going on, is kept. Returns the recordings' paths, relative to
    ``recordings/``.
    """
    paths = _delete_recordings(
        connection,
        "SELECT recording FROM messages WHERE state = 'deleted' AND deleted_ms < ?",
        now_ms - trash_ms,
    )
    if days == 0:
        return paths
    old = (
        "SELECT id FROM calls WHERE started_ms < ? AND outcome <> 'going on' "
        "AND id NOT IN (SELECT call FROM messages WHERE state = 'saved')"
    )
    before_ms = now_ms - days * 24 * 3600 * 1000
    paths += _delete_recordings(connection, f"SELECT id FROM recordings WHERE call IN ({old})", before_ms)
    connection.execute(f"DELETE FROM calls WHERE id IN ({old})", (before_ms,))
    connection.execute("DELETE FROM audit WHERE at_ms < ?", (before_ms,))
    return paths


def _delete_recordings(connection: sqlite3.Connection, which: str, before_ms: int) -> list[str]:
    rows = connection.execute(f"SELECT id, path FROM recordings WHERE id IN ({which})", (before_ms,)).fetchall()
    for recording, _ in rows:
        connection.execute("DELETE FROM messages WHERE recording = ?", (recording,))
        connection.execute("DELETE FROM recordings WHERE id = ?", (recording,))
    return [str(path) for _, path in rows]
