"""Rows of audio files: 'running' before the file's first byte, 'finished' once it is whole, 'repaired' after a cut.

The row comes first, so that a file found at start belongs to a call; the files themselves are ``recorder``'s.
"""

from __future__ import annotations

import sqlite3

from firmware.supervisor.store.errors import NotFound


def begin(connection: sqlite3.Connection, *, call: int | None, kind: str, path: str, law: str, started_ms: int) -> int:
    """A recording ('message', 'call', 'greeting', 'name') about to run; ``path`` is relative to ``recordings/``."""
    cursor = connection.execute(
        "INSERT INTO recordings (call, kind, path, law, state, started_ms) VALUES (?, ?, ?, ?, 'running', ?)",
        (call, kind, path, law, started_ms),
    )
    return int(cursor.lastrowid or 0)


def finish(connection: sqlite3.Connection, recording: int, samples: int, *, repaired: bool = False) -> None:
    """The file is whole and holds ``samples`` at 8 kHz. Raises ``NotFound``."""
    changed = connection.execute(
        "UPDATE recordings SET state = ?, samples = ? WHERE id = ?",
        ("repaired" if repaired else "finished", samples, recording),
    )
    if changed.rowcount != 1:
        raise NotFound(f"there is no recording {recording}")


def drop(connection: sqlite3.Connection, recording: int) -> None:
    """The recording came to nothing and its file is gone. Raises ``NotFound``."""
    changed = connection.execute(
        "UPDATE recordings SET state = 'deleted', samples = 0 WHERE id = ? AND state <> 'deleted'", (recording,)
    )
    if changed.rowcount != 1:
        raise NotFound(f"there is no recording {recording}")


def held_bytes(connection: sqlite3.Connection) -> int:
    """What the recordings on the disk take up, a byte a sample; one that runs is not counted yet."""
    row = connection.execute(
        "SELECT coalesce(sum(samples), 0) FROM recordings WHERE state IN ('finished', 'repaired')"
    ).fetchone()
    return int(row[0])


def running(connection: sqlite3.Connection) -> list[sqlite3.Row]:
    """What the last run of the box left unfinished: id, call, kind, path, law, started_ms."""
    return connection.execute(
        "SELECT id, call, kind, path, law, started_ms FROM recordings WHERE state = 'running' ORDER BY id"
    ).fetchall()
